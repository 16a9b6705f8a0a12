//! The demo's parts: a small core in which things happen, and a page that shows it side by side
//! with two partner sites. All people in it are fictional.

pub mod core;
pub mod mover;
pub mod page;
