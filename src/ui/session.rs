//! Who looks at the panel. What they may not do is not offered to them; the server refuses it anyway.

use leptos::prelude::*;

use super::live;
use crate::views::session::Session;

/// Whoever is signed in, if anyone is. It is of the page: who signs in or out gets a new one.
pub fn use_session() -> Option<Session> {
    use_context::<Option<Session>>().unwrap_or_else(|| {
        let session = live::session();
        provide_context(session.clone());
        session
    })
}

/// Whether whoever looks may do what this word says.
pub fn may(permission: &str) -> bool {
    use_session().is_some_and(|session| session.may(permission))
}
