-- Name and reading of a person as they are searched for (NFKC, lower case, hiragana, no spaces), made by the application;
-- in the order of the readings, without the accounts around them.
DROP INDEX users_reading_idx;
ALTER TABLE users ADD COLUMN name_key TEXT NOT NULL DEFAULT '';
CREATE INDEX users_name_idx ON users (kana_key, name_key, id);
CREATE INDEX users_unkeyed_idx ON users (id) WHERE name_key = '';
