DROP TABLE seat_requests;
DROP TABLE applications;
DROP TABLE entry_calls;
