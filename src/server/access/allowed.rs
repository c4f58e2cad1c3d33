//! The extractor by which a handler says what it needs: without it nobody gets past.

use std::marker::PhantomData;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::Caller;
use super::authenticate::refusal;
use crate::domain::access::{Permission, Principal};
use crate::server::http::problem::Problem;

/// Whoever asks, who may do what `N` names.
#[derive(Clone, Debug)]
pub struct Allowed<N> {
    pub principal: Principal,
    needs: PhantomData<N>,
}

/// A permission as a type.
pub trait Needs {
    const NEEDS: Permission;
}

impl<S: Sync, N: Needs> FromRequestParts<S> for Allowed<N> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let caller = Caller::of(&parts.extensions);
        let principal = caller.clone().principal().map_err(|denied| refusal(&caller, denied))?;
        Ok(Self { principal: principal.with(N::NEEDS)?, needs: PhantomData })
    }
}

macro_rules! needs {
    ($($name:ident)+) => {
        $(
            #[doc = concat!("Needs [`Permission::", stringify!($name), "`].")]
            #[derive(Clone, Copy, Debug)]
            pub struct $name;

            impl Needs for $name {
                const NEEDS: Permission = Permission::$name;
            }
        )+
    };
}

/// The permissions that routes need.
pub mod permission {
    use super::{Needs, Permission};

    needs! { Evaluate Ingest Read Operate SignOff Override Administer }
}
