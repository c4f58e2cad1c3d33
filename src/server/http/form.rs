//! What a form of a page sent, in either of the ways that browsers have. Forms with a file come in parts (RFC 7578): what
//! the parts are is told as other forms tell it, with each file in base64, so that the server functions know one way only.

use axum::body::Body;
use axum::extract::{Form, FromRequest, Multipart, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use super::panel::read;
use super::problem::Problem;
use crate::server::state::AppState;

/// The type of a form without a file.
const PLAIN: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");

/// A form as it was sent.
pub(super) struct Sent {
    /// Every field; of a file its content in base64.
    pub(super) fields: Vec<(String, String)>,
    /// The same as the body of a form without a file.
    pub(super) body: Bytes,
}

impl Sent {
    /// Reads a form within the limits of a document. The head is then that of a form without a file.
    pub(super) async fn read(app: &AppState, head: &mut Parts, body: Body) -> Result<Self, Problem> {
        let body = read(app, &head.headers, body).await?;
        let mut request = Request::new(Body::from(body.clone()));
        request.headers_mut().clone_from(&head.headers);
        if is_in_parts(&head.headers) {
            let parts = Multipart::from_request(request, &()).await.map_err(|error| unreadable(error.body_text()))?;
            let fields = fields_of(parts).await?;
            head.headers.insert(header::CONTENT_TYPE, PLAIN);
            let body = Bytes::from(encoded(&fields));
            return Ok(Self { fields, body });
        }
        *request.method_mut() = head.method.clone();
        let Form(fields) = Form::from_request(request, &()).await.map_err(|error| unreadable(error.body_text()))?;
        Ok(Self { fields, body })
    }

    /// The field called `name`.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }
}

fn is_in_parts(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    content_type.to_ascii_lowercase().starts_with("multipart/form-data")
}

async fn fields_of(mut parts: Multipart) -> Result<Vec<(String, String)>, Problem> {
    let mut fields = Vec::new();
    while let Some(part) = parts.next_field().await.map_err(|error| unreadable(error.body_text()))? {
        let name = part.name().unwrap_or_default().to_owned();
        let is_file = part.file_name().is_some();
        let content = part.bytes().await.map_err(|error| unreadable(error.body_text()))?;
        let value = if is_file {
            STANDARD.encode(&content)
        } else {
            String::from_utf8(content.into()).map_err(|_| unreadable(format!("the field {name:?} is not UTF-8")))?
        };
        fields.push((name, value));
    }
    Ok(fields)
}

/// Fields as a form without a file sends them.
fn encoded(fields: &[(String, String)]) -> String {
    let mut text = String::new();
    for (name, value) in fields {
        if !text.is_empty() {
            text.push('&');
        }
        encode(name, &mut text);
        text.push('=');
        encode(value, &mut text);
    }
    text
}

fn encode(text: &str, into: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => into.push(char::from(byte)),
            _ => {
                let [high, low] = [byte >> 4, byte & 15].map(|half| char::from(DIGITS[usize::from(half)]));
                into.extend(['%', high, low]);
            }
        }
    }
}

fn unreadable(why: String) -> Problem {
    Problem::bad_request(format!("the form cannot be read: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whatever_fields_hold_comes_out_of_the_form_as_it_went_in() {
        let fields: Vec<(String, String)> = [("a", "1 + 1 & more = 3"), ("ü[]", "ðŸ\r\n%41"), ("", ""), ("a", "b")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        let mut request = Request::post("/").header(header::CONTENT_TYPE, PLAIN).body(Body::empty()).unwrap();
        *request.body_mut() = Body::from(encoded(&fields));
        let Form(read): Form<Vec<(String, String)>> = Form::from_request(request, &()).await.unwrap();
        assert_eq!(read, fields);
    }
}
