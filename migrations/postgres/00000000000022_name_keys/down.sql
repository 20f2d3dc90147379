DROP INDEX users_unkeyed_idx;
DROP INDEX users_name_idx;
ALTER TABLE users DROP COLUMN name_key;
CREATE INDEX users_reading_idx ON users (kana, id, display_name);
