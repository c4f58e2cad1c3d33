//! The stream of changes in the browser: open while somebody looks, and from where it left off. What is then fetched again
//! is the pages' to say.

use std::time::Duration;

use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;

use super::{REFRESH_MS, SEEN};

/// Changes that come so close to each other are fetched together.
const TOGETHER: Duration = Duration::from_millis(150);

/// The stream, open while somebody looks: browsers keep few connections to one server, and pages in the
/// background would take them all.
#[derive(Clone, Copy)]
pub struct Stream {
    source: StoredValue<Option<web_sys::EventSource>, LocalStorage>,
    /// The `id` of the last change that was told, or that came with the page.
    seen: StoredValue<Option<String>>,
    /// When it was last tried to open it.
    tried_at: StoredValue<f64>,
    /// Called for each event; kept as long as the page.
    heard: StoredValue<Closure<dyn FnMut(web_sys::MessageEvent)>, LocalStorage>,
}

impl Stream {
    /// Has `ask` called after anything was told.
    pub fn new(ask: impl Fn() + Copy + 'static) -> Self {
        let seen = document().document_element().and_then(|html| html.get_attribute(SEEN));
        let (seen, is_due) = (StoredValue::new(seen), StoredValue::new(false));
        let heard = Closure::new(move |event: web_sys::MessageEvent| {
            let id = event.last_event_id();
            if !id.is_empty() {
                seen.set_value(Some(id));
            }
            if !is_due.get_value() {
                is_due.set_value(true);
                set_timeout(
                    move || {
                        is_due.set_value(false);
                        ask();
                    },
                    TOGETHER,
                );
            }
        });
        Self {
            source: StoredValue::new_local(None),
            seen,
            tried_at: StoredValue::new(f64::MIN),
            heard: StoredValue::new_local(heard),
        }
    }

    /// Opens it when somebody looks, and again when the server ended it for good; closes it when nobody does. Whether it
    /// is open.
    pub fn tend(self, now: f64, hidden: bool) -> bool {
        if hidden {
            self.close();
        } else if !self.is_there() && now - self.tried_at.get_value() >= REFRESH_MS {
            self.tried_at.set_value(now);
            self.open();
        }
        self.state() == web_sys::EventSource::OPEN
    }

    fn open(self) {
        let from = self.seen.get_value().map(|seen| format!("?last_event_id={seen}")).unwrap_or_default();
        let Ok(source) = web_sys::EventSource::new(&format!("/api/v1/events{from}")) else { return };
        self.heard.with_value(|heard| {
            for kind in ["change", "figures", "reset"] {
                // It is refused for nothing.
                let _ = source.add_event_listener_with_callback(kind, heard.as_ref().unchecked_ref());
            }
        });
        self.source.set_value(Some(source));
    }

    pub fn close(self) {
        self.source.update_value(|source| {
            if let Some(source) = source.take() {
                source.close();
                self.tried_at.set_value(f64::MIN);
            }
        });
    }

    fn state(self) -> u16 {
        self.source.with_value(|source| {
            source.as_ref().map_or(web_sys::EventSource::CLOSED, web_sys::EventSource::ready_state)
        })
    }

    /// Whether it is open, or the browser tries to open it again.
    fn is_there(self) -> bool {
        self.state() != web_sys::EventSource::CLOSED
    }
}
