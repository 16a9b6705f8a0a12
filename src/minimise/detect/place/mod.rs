//! Where somebody lives.

pub(super) mod address;
pub(super) mod postcode;

pub(super) use address::{addition, ends_like_street};
