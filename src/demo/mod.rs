//! The demo's parts: a small core in which things happen, and a page that shows it side by side
//! with two partner sites. All people in it are fictional.

mod board;
pub mod core;
mod happening;
pub mod mover;
pub mod page;
mod people;
mod phrases;
mod record;

pub use happening::Happening;
