//! The `crossfade` program.

use axum::Router;
use leptos::prelude::*;
use leptos_axum::{LeptosRoutes, generate_route_list};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = LeptosOptions::builder().output_name("crossfade").site_root("target/site").build();
    let routes = generate_route_list(crossfade::app::App);
    let app = Router::new()
        .leptos_routes(&options, routes, {
            let options = options.clone();
            move || crossfade::app::shell(options.clone())
        })
        .fallback(leptos_axum::file_and_error_handler(crossfade::app::shell))
        .with_state(options);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    axum::serve(listener, app).await?;
    Ok(())
}
