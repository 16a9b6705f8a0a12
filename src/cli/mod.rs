//! What each command does.

pub mod minimise;
