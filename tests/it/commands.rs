//! The commands of the real binary: exit codes and messages (design §10).

mod check;
mod demo;
mod minimise;
pub(crate) mod receive;
mod report;
mod snippets;
mod source;
mod start;
mod stop;
