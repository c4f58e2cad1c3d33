//! Storage managers of the legacy side: files as they were always kept.

pub mod folder;
pub mod supabase;

use super::manager::NewObject;

/// The key of an object: its own name and no one's else, in characters that every storage takes. The name that it had
/// where it came from is in its record.
fn key(object: &NewObject<'_>) -> String {
    match object.name.plain_extension() {
        Some(extension) => format!("{}.{extension}", object.id),
        None => object.id.to_string(),
    }
}
