//! The board (知恵袋): its routes, and the words that all its pages share.
//!
//! Lists, reading, writing, comments and reviews have files of their own. What a reader may not see is
//! absent already in the use cases; here only what the visitor may do is offered.

mod html;
mod list;
mod public;
mod read;
mod review;
mod talk;
mod write;

pub(crate) use html::headings;

use crate::pages::Pages;
use crate::shell::Shell;
use crate::visitor::Visitor;
use app::Service;
use domain::board::{Kind, Outcome, State, Visibility};

pub(crate) fn pages(pages: &mut Pages<'_>) {
    list::pages(pages);
    read::pages(pages);
    write::pages(pages);
    talk::pages(pages);
    review::pages(pages);
    public::pages(pages);
}

/// 種類.
pub(crate) const fn kind(kind: &Kind) -> &'static str {
    match kind {
        Kind::Worry => "悩み",
        Kind::Consultation => "相談",
        Kind::Knowhow => "ノウハウ",
        Kind::SuccessStory => "成功事例",
    }
}

/// 状態, and the kind of its chip.
pub(crate) const fn state(state: &State) -> (&'static str, &'static str) {
    match state {
        State::Draft => ("下書き", "warn"),
        State::InReview => ("確認待ち", "warn"),
        State::Published => ("公開中", "good"),
        State::Hidden => ("非表示", "bad"),
    }
}

/// 公開範囲 in a word.
pub(crate) const fn visibility(visibility: &Visibility) -> &'static str {
    match visibility {
        Visibility::Town => "所属団体の中",
        Visibility::Consortium => "参加団体",
        Visibility::Public => "一般公開",
    }
}

/// Who may read a post as it stands, in a sentence.
pub(crate) const fn readers(visibility: &Visibility, state: &State) -> &'static str {
    match (state, visibility) {
        (State::Draft, _) => "下書きです。あなただけが読めます。",
        (State::InReview, _) => {
            "一般公開の前の確認を待っています。投稿者、所属団体の担当者、県の担当者、監査の担当者だけが読めます。"
        }
        (State::Hidden, _) => "非表示です。投稿者、所属団体の担当者、県の担当者、監査の担当者だけが読めます。",
        (State::Published, Visibility::Town) => "投稿した団体の職員だけが読めます。",
        (State::Published, Visibility::Consortium) => "共同調達の参加団体の職員が読めます。",
        (State::Published, Visibility::Public) => "だれでも、サインインせずに読めます（投稿者の氏名は出ません）。",
    }
}

/// How a try went, and the kind of its chip.
pub(crate) const fn outcome(outcome: &Outcome) -> (&'static str, &'static str) {
    match outcome {
        Outcome::Worked => ("うまくいった", "good"),
        Outcome::Partly => ("一部うまくいった", "warn"),
        Outcome::DidNotWork => ("うまくいかなかった", "bad"),
    }
}

/// The frame of a page under the board of a consortium.
fn shell(service: &Service, visitor: &Visitor, consortium_id: &str, title: impl Into<String>) -> Shell {
    Shell::new(service, visitor, title).under("知恵袋", format!("/consortia/{consortium_id}/posts"))
}
