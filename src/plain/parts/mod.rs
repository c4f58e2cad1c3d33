//! The pieces that pages without a client are made of, besides those of [`crate::ui::components`].

pub mod advance;
pub mod alert_row;
pub mod differing_field;
pub mod feature_head;
pub mod file_sides;
pub mod file_sums;
pub mod finding;
pub mod notification;
pub mod notification_target;
pub mod review;
pub mod sign_offs;
pub mod silence_form;
