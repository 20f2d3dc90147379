-- Bigrams of name_key, made by the application: finds a rare name among a hundred thousand without reading them all.
CREATE TABLE user_search (
  user_id TEXT PRIMARY KEY CONSTRAINT user_search_user_fk REFERENCES users (id),
  grams TEXT[] NOT NULL
);
CREATE INDEX user_search_grams_idx ON user_search USING gin (grams);
-- Nobody has a key now (24): the application enters everybody with the keys that it makes anew.
