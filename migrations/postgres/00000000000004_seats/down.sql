DROP TABLE offers;
DROP TABLE waiting_entries;
DROP TABLE assignments;
DROP TABLE allocation_lines;
DROP TABLE allocations;
DROP TABLE seat_transfers;
DROP TABLE seat_accounts;
DROP FUNCTION apply_seat_transfer();
