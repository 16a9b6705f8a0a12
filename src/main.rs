//! The command line of Luik.

fn main() {}
