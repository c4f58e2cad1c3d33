//! What came of a form, for the page that is rendered as the answer to it: the error, or what was made, and everything
//! that was typed, so that nothing of it is lost.

use leptos::prelude::use_context;
use leptos::server_fn::error::FromServerFnError;
use serde::de::DeserializeOwned;

use crate::server_fns::error::PanelError;

/// What came of the form that this page was asked for with; there is none when somebody just opened the page.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The form's id on the page.
    pub form: String,
    /// Every field as it was sent.
    pub given: Vec<(String, String)>,
    /// What the server function answered.
    pub answer: Result<Vec<u8>, PanelError>,
}

impl Outcome {
    /// From the server function's answer to the fields `given`.
    pub fn new(given: Vec<(String, String)>, is_success: bool, answer: Vec<u8>) -> Self {
        let form = given.iter().find(|(name, _)| name == FORM).map(|(_, id)| id.clone()).unwrap_or_default();
        Self { form, given, answer: if is_success { Ok(answer) } else { Err(PanelError::de(answer.into())) } }
    }

    /// What came of the form with this id, when it was the one that was sent.
    pub fn of(form: &str) -> Option<Self> {
        use_context::<Self>().filter(|outcome| outcome.form == form)
    }

    /// The form's error.
    pub fn error(&self) -> Option<&PanelError> {
        self.answer.as_ref().err()
    }

    /// What the server function gave back.
    pub fn made<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(self.answer.as_ref().ok()?).ok()
    }

    /// What was typed into the field called `name`.
    pub fn given(&self, name: &str) -> Option<&str> {
        self.given.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }
}

/// The hidden field that names the server function.
pub const CALL: &str = "__call";

/// The hidden field that names the form.
pub const FORM: &str = "__form";
