//! Whole parts, against the real world: one binary.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "tests may fail by panicking"
)]

mod core_trouble;
mod crash;
mod end_to_end;
mod harness;
mod source_postgres;
mod source_postgres_doubt;
mod source_postgres_setup;
