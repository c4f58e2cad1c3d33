//! Data → SVG with plotters. Drawing only: what is drawn comes from [`crate::views`].
