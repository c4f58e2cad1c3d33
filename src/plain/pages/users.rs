//! `/users`: the people who may sign in, for admins.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_meta::Title;

use crate::domain::access::Role;
use crate::plain::fields::{Field, Hidden, Select, Whose};
use crate::plain::form::PostForm;
use crate::plain::loaded::loaded;
use crate::server_fns::user::{CreateUser, ResetPassword, SetEnabled, SetRole, get_users};
use crate::ui::components::chips::{Chip, Tone};
use crate::ui::components::icon::Icon;
use crate::ui::erased::Erase;
use crate::views::account::{UserView, UsersView};
use crate::views::format;

/// The page.
#[component]
pub fn UsersPage() -> impl IntoView {
    view! {
        <Title text="Users" />
        <header class="head">
            <div class="head-title">
                <h1>"Users"</h1>
                <p class="small">
                    "viewer reads · engineer changes and rolls back · manager signs off · admin may do all of it"
                </p>
            </div>
        </header>
        {loaded(get_users(), |view| view! { <Users view /> }.erased())}
    }
    .erased()
}

#[component]
fn Users(view: UsersView) -> impl IntoView {
    let rows = view.users.into_iter().map(|user| view! { <UserRow user /> });
    let rows = rows.collect_view();
    view! {
        <div class="page-columns">
        <section class="card" aria-label="List of users">
            <ul class="rows">{rows}</ul>
        </section>
        <PostForm id="CreateUser" call=CreateUser::PATH>
            <h2>"New user"</h2>
            <Field name="login" label="Login" hint="Small letters, digits and . _ -; it stands in the record" />
            <Field name="name" label="Name" hint="For people" />
            <Select name="role" label="Role" initial="viewer" options=roles() />
            <Field
                name="password"
                label="First password"
                hint="At least 12 characters. They change it under Account."
                kind="password"
                autocomplete="new-password"
            />
            <p class="actions">
                <button class="button-primary">"Create user"</button>
            </p>
        </PostForm>
        </div>
    }
    .erased()
}

fn roles() -> Vec<(String, String)> {
    Role::ALL.into_iter().map(|role| (role.as_str().to_owned(), role.as_str().to_owned())).collect()
}

#[component]
fn UserRow(user: UserView) -> impl IntoView {
    let UserView { login, name, role, enabled, created_at, version, is_self } = user;
    let state = if enabled {
        view! { <Chip tone=Tone::Good icon=Icon::Check text="enabled" /> }
    } else {
        view! { <Chip tone=Tone::Bad icon=Icon::Off text="disabled" /> }
    };
    // Nobody locks themselves out by mistake.
    let change = (!is_self).then(|| {
        let (login, role) = (login.clone(), role.as_str());
        view! {
            <details class="row-fold">
                <summary>"Change"<span class="unseen">" " {login.clone()}</span></summary>
                <div class="row-forms">
                    <ChangeForms login role version enabled />
                </div>
            </details>
        }
    });
    view! {
        <li class="row">
            <div class="row-main">
                <p>
                    <b>{login.clone()}</b>
                    {is_self.then(|| view! { <span class="small">" (you)"</span> })}
                    " "
                    <span>{name}</span>
                </p>
                <p class="small">"role " <b>{role.as_str()}</b> " · since " {format::minute(created_at)}</p>
            </div>
            {state}
            <div class="row-end">{change}</div>
        </li>
    }
    .erased()
}

#[component]
fn ChangeForms(login: String, role: &'static str, version: i64, enabled: bool) -> impl IntoView {
    let (of_role, of_enabled, of_password) = (login.clone(), login.clone(), login.clone());
    let switch = if enabled { "Disable" } else { "Enable" };
    view! {
        <PostForm id=format!("Role-{login}") call=SetRole::PATH class="form-line">
            <Hidden name="login" value=of_role.clone() />
            <Hidden name="version" value=version.to_string() />
            <Select name="role" label="Role" initial=role options=roles() />
            <button>"Set role"</button>
        </PostForm>
        <PostForm id=format!("Password-{login}") call=ResetPassword::PATH class="form-line">
            <Hidden name="login" value=of_password.clone() />
            <Whose login=of_password.clone() />
            <Field name="password" label="New password" kind="password" autocomplete="new-password" />
            <button>"Reset password"</button>
        </PostForm>
        <PostForm id=format!("Enabled-{login}") call=SetEnabled::PATH class="form-line">
            <Hidden name="login" value=of_enabled.clone() />
            <Hidden name="enabled" value=(!enabled).to_string() />
            <button class="button-quiet-danger">{switch}</button>
        </PostForm>
    }
    .erased()
}
