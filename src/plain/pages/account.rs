//! `/account`: who one is, the own password, and the own tokens.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_meta::Title;

use crate::plain::fields::{Field, Whose};
use crate::plain::form::PostForm;
use crate::plain::loaded::loaded;
use crate::plain::pages::tokens::Tokens;
use crate::server_fns::account::{ChangePassword, get_session};
use crate::server_fns::token::get_tokens;
use crate::ui::erased::Erase;
use crate::views::account::{SessionView, TokensView};

/// The page.
#[component]
pub fn AccountPage() -> impl IntoView {
    let load = async { Ok((get_session().await?, get_tokens().await?)) };
    view! {
        <Title text="Account" />
        {loaded(load, |(session, tokens)| view! { <Account session tokens /> }.erased())}
    }
    .erased()
}

#[component]
fn Account(session: SessionView, tokens: TokensView) -> impl IntoView {
    let tokens = TokensView { tokens: tokens.tokens.into_iter().filter(|token| token.is_own).collect(), ..tokens };
    let login = session.login.clone();
    view! {
        <header class="head">
            <div class="head-title">
                <h1>{session.name}</h1>
                <p class="small">"login " <b>{session.login}</b> ", role " <b>{session.role.as_str()}</b></p>
            </div>
        </header>
        <section class="part" aria-labelledby="Password">
            <h2 id="Password">"Password"</h2>
            <PostForm id="ChangePassword" call=ChangePassword::PATH class="card form form-narrow">
                <Whose login=login.clone() />
                <Field name="current" label="Current password" kind="password" autocomplete="current-password" />
                <Field
                    name="new"
                    label="New password"
                    hint="At least 12 characters. All your other sessions end."
                    kind="password"
                    autocomplete="new-password"
                />
                <p class="actions">
                    <button class="button-primary">"Change password"</button>
                </p>
            </PostForm>
        </section>
        <section class="part" aria-labelledby="Tokens">
            <h2 id="Tokens">"Your tokens"</h2>
            <Tokens view=tokens />
        </section>
    }
    .erased()
}
