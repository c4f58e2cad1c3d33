//! An operation from two closures, for what needs no type of its own.

use std::fmt::Display;
use std::future::Future;
use std::marker::PhantomData;

use serde::Serialize;
use serde_json::Value;

use super::operation::{Failure, Operation, Shadowing};
use crate::domain::observation::Operation as OperationName;

/// An operation whose sides are closures: each takes the request by value, and its response is compared as JSON. Every
/// error is the implementation's fault; whoever has callers at fault too writes an [`Operation`].
pub struct Closures<Q, L, C> {
    name: OperationName,
    legacy: L,
    candidate: C,
    shadowing: Shadowing,
    request: PhantomData<fn(Q)>,
}

impl<Q, L, C> Closures<Q, L, C> {
    /// The operation called `name`.
    pub const fn new(name: OperationName, legacy: L, candidate: C) -> Self {
        Self { name, legacy, candidate, shadowing: Shadowing::Allowed, request: PhantomData }
    }

    /// The same, but never run on the other side too.
    #[must_use]
    pub fn never_shadowed(mut self) -> Self {
        self.shadowing = Shadowing::Never;
        self
    }
}

impl<Q, T, E, L, C, LF, CF> Operation for Closures<Q, L, C>
where
    Q: Clone + Send + Sync + 'static,
    T: Serialize + Send + 'static,
    E: Display + Send + 'static,
    L: Fn(Q) -> LF + Send + Sync + 'static,
    C: Fn(Q) -> CF + Send + Sync + 'static,
    LF: Future<Output = Result<T, E>> + Send,
    CF: Future<Output = Result<T, E>> + Send,
{
    type Request = Q;
    type Response = T;
    type Error = E;

    fn name(&self) -> &OperationName {
        &self.name
    }

    async fn legacy(&self, request: &Q) -> Result<T, E> {
        (self.legacy)(request.clone()).await
    }

    async fn candidate(&self, request: &Q) -> Result<T, E> {
        (self.candidate)(request.clone()).await
    }

    fn shadowing(&self, _request: &Q) -> Shadowing {
        self.shadowing
    }

    fn describe(&self, response: &T) -> Result<Value, serde_json::Error> {
        serde_json::to_value(response)
    }

    fn classify(&self, _error: &E) -> Failure {
        Failure::of_implementation("error")
    }
}
