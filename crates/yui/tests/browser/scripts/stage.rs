//! The story driven on until every form that takes a text is on some page: drafts, open calls, requests that wait, posts
//! that wait for a second reader, half a sign-in, and a consortium of so many towns that they are typed, not chosen.

use crate::office::{self, act, between, consortium, id_in, led, town};
use crate::site::{ADMIN, AUDITOR, CONTACT, LEAD, LEARNER, PASSWORD, Site};
use crate::sweep::ANYBODY;
use testkit::pages::Browser as Desk;

const CONTRACT: &str = "R8-文字-1（架空）";
/// The towns of the fresh contract, and so many that no list shows all.
const TOWNS: [(&str, u32); 2] = [("143618", 12), ("143634", 5)];
const MANY: usize = 110;
/// Who has begun with a second factor, and who has one.
const BEGINS: &str = "staff5-143618@demo.example.lg.jp";
const HAS: &str = "staff6-143618@demo.example.lg.jp";

/// Somebody, and where they begin.
pub(super) struct Visitor {
    pub(super) name: &'static str,
    /// Whose session it is; nobody's without.
    pub(super) email: Option<&'static str>,
    pub(super) first: Vec<String>,
    /// Whether they follow links from there.
    pub(super) roams: bool,
    /// Pages that are answers to forms and have no address: what was sent, and the page.
    pub(super) answers: Vec<(String, String)>,
}

fn visitor(name: &'static str, email: Option<&'static str>, first: &[&str]) -> Visitor {
    let first = first.iter().map(|address| (*address).to_owned()).collect();
    Visitor { name, email, first, roams: true, answers: Vec::new() }
}

/// Sets the stage; everybody who walks over it.
pub(super) fn set(site: &Site) -> Vec<Visitor> {
    let contract = office::procure(site, CONTRACT, &TOWNS);
    let (object, drafts) = calls(site);
    let posts = posts(site);
    let settled = office::settled(site, "文字の確定（架空）", &TOWNS);
    let quoted = office::quoted(site, "文字の試算（架空）", &TOWNS);
    office::survey(site, "文字の調査（架空）", &["143618", "143634"]);
    let answered = office::survey(site, "文字の回答（架空）", &["143618", "143634"]);
    office::answer(site, &answered.survey, "143618", 3);
    let round = office::survey(site, "文字の下書き（架空）", &["143618"]).round;
    let new = format!("/rounds/{round}/surveys/new");
    let until = office::in_days(20);
    let fields = [("kind", "binding"), ("title", "文字の本申込（架空）"), ("deadline_on", until.as_str())];
    let draft = act(&site.desk(LEAD), &new, &new, &fields);
    requests(site, &contract);
    let mut many = many(site);
    let quotes = site.desk(LEAD).get(&format!("/rounds/{quoted}/quotes")).text;
    let town = town(&site.desk(CONTACT));
    many.extend([
        draft,
        format!("/rounds/{settled}/contract/new"),
        format!("/rounds/{quoted}/scenarios/new"),
        format!("/rounds/{quoted}/quotes/new"),
        format!("/quotes/{}/edit", between(&quotes, "href=\"/quotes/", "\"")),
        format!("/surveys/{}/answers/{town}/review", answered.survey),
    ]);
    seat(site, &contract, &town);

    let mut learner = visitor("learner", Some(LEARNER), &["/", "/search", "/step-up", "/places"]);
    learner.first.extend(posts);
    let mut contact = visitor("contact", Some(CONTACT), &["/", "/search"]);
    contact.first.extend(drafts);
    contact.first.extend([
        format!("/contracts/{contract}/seat-requests/new?seats=1"),
        format!("/members/{town}/assignments?contract={contract}"),
        format!("/members/{town}/assignments/transfer?contract={contract}"),
    ]);
    let mut lead = visitor("lead", Some(LEAD), &["/", "/search"]);
    lead.first.extend(many);
    let mut nobody = visitor("nobody", None, ANYBODY);
    nobody.first.push("/help".to_owned());
    let anybody = Desk::at(&site.base);
    nobody.answers.push(("POST /acknowledgements".to_owned(), object));
    let [mut begins, mut has] = factors(site);
    let half = anybody.post("/sign-in", &[("email", HAS), ("password", PASSWORD)]);
    assert!(half.text.contains("/sign-in/code"), "{}", half.text);
    nobody.answers.push(("POST /sign-in".to_owned(), half.text));
    let ended = anybody.post("/me/profile", &[("display_name", "架空 だれか")]);
    assert!(ended.text.contains("resume_typed"), "{}", ended.text);
    nobody.answers.push(("POST /me/profile".to_owned(), ended.text));
    (begins.roams, has.roams) = (false, false);
    let admin = visitor("admin", Some(ADMIN), &["/", "/search"]);
    let auditor = visitor("auditor", Some(AUDITOR), &["/", "/search"]);
    vec![learner, contact, lead, admin, auditor, begins, has, nobody]
}

/// Calls in every state; the page of a supervisor that was asked, and the addresses of drafts.
fn calls(site: &Site) -> (String, Vec<String>) {
    let desk = site.desk(CONTACT);
    let call = |title: &str, policy: &str| office::draft_call(site, CONTRACT, title, "1", policy);
    let draft = call("文字の下書き（架空）", "selection");
    // One to apply for, and one where somebody has.
    let open = call("文字の募集（架空）", "selection");
    office::open_call(site, &open);
    let own = call("文字の申込み（架空）", "selection");
    office::open_call(site, &own);
    let _own = office::applied(site, &own, 1);
    let link = office::applied(site, &own, 4);
    let token = link.rsplit_once("token=").unwrap().1;
    let object = Desk::at(&site.base).post("/acknowledgements", &[("token", token)]);
    assert!(object.text.contains("/acknowledgements/object"), "{}", object.text);
    // One that is closed and waits for its lottery, one that can be closed, and one that waits for its selection.
    let closing = call("文字の抽選（架空）", "lottery");
    let drawn = call("文字の抽選の締切（架空）", "lottery");
    // A supervisor of one applicant each: the newest mail to each is the one that is wanted.
    for (call, number) in [(&closing, 2), (&drawn, 3)] {
        office::open_call(site, call);
        office::apply(site, call, number);
    }
    let close = format!("/entry-calls/{drawn}/close");
    act(&desk, &close, &close, &[("lottery_source", "架空の公開の数")]);
    let selected = call("文字の選考（架空）", "selection");
    office::open_call(site, &selected);
    office::apply(site, &selected, 7);
    let close = format!("/entry-calls/{selected}/close");
    act(&desk, &close, &close, &[]);
    let pages = [
        format!("/entry-calls/{draft}/edit"),
        format!("/entry-calls/{draft}/open"),
        format!("/entry-calls/{closing}/close"),
        format!("/entry-calls/{drawn}/draw"),
        format!("/entry-calls/{selected}/selection"),
    ];
    (object.text, pages.to_vec())
}

/// A post of every kind by the learner, one of them waiting to be read by a second person, with a comment of the
/// contact; where the learner changes them.
fn posts(site: &Site) -> Vec<String> {
    let desk = site.desk(LEARNER);
    let new = format!("/consortia/{}/posts/new", consortium(&desk));
    let mut pages = Vec::new();
    for (kind, visibility) in [("success_story", "consortium"), ("worry", "consortium"), ("knowhow", "public")] {
        let fields = [
            ("kind", kind),
            ("title", "文字のたね（架空）"),
            ("body", "本文です。"),
            ("situation", "本文です。"),
            ("story/problem", "手で写していた。"),
            ("story/approach", "表計算にした。"),
            ("step", "send"),
            ("visibility", visibility),
        ];
        let post = id_in(&act(&desk, &format!("{new}?kind={kind}"), &new, &fields), "posts");
        let path = format!("/posts/{post}");
        if visibility == "consortium" {
            act(&site.desk(CONTACT), &path, &format!("{path}/comments"), &[("body", "ひとこと。")]);
        }
        pages.extend([path.clone(), format!("{path}/edit"), format!("{new}?kind={kind}")]);
    }
    pages
}

/// The learner has a seat, to be given back.
fn seat(site: &Site, contract: &str, town: &str) {
    let desk = site.desk(CONTACT);
    let page = format!("/members/{town}/assignments/new?contract={contract}");
    let text = desk.get(&page).text;
    let before = text.split(LEARNER).next().unwrap_or_default();
    let user = before.rsplit("name=\"user_ids\" value=\"").next().unwrap().split('"').next().unwrap();
    act(&desk, &page, &page, &[("user_ids", user)]);
}

/// Requests of two towns for more seats, one of which came back.
fn requests(site: &Site, contract: &str) {
    let mut made = Vec::new();
    for (code, _) in TOWNS {
        let desk = site.desk(&office::contact(code));
        let new = format!("/contracts/{contract}/seat-requests/new");
        let page = format!("{new}?seats=1");
        let text = desk.get(&page).text;
        let member = between(&text, "name=\"member_id\" value=\"", "\"").to_owned();
        let fields = [("seats", "1"), ("member_id", member.as_str()), ("reason", "研修が増えるため（架空）。")];
        made.push(id_in(&act(&desk, &page, &new, &fields), "seat-requests"));
    }
    let page = format!("/seat-requests/{}", made[0]);
    act(&site.desk(LEAD), &page, &format!("{page}/return"), &[("reason", "人数を書いてください（架空）。")]);
}

/// So many towns that they are typed, and what concerns all of them: a round that is prepared, one that is asked, one
/// that has a contract; where the prefecture sees them.
fn many(site: &Site) -> Vec<String> {
    let lead = site.desk(LEAD);
    let here = consortium(&lead);
    let then = "'2026-04-01 00:00:00'";
    let id = |i: usize| format!("20000000-0000-7000-8000-{i:012}");
    let rows = |row: &dyn Fn(usize) -> String| (1..=MANY).map(row).collect::<Vec<_>>().join(",");
    site.sql(&format!(
        "INSERT INTO members (id, consortium_id, municipality_code, name, kana, kind, population, member_class, is_lead, joined_on, left_on, created_at, updated_at, version) VALUES {}",
        rows(&|i| format!("('{}', '{here}', '15{}', '架空第{i}町', 'かくう', 'town', {i}000, 'full', 0, '2026-04-01', NULL, {then}, {then}, 1)", id(i), 1_000 + i))
    ));
    let new = format!("/consortia/{here}/rounds/new");
    let round = |title: &str, towns: (&str, &str)| {
        let fields = [
            ("title", title),
            ("product", "架空のオンライン学習サービス"),
            ("fiscal_year", "2026"),
            ("contract_mode", "lead_contract"),
            ("census_year", "2020"),
            ("seats_counted_on", "2026-04-01"),
            towns,
        ];
        id_in(&act(&lead, &new, &new, &fields), "rounds")
    };
    let asked = |round: &str| {
        let new = format!("/rounds/{round}/surveys/new");
        let until = office::in_days(20);
        let fields = [("kind", "intent"), ("title", "多くの町の調査（架空）"), ("deadline_on", until.as_str())];
        let survey = id_in(&act(&lead, &new, &new, &fields), "surveys");
        let page = format!("/surveys/{survey}");
        led(&lead.send_sure(&lead.get(&page), &format!("{page}/open"), &[]));
        survey
    };
    let prepared = round("多くの町の準備（架空）", ("towns", "143618"));
    let open = asked(&round("多くの町の調査（架空）", ("everybody", "true")));
    let signed = round("多くの町の契約（架空）", ("everybody", "true"));
    let survey = asked(&signed);
    site.sql(&format!(
        "INSERT INTO survey_answers (id, consortium_id, survey_id, member_id, state, low_seats, base_seats, high_seats, minimum_seats, budget_cap_yen, price_points, reason, return_reason, submitted_at, submitted_by, created_at, updated_at, version) VALUES {}",
        rows(&|i| format!("('3{}', '{here}', '{survey}', '{}', 'fixed', 1, 10, 30, 0, NULL, '[]', '研修（架空）', NULL, {then}, NULL, {then}, {then}, 1)", id(i).split_at(1).1, id(i)))
    ));
    let close = format!("/surveys/{survey}/close");
    act(&lead, &close, &close, &[]);
    office::quote(site, &signed);
    office::settle(site, &signed);
    let contract = office::sign(site, &signed, "R8-文字-2（架空）");
    office::publish(site, &contract);
    let plans = lead.get(&format!("/rounds/{signed}/scenarios")).text;
    vec![
        format!("/scenarios/{}/finalised", between(&plans, "href=\"/scenarios/", "\"")),
        format!("/rounds/{prepared}"),
        format!("/surveys/{open}"),
        format!("/rounds/{signed}"),
        format!("/rounds/{signed}/scenarios"),
        format!("/contracts/{contract}"),
        format!("/contracts/{contract}/seats"),
        format!("/contracts/{contract}/allocation"),
    ]
}

/// Somebody who has begun with a second factor, and somebody who has one.
fn factors(site: &Site) -> [Visitor; 2] {
    let page = "/me/second-factor";
    for (email, confirmed) in [(HAS, true), (BEGINS, false)] {
        let desk = site.desk(email);
        led(&desk.send(&desk.get(page), &format!("{page}/begin"), &[]));
        if confirmed {
            site.sql("UPDATE second_factors SET confirmed_at = created_at");
        }
    }
    [visitor("begins", Some(BEGINS), &[page]), visitor("has", Some(HAS), &[page])]
}
