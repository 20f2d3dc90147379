//! The binary: configuration, wiring, command line, workers.
