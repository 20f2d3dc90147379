//! Every list of the pages as data: where it is shown, who reads it, what narrows it, and its file.
//!
//! *Invariant:* a list is narrowed, put in order, read page by page and saved as a file; where one of them makes no sense
//! the reason stands here. `docs/LISTS.md` is printed from this table, and a list without a row fails the tests.

use crate::fields::Fields;
use crate::sorting::{self, Sorting};
use crate::{contracts, demand, rounds, seats};
use domain::typed::read_year;

/// Words of a filter: the word of the address and the word that people read.
type Words = &'static [(&'static str, &'static str)];

/// A field that narrows a list.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Field {
    /// A text that is looked for: name of the parameter, and what it is looked for in.
    Text(&'static str, &'static str),
    /// A fiscal year in either calendar: name of the parameter, label.
    Year(&'static str, &'static str),
    /// One of these words: name of the parameter, label, words.
    One(&'static str, &'static str, Words),
}
use Field::{One, Text, Year};

/// How a list is read.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(not(test), allow(dead_code, reason = "what only the printed table says"))]
enum Reading {
    /// Page by page, by this operation of [`app::lists`].
    Paged(&'static str),
    /// Page by page by a query with orders of its own, which are named here.
    Own(&'static [&'static str]),
    /// Whole, because it is bounded by the members of a round or a contract: its word in the address and its keys.
    Whole(&'static str, fn() -> Vec<&'static str>),
}
use Reading::{Own, Paged, Whole};

/// One list.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(not(test), allow(dead_code, reason = "what only the printed table says"))]
struct List {
    /// The page, as the table of routes has it.
    page: &'static str,
    name: &'static str,
    reading: Reading,
    /// Drawn by the partial of the filters.
    fields: &'static [Field],
    /// What its page asks for besides, or why it is not narrowed.
    besides: &'static str,
    /// The operation of its file, or why there is none.
    file: Result<&'static str, &'static str>,
    /// Where on the page it stands.
    anchor: &'static str,
}

const fn list(
    page: &'static str,
    name: &'static str,
    reading: Reading,
    file: Result<&'static str, &'static str>,
) -> List {
    List { page, name, reading, fields: &[], besides: "", file, anchor: "" }
}

impl List {
    const fn by(self, fields: &'static [Field]) -> Self {
        Self { fields, ..self }
    }

    const fn besides(self, besides: &'static str) -> Self {
        Self { besides, ..self }
    }

    const fn at(self, anchor: &'static str) -> Self {
        Self { anchor, ..self }
    }
}

const STAGES: Words = &[
    ("draft", "準備中"),
    ("surveying", "意向調査中"),
    ("quoting", "見積・試算中"),
    ("finalised", "試算確定"),
    ("contracted", "契約済み"),
    ("allocated", "配分済み"),
    ("closed", "終了"),
];
const MEMBER_KINDS: Words = &crate::consortium::KINDS;
const MEMBER_PLACES: Words = &[("lead", "代表団体"), ("full", "正会員"), ("associate", "準会員")];
const CONTRACT_STATES: Words = &[("active", "契約中"), ("closed", "終了")];
const TRANSFER_KINDS: Words = crate::words::TRANSFERS;
const USER_STATES: Words = crate::words::ACCOUNT_STATES;
const SCENARIO_STATES: Words = &[("draft", "試算"), ("finalised", "確定")];
const POST_KINDS: Words =
    &[("worry", "悩み"), ("consultation", "相談"), ("knowhow", "ノウハウ"), ("success", "成功事例")];
const READ: Words = &[("no", "未読"), ("yes", "既読")];
const SOURCES: Words = crate::words::SOURCES;
const WAITING: Words = &[("waiting", "順番待ち"), ("offered", "案内中")];
const OFFERS: Words = &[("open", "回答待ち"), ("accepted", "受諾"), ("declined", "辞退"), ("expired", "期限切れ")];

const OWN: &str = "本人の数件だけの一覧で、画面の表がすべてです";
const FEW: &str = "数件だけの一覧です";
const TALK: &str = "会話として読むもので、投稿の画面で印刷できます";

/// Every list of the pages.
const LISTS: &[List] = &[
    list("/consortia", "共同調達の団体", Paged("list_consortia"), Ok("page_consortia_export")).by(&[Text("q", "名称")]),
    list("/consortia/{consortium_id}/members", "参加団体", Paged("list_members"), Ok("page_members_export")).by(&[
        Text("q", "団体名・ふりがな・コード"),
        One("kind", "種別", MEMBER_KINDS),
        One("class", "区分", MEMBER_PLACES),
    ]),
    list("/consortia/{consortium_id}/people", "担当者", Paged("list_users"), Ok("page_people_export"))
        .by(&[Text("q", "氏名・ふりがな・メール"), One("state", "状態", USER_STATES)])
        .besides("役割、団体"),
    list("/members/{member_id}/staff", "職員", Paged("list_users"), Ok("page_staff_export"))
        .by(&[Text("q", "氏名・ふりがな・メール"), One("state", "状態", USER_STATES)])
        .besides("役割"),
    list("/consortia/{consortium_id}/rounds", "調達回", Paged("list_rounds"), Ok("page_rounds_export")).by(&[
        Text("q", "件名・調達するもの"),
        Year("year", "年度"),
        One("stage", "状態", STAGES),
    ]),
    list(
        "/rounds/{round_id}",
        "調達回の参加団体",
        Whole("sort", || names(rounds::MEMBERS)),
        Ok("page_round_members_export"),
    )
    .besides("調達回に加わる団体はすべて見るもので、絞り込みません")
    .at("#members"),
    list("/surveys/{survey_id}", "調査の回答", Whole("sort", || names(demand::LINES)), Ok("page_answers_export"))
        .besides("回答の状態"),
    list("/rounds/{round_id}/quotes", "見積", Paged("list_quotes"), Ok("page_quotes_export"))
        .by(&[Text("q", "事業者・件名")]),
    list("/rounds/{round_id}/scenarios", "試算", Paged("list_scenarios"), Ok("page_scenarios_export"))
        .by(&[Text("q", "名前"), One("state", "状態", SCENARIO_STATES)]),
    list("/consortia/{consortium_id}/contracts", "契約", Paged("list_contracts"), Ok("page_contracts_export"))
        .by(&[Text("q", "契約番号・事業者"), One("state", "状態", CONTRACT_STATES)]),
    list(
        "/contracts/{contract_id}",
        "配分",
        Whole("allocation", || names(contracts::LINES)),
        Ok("page_allocation_export"),
    )
    .besides("契約の団体はすべて見るもので、絞り込みません")
    .at("#allocation"),
    list("/contracts/{contract_id}", "負担金", Whole("shares", || names(contracts::SHARES)), Ok("page_shares_export"))
        .besides("契約の団体はすべて見るもので、絞り込みません")
        .at("#shares"),
    list(
        "/contracts/{contract_id}",
        "変更契約・追加発注",
        Whole("amendments", || names(contracts::AMENDMENTS)),
        Ok("page_amendments_export"),
    )
    .besides(FEW)
    .at("#amendments"),
    list(
        "/contracts/{contract_id}/seats",
        "席の台帳",
        Paged("list_contract_transfers"),
        Ok("page_seat_transfers_export"),
    )
    .by(&[One("kind", "種類", TRANSFER_KINDS)])
    .at("#ledger"),
    list(
        "/contracts/{contract_id}/seats",
        "団体ごとの席",
        Whole("towns", || names(seats::map::TOWNS)),
        Ok("page_seat_accounts_export"),
    )
    .besides("契約の団体はすべて見るもので、絞り込みません")
    .at("#towns"),
    list(
        "/consortia/{consortium_id}/seat-requests",
        "追加配分の申請",
        Paged("list_seat_requests"),
        Ok("page_consortium_requests_export"),
    )
    .by(&[Text("q", "団体")])
    .besides("状態"),
    list("/members/{member_id}/entry-calls", "受講者の募集", Paged("list_entry_calls"), Ok("page_entry_calls_export"))
        .by(&[Text("q", "題名"), One("state", "状態", crate::entries::CALL_STATES)]),
    list(
        "/entry-calls/{call_id}/applications",
        "募集への申込み",
        Paged("list_applications"),
        Ok("page_applications_export"),
    )
    .by(&[Text("q", "氏名・ふりがな"), One("state", "状態", crate::entries::APPLICATION_STATES)]),
    list("/members/{member_id}/assignments", "席の割当て", Paged("list_assignments"), Ok("page_assignments_export"))
        .by(&[One("source", "割当ての方法", SOURCES)])
        .besides("契約、返却した人、氏名"),
    list(
        "/members/{member_id}/assignments/new",
        "席を割り当てる職員",
        Paged("list_users"),
        Err("選ぶための表で、職員の一覧のファイルがあります"),
    )
    .by(&[Text("q", "氏名・ふりがな・メール")])
    .besides("契約"),
    list(
        "/members/{member_id}/assignments/waiting",
        "順番待ち",
        Paged("list_waiting_entries"),
        Ok("page_waiting_entries_export"),
    )
    .by(&[Text("q", "氏名・ふりがな"), One("state", "状態", WAITING)])
    .besides("契約"),
    list("/me/entries", "自分の申込み", Paged("list_my_applications"), Err(OWN)).by(&[One(
        "state",
        "状態",
        crate::entries::APPLICATION_STATES,
    )]),
    list("/me/offers", "自分への席の案内", Paged("list_my_offers"), Err(OWN)).by(&[One("state", "状態", OFFERS)]),
    list("/me/notices", "お知らせ", Paged("list_notices"), Ok("page_notices_export"))
        .by(&[Text("q", "件名"), One("read", "状態", READ)]),
    list("/me", "サインイン中の端末", Paged("list_sessions"), Err(OWN)).besides(OWN).at("#sessions"),
    list("/me/tokens", "個人用アクセストークン", Paged("list_personal_tokens"), Err(OWN)).by(&[Text("q", "用途")]),
    list("/accounts", "アカウント", Paged("list_accounts"), Err("団体ごとの担当者の一覧にファイルがあります"))
        .besides("氏名・ふりがな・メールアドレス、役割、状態"),
    list(
        "/service/mails",
        "サービスのメール",
        Paged("list_service_mails"),
        Err("団体ごとのメールの記録にファイルがあります"),
    )
    .besides("状態"),
    list(
        "/consortia/{consortium_id}/posts",
        "知恵袋",
        Own(&["newest", "helpful", "relevance"]),
        Ok("page_posts_export"),
    )
    .besides("種別、タグ、団体、解決、言葉"),
    list("/posts/{post_id}", "コメント", Paged("list_comments"), Err(TALK)).besides(TALK).at("#comments"),
    list("/posts/{post_id}/revisions", "投稿の変更の履歴", Paged("list_post_revisions"), Err(FEW)).besides(FEW),
    list("/public/posts", "公開された投稿", Paged("list_public_posts"), Err("誰でも読める投稿そのものです"))
        .by(&[Text("q", "題名"), One("kind", "種別", POST_KINDS)]),
    list("/consortia/{consortium_id}/audit", "操作の記録", Paged("list_audit_entries"), Ok("page_audit_export"))
        .besides("操作、操作した人、対象、団体"),
    list("/consortia/{consortium_id}/mails", "メールの記録", Paged("list_mails"), Ok("page_mails_export"))
        .besides("状態"),
    list("/consortia/{consortium_id}/mails/{mail_id}", "送信の経過", Paged("list_deliveries"), Err(FEW)).besides(FEW),
];

fn names<T>(keys: &[crate::sorting::Key<T>]) -> Vec<&'static str> {
    keys.iter().map(|(name, _)| *name).collect()
}

/// A field as a form draws it.
#[derive(Debug, Clone)]
pub(crate) struct Drawn {
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    /// Empty for a text.
    pub(crate) words: Words,
    pub(crate) value: String,
    /// Why what was typed narrows nothing.
    pub(crate) refused: Option<&'static str>,
}

const NO_YEAR: &str = "年度を読み取れないため、絞り込んでいません。2027、令和9年度、R9 のように入力してください。";

/// What an address narrows its list to: years in either calendar as the queries know them; what cannot be read as one
/// narrows nothing, and the field says so.
pub(crate) fn filters(query: &Fields) -> Vec<(String, String)> {
    let read = |(name, value): (&str, &str)| {
        let value = if name == "year" { read_year(value)?.to_string() } else { value.to_owned() };
        Some((name.to_owned(), value))
    };
    query.pairs().filter_map(read).collect()
}

/// The list that a page is about.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shown {
    pub(crate) sorting: Sorting,
    pub(crate) fields: Vec<Drawn>,
    /// Parameters of the address that are no field.
    pub(crate) kept: Vec<(String, String)>,
}

/// The list read page by page at an address; nothing where there is none.
pub(crate) fn of_page(uri: &str) -> Shown {
    let (path, query) = sorting::split(uri);
    let here = LISTS.iter().find_map(|list| match list.reading {
        Paged(operation) if stands_on(list.page, path) => Some((list, operation)),
        Paged(_) | Own(..) | Whole(..) => None,
    });
    let Some((list, operation)) = here else { return Shown::default() };
    let order = app::lists::list(operation).and_then(|list| list.find(None)).map(|order| order.name());
    let draw = |field: &Field| {
        let (name, label, words): (_, _, Words) = match *field {
            Text(name, label) | Year(name, label) => (name, label, &[]),
            One(name, label, words) => (name, label, words),
        };
        let value = query.get(name).to_owned();
        let unread = matches!(field, Year(..)) && !value.is_empty() && read_year(&value).is_none();
        Drawn { name, label, words, value, refused: unread.then_some(NO_YEAR) }
    };
    let fields: Vec<Drawn> = list.fields.iter().map(draw).collect();
    let other = |name: &str| {
        !matches!(name, "sort" | "cursor" | "done" | "receipt") && fields.iter().all(|field| field.name != name)
    };
    let kept = query.pairs().filter(|(name, value)| other(name) && !value.is_empty());
    let kept = kept.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let sorting = Sorting::called("sort", list.anchor, uri).otherwise(order.unwrap_or_default());
    Shown { sorting, fields, kept }
}

/// Whether a path is of this pattern.
fn stands_on(pattern: &str, path: &str) -> bool {
    let same = |(place, part): (&str, &str)| place == part || (place.starts_with('{') && !part.is_empty());
    pattern.split('/').count() == path.split('/').count() && pattern.split('/').zip(path.split('/')).all(same)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write as _;

    const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/LISTS.md");

    fn document() -> String {
        let mut text = "# Lists\n\nEvery list of the pages: what narrows it, by what it can be put in order (the address \
             takes `sort=` or the word named, `-` before a key for the largest first), how it is read, and its file. Printed \
             from `crates/web/src/lists.rs` (`UPDATE_DOCS=1 cargo test -p web` rewrites it).\n\n\
             | list | page | narrowed by | order | read | file |\n|---|---|---|---|---|---|\n"
            .to_owned();
        for list in LISTS {
            let fields = list.fields.iter().map(|field| match field {
                Text(_, label) | Year(_, label) | One(_, label, _) => *label,
            });
            let narrowed: Vec<&str> = fields.chain(Some(list.besides).filter(|besides| !besides.is_empty())).collect();
            let (keys, read) = match list.reading {
                Paged(operation) => {
                    let of = app::lists::list(operation).unwrap();
                    (
                        format!(
                            "{}; first `{}`",
                            of.names().collect::<Vec<_>>().join(" "),
                            of.find(None).unwrap().name()
                        ),
                        "page by page",
                    )
                }
                Own(keys) => (keys.join(" "), "page by page"),
                Whole(word, keys) => (format!("`{word}`: {}", keys().join(" ")), "whole"),
            };
            let file = list.file.map_or_else(|why| format!("― {why}"), |operation| format!("`{operation}`"));
            writeln!(text, "| {} | `{}` | {} | {keys} | {read} | {file} |", list.name, list.page, narrowed.join("、"))
                .unwrap();
        }
        text
    }

    #[test]
    #[allow(clippy::disallowed_methods, reason = "the switch belongs to whoever runs the tests")]
    fn the_page_of_lists_is_the_table() {
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(PAGE, document()).unwrap();
        }
        let committed = std::fs::read_to_string(PAGE).unwrap_or_default();
        assert!(committed == document(), "docs/LISTS.md is out of date: UPDATE_DOCS=1 cargo test -p web");
    }

    #[test]
    fn every_list_is_narrowed_put_in_order_and_saved_or_says_why_not() {
        let routes = crate::route_table();
        for list in LISTS {
            let who = format!("{} on {}", list.name, list.page);
            assert!(routes.iter().any(|route| route.method == "GET" && route.pattern == list.page), "{who}: no page");
            assert!(!list.fields.is_empty() || !list.besides.is_empty(), "{who}: nothing narrows it");
            if let Ok(file) = list.file {
                assert!(routes.iter().any(|route| route.operation == file), "{who}: no route {file}");
            }
            if let Paged(operation) = list.reading {
                let of = app::lists::list(operation).unwrap_or_else(|| panic!("{who}: {operation}"));
                for field in list.fields {
                    let (Text(name, _) | Year(name, _) | One(name, ..)) = field;
                    assert!(of.filters().any(|filter| filter == *name), "{who}: {operation} knows no {name}");
                }
                assert!(of.names().next().is_some(), "{who}: no order");
            }
        }
        for file in routes.iter().filter(|route| route.pattern.ends_with("/export")) {
            let rows = LISTS.iter().filter(|list| list.file == Ok(file.operation.as_str())).count();
            let elsewhere =
                ["page_scenario_members_export", "page_seat_requests_export"].contains(&file.operation.as_str());
            assert!(rows == 1 || elsewhere, "{}: {rows} lists", file.operation);
        }
    }

    #[test]
    fn every_list_of_the_service_is_shown_somewhere() {
        // The program's own lists, which no page shows: administrators and one account's ledger.
        let unseen = ["list_admins", "list_account_transfers", "list_replications", "list_service_audit_entries"];
        for (operation, _) in app::lists::LISTS {
            let shown = LISTS.iter().any(|list| matches!(list.reading, Paged(read) if read == *operation));
            assert!(shown != unseen.contains(operation), "{operation}");
        }
    }

    #[test]
    fn every_template_that_pages_belongs_to_a_list() {
        let all = crate::words::templates();
        let paged = all.iter().filter(|(name, text)| !name.ends_with("ui.html") && text.contains("ui::more(")).count();
        let listed = LISTS.iter().filter(|list| !matches!(list.reading, Whole(..))).count();
        assert_eq!(paged, listed, "a template with a next page needs a row in the table of lists");
        for (name, text) in all.iter().filter(|(_, text)| text.contains("ui::more(") && text.contains("<thead")) {
            assert!(
                name.ends_with("ui.html") || text.contains("ui::by(") || text.contains("ui::turn("),
                "{name}: no heading puts the list in order"
            );
        }
    }

    #[test]
    fn a_path_belongs_to_one_pattern() {
        assert!(stands_on("/me/tokens", "/me/tokens") && !stands_on("/me", "/me/tokens"));
        assert!(stands_on("/members/{member_id}/staff", "/members/7/staff"));
        assert!(!stands_on("/members/{member_id}/staff", "/members/7/assignments"));
        assert!(!stands_on("/members/{member_id}/staff", "/members//staff"));
    }
}
