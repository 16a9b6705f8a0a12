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

mod alerts;
mod architecture;
mod audit;
mod browser;
mod canary;
mod chain;
mod commands;
mod conformance;
mod console;
mod core_trouble;
mod crash;
mod deploy;
mod described;
mod embed;
mod embedded;
mod end_to_end;
mod faults;
mod feeds;
mod figures;
mod harness;
mod judged;
mod kit;
mod letters;
mod listener;
mod logs;
mod operator;
mod privacy;
mod pull;
mod reload;
mod report;
mod source_postgres;
mod source_postgres_doubt;
mod source_postgres_setup;
mod wordpress;
