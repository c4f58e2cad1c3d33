//! Signing in and out, the first admin, and the own password.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

use super::error::PanelError;
use crate::views::account::{DoorView, SessionView};

/// Whether there is anybody who could sign in. For everybody.
#[server(prefix = "/panel", endpoint = "door", input = GetUrl)]
pub async fn get_door() -> Result<DoorView, PanelError> {
    use crate::server::reply;
    use crate::views::fault::Fault;

    let users = reply::state().store.users().await.map_err(Fault::from);
    let door = users.map(|users| DoorView { has_users: !users.is_empty() });
    door.map_err(|fault| PanelError::of(fault, "", PanelError::given([])))
        .inspect_err(|error| reply::set_status(error.status()))
}

/// Signs in, and leads on to `next`. For everybody.
#[server(prefix = "/panel", endpoint = "log-in")]
pub async fn log_in(
    #[server(default)] login: String,
    #[server(default)] password: String,
    #[server(default)] next: String,
) -> Result<(), PanelError> {
    use crate::server::access::cookie;
    use crate::server::commands::sign_in;
    use crate::server::reply;
    use crate::views::fault::Fault;
    use crate::views::next;

    let given = PanelError::given([("login", &login), ("next", &next)]);
    let (state, headers) = (reply::state(), reply::headers());
    let signed_in = sign_in::log_in(&state, &login, &password, reply::peer()).await.map_err(Fault::from);
    let secret = signed_in
        .map_err(|fault| PanelError::of(fault, "login", given))
        .inspect_err(|error| reply::set_status(error.status()))?;
    if let Some(before) = cookie::sent(&headers, cookie::SESSION)
        && let Err(error) = sign_in::log_out(&state, &before).await
    {
        reply::log_failure(&error);
    }
    reply::set_cookie(cookie::of_session(&secret, &headers));
    leptos_axum::redirect(next::local(&next));
    Ok(())
}

/// Signs out, and leads to where one signs in. For everybody.
#[server(prefix = "/panel", endpoint = "log-out")]
pub async fn log_out() -> Result<(), PanelError> {
    use crate::server::access::{cookie, pages};
    use crate::server::commands::sign_in;
    use crate::server::reply;
    use crate::views::fault::Fault;

    let headers = reply::headers();
    if let Some(secret) = cookie::sent(&headers, cookie::SESSION) {
        let ended = sign_in::log_out(&reply::state(), &secret).await.map_err(Fault::from);
        ended
            .map_err(|fault| PanelError::of(fault, "", PanelError::given([])))
            .inspect_err(|error| reply::set_status(error.status()))?;
    }
    reply::set_cookie(cookie::without(cookie::SESSION, &headers));
    leptos_axum::redirect(pages::LOG_IN);
    Ok(())
}

/// Creates the first admin for whoever has the one-time link, signs them in and leads to the overview. For everybody.
#[server(prefix = "/panel", endpoint = "set-up")]
pub async fn set_up(
    #[server(default)] token: String,
    #[server(default)] login: String,
    #[server(default)] name: String,
    #[server(default)] password: String,
) -> Result<(), PanelError> {
    use crate::domain::access::Role;
    use crate::domain::account::NewUser;
    use crate::server::access::cookie;
    use crate::server::access::secret::Secret;
    use crate::server::commands::accounts;
    use crate::server::commands::sign_in;
    use crate::server::reply;
    use crate::views::fault::Fault;

    let given = || PanelError::given([("login", &login), ("name", &name)]);
    let state = reply::state();
    let set_up = async {
        let admin = NewUser::parse(&login, &name, Role::Admin.as_str(), &password)
            .map_err(|errors| Fault::Invalid { errors })?;
        let login = admin.login.clone();
        accounts::set_up(&state, &Secret::shown(&token), admin).await?;
        Ok::<_, Fault>(sign_in::begin_session(&state, &login).await?)
    };
    let secret = set_up
        .await
        .map_err(|fault| PanelError::of(fault, "login", given()))
        .inspect_err(|error| reply::set_status(error.status()))?;
    reply::set_cookie(cookie::of_session(&secret, &reply::headers()));
    leptos_axum::redirect("/");
    Ok(())
}

/// Whoever is signed in, and what they may do.
#[server(prefix = "/panel", endpoint = "session", input = GetUrl)]
pub async fn get_session() -> Result<SessionView, PanelError> {
    use crate::domain::access::Permission;
    use crate::server::reply;
    use crate::views::fault::Fault;

    let login = reply::person(Permission::Read)?;
    let found = reply::state().store.credentials(&login).await.map_err(Fault::from);
    let session = match found {
        Ok(Some(credentials)) => Ok(SessionView::new(&credentials.user)),
        Ok(None) => Err(PanelError::NotSignedIn),
        Err(fault) => Err(PanelError::of(fault, "", PanelError::given([]))),
    };
    session.inspect_err(|error| reply::set_status(error.status()))
}

/// Sets the own password, which ends all other sessions.
#[server(prefix = "/panel", endpoint = "change-password")]
pub async fn change_password(
    #[server(default)] current: String,
    #[server(default)] new: String,
) -> Result<(), PanelError> {
    use crate::domain::access::Permission;
    use crate::domain::account::Password;
    use crate::domain::field_error::FieldError;
    use crate::server::access::cookie;
    use crate::server::commands::sign_in;
    use crate::server::reply;
    use crate::views::fault::Fault;

    let login = reply::person(Permission::Read)?;
    let state = reply::state();
    let change = async {
        let invalid = |pointer: &str, detail: &dyn ToString| Fault::Invalid {
            errors: vec![FieldError::new(pointer, detail.to_string())],
        };
        let new = Password::parse(&new, login.as_str()).map_err(|error| invalid("/new", &error))?;
        match sign_in::change_password(&state, &login, &current, new, reply::peer()).await.map_err(Fault::from) {
            Err(Fault::WrongPassword) => Err(invalid("/current", &"is not your password")),
            changed => changed,
        }
    };
    let secret = change
        .await
        .map_err(|fault| PanelError::of(fault, "", PanelError::given([])))
        .inspect_err(|error| reply::set_status(error.status()))?;
    reply::set_cookie(cookie::of_session(&secret, &reply::headers()));
    Ok(())
}
