//! Reading a body within its limits: of size, of memory for all bodies together, and of time.
//!
//! A body that is refused is read to its end all the same, as it came: a sender that is still sending does not get to
//! read the answer otherwise.

use std::io::{self, Write};
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, header};
use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use http_body_util::BodyExt;

use super::problem::Problem;
use crate::server::ingest::budget::Share;

/// The most bytes of a body, decoded.
pub const MAX_BODY_BYTES: usize = 8 << 20;

/// How long a body may take to arrive.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// The most bytes read and thrown away of a body that is refused.
const MAX_DISCARDED_BYTES: usize = 512 << 20;

/// Reads `body` whole, decoded as `headers` say; what it takes of memory is charged to `share`.
pub async fn read(headers: &HeaderMap, mut body: Body, share: &mut Share) -> Result<Bytes, Problem> {
    let within_limits = async {
        let read = read_within_limits(headers, &mut body, share).await;
        if read.is_err() {
            discard(&mut body).await;
        }
        read
    };
    tokio::time::timeout(BODY_TIMEOUT, within_limits).await.unwrap_or_else(|_| Err(Problem::timeout()))
}

async fn read_within_limits(headers: &HeaderMap, body: &mut Body, share: &mut Share) -> Result<Bytes, Problem> {
    let mut decoder = Decoder::new(headers, Whole { bytes: Vec::new(), refusal: None, share })?;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| unreadable(&error))?;
        let Ok(chunk) = frame.into_data() else { continue };
        decoder.take(&chunk)?;
    }
    decoder.finish()
}

async fn discard(body: &mut Body) {
    let mut discarded = 0;
    while let Some(Ok(frame)) = body.frame().await {
        discarded += frame.data_ref().map_or(0, Bytes::len);
        if discarded > MAX_DISCARDED_BYTES {
            return;
        }
    }
}

/// How a body is packed, and what came out of it so far.
enum Decoder<'a> {
    Identity(Whole<'a>),
    Gzip(Box<MultiGzDecoder<Whole<'a>>>),
}

impl<'a> Decoder<'a> {
    fn new(headers: &HeaderMap, whole: Whole<'a>) -> Result<Self, Problem> {
        let mut codings = headers
            .get_all(header::CONTENT_ENCODING)
            .iter()
            .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
            .map(|coding| coding.trim_ascii().to_ascii_lowercase())
            .filter(|coding| !coding.is_empty() && coding != b"identity");
        match (codings.next().as_deref(), codings.next()) {
            (None, _) => Ok(Self::Identity(whole)),
            (Some(b"gzip" | b"x-gzip"), None) => Ok(Self::Gzip(Box::new(MultiGzDecoder::new(whole)))),
            (Some(_), _) => Err(Problem::unsupported_coding()),
        }
    }

    fn take(&mut self, chunk: &[u8]) -> Result<(), Problem> {
        let (written, whole) = match self {
            Self::Identity(whole) => (whole.write_all(chunk), whole),
            Self::Gzip(decoder) => (decoder.write_all(chunk), decoder.get_mut()),
        };
        written.map_err(|error| whole.refusal.take().unwrap_or_else(|| unreadable(&error)))
    }

    fn finish(self) -> Result<Bytes, Problem> {
        let whole = match self {
            Self::Identity(whole) => whole,
            Self::Gzip(mut decoder) => {
                let finished = decoder.try_finish();
                if let Err(error) = finished {
                    return Err(decoder.get_mut().refusal.take().unwrap_or_else(|| unreadable(&error)));
                }
                decoder.finish().map_err(|error| unreadable(&error))?
            }
        };
        Ok(whole.bytes.into())
    }
}

/// A body as it comes out of its decoder, within its limits.
struct Whole<'a> {
    bytes: Vec<u8>,
    /// Why no more is taken.
    refusal: Option<Problem>,
    share: &'a mut Share,
}

impl Write for Whole<'_> {
    fn write(&mut self, chunk: &[u8]) -> io::Result<usize> {
        let refusal = if self.bytes.len() + chunk.len() > MAX_BODY_BYTES {
            Problem::too_large(format!("a body has at most {MAX_BODY_BYTES} bytes, decoded"))
        } else if self.share.grow(chunk.len()).is_err() {
            Problem::busy()
        } else {
            self.bytes.extend_from_slice(chunk);
            return Ok(chunk.len());
        };
        // What came so far is of no use to anyone.
        self.bytes = Vec::new();
        self.refusal = Some(refusal);
        Err(io::Error::from(io::ErrorKind::StorageFull))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn unreadable(error: &dyn std::error::Error) -> Problem {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    Problem::bad_request(format!("the body is cut off or not what its headers say: {cause}"))
}
