//! What gates say of evidence, by tables and properties.
