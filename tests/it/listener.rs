//! The public listener over raw sockets: limits, callers behind proxies, TLS, and everything that
//! hostile clients send.

mod holdings;
mod hostile;
mod limits;
mod raw;
mod shapes;
mod tls;
