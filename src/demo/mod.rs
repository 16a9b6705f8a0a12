//! The demo: a small core in which things happen, the gateway itself, and a page that shows it side
//! by side with two partner sites. All people in it are fictional.

pub mod core;
pub mod mover;
pub mod page;

mod stage;

pub use stage::{Demo, Error, Tally};
