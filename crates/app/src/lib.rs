//! Use cases: one function per intention.
