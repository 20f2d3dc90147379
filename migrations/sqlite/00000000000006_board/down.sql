DROP TABLE post_search;
DROP TABLE replications;
DROP TABLE helpful_marks;
DROP TABLE comments;
DROP TABLE post_revisions;
DROP TABLE post_tags;
DROP TABLE posts;
