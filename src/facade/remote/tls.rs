//! The cryptography behind `https`. Not whose certificates are trusted: those of the system are.

/// Makes rustls use ring, unless the program has chosen something already. The clients here do it by themselves; a
/// program that makes a `reqwest::Client` of its own before has to.
pub fn provide() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // An error means that somebody else was faster, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}
