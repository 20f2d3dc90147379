DROP TABLE audit_entries;
DROP TABLE audit_chains;
DROP TABLE notification_preferences;
DROP TABLE mail_deliveries;
DROP TABLE outbox;
