//! Read models, one per page or API document.
