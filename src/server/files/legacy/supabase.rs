//! Supabase Storage over its REST API: one object a file in one bucket, with the service key.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures::stream::{self, BoxStream};
use futures::{StreamExt as _, TryStreamExt as _};
use reqwest::{Method, RequestBuilder, Response, StatusCode, Url, header};
use serde::Deserialize;
use serde_json::json;

use super::key;
use crate::facade::remote::provide_tls;
use crate::server::files::manager::{Content, Existing, Manager, ManagerError, NewObject, ObjectInfo};
use crate::server::files::verified::verified;

/// How many names are asked for at once.
const PAGE: usize = 1_000;

/// How long it may take to connect, and to send the next bytes. A whole file may take as long as it takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// A bucket of Supabase Storage.
#[derive(Clone)]
pub struct Supabase {
    http: reqwest::Client,
    /// `…/storage/v1/object`.
    objects: Url,
    bucket: String,
    key: Arc<str>,
}

impl Supabase {
    /// The bucket of the project at `url`, as whoever has the service key.
    pub fn new(url: &str, bucket: &str, key: &str) -> Result<Self, ManagerError> {
        provide_tls();
        let refused = |error: &dyn std::fmt::Display| ManagerError::Refused(error.to_string());
        let base = Url::parse(&format!("{}/storage/v1/object", url.trim_end_matches('/')));
        let http = reqwest::Client::builder().connect_timeout(PATIENCE).read_timeout(PATIENCE).build();
        Ok(Self {
            http: http.map_err(|error| refused(&error))?,
            objects: base.map_err(|error| refused(&error))?,
            bucket: bucket.to_owned(),
            key: key.into(),
        })
    }

    /// A request for what `segments` lead to below the objects; they are escaped.
    fn request<'a>(&self, method: Method, segments: impl IntoIterator<Item = &'a str>) -> RequestBuilder {
        let mut url = self.objects.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.extend(segments);
        }
        self.http.request(method, url).header("apikey", &*self.key).bearer_auth(&self.key)
    }

    fn object(&self, method: Method, before: &[&'static str], key: &str) -> Result<RequestBuilder, ManagerError> {
        // The client would take such segments for steps up.
        if key.split('/').any(|segment| matches!(segment, "" | "." | "..")) {
            return Err(ManagerError::Refused("the key leads out of the bucket".to_owned()));
        }
        let segments = before.iter().copied().chain([self.bucket.as_str()]).chain(key.split('/'));
        Ok(self.request(method, segments))
    }

    /// One page of what lies in the folder `prefix`.
    async fn page(&self, prefix: &str, offset: usize) -> Result<Vec<Entry>, ManagerError> {
        let order = json!({"column": "name", "order": "asc"});
        let body = json!({"prefix": prefix, "limit": PAGE, "offset": offset, "sortBy": order});
        let request = self.request(Method::POST, ["list", &self.bucket]).json(&body);
        send(request).await?.json().await.map_err(unavailable)
    }
}

async fn send(request: RequestBuilder) -> Result<Response, ManagerError> {
    let response = request.send().await.map_err(unavailable)?;
    if response.status().is_success() {
        return Ok(response);
    }
    let status = response.status();
    let body: ErrorBody = response.json().await.unwrap_or_default();
    Err(body.error(status))
}

fn unavailable(error: reqwest::Error) -> ManagerError {
    // An address may hold what is not for everyone.
    let error = error.without_url();
    let mut cause: &dyn std::error::Error = &error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    ManagerError::Unavailable(cause.to_string())
}

/// What it says of an error. The status is in the body, as a text, and most answers are 400.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ErrorBody {
    #[serde(rename = "statusCode")]
    status_code: String,
    error: String,
    message: String,
}

impl ErrorBody {
    fn error(self, status: StatusCode) -> ManagerError {
        let status = self.status_code.parse().unwrap_or(status.as_u16());
        let words = format!("{status} {}: {}", self.error, self.message);
        match status {
            404 => ManagerError::NotFound,
            507 => ManagerError::Full,
            408 | 425 | 429 => ManagerError::Unavailable(words),
            400..500 => ManagerError::Refused(words),
            _ => ManagerError::Unavailable(words),
        }
    }
}

/// Something in a folder; a folder has no id.
#[derive(Debug, Deserialize)]
struct Entry {
    name: String,
    id: Option<String>,
    updated_at: Option<DateTime<Utc>>,
    metadata: Option<EntryMetadata>,
}

#[derive(Debug, Deserialize)]
struct EntryMetadata {
    #[serde(default)]
    size: u64,
}

/// An object on its own.
#[derive(Debug, Deserialize)]
struct Info {
    #[serde(default)]
    size: u64,
    #[serde(alias = "last_modified")]
    updated_at: Option<DateTime<Utc>>,
}

#[async_trait]
impl Manager for Supabase {
    fn provider(&self) -> &'static str {
        "supabase"
    }

    fn key(&self, object: &NewObject<'_>) -> String {
        key(object)
    }

    async fn put(&self, key: &str, object: &NewObject<'_>, _: Existing) -> Result<(), ManagerError> {
        // What is not what it should be breaks off before its end, and nothing is kept.
        let broken: Arc<Mutex<Option<ManagerError>>> = Arc::default();
        let told = Arc::clone(&broken);
        let source = object.content.stream().map_err(ManagerError::from).boxed();
        let body = verified(source, object.content.sha256.clone(), move |error| {
            *told.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.clone());
        });
        let request = self
            .object(Method::POST, &[], key)?
            .header(header::CONTENT_TYPE, object.mime_type.as_str())
            .header(header::CONTENT_LENGTH, object.content.size)
            .header("x-upsert", "true")
            .body(reqwest::Body::wrap_stream(body));
        let sent = send(request).await;
        match broken.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(error) => Err(error),
            None => sent.map(drop),
        }
    }

    async fn get(&self, key: &str, range: Option<Range<u64>>) -> Result<Content, ManagerError> {
        let mut request = self.object(Method::GET, &["authenticated"], key)?;
        if let Some(Range { start, end }) = range {
            request = request.header(header::RANGE, format!("bytes={start}-{}", end.saturating_sub(1)));
        }
        let response = send(request).await?;
        let size = total(&response).unwrap_or_default();
        Ok(Content { size, bytes: response.bytes_stream().map_err(unavailable).boxed() })
    }

    async fn head(&self, key: &str) -> Result<Option<ObjectInfo>, ManagerError> {
        match send(self.object(Method::GET, &["info"], key)?).await {
            Ok(response) => {
                let Info { size, updated_at } = response.json().await.map_err(unavailable)?;
                Ok(Some(ObjectInfo { key: key.to_owned(), size, sha256: None, modified_at: updated_at }))
            }
            Err(ManagerError::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn delete(&self, key: &str) -> Result<(), ManagerError> {
        match send(self.object(Method::DELETE, &[], key)?).await {
            Ok(_) | Err(ManagerError::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn place(&self) -> Result<String, ManagerError> {
        Ok(format!("supabase {}#{}", self.objects, self.bucket))
    }

    fn list(&self) -> BoxStream<'_, Result<ObjectInfo, ManagerError>> {
        // Pages that are still to be asked for: of which folder, from where on.
        let pages = stream::try_unfold(vec![(String::new(), 0)], move |mut left| async move {
            let Some((folder, offset)) = left.pop() else { return Ok::<_, ManagerError>(None) };
            let page = self.page(&folder, offset).await?;
            if page.len() == PAGE {
                left.push((folder.clone(), offset + PAGE));
            }
            let mut objects = Vec::new();
            for entry in page {
                let key = if folder.is_empty() { entry.name } else { format!("{folder}/{}", entry.name) };
                match (entry.id, entry.metadata) {
                    (Some(_), metadata) => objects.push(Ok(ObjectInfo {
                        key,
                        size: metadata.map_or(0, |metadata| metadata.size),
                        sha256: None,
                        modified_at: entry.updated_at,
                    })),
                    (None, _) => left.push((key, 0)),
                }
            }
            Ok(Some((stream::iter(objects), left)))
        });
        pages.try_flatten().boxed()
    }
}

/// How many bytes the object has in all: after the slash of a range, or the length of the body.
fn total(response: &Response) -> Option<u64> {
    let header = |name| response.headers().get(name).and_then(|value: &header::HeaderValue| value.to_str().ok());
    match header(header::CONTENT_RANGE) {
        Some(range) => range.rsplit('/').next()?.parse().ok(),
        None => header(header::CONTENT_LENGTH)?.parse().ok(),
    }
}
