//! What the tests start around the gateway.

pub mod postgres;
