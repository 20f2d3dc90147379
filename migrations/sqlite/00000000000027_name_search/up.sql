-- Bigrams of name_key, made by the application: finds a rare name among a hundred thousand without reading them all.
CREATE VIRTUAL TABLE user_search USING fts5 (
  grams, user_id UNINDEXED, content = '', contentless_delete = 1, contentless_unindexed = 1, tokenize = 'ascii'
);
-- Nobody has a key now (24): the application enters everybody with the keys that it makes anew.
