//! Whole parts, against the real world: one binary.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may fail by panicking"
)]

mod architecture;
mod commands;
mod embedded;
mod faults;
mod harness;
mod judged;
mod source_postgres;
mod source_postgres_doubt;
mod source_postgres_setup;
