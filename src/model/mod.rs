//! The nouns that every other module shares. Uses nothing of the crate.

mod id;
mod item;
mod region;
mod sequence;

pub use id::{InvalidId, Kind, PartnerId, PublicId};
pub use item::{Item, State};
pub use region::{Region, RegionKind, RegionSet, UnknownRegion};
pub use sequence::Sequence;
