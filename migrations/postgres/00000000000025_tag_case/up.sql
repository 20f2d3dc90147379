-- Tags are found in capitals and small letters alike.
DROP INDEX post_tags_tag_idx;
CREATE INDEX post_tags_tag_idx ON post_tags (consortium_id, LOWER(tag));
