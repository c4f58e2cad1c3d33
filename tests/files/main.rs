//! The file service: storage sides against real and made-up servers, files over HTTP, and no file lost whatever fails.

#![expect(clippy::unwrap_used, reason = "a test may fail; clippy takes only the functions marked `#[test]` for tests")]

mod backfill;
mod http;
mod instances;
mod managers;
mod no_file_lost;
mod place;
#[path = "../support/postgres.rs"]
mod postgres;
mod s3;
mod supabase;
