//! The shapes of design §10 as partners see them. The gateway writes them by hand, once for all
//! partners; these types are only read by their schema, and tests hold them against what really
//! leaves. What is absent is left out, never null; nothing more may be there than is named.
#![expect(clippy::large_enum_variant, reason = "none is ever made")]

mod item;
mod push;
mod served;

pub use item::*;
pub use push::*;
pub use served::*;
