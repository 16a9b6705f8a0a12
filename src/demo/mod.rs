//! The demo: a small core in which things happen, the gateway itself, and a page that shows it side
//! by side with two partner sites. All people in it are fictional.

mod board;
pub mod core;
mod happening;
pub mod mover;
pub mod page;
mod people;
mod phrases;
mod record;
mod stage;

pub use happening::Happening;
pub use stage::{Demo, Error, Tally};
