//! Where somebody lives.

pub(super) mod address;
mod house;
pub(super) mod postcode;

pub(super) use address::ends_like_street;
pub(super) use house::addition;
