DROP TABLE post_search;
-- SQLite 3.53 leaves this shadow table behind when contentless_unindexed is set.
DROP TABLE IF EXISTS post_search_content;
DROP TABLE replications;
DROP TABLE helpful_marks;
DROP TABLE comments;
DROP TABLE post_revisions;
DROP TABLE post_tags;
DROP TABLE posts;
