//! Who may do what: roles of people, scopes of tokens, and the one who acts.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::account::{Login, User, UserId};
use super::author::Author;
use super::scope::{Scope, Scopes};
use super::text::{Actor, Name};
use super::token::{ApiToken, Owner, TokenId};

/// What somebody may be allowed to do. Every route and every server function needs one of these, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Ask which path to take.
    Evaluate,
    /// Send observations and comparisons.
    Ingest,
    /// See everything but users and other people's tokens.
    Read,
    /// Change percentages and switches, advance, roll back.
    Operate,
    /// Approve or reject the evidence of a stage.
    SignOff,
    /// Advance past a gate that has not passed.
    Override,
    /// Manage users and everyone's tokens.
    Administer,
}

impl Permission {
    pub const ALL: [Self; 7] =
        [Self::Evaluate, Self::Ingest, Self::Read, Self::Operate, Self::SignOff, Self::Override, Self::Administer];

    /// The word for it, as the API has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Evaluate => "evaluate",
            Self::Ingest => "ingest",
            Self::Read => "read",
            Self::Operate => "operate",
            Self::SignOff => "sign_off",
            Self::Override => "override",
            Self::Administer => "administer",
        }
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why somebody may not do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// Nobody is signed in, and no token that works was shown.
    #[error("you must sign in first")]
    NotSignedIn,
    /// Who it is is known, and that they may not.
    #[error("this needs the permission {needs}")]
    Forbidden { needs: Permission },
    /// A token was shown where a person is needed.
    #[error("this is for people who are signed in, not for tokens")]
    NotForPrograms,
    /// Who it is cannot be found out at the moment.
    #[error("who you are cannot be found out at the moment")]
    Unavailable,
}

/// What a person is to the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads.
    Viewer,
    /// Changes and rolls back.
    Engineer,
    /// Signs off.
    Manager,
    /// May do all, manages users and tokens, and may override a gate.
    Admin,
}

/// Why a word is no role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be viewer, engineer, manager or admin")]
pub struct RoleError;

impl Role {
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Engineer, Self::Manager, Self::Admin];

    /// The word for it, as the store and the API have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Engineer => "engineer",
            Self::Manager => "manager",
            Self::Admin => "admin",
        }
    }

    /// The role with this word.
    pub fn parse(word: &str) -> Result<Self, RoleError> {
        Self::ALL.into_iter().find(|role| role.as_str() == word).ok_or(RoleError)
    }

    /// Whether someone in this role may do that.
    pub const fn may(self, permission: Permission) -> bool {
        match self {
            Self::Viewer => matches!(permission, Permission::Read),
            Self::Engineer => matches!(permission, Permission::Read | Permission::Operate),
            Self::Manager => matches!(permission, Permission::Read | Permission::SignOff),
            Self::Admin => true,
        }
    }

    /// Whether someone in this role may make a token with this scope. Nobody grants what they do not have; what feeds
    /// and asks the program is for those who run it.
    pub const fn may_grant(self, scope: Scope) -> bool {
        match scope {
            Scope::Evaluate | Scope::Ingest => self.may(Permission::Operate),
            Scope::Read | Scope::Operate | Scope::SignOff => self.may(scope.permission()),
        }
    }

    /// Whether a token of someone in this role may still use this scope: no token may more than its owner may now.
    const fn covers(self, scope: Scope) -> bool {
        match scope {
            // A service must not stop because somebody's work has changed.
            Scope::Evaluate | Scope::Ingest | Scope::Read => true,
            Scope::Operate | Scope::SignOff => self.may(scope.permission()),
        }
    }
}

impl std::str::FromStr for Role {
    type Err = RoleError;

    fn from_str(word: &str) -> Result<Self, RoleError> {
        Self::parse(word)
    }
}

/// By what right someone acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authority {
    /// A person who is signed in.
    User { id: UserId, login: Login, role: Role },
    /// A program with a token; `scopes` are those that its owner covers now.
    Token { id: TokenId, name: Name, scopes: Scopes },
    /// Whoever may run the program on its database.
    CommandLine,
    /// The program itself.
    System,
}

/// The one who acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// As it stands in the record.
    pub actor: Actor,
    /// Who stands behind: the user, the user who made the token, or a token that the command line made. No one signs off a stage that they entered themselves.
    pub person: Actor,
    pub authority: Authority,
}

impl Principal {
    /// A person who is signed in.
    pub fn user(user: &User) -> Self {
        let actor = Actor::user(&user.login);
        let authority = Authority::User { id: user.id, login: user.login.clone(), role: user.role };
        Self { person: actor.clone(), actor, authority }
    }

    /// A program with a token that works.
    pub fn token(token: &ApiToken) -> Self {
        let scopes = match &token.owner {
            Owner::User(user) => token.scopes.only(|scope| user.role.covers(scope)),
            Owner::CommandLine(_) => token.scopes.clone(),
        };
        // The command line gives tokens to whoever needs them, so that its user answers for none of them.
        let person = match &token.owner {
            Owner::User(user) => Actor::user(&user.login),
            Owner::CommandLine(_) => Actor::token(&token.name),
        };
        Self {
            actor: Actor::token(&token.name),
            person,
            authority: Authority::Token { id: token.id, name: token.name.clone(), scopes },
        }
    }

    /// The command line, run by the system's user of this name.
    pub fn cli(user: &str) -> Self {
        let actor = Actor::cli(user);
        Self { person: actor.clone(), actor, authority: Authority::CommandLine }
    }

    /// The program itself.
    pub fn system() -> Self {
        Self { actor: Actor::system(), person: Actor::system(), authority: Authority::System }
    }

    /// Whether it may do that.
    pub fn may(&self, permission: Permission) -> bool {
        match &self.authority {
            Authority::User { role, .. } => role.may(permission),
            Authority::Token { scopes, .. } => scopes.iter().any(|scope| scope.permission() == permission),
            Authority::CommandLine | Authority::System => true,
        }
    }

    /// As whoever makes a change.
    pub fn author(&self) -> Author {
        Author { actor: self.actor.clone(), person: self.person.clone() }
    }

    /// Itself, if it may do that.
    pub fn with(self, needs: Permission) -> Result<Self, Denied> {
        if self.may(needs) { Ok(self) } else { Err(Denied::Forbidden { needs }) }
    }

    /// Whether it may make a token with this scope. A token makes no tokens.
    pub fn may_grant(&self, scope: Scope) -> bool {
        match &self.authority {
            Authority::User { role, .. } => role.may_grant(scope),
            Authority::Token { .. } => false,
            Authority::CommandLine | Authority::System => true,
        }
    }

    /// The person's own account; `None` for programs.
    pub const fn user_id(&self) -> Option<UserId> {
        match &self.authority {
            Authority::User { id, .. } => Some(*id),
            Authority::Token { .. } | Authority::CommandLine | Authority::System => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::feature::Switch;

    fn user(role: Role) -> User {
        User {
            id: UserId(1),
            login: Login::parse("ada").unwrap(),
            name: Name::parse("Ada").unwrap(),
            role,
            enabled: Switch::On,
            created_at: chrono::DateTime::UNIX_EPOCH,
            version: 1,
        }
    }

    fn token(scopes: &str, owner: Owner) -> Principal {
        Principal::token(&ApiToken {
            id: TokenId(1),
            name: Name::parse("ci").unwrap(),
            scopes: Scopes::parse(scopes).unwrap(),
            owner,
            created_at: chrono::DateTime::UNIX_EPOCH,
            expires_at: None,
            last_used_at: None,
            revoked_at: None,
        })
    }

    /// What `principal` may, in words.
    fn allowed(principal: &Principal) -> String {
        let words: Vec<&str> =
            Permission::ALL.into_iter().filter(|it| principal.may(*it)).map(Permission::as_str).collect();
        words.join(" ")
    }

    #[test]
    fn a_role_allows_what_it_is_for() {
        for (role, expected) in [
            (Role::Viewer, "read"),
            (Role::Engineer, "read operate"),
            (Role::Manager, "read sign_off"),
            (Role::Admin, "evaluate ingest read operate sign_off override administer"),
        ] {
            assert_eq!(allowed(&Principal::user(&user(role))), expected);
            assert_eq!(Role::parse(role.as_str()), Ok(role));
        }
        assert_eq!(Role::parse("Admin"), Err(RoleError));
    }

    #[test]
    fn a_token_never_may_more_than_its_scopes_nor_than_its_owner() {
        let all = "evaluate,ingest,read,operate,sign_off";
        for (scopes, owner, expected) in [
            ("read", Owner::User(user(Role::Admin)), "read"),
            (all, Owner::User(user(Role::Viewer)), "evaluate ingest read"),
            (all, Owner::User(user(Role::Engineer)), "evaluate ingest read operate"),
            (all, Owner::User(user(Role::Manager)), "evaluate ingest read sign_off"),
            (all, Owner::User(user(Role::Admin)), "evaluate ingest read operate sign_off"),
            (all, Owner::CommandLine(Actor::cli("root")), "evaluate ingest read operate sign_off"),
        ] {
            assert_eq!(allowed(&token(scopes, owner)), expected);
        }
    }

    #[test]
    fn nobody_grants_what_they_do_not_have() {
        let grants = |principal: &Principal| {
            let words: Vec<&str> =
                Scope::ALL.into_iter().filter(|it| principal.may_grant(*it)).map(Scope::as_str).collect();
            words.join(" ")
        };
        for (role, expected) in [
            (Role::Viewer, "read"),
            (Role::Engineer, "evaluate ingest read operate"),
            (Role::Manager, "read sign_off"),
            (Role::Admin, "evaluate ingest read operate sign_off"),
        ] {
            assert_eq!(grants(&Principal::user(&user(role))), expected);
        }
        assert_eq!(grants(&Principal::cli("root")), "evaluate ingest read operate sign_off");
        assert_eq!(grants(&token("operate,sign_off", Owner::CommandLine(Actor::cli("root")))), "");
    }

    #[test]
    fn the_record_names_the_actor_and_the_person_behind() {
        let by_ada = token("read", Owner::User(user(Role::Viewer)));
        assert_eq!((by_ada.actor.as_str(), by_ada.person.as_str()), ("token:ci", "user:ada"));
        let by_root = token("read", Owner::CommandLine(Actor::cli("root")));
        assert_eq!((by_root.actor.as_str(), by_root.person.as_str()), ("token:ci", "token:ci"));
        let ada = Principal::user(&user(Role::Viewer));
        assert_eq!((ada.actor.as_str(), ada.person.as_str()), ("user:ada", "user:ada"));
        assert_eq!(Principal::cli("\u{7}").actor.as_str(), "cli:unknown");
    }
}
