//! Pages and components, rendered on the server and hydrated in the browser. They show views and send forms; whatever has
//! to be worked out is in [`crate::views`] and [`crate::domain`].

pub mod components;
pub mod erased;
pub mod live;
pub mod pages;
pub mod session;
