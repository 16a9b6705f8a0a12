//! The console as an operator meets it: the real binary, partners of every sort, a real browser.

mod acts;
mod keeps;
mod looks;
mod town;
