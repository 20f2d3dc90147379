//! 検索: one field over everything that the visitor may see in the consortium, and over the help.

use crate::errors::for_people;
use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::visitor::Visitor;
use actix_web::web::Data;
use app::Service;
use app::search::{HitKind, HitView, SearchQuery, search_consortium};
use askama::Template;
use domain::access::{Action, Role};
use domain::text::fold;
use http_kit::Problem;

pub(crate) fn pages(pages: &mut Pages<'_>) {
    pages.get("/search", "page_search", search);
}

/// What the help has an answer to: words by which it is looked for, title, place.
const HELP: &[(&str, &str, &str)] = &[
    ("問合せ 連絡 電話 窓口 問合せ番号 エラー", "問合せ先と問合せ番号", "/help#contact"),
    ("はじめに 招待 使い方 始め方 サインイン 登録", "はじめに：招待からサインインまで", "/help#start"),
    ("県 調達回 調査 見積 試算 契約 配分 承認", "県の担当者の進め方", "/help#lead"),
    ("市町村 町 回答 負担 席 割当て 募集 返却 追加", "市町村の担当者の進め方", "/help#contact-person"),
    ("職員 受講 応募 申込み 上長 席 案内 相談 知恵袋 投稿", "職員（受講者）の進め方", "/help#learner"),
    ("監査 財政 閲覧 記録", "監査・財政の見られる画面", "/help#auditor"),
    ("パスワード 忘れた 再設定 リンク スマートフォン 2段階認証 確認コード 回復コード", "困ったとき", "/help#trouble"),
    ("アクセシビリティ 読み上げ 拡大 キーボード 配色", "アクセシビリティ方針", "/accessibility"),
];

/// A group of hits.
struct Group {
    title: &'static str,
    kind: HitKind,
    /// Where the whole list of them is, with the search where it knows it.
    all: Option<String>,
}

#[derive(Template)]
#[template(path = "search/search.html")]
struct SearchPage {
    shell: Shell,
    q: String,
    hits: Vec<HitView>,
    groups: Vec<Group>,
    help: Vec<(&'static str, &'static str)>,
    /// Why nothing was searched.
    refused: Option<String>,
    /// Accounts are found elsewhere.
    accounts: bool,
    /// The towns whose pages the visitor may open; none when all.
    towns: Option<Vec<String>>,
}

impl SearchPage {
    fn of(&self, group: &Group) -> Vec<&HitView> {
        self.hits.iter().filter(|hit| hit.kind == group.kind).collect()
    }

    /// Whether the visitor has a page of a member to open: the town itself, or whoever sees all of them.
    fn opens(&self, hit: &HitView) -> bool {
        self.towns.as_ref().is_none_or(|towns| towns.contains(&hit.id))
    }

    fn found(&self) -> bool {
        !self.hits.is_empty() || !self.help.is_empty()
    }
}

/// Where a hit is read.
fn way(hit: &HitView) -> String {
    match hit.kind {
        HitKind::Post => format!("/posts/{}", hit.id),
        HitKind::Member => format!("/members/{}", hit.id),
        HitKind::Person => format!("/members/{}/staff/{}", hit.member_id.as_deref().unwrap_or_default(), hit.id),
        HitKind::Round => format!("/rounds/{}", hit.id),
        HitKind::EntryCall => format!("/entry-calls/{}", hit.id),
    }
}

fn detail(hit: &HitView) -> &str {
    match hit.kind {
        HitKind::Round => crate::rounds::stage(&hit.detail),
        HitKind::Member => "団体コード",
        HitKind::Post | HitKind::Person | HitKind::EntryCall => &hit.detail,
    }
}

fn groups(visitor: &Visitor, consortium_id: &str, q: &str) -> Vec<Group> {
    let encoded = show::encode(q);
    let town = visitor.town(Role::Contact);
    vec![
        Group {
            title: "知恵袋の投稿",
            kind: HitKind::Post,
            all: Some(format!("/consortia/{consortium_id}/posts?q={encoded}")),
        },
        Group { title: "調達回", kind: HitKind::Round, all: Some(format!("/consortia/{consortium_id}/rounds")) },
        Group {
            title: "受講者の募集",
            kind: HitKind::EntryCall,
            all: town.map(|town| format!("/members/{town}/entry-calls")),
        },
        Group { title: "団体", kind: HitKind::Member, all: None },
        Group { title: "職員", kind: HitKind::Person, all: town.map(|town| format!("/members/{town}/staff")) },
    ]
}

/// Topics of the help with all words.
fn help(q: &str) -> Vec<(&'static str, &'static str)> {
    let words: Vec<String> = q.split_whitespace().map(fold).filter(|word| !word.is_empty()).collect();
    let has = |(keys, title, _): &&(&str, &str, &str)| {
        let text = fold(&format!("{keys} {title}"));
        !words.is_empty() && words.iter().all(|word| text.contains(word.as_str()))
    };
    HELP.iter().filter(has).map(|(_, title, href)| (*title, *href)).collect()
}

async fn search(service: Data<Service>, visitor: Visitor) -> Shown {
    let q = visitor.query("q").trim().to_owned();
    let place = visitor.consortium().map(str::to_owned);
    let mut page = SearchPage {
        shell: Shell::new(&service, &visitor, "検索"),
        help: help(&q),
        hits: Vec::new(),
        groups: Vec::new(),
        refused: None,
        accounts: visitor.call.actor.permit_service(Action::RunService).is_ok(),
        towns: Some(Vec::new()),
        q,
    };
    if let Some(id) = place.filter(|_| !page.q.is_empty()) {
        page.towns = visitor.call.actor.towns(Action::ReadSeats, &id).unwrap_or_else(|_hidden| Some(Vec::new()));
        page.groups = groups(&visitor, &id, &page.q);
        let query = SearchQuery { q: page.q.clone() };
        let found =
            service.read(visitor.call.clone(), move |ctx, call| search_consortium(ctx, call, &id, &query)).await;
        match found.map_err(Problem::from) {
            Ok(found) => page.hits = found.items,
            Err(problem) if problem.code() == "invalid_fields" => {
                let document = problem.document("", "");
                let sentence = document.errors.first().map(|error| error.detail.clone());
                page.refused = sentence.or_else(|| for_people("invalid_fields").map(|(_, said)| said.to_owned()));
            }
            Err(problem) => return Err(problem.into()),
        }
    }
    show::page(&page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_is_found_by_words_of_two_characters_however_they_are_written() {
        assert!(help("上長").iter().any(|(title, _)| title.contains("職員")));
        assert_eq!(help("ぱすわーど 忘れた").len(), 1);
        assert!(help("宇宙").is_empty() && help(" ").is_empty());
    }
}
