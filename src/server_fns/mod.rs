//! What the browser calls: thin `#[server]` functions per noun, and their one error type.
