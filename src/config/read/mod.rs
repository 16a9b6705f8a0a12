//! Reading files of settings: layers, places, sections and values, and every problem at once.
//! Knows no key by name.

mod document;
mod given;
mod layer;
mod lines;
mod reach;
mod reference;
mod section;
mod value;

pub(crate) use document::{Document, Fault};
pub(crate) use given::Given;
pub use layer::Environment;
pub(crate) use reach::{endpoint, is_signing_secret, mailbox, postbox};
pub(crate) use reference::{Reference, Resolved};
pub(crate) use section::Section;
pub(crate) use value::{
    boolean, date, duration, identifier, integer, is_loopback, one_of, parse_url, qualified, spell,
    text, url,
};
