//! The OpenAPI document: generated from the handlers, complete, and browsable with nothing from outside.

use std::collections::BTreeSet;

use crossfade::server::http::{openapi, routes};
use serde_json::Value;

use crate::app::TestApp;

fn document() -> Value {
    serde_json::to_value(openapi::document()).unwrap()
}

#[test]
fn every_route_is_documented_and_nothing_else() {
    let document = document();
    let documented: BTreeSet<(String, String)> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, item)| {
            item.as_object().unwrap().keys().map(move |method| (path.clone(), method.to_uppercase()))
        })
        .collect();
    let served: BTreeSet<(String, String)> =
        routes::all().into_iter().map(|route| (route.path.to_owned(), route.method.to_string())).collect();
    assert_eq!(documented, served);
}

#[test]
fn every_reference_leads_somewhere_and_every_operation_tells_of_problems() {
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    let mut references = BTreeSet::new();
    collect(&document, &mut references);
    assert!(references.len() > 20, "{references:?}");
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            // Protocols of others have errors of their own.
            let (kind, name) = if path.starts_with("/ofrep/") {
                ("application/json", "OfrepFailure")
            } else {
                ("application/problem+json", "Problem")
            };
            let problem = &operation["responses"]["default"]["content"][kind]["schema"]["$ref"];
            assert_eq!(problem, &format!("#/components/schemas/{name}"), "{method} {path}");
            let named: BTreeSet<&str> = operation["parameters"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|parameter| parameter["in"] == "path")
                .map(|parameter| parameter["name"].as_str().unwrap())
                .collect();
            let asked: BTreeSet<&str> = path.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect();
            assert_eq!(named, asked, "{method} {path}");
        }
    }
}

fn collect(value: &Value, references: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                match field {
                    Value::String(reference) if name == "$ref" => drop(references.insert(reference.clone())),
                    field => collect(field, references),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, references)),
        _ => {}
    }
}

#[tokio::test]
async fn the_document_and_its_page_come_from_here_alone() {
    let app = TestApp::empty().await;
    assert_eq!(app.get(openapi::DOCUMENT).await.json(200), document());
    let page = app.get(&format!("{}/", openapi::PAGE)).await;
    assert_eq!(page.status, 200);
    let text = String::from_utf8(page.body.to_vec()).unwrap();
    assert!(text.contains("swagger-ui"), "{text}");
    let outside: Vec<&str> = text.split(['"', '\'']).filter(|part| part.contains("//")).collect();
    assert_eq!(outside, [""; 0], "the page asks for something from elsewhere");
    for file in ["swagger-ui.css", "swagger-ui-bundle.js", "swagger-initializer.js"] {
        assert_eq!(app.get(&format!("{}/{file}", openapi::PAGE)).await.status, 200, "{file}");
    }
    assert_eq!(app.anonymous().get(&format!("{}/", openapi::PAGE)).await.status, 401);
}
