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
use hyper::body::Body as _;

use super::problem::Problem;
use crate::server::ingest::budget::Share;

/// The most bytes of a batch, decoded.
pub const MAX_BATCH_BYTES: usize = 8 << 20;

/// The most bytes of any other body, decoded.
pub const MAX_DOCUMENT_BYTES: usize = 1 << 20;

/// How long a body may take to arrive.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// The most bytes read and thrown away of a body that is refused.
const MAX_DISCARDED_BYTES: usize = 512 << 20;

/// What a packed body is taken to become, as a multiple of its size, until it shows.
const USUAL_EXPANSION: usize = 8;

/// Reads `body` whole, at most `most` bytes, decoded as `headers` say; what it takes of memory is charged to `share`.
pub async fn read(headers: &HeaderMap, mut body: Body, most: usize, share: &mut Share) -> Result<Bytes, Problem> {
    let within_limits = async {
        let read = read_within_limits(headers, &mut body, most, share).await;
        // All that was taken is given back before the rest of a refused body arrives, and what was too much now.
        let _ = share.resize(read.as_ref().map_or(0, Bytes::len));
        if read.is_err() {
            discard(&mut body).await;
        }
        read
    };
    tokio::time::timeout(BODY_TIMEOUT, within_limits).await.unwrap_or_else(|_| Err(Problem::timeout()))
}

async fn read_within_limits(
    headers: &HeaderMap,
    body: &mut Body,
    most: usize,
    share: &mut Share,
) -> Result<Bytes, Problem> {
    let coding = Coding::of(headers)?;
    let announced = body.size_hint().exact().map_or(0, |bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
    let expected = match coding {
        Coding::Identity if announced > most => return Err(too_large(most)),
        Coding::Identity => announced,
        Coding::Gzip => announced.saturating_mul(USUAL_EXPANSION).min(most),
    };
    // All at once: of many that arrive together some then come through, where otherwise each would take a part of what
    // there is and none would get the rest.
    share.resize(expected).map_err(|_| Problem::busy())?;
    let bytes = if coding == Coding::Identity { Vec::with_capacity(expected) } else { Vec::new() };
    let mut decoder = Decoder::new(coding, Whole { bytes, most, refusal: None, share });
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| unreadable(&error))?;
        let Ok(chunk) = frame.into_data() else { continue };
        decoder.take(&chunk)?;
    }
    decoder.finish()
}

/// Reads and throws away the body of a request that is refused by its head.
pub async fn discard_all(mut body: Body) {
    let _ = tokio::time::timeout(BODY_TIMEOUT, discard(&mut body)).await;
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

/// How a body is packed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Coding {
    Identity,
    Gzip,
}

impl Coding {
    fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let mut codings = headers
            .get_all(header::CONTENT_ENCODING)
            .iter()
            .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
            .map(|coding| coding.trim_ascii().to_ascii_lowercase())
            .filter(|coding| !coding.is_empty() && coding != b"identity");
        match (codings.next().as_deref(), codings.next()) {
            (None, _) => Ok(Self::Identity),
            (Some(b"gzip" | b"x-gzip"), None) => Ok(Self::Gzip),
            (Some(_), _) => Err(Problem::unsupported_coding()),
        }
    }
}

/// What came out of a body so far.
enum Decoder<'a> {
    Identity(Whole<'a>),
    Gzip(Box<MultiGzDecoder<Whole<'a>>>),
}

impl<'a> Decoder<'a> {
    fn new(coding: Coding, whole: Whole<'a>) -> Self {
        match coding {
            Coding::Identity => Self::Identity(whole),
            Coding::Gzip => Self::Gzip(Box::new(MultiGzDecoder::new(whole))),
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
    most: usize,
    /// Why no more is taken.
    refusal: Option<Problem>,
    share: &'a mut Share,
}

impl Write for Whole<'_> {
    fn write(&mut self, chunk: &[u8]) -> io::Result<usize> {
        let length = self.bytes.len() + chunk.len();
        let refusal = if length > self.most {
            too_large(self.most)
        } else if length > self.share.bytes() && self.share.resize(length).is_err() {
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

fn too_large(most: usize) -> Problem {
    Problem::too_large(format!("a body has at most {most} bytes, decoded"))
}

fn unreadable(error: &dyn std::error::Error) -> Problem {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    Problem::bad_request(format!("the body is cut off or not what its headers say: {cause}"))
}
