//! A server with the routes and the errors of Supabase Storage, and what the legacy side does against it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use crossfade::server::files::legacy::supabase::Supabase;
use crossfade::server::files::manager::{Manager as _, ManagerError};
use serde_json::{Value, json};

use crate::managers;

type Objects = Arc<Mutex<BTreeMap<String, (String, Bytes)>>>;

/// An error as it is sent: the status of the answer is 400, whatever the one in the body.
fn error(status: u16, error: &str, message: &str) -> Response {
    let body = json!({"statusCode": status.to_string(), "error": error, "message": message});
    (StatusCode::BAD_REQUEST, Json(body)).into_response()
}

fn not_found() -> Response {
    error(404, "not_found", "Object not found")
}

/// It takes what its service key comes with, and keys of these characters.
async fn guard(request: Request, next: Next) -> Response {
    if !is_authorized(request.headers()) {
        return error(403, "Unauthorized", "Invalid Compact JWS");
    }
    if request.uri().path().contains('%') {
        return error(400, "InvalidKey", "Invalid key");
    }
    next.run(request).await
}

fn is_authorized(headers: &HeaderMap) -> bool {
    let header = |name: &str| headers.get(name).and_then(|it| it.to_str().ok()).unwrap_or_default();
    header("apikey") == "service-key" && header("authorization") == "Bearer service-key"
}

async fn put(State(objects): State<Objects>, Path(key): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    if headers.get("x-upsert").is_none_or(|it| it != "true") && objects.lock().unwrap().contains_key(&key) {
        return error(409, "Duplicate", "The resource already exists");
    }
    let mime_type = headers[header::CONTENT_TYPE].to_str().unwrap().to_owned();
    objects.lock().unwrap().insert(key.clone(), (mime_type, body));
    Json(json!({"Key": format!("bucket/{key}"), "Id": "3f1"})).into_response()
}

async fn read(State(objects): State<Objects>, Path(key): Path<String>, headers: HeaderMap) -> Response {
    let Some((mime_type, bytes)) = objects.lock().unwrap().get(&key).cloned() else { return not_found() };
    let range = headers.get(header::RANGE).and_then(|it| it.to_str().ok()?.strip_prefix("bytes=")?.split_once('-'));
    match range {
        Some((from, to)) => {
            let (from, to): (usize, usize) = (from.parse().unwrap(), to.parse().unwrap());
            let told = format!("bytes {from}-{to}/{}", bytes.len());
            let headers = [(header::CONTENT_RANGE, told), (header::CONTENT_TYPE, mime_type)];
            (StatusCode::PARTIAL_CONTENT, headers, bytes.slice(from..=to)).into_response()
        }
        None => ([(header::CONTENT_TYPE, mime_type)], bytes).into_response(),
    }
}

async fn info(State(objects): State<Objects>, Path(key): Path<String>) -> Response {
    match objects.lock().unwrap().get(&key) {
        Some((mime_type, bytes)) => {
            Json(json!({"name": key, "size": bytes.len(), "content_type": mime_type})).into_response()
        }
        None => not_found(),
    }
}

async fn delete(State(objects): State<Objects>, Path(key): Path<String>) -> Response {
    match objects.lock().unwrap().remove(&key) {
        Some(_) => Json(json!({"message": "Successfully deleted"})).into_response(),
        None => not_found(),
    }
}

/// What lies in one folder, a page of it.
async fn list(State(objects): State<Objects>, Json(query): Json<Value>) -> Response {
    let prefix = query["prefix"].as_str().unwrap();
    let folder = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
    let mut found: BTreeMap<String, Value> = BTreeMap::new();
    for (key, (mime_type, bytes)) in &*objects.lock().unwrap() {
        let Some(rest) = key.strip_prefix(&folder) else { continue };
        let entry = match rest.split_once('/') {
            Some((below, _)) => json!({"name": below, "id": null, "metadata": null}),
            None => json!({
                "name": rest, "id": "3f1", "updated_at": "2026-01-05T10:00:00.000Z",
                "metadata": {"size": bytes.len(), "mimetype": mime_type},
            }),
        };
        found.insert(entry["name"].as_str().unwrap().to_owned(), entry);
    }
    let (offset, limit) = (query["offset"].as_u64().unwrap(), query["limit"].as_u64().unwrap());
    let page = found.into_values().skip(usize::try_from(offset).unwrap()).take(usize::try_from(limit).unwrap());
    Json(page.collect::<Vec<_>>()).into_response()
}

/// Starts it, and gives its address.
async fn start() -> (String, Objects) {
    let objects = Objects::default();
    let routes = Router::new()
        .route("/list/bucket", post(list))
        .route("/info/bucket/{*key}", get(info))
        .route("/authenticated/bucket/{*key}", get(read))
        .route("/bucket/{*key}", post(put).delete(delete))
        .layer(axum::extract::DefaultBodyLimit::disable())
        .layer(from_fn(guard))
        .with_state(Arc::clone(&objects));
    let router = Router::new().nest("/storage/v1/object", routes);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    (format!("http://{address}"), objects)
}

#[tokio::test]
async fn supabase_storage_keeps_objects() {
    let (url, _) = start().await;
    managers::check(Arc::new(Supabase::new(&url, "bucket", "service-key").unwrap())).await;
}

#[tokio::test]
async fn folders_of_a_bucket_are_listed_page_by_page() {
    let (url, objects) = start().await;
    for number in 0..1_500 {
        let key = if number % 2 == 0 { format!("{number}") } else { format!("a/b/{number}") };
        objects.lock().unwrap().insert(key, ("text/plain".to_owned(), Bytes::from_static(b"x")));
    }
    let side = Supabase::new(&url, "bucket", "service-key").unwrap();
    let found: Vec<_> = futures::TryStreamExt::try_collect(side.list()).await.unwrap();
    assert_eq!(found.len(), 1_500);
    assert!(found.iter().all(|object| object.size == 1));
}

#[tokio::test]
async fn a_wrong_key_and_a_server_that_is_gone_are_told_apart_and_the_key_is_not_told() {
    let (url, _) = start().await;
    let side = Supabase::new(&url, "bucket", "wrong-key").unwrap();
    let refused = side.get("a", None).await.err().unwrap();
    assert_eq!(refused, ManagerError::Refused("403 Unauthorized: Invalid Compact JWS".to_owned()));
    let gone = Supabase::new("http://127.0.0.1:1", "bucket", "secret").unwrap();
    let error = gone.get("a", None).await.err().unwrap();
    assert!(matches!(error, ManagerError::Unavailable(_)), "{error:?}");
    assert!(!error.to_string().contains("secret"));
}
