DROP TABLE user_search;
-- SQLite 3.53 leaves this shadow table behind when contentless_unindexed is set.
DROP TABLE IF EXISTS user_search_content;
