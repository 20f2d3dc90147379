DROP TABLE idempotency_records;
DROP TABLE signing_keys;
DROP TABLE sign_in_attempts;
DROP TABLE one_time_tokens;
DROP TABLE personal_tokens;
DROP TABLE refresh_tokens;
DROP TABLE sessions;
DROP TABLE users;
