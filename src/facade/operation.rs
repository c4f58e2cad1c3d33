//! What is done on either side: one operation with two implementations. Not which of them is taken.

use std::borrow::Cow;
use std::future::Future;

use serde_json::Value;

use super::report::Side;
use crate::domain::observation::Operation as OperationName;
use crate::domain::path::Path;

/// One thing that is done, with a legacy and a candidate implementation.
///
/// What it works on is shared by all calls, so it is given as an [`Arc`](std::sync::Arc); what differs from call to call
/// is in the request. A request is only lent: the other side, or legacy as the fallback, gets the same one.
pub trait Operation: Send + Sync + 'static {
    /// What is asked.
    type Request: Send + Sync + 'static;
    /// What is answered.
    type Response: Send + 'static;
    /// How it fails.
    type Error: Send + 'static;

    /// Its name, as observations and comparisons are counted by: `upload`.
    fn name(&self) -> &OperationName;

    /// Does it as it always was done.
    fn legacy(&self, request: &Self::Request) -> impl Future<Output = Result<Self::Response, Self::Error>> + Send;

    /// Does it as the replacement does.
    fn candidate(&self, request: &Self::Request) -> impl Future<Output = Result<Self::Response, Self::Error>> + Send;

    /// Whether `request` may be run on the other side too. By default it may.
    fn shadowing(&self, _request: &Self::Request) -> Shadowing {
        Shadowing::Allowed
    }

    /// Runs `request` on `side` to compare it with what the caller was answered, which is `primary`. By default this is
    /// what a caller would get.
    ///
    /// It may be ended at any `await`, when its time is over.
    fn shadow(
        &self,
        side: Path,
        request: &Self::Request,
        _primary: &Side,
    ) -> impl Future<Output = Result<Self::Response, Self::Error>> + Send {
        async move {
            match side {
                Path::Legacy => self.legacy(request).await,
                Path::Candidate => self.candidate(request).await,
            }
        }
    }

    /// What of a response is compared. Called for shadowed calls only, but before their caller is answered: quick. What
    /// cannot be told cannot be compared, and counts as a `comparator_error`.
    fn describe(&self, response: &Self::Response) -> Result<Value, serde_json::Error>;

    /// Whose fault an error is.
    fn classify(&self, error: &Self::Error) -> Failure;
}

/// Whether a request may be run on the other side too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shadowing {
    Allowed,
    /// It would do harm: a delete, a payment.
    Never,
}

/// Whose fault a failure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The implementation's: an error rate counts it, and legacy may answer in the candidate's place.
    Implementation,
    /// The caller's, as bad input or a missing file: an answer like any other.
    Caller,
}

/// A failure, as it is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub fault: Fault,
    /// A short word for it, `timeout`: few different ones, since they are counted one by one.
    pub kind: Cow<'static, str>,
}

impl Failure {
    /// The implementation's fault.
    pub fn of_implementation(kind: impl Into<Cow<'static, str>>) -> Self {
        Self { fault: Fault::Implementation, kind: kind.into() }
    }

    /// The caller's fault.
    pub fn of_caller(kind: impl Into<Cow<'static, str>>) -> Self {
        Self { fault: Fault::Caller, kind: kind.into() }
    }
}
