//! What the tests start around the gateway.

pub(crate) mod agreement;
pub(crate) mod canary;
pub(crate) mod core;
pub(crate) mod gateway;
pub(crate) mod holdings;
pub(crate) mod poll;
pub(crate) mod postgres;
pub(crate) mod puller;
pub(crate) mod site;
