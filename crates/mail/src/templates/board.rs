//! The knowledge board: comment, reply, resolved, reviewed.

use super::format::shortened;
use super::letter::{Head, Letter, Rendered};
use crate::Kind;

const TITLE_IN_SUBJECT_CHARS: usize = 40;

/// Facts of a comment on your post.
#[derive(Debug, Clone, Copy)]
pub struct PostCommented<'a> {
    /// The post's title.
    pub title: &'a str,
    /// Who commented, with the municipality.
    pub author: &'a str,
    /// The comment's text.
    pub comment: &'a str,
    /// The post's page.
    pub url: &'a str,
}

impl PostCommented<'_> {
    /// Writes the mail.
    pub fn render(&self, head: &Head<'_>) -> Rendered {
        Letter::new(
            Kind::PostCommented,
            head,
            &format!("投稿にコメントがつきました：{}", short(self.title)),
            "あなたの投稿にコメントがつきました。",
        )
        .facts("投稿", &[("題名", self.title.to_owned()), ("コメントした方", self.author.to_owned())])
        .quote("コメント", self.comment)
        .next(&["下のページで読み、返信することができます。"])
        .link(self.url)
        .finish()
    }
}

/// Facts of a reply to your comment.
#[derive(Debug, Clone, Copy)]
pub struct CommentReplied<'a> {
    /// The post's title.
    pub title: &'a str,
    /// Who replied, with the municipality.
    pub author: &'a str,
    /// The reply's text.
    pub reply: &'a str,
    /// The post's page.
    pub url: &'a str,
}

impl CommentReplied<'_> {
    /// Writes the mail.
    pub fn render(&self, head: &Head<'_>) -> Rendered {
        Letter::new(
            Kind::CommentReplied,
            head,
            &format!("コメントに返信がありました：{}", short(self.title)),
            "あなたのコメントに返信がありました。",
        )
        .facts("投稿", &[("題名", self.title.to_owned()), ("返信した方", self.author.to_owned())])
        .quote("返信", self.reply)
        .next(&["下のページで読み、返信することができます。"])
        .link(self.url)
        .finish()
    }
}

/// Facts of a resolved question.
#[derive(Debug, Clone, Copy)]
pub struct PostResolved<'a> {
    /// The post's title.
    pub title: &'a str,
    /// Who asked.
    pub author: &'a str,
    /// What resolved it, as the asker wrote it; empty for none.
    pub answer: &'a str,
    /// The post's page.
    pub url: &'a str,
}

impl PostResolved<'_> {
    /// Writes the mail.
    pub fn render(&self, head: &Head<'_>) -> Rendered {
        Letter::new(
            Kind::PostResolved,
            head,
            &format!("解決しました：{}", short(self.title)),
            "あなたが回答した投稿が「解決済み」になりました。ご協力ありがとうございました。",
        )
        .facts("投稿", &[("題名", self.title.to_owned()), ("投稿した方", self.author.to_owned())])
        .quote("解決の内容", self.answer)
        .next(&["手続きはありません。下のページでいきさつを読むことができます。"])
        .link(self.url)
        .finish()
    }
}

/// What a review came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Review {
    /// The post is public now.
    Published,
    /// The post goes back to its author.
    Returned,
}

/// Facts of a reviewed post.
#[derive(Debug, Clone, Copy)]
pub struct PostReviewed<'a> {
    /// The post's title.
    pub title: &'a str,
    /// The outcome.
    pub review: Review,
    /// What the reviewer wrote; empty for none.
    pub remark: &'a str,
    /// The post's page.
    pub url: &'a str,
}

impl PostReviewed<'_> {
    /// Writes the mail.
    pub fn render(&self, head: &Head<'_>) -> Rendered {
        let (subject, opening, result, next) = match self.review {
            Review::Published => (
                "投稿が公開されました",
                "公開前の確認が終わり、あなたの投稿が公開されました。",
                "公開",
                "手続きはありません。公開された内容は下のページで確認できます。",
            ),
            Review::Returned => (
                "投稿の公開について確認のお願い",
                "あなたの投稿について、公開の前に確認をお願いしたい点があります。",
                "差戻し",
                "下のページで内容を確認・修正し、もう一度公開を申請してください。",
            ),
        };
        Letter::new(Kind::PostReviewed, head, &format!("{subject}：{}", short(self.title)), opening)
            .facts("投稿", &[("題名", self.title.to_owned()), ("結果", result.to_owned())])
            .quote("確認者から", self.remark)
            .next(&[next])
            .link(self.url)
            .finish()
    }
}

fn short(title: &str) -> String {
    shortened(title, TITLE_IN_SUBJECT_CHARS)
}
