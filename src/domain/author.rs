//! Who makes a change: the actor that is recorded, and the person behind it. Not what they may do.

use super::text::Actor;

/// The actor of a change and the person who answers for it.
///
/// They differ for a token that somebody made for a program: the token acts, its maker answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// What is recorded: `user:ada`, `token:ci`, `cli:root`, `policy`, `system`.
    pub actor: Actor,
    /// Who must not review what they did themselves.
    pub person: Actor,
}

impl Author {
    /// An actor who answers for itself.
    pub fn own(actor: Actor) -> Self {
        Self { person: actor.clone(), actor }
    }

    /// What a policy has the program do.
    pub fn policy() -> Self {
        Self::own(Actor::policy())
    }

    /// What the program does by itself.
    pub fn system() -> Self {
        Self::own(Actor::system())
    }
}
