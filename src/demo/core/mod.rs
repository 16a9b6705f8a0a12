//! The core store of the demo: a small SQLite file with what a platform knows, fictional people
//! who write in it, and a look at whole records for the page.

mod happening;
mod people;
mod phrases;
mod record;
mod store;
mod topics;

pub use happening::Happening;
pub use store::{Core, Error, create};

pub(super) use record::{Glance, Record, Told, glance, title};
