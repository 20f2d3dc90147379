//! The rules as SQL that both databases read alike: `subject` is a row's id, `detail` the numbers.

/// Rule and query.
pub(super) const RULES: [(&str, &str); 30] = [
    (
        "seats: accounts sum to the seats bought",
        "SELECT b.id AS subject, 'bought ' || CAST(b.bought AS TEXT) || ', in accounts ' || CAST(b.held AS TEXT) AS detail
         FROM (SELECT c.id AS id,
             c.seats - COALESCE((SELECT SUM(t.seats) FROM seat_transfers t WHERE t.contract_id = c.id AND t.to_account_id IS NULL AND t.kind <> 'purchase'), 0) AS bought,
             COALESCE((SELECT SUM(a.balance) FROM seat_accounts a WHERE a.contract_id = c.id), 0) AS held
           FROM contracts c) b
         WHERE b.bought <> b.held",
    ),
    (
        "seats: a balance is what the ledger says",
        "SELECT a.id AS subject, 'balance ' || CAST(a.balance AS TEXT) AS detail FROM seat_accounts a
         WHERE a.balance <> COALESCE((SELECT SUM(t.seats) FROM seat_transfers t WHERE t.to_account_id = a.id), 0)
                          - COALESCE((SELECT SUM(t.seats) FROM seat_transfers t WHERE t.from_account_id = a.id), 0)",
    ),
    (
        "seats: assigned counts the people seated",
        "SELECT a.id AS subject, 'assigned ' || CAST(a.assigned AS TEXT) AS detail FROM seat_accounts a
         WHERE a.assigned <> (SELECT COUNT(*) FROM assignments s WHERE s.account_id = a.id AND s.released_at IS NULL)",
    ),
    (
        "seats: held counts the open offers",
        "SELECT a.id AS subject, 'held ' || CAST(a.held AS TEXT) AS detail FROM seat_accounts a
         WHERE a.held <> (SELECT COUNT(*) FROM offers o WHERE o.account_id = a.id AND o.state = 'open')",
    ),
    (
        "seats: nothing in use beyond the balance",
        "SELECT id AS subject, CAST(assigned AS TEXT) || ' + ' || CAST(held AS TEXT) || ' of ' || CAST(balance AS TEXT) AS detail
         FROM seat_accounts WHERE balance < 0 OR assigned < 0 OR held < 0 OR assigned + held > balance",
    ),
    (
        "seats: nobody sits twice",
        "SELECT user_id AS subject, 'seats ' || CAST(COUNT(*) AS TEXT) AS detail FROM assignments
         WHERE released_at IS NULL GROUP BY contract_id, user_id HAVING COUNT(*) > 1",
    ),
    (
        "seats: an open offer belongs to somebody who was offered",
        "SELECT o.id AS subject, w.state AS detail FROM offers o JOIN waiting_entries w ON w.id = o.waiting_entry_id
         WHERE (o.state = 'open') <> (w.state = 'offered')
           AND o.id = (SELECT MAX(p.id) FROM offers p WHERE p.waiting_entry_id = w.id)",
    ),
    (
        "money: shares sum to the contract's total",
        "SELECT c.id AS subject, 'total ' || CAST(c.total_yen AS TEXT) || ', shares ' || CAST(SUM(s.share_yen) AS TEXT) AS detail
         FROM contracts c JOIN shares s ON s.contract_id = c.id
         GROUP BY c.id, c.total_yen HAVING c.total_yen <> SUM(s.share_yen)
            + COALESCE((SELECT SUM(m.ex_tax_yen + m.tax_yen) FROM contract_amendments m WHERE m.contract_id = c.id), 0)",
    ),
    (
        "rounds: a round past finalising has one finalised scenario",
        "SELECT r.id AS subject, r.stage AS detail FROM rounds r
         WHERE r.stage IN ('finalised', 'contracted', 'allocated')
           AND (SELECT COUNT(*) FROM scenarios s WHERE s.round_id = r.id AND s.state = 'finalised') <> 1",
    ),
    (
        "board: comments are counted",
        "SELECT p.id AS subject, 'counted ' || CAST(p.comments_count AS TEXT) AS detail FROM posts p
         WHERE p.comments_count <> (SELECT COUNT(*) FROM comments c WHERE c.post_id = p.id AND c.hidden_at IS NULL)",
    ),
    (
        "board: helpful marks are counted",
        "SELECT p.id AS subject, 'counted ' || CAST(p.helpful_count AS TEXT) AS detail FROM posts p
         WHERE p.helpful_count <> (SELECT COUNT(*) FROM helpful_marks h WHERE h.post_id = p.id)",
    ),
    (
        "board: replications are counted",
        "SELECT p.id AS subject, 'counted ' || CAST(p.replications_count AS TEXT) AS detail FROM posts p
         WHERE p.replications_count <> (SELECT COUNT(*) FROM replications r WHERE r.post_id = p.id)",
    ),
    (
        "audit: a chain counts its entries",
        "SELECT c.scope AS subject, 'counted ' || CAST(c.entries AS TEXT) AS detail FROM audit_chains c
         WHERE c.entries <> (SELECT COUNT(*) FROM audit_entries e WHERE e.scope = c.scope)",
    ),
    (
        "mail: what was sent has an accepted attempt",
        "SELECT o.id AS subject, o.state AS detail FROM outbox o WHERE o.state = 'sent'
           AND NOT EXISTS (SELECT 1 FROM mail_deliveries d WHERE d.outbox_id = o.id AND d.outcome = 'sent')",
    ),
    (
        "contracts: every contract has its shares",
        "SELECT c.id AS subject, c.state AS detail FROM contracts c
         WHERE NOT EXISTS (SELECT 1 FROM shares s WHERE s.contract_id = c.id)",
    ),
    (
        "contracts: seats and yen are those of the scenario and the amendments",
        "SELECT x.id AS subject, 'seats ' || CAST(x.seats AS TEXT) || ' off, yen ' || CAST(x.yen AS TEXT) || ' off' AS detail
         FROM (SELECT c.id AS id,
             c.seats - s.seats - COALESCE((SELECT SUM(m.seats) FROM contract_amendments m WHERE m.contract_id = c.id), 0) AS seats,
             c.total_yen - s.total_yen
               - COALESCE((SELECT SUM(m.ex_tax_yen + m.tax_yen) FROM contract_amendments m WHERE m.contract_id = c.id), 0) AS yen
           FROM contracts c JOIN scenarios s ON s.id = c.scenario_id) x
         WHERE x.seats <> 0 OR x.yen <> 0",
    ),
    (
        "allocation: a published line was allocated in the ledger",
        "SELECT x.id AS subject, 'line ' || CAST(x.seats AS TEXT) || ', allocated ' || CAST(x.allocated AS TEXT) AS detail
         FROM (SELECT l.id AS id, l.seats AS seats, a.id AS account_id,
             COALESCE((SELECT SUM(t.seats) FROM seat_transfers t WHERE t.to_account_id = a.id AND t.kind = 'allocate'), 0) AS allocated
           FROM allocation_lines l JOIN allocations p ON p.id = l.allocation_id AND p.state = 'published'
           LEFT JOIN seat_accounts a ON a.contract_id = p.contract_id AND a.member_id = l.member_id) x
         WHERE x.account_id IS NULL OR x.seats > x.allocated",
    ),
    (
        "seats: the waiting list is served in order",
        "SELECT w.id AS subject, 'place ' || CAST(w.sequence AS TEXT) || ' was passed over' AS detail FROM waiting_entries w
         WHERE w.state = 'waiting' AND EXISTS (SELECT 1 FROM waiting_entries o
           WHERE o.account_id = w.account_id AND o.state = 'offered' AND o.sequence > w.sequence)",
    ),
    (
        "seats: a place on the waiting list was given out",
        "SELECT w.id AS subject, 'place ' || CAST(w.sequence AS TEXT) || ', next ' || CAST(a.next_waiting AS TEXT) AS detail
         FROM waiting_entries w JOIN seat_accounts a ON a.id = w.account_id WHERE w.sequence >= a.next_waiting",
    ),
    (
        "entries: the application behind a seat or a place exists",
        "SELECT s.id AS subject, 'assignment' AS detail FROM assignments s
         WHERE s.application_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM applications a WHERE a.id = s.application_id)
         UNION ALL SELECT w.id AS subject, 'waiting entry' AS detail FROM waiting_entries w
         WHERE w.application_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM applications a WHERE a.id = w.application_id)",
    ),
    (
        "entries: a call draws on the account of its own town and contract",
        "SELECT e.id AS subject, a.kind AS detail FROM entry_calls e JOIN seat_accounts a ON a.id = e.account_id
         WHERE a.member_id IS NULL OR a.member_id <> e.member_id OR a.contract_id <> e.contract_id",
    ),
    (
        "requests: an approved request says what was granted, another does not",
        "SELECT id AS subject, state AS detail FROM seat_requests
         WHERE (state = 'approved') <> (granted_seats IS NOT NULL AND source IS NOT NULL)",
    ),
    (
        "board: the search knows every post once",
        "SELECT p.id AS subject, 'not in the index' AS detail FROM posts p WHERE p.id NOT IN (SELECT s.post_id FROM post_search s)
         UNION ALL SELECT s.post_id AS subject, 'in the index ' || CAST(COUNT(*) AS TEXT) || ' times' AS detail
           FROM post_search s GROUP BY s.post_id HAVING COUNT(*) > 1
         UNION ALL SELECT s.post_id AS subject, 'in the index only' AS detail FROM post_search s
           WHERE s.post_id NOT IN (SELECT p.id FROM posts p)",
    ),
    (
        "accounts: the search knows every name once",
        "SELECT u.id AS subject, 'not in the index' AS detail FROM users u
           WHERE u.name_key <> '' AND u.id NOT IN (SELECT s.user_id FROM user_search s)
         UNION ALL SELECT s.user_id AS subject, 'in the index ' || CAST(COUNT(*) AS TEXT) || ' times' AS detail
           FROM user_search s GROUP BY s.user_id HAVING COUNT(*) > 1
         UNION ALL SELECT s.user_id AS subject, 'in the index only' AS detail FROM user_search s
           WHERE s.user_id NOT IN (SELECT u.id FROM users u)",
    ),
    (
        "board: the newest revision is what the post says",
        "SELECT p.id AS subject, CASE WHEN r.id IS NULL THEN 'no revision' ELSE 'another text' END AS detail
         FROM posts p LEFT JOIN post_revisions r
           ON r.post_id = p.id AND r.revision = (SELECT MAX(n.revision) FROM post_revisions n WHERE n.post_id = p.id)
         WHERE r.id IS NULL OR r.title <> p.title OR r.body <> p.body OR COALESCE(r.story, '') <> COALESCE(p.story, '')",
    ),
    (
        "board: the comment that resolved a question belongs to it",
        "SELECT p.id AS subject, p.resolved_by_comment_id AS detail FROM posts p
         WHERE p.resolved_by_comment_id IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM comments c WHERE c.id = p.resolved_by_comment_id AND c.post_id = p.id)",
    ),
    (
        "files: a file is as long as it says",
        "SELECT id AS subject, 'says ' || CAST(bytes AS TEXT) || ', has ' || CAST(LENGTH(content) AS TEXT) AS detail
         FROM attachments WHERE bytes <> LENGTH(content) AND NOT (scan_state = 'infected' AND LENGTH(content) = 0)",
    ),
    (
        "consortia: exactly one lead",
        "SELECT c.id AS subject, 'leads ' || CAST((SELECT COUNT(*) FROM members m WHERE m.consortium_id = c.id AND m.is_lead) AS TEXT) AS detail
         FROM consortia c WHERE (SELECT COUNT(*) FROM members m WHERE m.consortium_id = c.id AND m.is_lead) <> 1",
    ),
    (
        "audit: every consortium has its chain",
        "SELECT c.id AS subject, 'no chain' AS detail FROM consortia c
         WHERE NOT EXISTS (SELECT 1 FROM audit_chains a WHERE a.scope = c.id)",
    ),
    (
        "mail: what was parked has a refused attempt",
        "SELECT o.id AS subject, o.state AS detail FROM outbox o WHERE o.state = 'parked'
           AND NOT EXISTS (SELECT 1 FROM mail_deliveries d WHERE d.outbox_id = o.id AND d.outcome = 'parked')",
    ),
];
