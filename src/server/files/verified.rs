//! Reading with a check on the way: what is not what it should be never reaches its reader whole.

use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use sha2::{Digest as _, Sha256};

use super::manager::{ByteStream, Content, ManagerError};
use crate::domain::file::Checksum;

/// The bytes of `source`, the last of which come only when all of them have this checksum; else an error comes in their
/// place, which `told` hears of too.
pub fn verified(
    source: ByteStream,
    expected: Checksum,
    told: impl FnOnce(&ManagerError) + Send + 'static,
) -> ByteStream {
    let state = Reading { source, held: None, sha256: Sha256::new(), expected, told };
    stream::try_unfold(Some(state), next).boxed()
}

struct Reading<F> {
    source: ByteStream,
    /// Came, and was not handed on yet.
    held: Option<Bytes>,
    sha256: Sha256,
    expected: Checksum,
    told: F,
}

async fn next<F: FnOnce(&ManagerError)>(
    reading: Option<Reading<F>>,
) -> Result<Option<(Bytes, Option<Reading<F>>)>, ManagerError> {
    let Some(mut reading) = reading else { return Ok(None) };
    loop {
        match reading.source.try_next().await {
            Ok(Some(chunk)) => {
                reading.sha256.update(&chunk);
                if let Some(before) = reading.held.replace(chunk) {
                    return Ok(Some((before, Some(reading))));
                }
            }
            Ok(None) => {
                let found = Checksum::of_digest(reading.sha256.finalize().into());
                if found == reading.expected {
                    return Ok(reading.held.map(|last| (last, None)));
                }
                let error = ManagerError::Checksum { expected: reading.expected, found };
                (reading.told)(&error);
                return Err(error);
            }
            Err(error) => {
                (reading.told)(&error);
                return Err(error);
            }
        }
    }
}

/// All bytes of `content`, at most `most`, if they have this checksum.
pub async fn whole(content: Content, expected: &Checksum, most: u64) -> Result<Bytes, ManagerError> {
    let mut bytes = Vec::with_capacity(usize::try_from(content.size.min(most)).unwrap_or_default());
    let mut source = content.bytes;
    while let Some(chunk) = source.try_next().await? {
        if (bytes.len() + chunk.len()) as u64 > most {
            return Err(ManagerError::Unavailable("it is longer than it should be".to_owned()));
        }
        bytes.extend_from_slice(&chunk);
    }
    let found = Checksum::of_digest(Sha256::digest(&bytes).into());
    if found == *expected {
        return Ok(bytes.into());
    }
    Err(ManagerError::Checksum { expected: expected.clone(), found })
}

/// The size and the checksum of what comes, none of which is kept.
pub async fn measure(mut source: ByteStream) -> Result<(u64, Checksum), ManagerError> {
    let (mut size, mut sha256) = (0, Sha256::new());
    while let Some(chunk) = source.try_next().await? {
        size += chunk.len() as u64;
        sha256.update(&chunk);
    }
    Ok((size, Checksum::of_digest(sha256.finalize().into())))
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    fn source(parts: &[&'static str]) -> ByteStream {
        let parts: Vec<_> = parts.iter().map(|part| Ok(Bytes::from_static(part.as_bytes()))).collect();
        stream::iter(parts).boxed()
    }

    fn checksum(text: &str) -> Checksum {
        Checksum::of_digest(Sha256::digest(text).into())
    }

    #[tokio::test]
    async fn what_is_right_comes_whole_and_what_is_not_never_does() {
        for (parts, expected, right) in [
            (&[][..], "", true),
            (&["a"], "a", true),
            (&["a", "b", "c"], "abc", true),
            (&["a", "b", "c"], "abd", false),
            (&["a", "b"], "abc", false),
            (&["a"], "b", false),
            (&[], "a", false),
        ] {
            let told = Arc::new(Mutex::new(0));
            let hears = Arc::clone(&told);
            let stream = verified(source(parts), checksum(expected), move |_| *hears.lock().unwrap() += 1);
            let came: Vec<Result<Bytes, ManagerError>> = stream.collect().await;
            let text: String = came.iter().flatten().map(|it| std::str::from_utf8(it).unwrap()).collect();
            assert_eq!((came.iter().all(Result::is_ok), *told.lock().unwrap()), (right, i32::from(!right)));
            if right {
                assert_eq!(text, expected);
            } else {
                assert!(parts.is_empty() || text.len() < parts.concat().len(), "{text}");
            }
        }
    }
}
