//! What differs between server and browser: the heartbeat and the stream of changes that have pages fetch their data
//! again, how old the data shown is, and the status of a page. The only file of the interface that knows on which of the two it runs.

use chrono::TimeDelta;
use leptos::prelude::*;

use self::stream::Stream;
use crate::views::session::Session;

#[cfg(feature = "hydrate")]
use wasm_bindgen::prelude::wasm_bindgen;

/// How long the data shown may be before it is fetched again, as long as somebody looks.
const REFRESH_MS: f64 = 10_000.0;

/// Without an answer for this long, the page says that it stands still.
const LATE: TimeDelta = TimeDelta::seconds(30);

/// Where commands on the page send their examples, until the browser knows better.
const USUAL_ORIGIN: &str = "http://127.0.0.1:3000";

/// The heartbeat of the pages. On the server it stands still.
#[derive(Clone, Copy)]
pub struct Live {
    /// Grows whenever data should be fetched again.
    pub revision: ReadSignal<u32>,
    /// Whether the browser has taken over, so that what needs it may appear.
    pub hydrated: ReadSignal<bool>,
    /// Where this server is reached from the browser.
    pub origin: ReadSignal<String>,
    /// Whether changes are told as they come.
    pub following: ReadSignal<bool>,
    /// The browser's time, each second.
    now_ms: ReadSignal<f64>,
    /// How many alerts fire, as the last answer had it; of what came with the page the session knows.
    firing: RwSignal<Option<u32>>,
}

impl Live {
    /// Notes how many alerts fire.
    pub fn note_firing(self, firing: u32) {
        // Not while the page is taken over: what it shows must be what came.
        if self.hydrated.get_untracked() {
            self.firing.set(Some(firing));
        }
    }

    /// How many alerts fire, where so many did when the page was made.
    pub fn firing(self, at_first: u32) -> u32 {
        self.firing.get().unwrap_or(at_first)
    }
}

/// Starts the heartbeat, for all components below.
pub fn provide_live() {
    let (revision, set_revision) = signal(0_u32);
    let (hydrated, set_hydrated) = signal(false);
    let (origin, set_origin) = signal(USUAL_ORIGIN.to_owned());
    let (now_ms, set_now_ms) = signal(0.0);
    let (following, set_following) = signal(false);
    provide_context(Live { revision, hydrated, origin, following, now_ms, firing: RwSignal::new(None) });

    // Effects run in the browser only.
    Effect::new(move || {
        set_hydrated.set(true);
        set_now_ms.set(date_now());
        if let Ok(origin) = window().location().origin() {
            set_origin.set(origin);
        }
        let asked_at = StoredValue::new(date_now());
        let ask = move || {
            asked_at.set_value(date_now());
            set_revision.update(|revision| *revision = revision.wrapping_add(1));
        };
        let stream = Stream::new(ask);
        let beat = move || {
            let (now, hidden) = (date_now(), document().hidden());
            set_following.set(stream.tend(now, hidden));
            if hidden {
                return;
            }
            set_now_ms.set(now);
            if now - asked_at.get_value() >= REFRESH_MS {
                ask();
            }
        };
        beat();
        let ticking = set_interval_with_handle(beat, std::time::Duration::from_secs(1)).ok();
        // Whoever comes back to the page wants to see the present at once.
        let looking = window_event_listener_untyped("visibilitychange", move |_| beat());
        on_cleanup(move || {
            looking.remove();
            if let Some(ticking) = ticking {
                ticking.clear();
            }
            stream.close();
        });
    });
}

#[cfg(feature = "hydrate")]
mod stream;

/// Nothing is told on the server.
#[cfg(not(feature = "hydrate"))]
mod stream {
    #[derive(Clone, Copy)]
    pub struct Stream;

    impl Stream {
        pub fn new(_: impl Fn() + Copy + 'static) -> Self {
            Self
        }

        pub const fn tend(self, _: f64, _: bool) -> bool {
            let Self = self;
            false
        }

        pub const fn close(self) {
            let Self = self;
        }
    }
}

/// The heartbeat that [`provide_live`] started.
pub fn use_live() -> Live {
    expect_context()
}

/// What a page last got, and when: kept so that an answer that fails does not clear the page.
pub struct Kept<Key: 'static, View: 'static>(StoredValue<Option<(Key, View, f64)>>);

impl<Key: 'static, View: 'static> Clone for Kept<Key, View> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Key: 'static, View: 'static> Copy for Kept<Key, View> {}

impl<Key: Send + Sync, View: Send + Sync> Default for Kept<Key, View> {
    /// Nothing yet.
    fn default() -> Self {
        Self(StoredValue::new(None))
    }
}

impl<Key: PartialEq + Send + Sync, View: Clone + Send + Sync> Kept<Key, View> {
    /// Keeps an answer to `key`; gives back when it came.
    pub fn keep(self, key: Key, view: &View) -> Received {
        // What came with the page is as old as the page.
        let age = if use_live().hydrated.get_untracked() { 0.0 } else { since_navigation() };
        let at = date_now() - age;
        self.0.set_value(Some((key, view.clone(), at)));
        Received(at)
    }

    /// The last answer to `key`, and when it came.
    pub fn last(self, key: &Key) -> Option<(View, Received)> {
        self.0.with_value(|kept| {
            let (kept_key, view, at) = kept.as_ref()?;
            (kept_key == key).then(|| (view.clone(), Received(*at)))
        })
    }
}

/// When the browser got something.
#[derive(Clone, Copy)]
pub struct Received(f64);

impl Received {
    /// How long ago that was; `None` as long as nobody counts.
    pub fn age(self, live: Live) -> Option<TimeDelta> {
        #[expect(clippy::cast_possible_truncation, reason = "an age in milliseconds")]
        live.hydrated.get().then(|| TimeDelta::milliseconds((live.now_ms.get() - self.0).max(0.0) as i64))
    }
}

/// Whether something of this age should have been replaced by now.
pub fn is_late(age: TimeDelta) -> bool {
    age > LATE
}

/// Whoever is signed in. The server knows it of the request, the browser of the document.
pub fn session() -> Option<Session> {
    #[cfg(feature = "ssr")]
    let session = crate::server::reply::session();
    #[cfg(not(feature = "ssr"))]
    let session = document().document_element().and_then(|html| {
        let part = |name: &str| html.get_attribute(name);
        let firing = part(FIRING).and_then(|count| count.parse().ok()).unwrap_or_default();
        Some(Session { login: part(LOGIN)?, role: part(ROLE)?, permissions: part(PERMISSIONS)?, firing })
    });
    session
}

/// The document's attributes by which the browser knows who is signed in.
pub const LOGIN: &str = "data-login";
pub const ROLE: &str = "data-role";
pub const PERMISSIONS: &str = "data-may";
pub const FIRING: &str = "data-firing";

/// And by which it knows since when the database does not answer.
pub const DECIDED_AT: &str = "data-decided-at";

/// And the one by which it knows which changes the page shows already.
#[cfg(feature = "hydrate")]
const SEEN: &str = "data-seen";

/// The last change that the page being rendered is certain to show.
pub fn last_change() -> Option<i64> {
    #[cfg(feature = "ssr")]
    let last = crate::server::reply::last_change();
    #[cfg(not(feature = "ssr"))]
    let last = None;
    last
}

/// As of when decisions are made while the database does not answer: what the page says that is being rendered, or taken
/// over.
pub fn decided_at() -> Option<String> {
    #[cfg(feature = "ssr")]
    let at = crate::server::reply::decided_at().map(crate::views::format::second);
    #[cfg(not(feature = "ssr"))]
    let at = document().document_element().and_then(|html| html.get_attribute(DECIDED_AT));
    at
}

/// Has the page that is being rendered answer with 404.
pub fn answer_not_found() {
    #[cfg(feature = "ssr")]
    crate::server::reply::set_status(404);
}

#[cfg(feature = "hydrate")]
#[wasm_bindgen]
extern "C" {
    /// Milliseconds since 1970, by the browser's clock.
    #[wasm_bindgen(js_namespace = Date, js_name = now)]
    fn date_now() -> f64;

    /// Milliseconds since the page was asked for.
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn since_navigation() -> f64;
}

/// Nothing ages on the server.
#[cfg(not(feature = "hydrate"))]
fn date_now() -> f64 {
    0.0
}

/// Nothing ages on the server.
#[cfg(not(feature = "hydrate"))]
fn since_navigation() -> f64 {
    0.0
}
