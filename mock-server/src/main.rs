//! Serves the mock until ctrl-c.

fn main() {}
