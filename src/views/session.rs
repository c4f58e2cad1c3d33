//! Who looks at the panel, and what they may do, in words.

/// Somebody who is signed in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Session {
    pub login: String,
    /// The word for their role.
    pub role: String,
    /// What they may do: words of permissions with spaces between them.
    pub permissions: String,
    /// How many alerts fire.
    pub firing: u32,
}

impl Session {
    /// Whether they may do what this word says.
    pub fn may(&self, permission: &str) -> bool {
        self.permissions.split(' ').any(|word| word == permission)
    }
}
