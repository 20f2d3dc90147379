//! Where there is nothing yet, the page says what to do first: whoever may act gets the way to it, everybody else learns
//! what will fill the place. The table below holds every such place of the templates; one without a row fails.

use crate::{whole, world};
use acceptance::people::{PASSWORD, People, email};
use acceptance::world::{World, fill, round};
use std::collections::{BTreeMap, BTreeSet};
use testkit::app::TestApp;
use testkit::pages::Browser;

/// Who, where, what is empty there, and the next step: the beginning of an address that the page leads to (with places for
/// ids), or words of its sentence.
type Row = (&'static str, &'static str, &'static str, &'static str);

/// Before anything has happened: there are towns and people.
const BEGINNING: &[Row] = &[
    ("lead", "/consortia/{consortium_id}/rounds", "調達回はまだありません", "/consortia/{consortium_id}/rounds/new"),
    ("contact", "/consortia/{consortium_id}/rounds", "調達回はまだありません", "県の担当者が調達回を始めると"),
    ("lead", "/consortia/{consortium_id}/contracts", "契約はまだありません", "/consortia/{consortium_id}/rounds"),
    ("lead", "/consortia/{consortium_id}/seat-requests", "申請はありません", "市町村の担当者が追加配分を申請すると"),
    ("contact", "/consortia/{consortium_id}/seat-requests", "申請はありません", "/members/{member_id}"),
    ("lead", "/consortia/{consortium_id}/mails", "メールの記録はありません", "お知らせのメールが送られると"),
    ("contact", "/members/{member_id}", "いま期限のある仕事はありません", "県が意向調査を始めるか"),
    ("contact", "/members/{member_id}", "契約はまだありません", "それまでは意向調査に回答してください。"),
    ("contact", "/members/{member_id}", "募集はまだありません", "席の配分が公開されると"),
    ("contact", "/members/{member_id}/assignments", "席はまだありません", "/members/{member_id}"),
    ("contact", "/members/{member_id}/entry-calls", "募集はまだありません", "/members/{member_id}/entry-calls/new"),
    ("lead", "/members/{member_id}/entry-calls", "募集はまだありません", "市町村の担当者が募集を作ると"),
    (
        "contact",
        "/members/{member_id}/entry-calls/new",
        "席のある契約がありません",
        "契約が結ばれ、配分が公開されてから",
    ),
    ("learner", "/me/entries", "いま受付中の募集はありません", "所属団体が募集を始めると、メールでお知らせし"),
    ("learner", "/me/entries", "申込みはまだありません", "「受付中の募集」から申し込むと"),
    ("learner", "/me/seats", "いま使っている席はありません", "/me/entries"),
    ("learner", "/me/offers", "席のご案内はありません", "席が空くと、メールでお知らせし"),
    ("learner", "/me/notices", "お知らせはまだありません", "お知らせが届くと、ここで読めます。"),
    ("learner", "/consortia/{consortium_id}/posts", "投稿はまだありません", "/consortia/{consortium_id}/posts/new"),
    ("learner", "/public/posts", "公開されている投稿はまだありません", "参加団体が公開すると"),
    ("learner", "/", "いま、あなたを待っていることはありません", "/consortia/{consortium_id}/posts"),
    ("contact", "/", "いま、あなたを待っていることはありません", "/members/{member_id}"),
    ("learner", "/search", "ことばを入力してください", "2文字のことばでも探せます。"),
    ("learner", "/search?q=%E3%81%AC%E3%81%AC", "見つかりませんでした", "ことばを短くする"),
    ("admin", "/accounts?q=%E3%81%AC%E3%81%AC", "該当するアカウントはありません", "「すべて」に戻してください。"),
    ("admin", "/service/mails?state=parked", "該当するメールはありません", "ほかの状態を選ぶと"),
    (
        "lead",
        "/consortia/{consortium_id}/people?role=auditor&q=%E3%81%AC",
        "該当する人はいません",
        "もう一度絞り込んでください。",
    ),
    ("contact", "/members/{member_id}/staff?q=%E3%81%AC", "該当する職員はいません", "もう一度絞り込んでください。"),
];

/// A round without towns and quotes.
const ROUND: &[Row] = &[
    ("lead", "/rounds/{bare_round_id}", "参加団体がまだありません", "下の欄から参加団体を加えてください。"),
    ("lead", "/rounds/{bare_round_id}/quotes", "見積はまだありません", "/rounds/{bare_round_id}/quotes/new"),
    ("contact", "/rounds/{bare_round_id}/quotes", "見積はまだありません", "県の担当者が見積を登録すると"),
    ("lead", "/rounds/{bare_round_id}/quotes/compare", "比べる見積がありません", "見積を登録してから"),
    ("lead", "/rounds/{bare_round_id}/scenarios", "試算はまだありません", "/rounds/{bare_round_id}/scenarios/new"),
    ("auditor", "/rounds/{bare_round_id}/scenarios", "試算はまだありません", "県の担当者が試算を保存すると"),
    (
        "lead",
        "/rounds/{bare_round_id}/scenarios/new",
        "試算のもとになる見積がありません",
        "/rounds/{bare_round_id}/quotes/new",
    ),
    ("lead", "/rounds/{bare_round_id}/contract/new", "確定した試算がありません", "/rounds/{bare_round_id}/scenarios"),
];

/// In the middle of the story.
const STORY: &[Row] = &[
    ("lead", "/contracts/{contract_id}", "変更契約・追加発注はありません", "/contracts/{contract_id}/amendments/new"),
    ("contact", "/contracts/{contract_id}", "変更契約・追加発注はありません", "県の担当者が登録すると"),
    ("learner", "/posts/{public_post_id}", "コメントはまだありません", "下の欄から、助言や質問を書いてください。"),
    ("auditor", "/posts/{public_post_id}", "コメントはまだありません", "参加団体の職員が書くと"),
    ("learner", "/posts/{post_id}", "添付ファイルはありません", "/posts/{post_id}/attachments/new"),
    ("other_town", "/members/{other_member_id}", "募集はまだありません", "/members/{other_member_id}/entry-calls/new"),
    ("lead", "/members/{other_member_id}", "募集はまだありません", "市町村の担当者が募集を作ると"),
    (
        "other_town",
        "/members/{other_member_id}/assignments",
        "利用している人はいません",
        "/members/{other_member_id}/assignments/new",
    ),
    ("other_town", "/members/{other_member_id}/assignments?name=%E3%81%AC", "該当する人はいません", "探してください。"),
    (
        "other_town",
        "/members/{other_member_id}/assignments/transfer",
        "利用している人はいません",
        "/members/{other_member_id}/assignments",
    ),
    (
        "other_town",
        "/members/{other_member_id}/assignments/release",
        "返却する人が選ばれていません",
        "/members/{other_member_id}/assignments",
    ),
    (
        "other_town",
        "/members/{other_member_id}/assignments/waiting",
        "順番待ちの人はいません",
        "空席がないときに申し込んだ人",
    ),
    ("lead", "/surveys/{survey_id}?state=returned", "該当する団体はありません", "絞り込みを「すべて」に戻すと"),
    (
        "lead",
        "/surveys/{unanswered_survey_id}/answers/{member_id}",
        "回答はありません",
        "市町村の担当者が「わが町」から回答できます。",
    ),
    ("contact", "/entry-calls/{empty_call_id}/applications", "申込みはまだありません", "職員が申し込むと"),
    ("contact", "/entry-calls/{empty_call_id}/selection", "決める申込みはありません", "このまま確認へ進む"),
    ("lead", "/consortia/{consortium_id}/audit?action=nothing.such", "該当する記録はありません", "条件を減らして"),
    (
        "lead",
        "/consortia/{consortium_id}/posts?q=%E3%81%AC%E3%81%AC%E3%81%AC",
        "条件に合う投稿はありません",
        "ことばを短くするか",
    ),
    ("lead", "/consortia/{consortium_id}/mails/{mail_id}", "まだ送信を試していません", "順に送られます。"),
];

/// Places whose scene is one of a kind: what they say is held by the shape of their sentence alone.
const ONE_OF_A_KIND: &[&str] = &[
    // The filters of every list, which the lists' own tests narrow to nothing.
    "該当するものはありません",
    // A service without a consortium; a consortium without anybody; a town without staff.
    "団体はまだありません",
    "担当者はまだいません",
    "職員はまだいません",
    "受講する職員が登録されていません",
    // Everybody of this world works with tokens.
    "トークンはまだありません",
    // An account whose last role was taken away.
    "役割はありません",
    // Contracts that are not published, or in which nobody got a seat.
    "配分はまだ公開されていません",
    "配分された席はありません",
    "負担金はありません",
];

fn ids_of(world: &BTreeMap<String, String>) -> impl Fn(&str) -> String + '_ {
    |name| world.get(name).unwrap_or_else(|| panic!("no {name} in the world")).clone()
}

/// The boxes of a page: title and what stands in each.
fn boxes(html: &str) -> BTreeMap<&str, &str> {
    let parts = html.split("<div class=\"empty\"><p class=\"empty-title\">").skip(1);
    parts.filter_map(|part| part.split("</div>").next()?.split_once("</p>")).collect()
}

fn look(app: &TestApp, ids: &BTreeMap<String, String>, rows: &[Row]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (who, pattern, title, next) in rows {
        let browser = Browser::signed_in(app, &email(who), PASSWORD);
        let (path, query) = pattern.split_once('?').unwrap_or((pattern, ""));
        let page = browser.get(&format!("{}?{query}", fill(path, ids_of(ids))));
        let html = page.text.replace("&#34;", "\"");
        let Some(said) = boxes(&html).get(title).copied() else {
            let found: Vec<&str> = boxes(&html).into_keys().collect();
            wrong.push(format!("{who} {pattern}: {} has no 「{title}」 but {found:?}", page.status));
            continue;
        };
        let leads = || html.contains(&format!("href=\"{}", fill(next, ids_of(ids))));
        if !(if next.starts_with('/') { leads() } else { said.contains(next) }) {
            wrong.push(format!("{who} {pattern}: 「{title}」 does not lead to {next}: {said}"));
        }
    }
    wrong
}

#[test]
fn before_anything_has_happened_every_page_says_what_to_do_first() {
    let app = whole();
    let (mut ids, people) = World::begin(&app);
    let mut wrong = look(&app, &ids, BEGINNING);
    let made = people.post("lead", &format!("/consortia/{}/rounds", ids["consortium_id"]), &round(&[]));
    ids.insert("bare_round_id".to_owned(), made["id"].as_str().unwrap().to_owned());
    wrong.extend(look(&app, &ids, ROUND));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn in_the_middle_of_the_story_what_is_empty_says_what_to_do() {
    let app = whole();
    let (mut world, people) = world(&app);
    scenes(&mut world, &people);
    let wrong = look(&app, &world.ids, STORY);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A survey without answers and a call without applications.
fn scenes(world: &mut World, people: &People<'_>) {
    let id = |made: &serde_json::Value| made["id"].as_str().unwrap().to_owned();
    let made =
        people.post("lead", &world.path("/consortia/{consortium_id}/rounds"), &round(&[&world.ids["member_id"]]));
    let asked =
        people.post("lead", &format!("/rounds/{}/surveys", id(&made)), &acceptance::world::survey("2026-05-29"));
    people.act("lead", &format!("/surveys/{}/open", id(&asked)));
    let call = people.post(
        "contact",
        &world.path("/seat-accounts/{account_id}/entry-calls"),
        &acceptance::world::entry_call(1),
    );
    people.act("contact", &format!("/entry-calls/{}/open", id(&call)));
    world.ids.insert("unanswered_survey_id".to_owned(), id(&asked));
    world.ids.insert("empty_call_id".to_owned(), id(&call));
}

/// The templates, each with its text.
fn templates() -> Vec<(String, String)> {
    let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/web/templates"))];
    let mut texts = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else {
                texts.push((entry.path().display().to_string(), std::fs::read_to_string(entry.path()).unwrap()));
            }
        }
    }
    texts
}

#[test]
fn no_place_of_the_templates_is_empty_without_a_word_about_what_to_do() {
    let rows: BTreeSet<&str> = [BEGINNING, ROUND, STORY].concat().into_iter().map(|(_, _, title, _)| title).collect();
    let (mut places, mut wrong) = (0, Vec::new());
    let mut titles = BTreeSet::new();
    for (file, text) in templates() {
        for call in text.split("ui::empty(\"").skip(1) {
            let (title, rest) = call.split_once('"').unwrap();
            let next = rest.trim_start_matches(", ");
            places += 1;
            titles.insert(title.to_owned());
            // A sentence of its own, or one that the page chooses.
            let said = next.strip_prefix('"').map(|next| next.split('"').next().unwrap());
            if said.is_some_and(|said| said.chars().count() < 12 || !said.ends_with('。')) {
                wrong.push(format!("{file}: 「{title}」 says no next step"));
            }
            if !rows.contains(title) && !ONE_OF_A_KIND.contains(&title) {
                wrong.push(format!("{file}: 「{title}」 stands in no table of this test"));
            }
        }
        // Bare: a paragraph that says nothing but that there is nothing.
        for paragraph in text.split("<p>").skip(1).filter_map(|part| part.split("</p>").next()) {
            let bare = ["はありません。", "はまだありません。", "はいません。", "はまだいません。"]
                .iter()
                .any(|end| paragraph.ends_with(end));
            if bare && paragraph.matches('。').count() == 1 && !paragraph.contains('{') && !FIGURES.contains(&paragraph)
            {
                wrong.push(format!("{file}: 「{paragraph}」 is a bare end"));
            }
        }
    }
    assert!(places > 50, "{places} places");
    wrong.extend(
        rows.iter()
            .chain(ONE_OF_A_KIND)
            .filter(|title| !titles.contains(**title))
            .map(|title| format!("「{title}」 is in no template")),
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Sentences that end so and are no empty place.
const FIGURES: [&str; 1] = ["待っているメールはありません。"];
