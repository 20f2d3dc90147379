//! A scene for tests of contracts and seats: a consortium with a lead and two towns, a contract of 20
//! seats that the finalised scenario shares by seats, and a second consortium to be kept out.
//!
//! All names, prices and seats are fictional; codes and names of municipalities are real. Only rows of
//! other areas are laid: the ledger is opened by the use cases themselves.

/// The contract.
pub const CONTRACT: &str = "0199b3f0-0000-7000-8000-00000000c001";

/// Seats that it bought.
pub const SEATS: i64 = 20;

/// Learners of the town `m-a`.
pub const STAFF: usize = 70;

/// The account of a learner of the town `m-a`, by number from 0.
#[must_use]
pub fn staff_id(number: usize) -> String {
    format!("u-a{number:02}")
}

/// The statements that lay the scene on an empty database; both databases read them alike.
#[must_use]
pub fn sql() -> String {
    let at = "'2026-04-01 00:00:00'";
    let mut sql = String::new();
    let user = |id: &str, role: &str, consortium: &str, member: &str| {
        let member = if member.is_empty() { "NULL".to_owned() } else { format!("'{member}'") };
        format!(
            "INSERT INTO users (id, email, display_name, kana, password_hash, state, session_version, created_at, updated_at, version)
             VALUES ('{id}', '{id}@town.example.jp', '架空 {id}', 'かくう', NULL, 'active', 1, {at}, {at}, 1);
             INSERT INTO grants (id, user_id, role, consortium_id, member_id, granted_by, created_at, revoked_at)
             VALUES ('g-{id}', '{id}', '{role}', '{consortium}', {member}, NULL, {at}, NULL);"
        )
    };
    for consortium in ["c1", "c2"] {
        sql += &format!(
            "INSERT INTO consortia (id, name, created_at, updated_at, version) VALUES ('{consortium}', '共同調達（架空）', {at}, {at}, 1);
             INSERT INTO audit_chains (scope, entries, head) VALUES ('{consortium}', 0, '');"
        );
    }
    for (id, consortium, code, name, lead) in [
        ("m-lead", "c1", "140007", "神奈川県", true),
        ("m-a", "c1", "143618", "中井町", false),
        ("m-b", "c1", "143634", "松田町", false),
        ("m-x", "c2", "012131", "架空市", true),
    ] {
        sql += &format!(
            "INSERT INTO members (id, consortium_id, municipality_code, name, kana, kind, population, member_class, is_lead, joined_on, left_on, created_at, updated_at, version)
             VALUES ('{id}', '{consortium}', '{code}', '{name}', 'かな', 'town', 9300, 'full', {lead}, '2026-04-01', NULL, {at}, {at}, 1);"
        );
    }
    for (id, role, consortium, member) in [
        ("u-lead", "lead", "c1", "m-lead"),
        ("u-contact-a", "contact", "c1", "m-a"),
        ("u-contact-b", "contact", "c1", "m-b"),
        ("u-b", "learner", "c1", "m-b"),
        ("u-auditor", "auditor", "c1", ""),
        ("u-stranger", "lead", "c2", "m-x"),
    ] {
        sql += &user(id, role, consortium, member);
    }
    for number in 0..STAFF {
        sql += &user(&staff_id(number), "learner", "c1", "m-a");
    }
    sql + &format!(
        "INSERT INTO rounds (id, consortium_id, title, product, fiscal_year, contract_mode, census_year, seats_counted_on, stage, created_at, updated_at, version)
         VALUES ('round-1', 'c1', '令和8年度', 'オンライン学習（架空）', 2026, 'lead_contract', 2020, '2026-04-01', 'allocated', {at}, {at}, 1);
         INSERT INTO quotes (id, consortium_id, round_id, vendor, title, valid_until_on, schedule, tax_rate, tax_included, note, created_at, updated_at, version)
         VALUES ('quote-1', 'c1', 'round-1', '架空株式会社', '見積', '2026-12-31', '{SCHEDULE}', '0.10', false, '', {at}, {at}, 1);
         INSERT INTO scenarios (id, consortium_id, round_id, quote_id, name, state, inputs, result, input_hash, result_hash, rule_versions, seats, total_yen, finalised_at, finalised_by, created_at, updated_at, version)
         VALUES ('scenario-1', 'c1', 'round-1', 'quote-1', '案', 'finalised', '{CASE}', '{RESULT}', '{CASE_HASH}', '{RESULT_HASH}', '{{}}', {SEATS}, 660000, {at}, 'u-lead', {at}, {at}, 1);
         INSERT INTO contracts (id, consortium_id, round_id, scenario_id, number, vendor, starts_on, ends_on, seats, ex_tax_yen, tax_yen, total_yen, state, signed_on, created_at, updated_at, version)
         VALUES ('{CONTRACT}', 'c1', 'round-1', 'scenario-1', 'R8-1', '架空株式会社', '2026-04-01', '2027-03-31', {SEATS}, 600000, 60000, 660000, 'active', '2026-04-01', {at}, {at}, 1);
         INSERT INTO shares (id, consortium_id, contract_id, member_id, seats, share_yen, remainder_yen, stand_alone_yen, reason, created_at)
         VALUES ('share-a', 'c1', '{CONTRACT}', 'm-a', 12, 396000, 0, 396000, '', {at}),
                ('share-b', 'c1', '{CONTRACT}', 'm-b', 8, 264000, 0, 264000, '', {at});"
    )
}

/// The sharing case that the scenario froze: 20 seats, shared by seats.
const CASE: &str = r#"{"quote":{"id":"quote-1","vendor":"架空株式会社","schedule":{"mode":"volume","tiers":[{"up_to":99,"unit":"30000"},{"up_to":299,"unit":"27000"},{"unit":"24000"}]},"tax_rate":"0.10","tax_included":false},"survey_id":null,"demand":"base","supply":null,"allocation":{"rule":"webster","tie_break":{"by":"key"},"weights":"request"},"sharing":{"rule":{"kind":"per_seat"},"rounding":null},"members":[{"member_id":"m-a","municipality_code":"143618","name":"中井町","population":9300,"request":12,"guarantee":0,"budget_cap_yen":null,"price_points":[]},{"member_id":"m-b","municipality_code":"143634","name":"松田町","population":10836,"request":8,"guarantee":0,"budget_cap_yen":null,"price_points":[]}]}"#;

/// SHA-256 of [`CASE`]; whoever changes the one changes the other.
const CASE_HASH: &str = "fcb327a5ced8165e9b68c36570d6d1ae386e78a798e4e7b1268fa84fcbbed21e";

/// What the scenario came to; nothing in it explains anything.
const RESULT: &str = r#"{"seats":{"requested":20,"demanded":20,"allocated":20,"bought":20,"reserve":0},"bill":{"ex_tax_yen":600000,"tax_yen":60000,"total_yen":660000,"unit_yen":"30000"},"price_steps":[],"members":[{"member_id":"m-a","municipality_code":"143618","name":"中井町","request":12,"limit":12,"limited_by":"request","guarantee":0,"seats":12,"share_yen":396000,"exact_share":"396000","remainder_yen":0,"stand_alone_yen":396000,"saving_yen":0,"over_budget":false,"allocation_reason":{},"sharing_reason":{}},{"member_id":"m-b","municipality_code":"143634","name":"松田町","request":8,"limit":8,"limited_by":"request","guarantee":0,"seats":8,"share_yen":264000,"exact_share":"264000","remainder_yen":0,"stand_alone_yen":264000,"saving_yen":0,"over_budget":false,"allocation_reason":{},"sharing_reason":{}}],"fairness":{"checked":false,"in_core":false,"up_to_rounding":false,"max_excess_yen":"0","coalition":[],"worse_off":[],"largest_safe_equal":null},"advice":null,"ties":[],"sharing_explanation":{},"rule_versions":{"seat_allocator":"1","cost_sharing":"1"}}"#;

/// SHA-256 of [`RESULT`].
const RESULT_HASH: &str = "e94f2a9e9d4eed73820b779f96558d33cee00bcdb51faadeb479531346e8bcc4";

/// Fictional prices: all seats at the price of the tier that the total falls in.
const SCHEDULE: &str =
    r#"{"mode":"volume","tiers":[{"up_to":99,"unit":30000},{"up_to":299,"unit":27000},{"unit":24000}]}"#;
