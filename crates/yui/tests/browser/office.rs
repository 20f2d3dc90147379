//! What others do meanwhile, at desks of their own: whole procurements, answers, applications, by forms without a
//! browser. The journeys walk every one of these forms by hand somewhere.

use crate::site::{LEAD, Site};
use testkit::http::Answer;
use testkit::pages::Browser as Desk;

/// The mail address of the contact of a town.
pub(crate) fn contact(code: &str) -> String {
    format!("contact-{code}@demo.example.lg.jp")
}

/// The mail address of a member of staff of the town that the story follows.
pub(crate) fn staff(number: usize) -> String {
    format!("staff{number}-143618@demo.example.lg.jp")
}

/// A day from today in the way forms read it.
pub(crate) fn in_days(days: i64) -> String {
    let today = chrono::Utc::now().with_timezone(&domain::clock::japan()).date_naive();
    (today + chrono::TimeDelta::days(days)).format("%Y-%m-%d").to_string()
}

/// What stands between two texts, the first time.
pub(crate) fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let (_, tail) = text.split_once(before).unwrap_or_else(|| panic!("no {before} in {text}"));
    tail.split(after).next().unwrap_or_default()
}

/// Where an accepted form leads.
pub(crate) fn led(answer: &Answer) -> String {
    assert_eq!(answer.status, 303, "{}", answer.text);
    answer.headers["location"].clone()
}

/// The id in an address after this word.
pub(crate) fn id_in(path: &str, word: &str) -> String {
    path.split(['/', '?', '#']).skip_while(|part| *part != word).nth(1).unwrap_or_else(|| panic!("{path}")).to_owned()
}

/// Opens a page, fills in its form to `path` and sends it; where it leads.
pub(crate) fn act(desk: &Desk<'_>, page: &str, path: &str, fields: &[(&str, &str)]) -> String {
    let page = desk.get(page);
    assert_eq!(page.status, 200, "{path}: {}", page.text);
    led(&desk.send(&page, path, fields))
}

/// As [`act`], for a form that asks once more: yes.
fn sure(desk: &Desk<'_>, page: &str, path: &str, fields: &[(&str, &str)]) -> String {
    let page = desk.get(page);
    assert_eq!(page.status, 200, "{path}: {}", page.text);
    led(&desk.send_sure(&page, path, fields))
}

/// The consortium of somebody, out of their menu.
pub(crate) fn consortium(desk: &Desk<'_>) -> String {
    between(&desk.get("/").text, "href=\"/consortia/", "/").to_owned()
}

/// The town of a contact, out of their menu.
pub(crate) fn town(desk: &Desk<'_>) -> String {
    between(&desk.get("/").text, "href=\"/members/", "\"").to_owned()
}

/// A round with an open survey.
pub(crate) struct Survey {
    pub(crate) round: String,
    pub(crate) survey: String,
}

/// A round for these towns, not yet asked.
pub(crate) fn round(lead: &Desk<'_>, title: &str, codes: &[&str]) -> String {
    let new = format!("/consortia/{}/rounds/new", consortium(lead));
    let page = lead.get(&new);
    let mut fields = vec![
        ("title", title.to_owned()),
        ("product", "架空のオンライン学習サービス".to_owned()),
        ("fiscal_year", "2026".to_owned()),
        ("contract_mode", "lead_contract".to_owned()),
        ("census_year", "2020".to_owned()),
        ("seats_counted_on", "2026-04-01".to_owned()),
    ];
    for code in codes {
        let before = page.text.split(&format!("（{code}）")).next().unwrap_or_default();
        let id = before.rsplit("name=\"member_ids\" value=\"").next().unwrap().split('"').next().unwrap();
        fields.push(("member_ids", id.to_owned()));
    }
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    id_in(&led(&lead.send(&page, &new, &fields)), "rounds")
}

/// The prefecture opens a round for these towns and asks them.
pub(crate) fn survey(site: &Site, title: &str, codes: &[&str]) -> Survey {
    let lead = site.desk(LEAD);
    let round = round(&lead, title, codes);
    let new = format!("/rounds/{round}/surveys/new");
    let until = in_days(20);
    let survey = act(
        &lead,
        &new,
        &new,
        &[("kind", "intent"), ("title", title), ("note", "架空の調査です。"), ("deadline_on", &until)],
    );
    let survey = id_in(&survey, "surveys");
    sure(&lead, &format!("/surveys/{survey}"), &format!("/surveys/{survey}/open"), &[]);
    Survey { round, survey }
}

/// A town answers and submits.
pub(crate) fn answer(site: &Site, survey: &str, code: &str, seats: u32) {
    let desk = site.desk(&contact(code));
    let path = led(&desk.get(&format!("/surveys/{survey}")));
    let seats = seats.to_string();
    let fields = [
        ("low_seats", seats.as_str()),
        ("base_seats", &seats),
        ("high_seats", &seats),
        ("reason", "研修に使います（架空）。"),
        ("_act", "submit"),
    ];
    let page = desk.get(&path);
    let page =
        if page.text.contains("提出した内容を直す") { desk.get(&format!("{path}?edit=1")) } else { page };
    led(&desk.send(&page, &path, &fields));
}

/// A round with a closed survey and a quote for so many seats; its id.
pub(crate) fn quoted(site: &Site, title: &str, seats: &[(&str, u32)]) -> String {
    let codes: Vec<&str> = seats.iter().map(|(code, _)| *code).collect();
    let Survey { round, survey } = survey(site, title, &codes);
    for (code, seats) in seats {
        answer(site, &survey, code, *seats);
    }
    let lead = site.desk(LEAD);
    let close = format!("/surveys/{survey}/close");
    act(&lead, &close, &close, &[]);
    quote(site, &round);
    round
}

/// Enters the quote of a vendor for a round.
pub(crate) fn quote(site: &Site, round: &str) {
    let lead = site.desk(LEAD);
    let new = format!("/rounds/{round}/quotes/new");
    act(
        &lead,
        &new,
        &new,
        &[
            ("vendor", "架空ラーニング株式会社"),
            ("title", "全量適用の見積"),
            ("valid_until_on", "2027-03-31"),
            ("schedule/mode", "volume"),
            ("schedule/tiers/0/up_to", "99"),
            ("schedule/tiers/0/unit", "30000"),
            ("schedule/tiers/1/unit", "27000"),
            ("tax_rate", "10"),
        ],
    );
}

/// A round whose scenario is settled; its id.
pub(crate) fn settled(site: &Site, title: &str, seats: &[(&str, u32)]) -> String {
    let round = quoted(site, title, seats);
    settle(site, &round);
    round
}

/// Makes a scenario of the quote of a round, and settles it.
pub(crate) fn settle(site: &Site, round: &str) {
    let lead = site.desk(LEAD);
    let quotes = lead.get(&format!("/rounds/{round}/quotes")).text;
    let quote = between(&quotes, "href=\"/quotes/", "\"").to_owned();
    let new = format!("/rounds/{round}/scenarios/new");
    let asked = format!(
        "{new}?name=%E6%A1%88&quote_id={quote}&demand=base&sharing%2Frule%2Fkind=mixture&sharing%2Frule%2Fequal=0&sharing%2Frule%2Fpopulation=0&sharing%2Frounding%2Fmode=largest_remainder&sharing%2Frounding%2Funit_yen=1"
    );
    let page = lead.get(&asked);
    let form = between(&page.text, &format!("method=\"post\" action=\"{new}\""), "</form>").to_owned();
    let carried: Vec<(&str, &str)> = form
        .split("name=\"")
        .skip(1)
        .filter_map(|part| Some((part.split('"').next()?, part.split_once("value=\"")?.1.split('"').next()?)))
        .filter(|(name, _)| !name.starts_with('_'))
        .collect();
    let scenario = id_in(&led(&lead.send(&page, &new, &carried)), "scenarios");
    let finalise = format!("/scenarios/{scenario}/finalise");
    act(&lead, &finalise, &finalise, &[]);
}

/// A whole procurement, from the round to the published allocation; the id of its contract.
pub(crate) fn procure(site: &Site, title: &str, seats: &[(&str, u32)]) -> String {
    let round = settled(site, title, seats);
    let contract = sign(site, &round, title);
    publish(site, &contract);
    contract
}

/// Publishes the allocation of a contract as the scenario has it.
pub(crate) fn publish(site: &Site, contract: &str) {
    let lead = site.desk(LEAD);
    let path = format!("/contracts/{contract}/allocation");
    let asked = lead.send(&lead.get(&path), &path, &[]);
    assert_eq!(asked.status, 200, "{}", asked.text);
    led(&lead.send(&asked, &format!("{path}/publish"), &[]));
}

/// Enters the contract of a settled round; its id.
pub(crate) fn sign(site: &Site, round: &str, number: &str) -> String {
    let lead = site.desk(LEAD);
    let new = format!("/rounds/{round}/contract/new");
    let contract = sure(
        &lead,
        &new,
        &new,
        &[
            ("number", number),
            ("vendor", "架空ラーニング株式会社"),
            ("starts_on", "2026-04-01"),
            ("ends_on", "2027-03-31"),
            ("signed_on", "2026-04-01"),
        ],
    );
    id_in(&contract, "contracts")
}

/// An open call of the town for a contract, decided by selection; its id.
pub(crate) fn call(site: &Site, contract: &str, title: &str, capacity: &str) -> String {
    let call = draft_call(site, contract, title, capacity, "selection");
    open_call(site, &call);
    call
}

pub(crate) fn open_call(site: &Site, call: &str) {
    let open = format!("/entry-calls/{call}/open");
    act(&site.desk(&contact("143618")), &open, &open, &[]);
}

/// A call that is not open yet, with how it is decided; its id.
pub(crate) fn draft_call(site: &Site, contract: &str, title: &str, capacity: &str, policy: &str) -> String {
    let desk = site.desk(&contact("143618"));
    let new = format!("/members/{}/entry-calls/new", town(&desk));
    let page = desk.get(&new);
    let account = account(&page.text, contract);
    let until = in_days(14);
    let made = led(&desk.send(
        &page,
        &new,
        &[
            ("account_id", account.as_str()),
            ("title", title),
            ("guidance", "学びたいことを書いてください（架空）。"),
            ("capacity", capacity),
            ("policy", policy),
            ("closes_on", &until),
        ],
    ));
    id_in(&made, "entry-calls")
}

/// The account of a contract, out of the choice by the contract's words.
fn account(page: &str, contract: &str) -> String {
    let before = page.split(contract).next().unwrap_or_default();
    before.rsplit("<option value=\"").next().unwrap().split('"').next().unwrap().to_owned()
}

/// Somebody of the town applies, and the supervisor acknowledges.
pub(crate) fn apply(site: &Site, call: &str, number: usize) {
    let link = applied(site, call, number);
    let token = link.rsplit_once("token=").unwrap().1;
    let given = Desk::at(&site.base).post("/acknowledgements/confirm", &[("token", token)]);
    assert_eq!(given.status, 303, "{}", given.text);
}

/// Somebody of the town applies; the link that the supervisor gets.
pub(crate) fn applied(site: &Site, call: &str, number: usize) -> String {
    let desk = site.desk(&staff(number));
    let path = format!("/entry-calls/{call}/apply");
    let boss = format!("boss{number}@town.example.jp");
    let page = desk.get(&path);
    let question =
        page.text.split("name=\"answers/0/question_id\" value=\"").nth(1).and_then(|tail| tail.split('"').next());
    let mut fields = vec![
        ("want_to_learn", "表計算の自動化"),
        ("problem_at_work", "毎月の集計に時間がかかる（架空）。"),
        ("supervisor_name", "架空 上長"),
        ("supervisor_email", boss.as_str()),
    ];
    if let Some(id) = question {
        fields.extend([("answers/0/question_id", id), ("answers/0/text", "2時間ほど")]);
    }
    led(&desk.send(&page, &path, &fields));
    site.mailed_link(&boss, "#token=")
}

/// The town closes the call and decides: the outcome for each applicant, by the number in their names.
pub(crate) fn select(site: &Site, call: &str, outcomes: &[(usize, &str)]) {
    let desk = site.desk(&contact("143618"));
    let close = format!("/entry-calls/{call}/close");
    act(&desk, &close, &close, &[]);
    let path = format!("/entry-calls/{call}/selection");
    let page = desk.get(&path);
    let mut fields = Vec::new();
    for (at, part) in page.text.split("/application_id\" value=\"").skip(1).enumerate() {
        let id = part.split('"').next().unwrap().to_owned();
        let (_, outcome) = outcomes.iter().find(|(number, _)| part.contains(&format!("職員{number}"))).unwrap();
        fields.push((format!("decisions/{at}/application_id"), id));
        fields.push((format!("decisions/{at}/outcome"), (*outcome).to_owned()));
        fields.push((format!("decisions/{at}/reason"), "業務の課題によります（架空）。".to_owned()));
    }
    fields.push(("_act".to_owned(), "decide".to_owned()));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    led(&desk.send(&page, &path, &fields));
}
