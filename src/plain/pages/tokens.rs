//! `/tokens`: the tokens by which programs are let in. One's own are on one's account's page, too.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_meta::Title;

use crate::plain::fields::{Field, Hidden, Tick};
use crate::plain::form::PostForm;
use crate::plain::loaded::loaded;
use crate::plain::outcome::Outcome;
use crate::server_fns::token::{CreateToken, RevokeToken, get_tokens};
use crate::ui::components::banner::{Banner, Weight};
use crate::ui::components::chips::{Chip, Tone};
use crate::ui::components::command::Command;
use crate::ui::components::icon::Icon;
use crate::ui::erased::Erase;
use crate::views::account::{CreatedToken, TokenStateView, TokenView, TokensView};
use crate::views::format;

/// The page.
#[component]
pub fn TokensPage() -> impl IntoView {
    view! {
        <Title text="Tokens" />
        <header class="head">
            <div class="head-title">
                <h1>"Tokens"</h1>
                <p class="small">"A program shows its token in each request, and may do what the token’s scopes say."</p>
            </div>
        </header>
        {loaded(get_tokens(), |view| view! { <Tokens view /> }.erased())}
    }
    .erased()
}

/// A list of tokens, and the form that makes one.
#[component]
pub fn Tokens(view: TokensView) -> impl IntoView {
    let created = Outcome::of("CreateToken").and_then(|outcome| outcome.made::<CreatedToken>()).or(view.created);
    let created = created.map(|CreatedToken { token }| {
        view! {
            <div role="status">
                <Banner weight=Weight::Notice>
                    <p><b>"The token was made. It is shown this once: copy it now."</b></p>
                    <Command text=token />
                </Banner>
            </div>
        }
    });
    let rows = view.tokens.into_iter().map(|token| view! { <TokenRow token /> });
    let rows = rows.collect_view();
    let none = rows.is_empty().then(|| view! { <p class="none">"No tokens yet."</p> });
    let scopes: Vec<(&'static str, &'static str)> =
        SCOPES.into_iter().filter(|(scope, _)| view.grantable.iter().any(|it| it == scope)).collect();
    view! {
        {created}
        <div class="page-columns">
        <section class="card" aria-label="List of tokens">
            <ul class="rows">{rows}</ul>
            {none}
        </section>
        <PostForm id="CreateToken" call=CreateToken::PATH>
            <h3>"New token"</h3>
            <Field name="name" label="Name" hint="What it is for: ci, shop-backend" />
            <fieldset class="field">
                <legend>"Scopes"</legend>
                {scopes
                    .iter()
                    .map(|(name, hint)| view! { <Tick name label=name.replace('_', " ") hint=*hint /> })
                    .collect_view()}
            </fieldset>
            <Field
                name="expires_in_days"
                label="Expires in days"
                hint="Empty for never"
                kind="number"
                required=false
                range=("1", "3650".to_owned(), "1")
            />
            <p class="actions">
                <button class="button-primary">"Create token"</button>
            </p>
        </PostForm>
        </div>
    }
    .erased()
}

/// The scopes, and what each is for.
const SCOPES: [(&str, &str); 5] = [
    ("evaluate", "Ask which path to take"),
    ("ingest", "Send observations and comparisons"),
    ("read", "Read status, features, gates and the audit chain"),
    ("operate", "Change percentages and switches, advance, roll back"),
    ("sign_off", "Approve or reject the evidence of a stage"),
];

#[component]
fn TokenRow(token: TokenView) -> impl IntoView {
    let (tone, icon, word) = match token.state {
        TokenStateView::Works => (Tone::Good, Icon::Check, "works"),
        TokenStateView::Revoked => (Tone::Quiet, Icon::Off, "revoked"),
        TokenStateView::Expired => (Tone::Stale, Icon::Clock, "expired"),
        TokenStateView::OwnerDisabled => (Tone::Bad, Icon::Off, "owner disabled"),
    };
    let day = |at: DateTime<Utc>| at.format("%Y-%m-%d").to_string();
    let used = token.last_used_at.map_or_else(|| "never used".to_owned(), |at| format!("used {}", format::minute(at)));
    let ends = token.expires_at.map_or_else(|| "no end".to_owned(), |at| format!("until {}", day(at)));
    let (id, name) = (token.id, token.name.clone());
    let revoke = (token.state == TokenStateView::Works).then(|| {
        view! {
            <PostForm id=format!("Revoke-{id}") call=RevokeToken::PATH class="row-form">
                <Hidden name="id" value=id.to_string() />
                <button class="button-quiet-danger">
                    "Revoke"<span class="unseen">" token " {name.clone()}</span>
                </button>
            </PostForm>
        }
    });
    view! {
        <li class="row">
            <div class="row-main">
                <p>
                    <b>{token.name}</b>
                    " "
                    <span class="small mono">{token.scopes.join(", ")}</span>
                </p>
                <p class="small">
                    {token.owner} " · made " {day(token.created_at)} " · " {ends} " · " {used}
                </p>
            </div>
            <Chip tone icon text=word />
            <div class="row-end">{revoke}</div>
        </li>
    }
    .erased()
}
