//! Luik: a syndication gateway for platforms of volunteering and neighbourly help.

pub mod model;

pub mod clock;
pub mod lifecycle;
pub mod metrics;

pub mod config;
pub mod partner;

pub mod minimise;
pub mod source;

pub mod journal;

pub mod deliver;
