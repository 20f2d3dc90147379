-- Those who run the consortium, among the grants of all its staff: a hundredth of them.
CREATE INDEX grants_office_idx ON grants (consortium_id, role, user_id) WHERE revoked_at IS NULL AND role <> 'learner';
