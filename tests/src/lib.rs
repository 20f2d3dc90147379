//! Stories told through the public API, on both databases. See the files beside this folder.
