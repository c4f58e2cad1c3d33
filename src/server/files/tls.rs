//! Which cryptography TLS is done with: one that builds with a C compiler alone.

/// Chooses it for the whole program. To do it twice changes nothing.
pub fn choose() {
    // An error says that it was chosen before.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
