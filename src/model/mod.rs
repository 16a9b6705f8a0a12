//! The nouns that every other module shares. Uses nothing of the crate.

mod bits;
mod digest;
mod finding;
mod id;
mod item;
mod language;
mod region;
mod sequence;

pub use bits::Bits;
pub use digest::{Bucket, Digest};
pub use finding::FindingType;
pub use id::{InvalidId, Kind, PartnerId, PublicId};
pub use item::{Item, State};
pub use language::Language;
pub use region::{Region, RegionKind, RegionSet, UnknownRegion};
pub use sequence::Sequence;
