//! `<luik-items>`: a list within a page of others, by a script that brings its own look and asks for
//! the items again every minute that somebody looks.
//!
//! - **Pages may be as strict as they like.** What is shown is made of elements and text, never of
//!   markup, and its style is no part of the page: it works where a policy forbids inline styles and
//!   where trusted types are required, and what is hostile stays text.
//! - **What stands inside the element** is shown without script, on a browser that is too old, while
//!   nothing is there and when nobody answers.
//! - **Silence hides.** After five minutes without news nothing is shown any more; after a refusal,
//!   such as at the end of an agreement, at once.
//! - **Nothing of the visitor** is sent or kept: no cookies, no storage, no referrer.

mod items;
mod script;

pub(super) use items::{FORM, write};
pub(super) use script::{pinned, routes};
