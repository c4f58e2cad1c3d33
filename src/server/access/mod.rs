//! Who asks, found out before anything is done: by session or token. Not what they may do: that is in
//! [`crate::domain::access`], and every handler and server function asks it.

pub mod allowed;
pub mod authenticate;
pub mod cookie;
pub mod csrf;
pub mod headers;
pub mod known_tokens;
pub mod pages;
pub mod password;
pub mod secret;
pub mod ticket;

use std::net::IpAddr;
use std::sync::Arc;

use axum::http::Extensions;

use crate::domain::access::{Denied, Principal};
use crate::server::store::StoreError;

/// Who sent a request, as far as it shows. [`authenticate`] notes it in the request's extensions.
#[derive(Clone, Debug)]
pub enum Caller {
    /// Neither token nor session.
    Nobody,
    /// A token that does not work. A session beside it does not help: a program is to learn of it.
    WrongToken,
    /// Somebody.
    Known(Principal),
    /// It cannot be found out while the store fails like this.
    Unknown(Arc<StoreError>),
}

/// The address at the other end of the connection.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

impl Caller {
    /// Who is noted in `extensions`; nobody when nobody looked.
    pub fn of(extensions: &Extensions) -> Self {
        extensions.get::<Self>().cloned().unwrap_or(Self::Nobody)
    }

    /// Who it is.
    pub fn principal(self) -> Result<Principal, Denied> {
        match self {
            Self::Known(principal) => Ok(principal),
            Self::Nobody | Self::WrongToken => Err(Denied::NotSignedIn),
            Self::Unknown(_) => Err(Denied::Unavailable),
        }
    }
}
