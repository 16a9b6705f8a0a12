//! The partners and their agreements: one file of `partners/` is one [`Partner`].

mod profile;
mod scope;

pub use profile::{
    Agreement, Contact, Embed, Feed, Partner, PartnerKind, Pull, Push, Removal, Role, Status,
};
pub use scope::Scope;
