DROP TABLE digest_items;
ALTER TABLE notification_preferences DROP COLUMN digest;
DROP TABLE email_changes;
DROP TABLE session_places;
