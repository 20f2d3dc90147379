-- What pages ask for in a consortium of a thousand towns and a hundred thousand people, and would else read from end to end.

-- The contacts of a consortium, among the grants of all its staff.
CREATE INDEX grants_role_idx ON grants (consortium_id, role, user_id) WHERE revoked_at IS NULL;
-- The accounts of a town, over all contracts.
CREATE INDEX seat_accounts_member_idx ON seat_accounts (member_id);
-- A ledger and an account's seats, in pages.
CREATE INDEX seat_transfers_page_idx ON seat_transfers (contract_id, id);
CREATE INDEX assignments_seated_idx ON assignments (account_id, id) WHERE released_at IS NULL;
-- What a person waits for and is offered.
CREATE INDEX waiting_entries_user_idx ON waiting_entries (user_id);
CREATE INDEX offers_user_idx ON offers (user_id);
-- The applications to a call, withdrawn ones among them.
CREATE INDEX applications_call_idx ON applications (call_id, id);
-- The posts of a town.
CREATE INDEX posts_town_idx ON posts (member_id, state, id);
-- Mails that were given up, among all.
CREATE INDEX outbox_parked_idx ON outbox (consortium_id) WHERE state = 'parked';
-- Names as they are searched for: read in the order of their readings, without the accounts around them.
CREATE INDEX users_reading_idx ON users (kana, id, display_name);
