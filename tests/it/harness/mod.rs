//! What the tests start around the gateway.

pub(crate) mod postgres;
