//! Managing users, for admins.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

use super::error::PanelError;
use crate::views::account::UsersView;

/// All users.
#[server(prefix = "/panel", endpoint = "users", input = GetUrl)]
pub async fn get_users() -> Result<UsersView, PanelError> {
    use crate::domain::access::Permission;
    use crate::server::reply;
    use crate::views::account::UserView;
    use crate::views::fault::Fault;

    let by = reply::authorize(Permission::Administer)?;
    let users = reply::state().store.users().await.map_err(Fault::from);
    users
        .map(|users| UsersView { users: users.iter().map(|user| UserView::new(user, &by)).collect() })
        .map_err(|fault| PanelError::of(fault, "", PanelError::given([])))
        .inspect_err(|error| reply::set_status(error.status()))
}

/// Creates a user.
#[server(prefix = "/panel", endpoint = "create-user")]
pub async fn create_user(
    #[server(default)] login: String,
    #[server(default)] name: String,
    #[server(default)] role: String,
    #[server(default)] password: String,
) -> Result<(), PanelError> {
    use crate::domain::access::Permission;
    use crate::domain::account::NewUser;
    use crate::server::commands::accounts;
    use crate::server::reply;
    use crate::views::fault::Fault;

    let by = reply::authorize(Permission::Administer)?;
    let given = PanelError::given([("login", &login), ("name", &name), ("role", &role)]);
    let create = async {
        let user = NewUser::parse(&login, &name, &role, &password).map_err(|errors| Fault::Invalid { errors })?;
        Ok::<_, Fault>(accounts::create_user(&reply::state(), user, &by).await?)
    };
    create
        .await
        .map_err(|fault| PanelError::of(fault, "login", given))
        .inspect_err(|error| reply::set_status(error.status()))
}

/// Gives a user another role; `version` is that of the user who was shown.
#[server(prefix = "/panel", endpoint = "set-role")]
pub async fn set_role(
    #[server(default)] login: String,
    #[server(default)] role: String,
    #[server(default)] version: String,
) -> Result<(), PanelError> {
    use crate::domain::access::{Permission, Role};
    use crate::domain::field_error::FieldError;
    use crate::server::commands::accounts;
    use crate::server::reply;
    use crate::views::fault::Fault;

    let by = reply::authorize(Permission::Administer)?;
    let given = PanelError::given([("login", &login), ("role", &role)]);
    let set = async {
        let user = reply::login(&login)?;
        let invalid = |pointer: &str, detail: &dyn ToString| Fault::Invalid {
            errors: vec![FieldError::new(pointer, detail.to_string())],
        };
        let role = Role::parse(&role).map_err(|error| invalid("/role", &error))?;
        let version = version.parse().map_err(|_| invalid("/version", &"must be a whole number"))?;
        Ok::<_, Fault>(accounts::set_role(&reply::state(), &user, role, Some(version), &by).await?)
    };
    set.await.map_err(|fault| PanelError::of(fault, "", given)).inspect_err(|error| reply::set_status(error.status()))
}

/// Lets a user in (`enabled` is `true`) or no more (`false`).
#[server(prefix = "/panel", endpoint = "set-enabled")]
pub async fn set_enabled(#[server(default)] login: String, #[server(default)] enabled: bool) -> Result<(), PanelError> {
    use crate::domain::access::Permission;
    use crate::domain::feature::Switch;
    use crate::server::commands::accounts;
    use crate::server::reply;
    use crate::views::fault::Fault;

    let by = reply::authorize(Permission::Administer)?;
    let set = async {
        let user = reply::login(&login)?;
        let enabled = Switch::from_bool(enabled);
        Ok::<_, Fault>(accounts::set_enabled(&reply::state(), &user, enabled, &by).await?)
    };
    set.await
        .map_err(|fault| PanelError::of(fault, "", PanelError::given([("login", &login)])))
        .inspect_err(|error| reply::set_status(error.status()))
}

/// Sets another person's password, which ends their sessions.
#[server(prefix = "/panel", endpoint = "reset-password")]
pub async fn reset_password(
    #[server(default)] login: String,
    #[server(default)] password: String,
) -> Result<(), PanelError> {
    use crate::domain::access::Permission;
    use crate::domain::account::Password;
    use crate::domain::field_error::FieldError;
    use crate::server::commands::accounts;
    use crate::server::reply;
    use crate::views::fault::Fault;

    let by = reply::authorize(Permission::Administer)?;
    let reset = async {
        let user = reply::login(&login)?;
        let password = Password::parse(&password, user.as_str())
            .map_err(|error| Fault::Invalid { errors: vec![FieldError::new("/password", error)] })?;
        Ok::<_, Fault>(accounts::set_password(&reply::state(), &user, password, &by).await?)
    };
    reset
        .await
        .map_err(|fault| PanelError::of(fault, "", PanelError::given([("login", &login)])))
        .inspect_err(|error| reply::set_status(error.status()))
}
