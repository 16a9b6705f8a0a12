//! The demo's parts: a small core in which things happen, and a page that shows it side by side
//! with two partner sites. All people in it are fictional.

pub mod core;
mod happening;
pub mod mover;
mod people;
mod phrases;

pub use happening::Happening;
