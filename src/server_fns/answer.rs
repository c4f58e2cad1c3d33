//! An answer on its way from the server's page to the browser. Not the answer to a later call: that is plain JSON, too,
//! and read by the same code, of which the client so holds one copy.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::PanelError;

/// What a server function answered, as a resource keeps it.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer<T>(pub Result<T, PanelError>);

impl<T: Serialize> fmt::Display for Answer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(&self.0).map_err(|_| fmt::Error)?)
    }
}

impl<T: DeserializeOwned> FromStr for Answer<T> {
    type Err = serde_json::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // From bytes, as server functions do; from text it would be a second copy of all readers, a fifth of the client.
        serde_json::from_slice(text.as_bytes()).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_survives_the_page() {
        for answer in
            [Answer(Ok("</script>".to_owned())), Answer(Err(PanelError::Unavailable { given: PanelError::given([]) }))]
        {
            assert_eq!(answer.to_string().parse::<Answer<String>>().unwrap(), answer);
        }
    }
}
