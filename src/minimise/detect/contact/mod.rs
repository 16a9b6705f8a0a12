//! How to reach somebody: mail, phone, and places on the net.

pub(super) mod email;
pub(super) mod handle;
pub(super) mod phone;
pub(super) mod url;
