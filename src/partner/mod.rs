//! The partners and their agreements: one file of `partners/` is one [`Partner`].

mod address;
mod load;
mod modes;
mod profile;
mod read;
mod registry;
mod scope;
mod terms;
mod territory;

pub use load::{check, load_all, unreachable};
pub use profile::{
    Agreement, Contact, Embed, Feed, Mail, Partner, PartnerKind, Pull, Push, Removal, Role, Status,
};
pub use read::LEASE_MAX;
pub use registry::{Change, Partners, Registry};
pub use scope::Scope;
