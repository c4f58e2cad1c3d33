//! Making and revoking tokens: one's own, and for admins everyone's.

#![expect(
    clippy::too_many_arguments,
    reason = "the fields of a form, in which each box that may be ticked is one; the macro repeats the function"
)]

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

use super::error::PanelError;
use crate::views::account::{CreatedToken, TokensView};

/// The tokens that the person may see, and the one that was just made.
#[server(prefix = "/panel", endpoint = "tokens", input = GetUrl)]
pub async fn get_tokens() -> Result<TokensView, PanelError> {
    use crate::domain::access::Permission;
    use crate::domain::scope::Scope;
    use crate::server::access::cookie;
    use crate::server::commands::tokens;
    use crate::server::reply;
    use crate::views::account::TokenView;
    use crate::views::fault::Fault;

    reply::person(Permission::Read)?;
    let (state, headers, by) = (reply::state(), reply::headers(), reply::principal()?);
    let now = state.clock.now();
    let listed = tokens::list(&state, &by).await.map_err(Fault::from);
    let tokens = listed
        .map_err(|fault| PanelError::of(fault, "", PanelError::given([])))
        .inspect_err(|error| reply::set_status(error.status()))?;
    let created = cookie::sent(&headers, cookie::NEW_TOKEN).filter(|token| !token.is_empty());
    if created.is_some() {
        reply::set_cookie(cookie::without(cookie::NEW_TOKEN, &headers));
    }
    Ok(TokensView {
        tokens: tokens.iter().map(|token| TokenView::new(token, &by, now)).collect(),
        grantable: Scope::ALL
            .into_iter()
            .filter(|scope| by.may_grant(*scope))
            .map(|scope| scope.as_str().to_owned())
            .collect(),
        created: created.map(|token| CreatedToken { token }),
    })
}

/// Makes a token. `scopes` are words with commas between them, `expires_in_days` is empty for no end; each scope may also
/// come as a field of its own, as boxes that are ticked do. The answer holds the token, which is shown once: a form
/// without JavaScript gets it from [`get_tokens`] on the page that it leads back to.
#[server(prefix = "/panel", endpoint = "create-token")]
pub async fn create_token(
    #[server(default)] name: String,
    #[server(default)] scopes: String,
    #[server(default)] expires_in_days: String,
    #[server(default)] evaluate: String,
    #[server(default)] ingest: String,
    #[server(default)] read: String,
    #[server(default)] operate: String,
    #[server(default)] sign_off: String,
) -> Result<CreatedToken, PanelError> {
    use crate::domain::access::Permission;
    use crate::domain::scope::Scope;
    use crate::domain::token::NewToken;
    use crate::server::access::cookie;
    use crate::server::commands::tokens;
    use crate::server::reply;
    use crate::views::fault::Fault;

    reply::person(Permission::Read)?;
    let by = reply::principal()?;
    let ticked =
        Scope::ALL.into_iter().zip([evaluate, ingest, read, operate, sign_off].map(|box_of| !box_of.is_empty()));
    let ticked = ticked.filter(|(_, is_ticked)| *is_ticked).map(|(scope, _)| scope.as_str());
    let scopes = std::iter::once(scopes.as_str()).chain(ticked).collect::<Vec<_>>().join(",");
    let given = PanelError::given([("name", &name), ("scopes", &scopes), ("expires_in_days", &expires_in_days)]);
    let create = async {
        let new = NewToken::parse(&name, &scopes, &expires_in_days).map_err(|errors| Fault::Invalid { errors })?;
        Ok::<_, Fault>(tokens::create(&reply::state(), new, &by).await?)
    };
    let secret = create
        .await
        .map_err(|fault| PanelError::of(fault, "name", given))
        .inspect_err(|error| reply::set_status(error.status()))?;
    let token = secret.expose().to_owned();
    if reply::is_plain_form() {
        reply::set_cookie(cookie::of_new_token(token.clone(), &reply::headers()));
    }
    Ok(CreatedToken { token })
}

/// Revokes a token for good.
#[server(prefix = "/panel", endpoint = "revoke-token")]
pub async fn revoke_token(#[server(default)] id: i64) -> Result<(), PanelError> {
    use crate::domain::access::Permission;
    use crate::domain::token::TokenId;
    use crate::server::commands::tokens;
    use crate::server::reply;
    use crate::views::fault::Fault;

    reply::person(Permission::Read)?;
    let revoked = tokens::revoke(&reply::state(), TokenId(id), &reply::principal()?).await.map_err(Fault::from);
    revoked
        .map_err(|fault| PanelError::of(fault, "", PanelError::given([])))
        .inspect_err(|error| reply::set_status(error.status()))
}
