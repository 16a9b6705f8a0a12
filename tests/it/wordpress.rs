//! A real WordPress, as partners have it: what it makes of a pasted address, and what it keeps.

mod pasted;
mod plugin;
mod protocol;
mod site;
