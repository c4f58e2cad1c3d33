//! What the browser calls.
