//! The pieces that pages without a client are made of, besides those of [`crate::ui::components`].

pub mod advance;
pub mod differing_field;
pub mod feature_head;
pub mod review;
pub mod sign_offs;
