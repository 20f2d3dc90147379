//! Price schedules and exact shares of a joint bill, to the yen: pure.
