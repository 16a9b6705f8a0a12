//! Delivery as a whole: a real journal, real sockets, and a partner that misbehaves as told.

mod answers;
mod comparing;
mod probing;
mod removals;
mod scene;
mod sink;
mod standing;
