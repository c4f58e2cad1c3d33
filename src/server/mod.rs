//! The server: everything that does I/O. `lib.rs` compiles it with the feature `ssr` only.

pub mod charts;
