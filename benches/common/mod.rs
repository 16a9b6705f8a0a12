//! What the benches share: fabricated rows, a gateway's files, cores, a sink, the bare client, figures.

pub(crate) mod bare;
pub(crate) mod core;
pub(crate) mod figures;
pub(crate) mod files;
#[path = "../../tests/it/harness/postgres.rs"]
pub(crate) mod postgres;
pub(crate) mod rows;
pub(crate) mod sink;
