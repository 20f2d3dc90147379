//! The survey (意向調査): opened, still to be answered, returned for correction.

use chrono::NaiveDate;

use super::format::{day, fiscal_year, seats};
use super::letter::{Head, Letter, Rendered};
use crate::Kind;

/// Facts of a survey that has opened.
#[derive(Debug, Clone, Copy)]
pub struct SurveyOpened<'a> {
    /// The fiscal year of the round.
    pub fiscal_year: i32,
    /// The round's title.
    pub round: &'a str,
    /// The last day to answer, in Japan.
    pub due_on: NaiveDate,
    /// Seats of the year before, where there was one.
    pub last_year_seats: Option<u32>,
    /// Whether the answer binds (本申込).
    pub binding: bool,
    /// What the prefecture wrote to the towns; left out when empty.
    pub note: &'a str,
    /// The answer page.
    pub url: &'a str,
}

impl SurveyOpened<'_> {
    /// Writes the mail.
    pub fn render(&self, head: &Head<'_>) -> Rendered {
        let (name, meaning) = if self.binding {
            ("本申込", "この回答は申込みとなり、負担金の算定に用います。")
        } else {
            ("意向調査", "この回答は調達数量の見込みに用いるもので、申込みではありません。")
        };
        let last_year = self.last_year_seats.map_or("なし".to_owned(), seats);
        Letter::new(
            Kind::SurveyOpened,
            head,
            &format!("{name}のお願い（{}・期限 {}）", fiscal_year(self.fiscal_year), day(self.due_on)),
            &format!("{name}を開始しました。期限までにご回答をお願いします。"),
        )
        .facts(
            "調査の内容",
            &[
                ("年度", fiscal_year(self.fiscal_year)),
                ("調達回", self.round.to_owned()),
                ("回答期限", day(self.due_on)),
                ("前年度の契約で利用している席数", last_year),
                ("位置づけ", meaning.to_owned()),
            ],
        )
        .quote("県からの案内", self.note)
        .next(&[
            "下のページで、希望席数（少なめ・標準・多め）、最低席数、予算上限額、単価に応じた席数と理由を入力してください。",
            "入力の途中で保存できます。提出後も、期限までは修正できます。",
        ])
        .link(self.url)
        .finish()
    }
}

/// Facts of a survey that a member has not answered yet.
#[derive(Debug, Clone, Copy)]
pub struct SurveyReminder<'a> {
    /// The fiscal year of the round.
    pub fiscal_year: i32,
    /// The round's title.
    pub round: &'a str,
    /// The last day to answer, in Japan.
    pub due_on: NaiveDate,
    /// Days that are left; zero on the last day, below zero when it has passed.
    pub days_left: i64,
    /// The answer page.
    pub url: &'a str,
}

impl SurveyReminder<'_> {
    /// Writes the mail.
    pub fn render(&self, head: &Head<'_>) -> Rendered {
        let left = match self.days_left {
            0 => "本日が期限です".to_owned(),
            days if days > 0 => format!("あと{days}日"),
            days => format!("{}日超過", days.unsigned_abs()),
        };
        Letter::new(
            Kind::SurveyReminder,
            head,
            &format!("【再度のお願い】意向調査が未回答です（期限 {}）", day(self.due_on)),
            "意向調査のご回答をまだいただいていません。行き違いの場合はご容赦ください。",
        )
        .facts(
            "調査の内容",
            &[
                ("年度", fiscal_year(self.fiscal_year)),
                ("調達回", self.round.to_owned()),
                ("回答期限", format!("{}（{left}）", day(self.due_on))),
            ],
        )
        .next(&[
            "下のページからご回答ください。今年度は参加しない場合も、0席としてご回答ください。",
            "期限までの回答が難しいときは、下記へご連絡ください。",
        ])
        .link(self.url)
        .finish()
    }
}

/// Facts of an answer that was returned (差戻し).
#[derive(Debug, Clone, Copy)]
pub struct SurveyAnswerReturned<'a> {
    /// The round's title.
    pub round: &'a str,
    /// Seats in the answer.
    pub seats: u32,
    /// Who returned it.
    pub returned_by: &'a str,
    /// Why.
    pub reason: &'a str,
    /// The last day to answer, in Japan.
    pub due_on: NaiveDate,
    /// The answer page.
    pub url: &'a str,
}

impl SurveyAnswerReturned<'_> {
    /// Writes the mail.
    pub fn render(&self, head: &Head<'_>) -> Rendered {
        Letter::new(
            Kind::SurveyAnswerReturned,
            head,
            "意向調査の回答が差し戻されました",
            "ご提出いただいた意向調査の回答について、確認のお願いがあり差し戻しました。",
        )
        .facts(
            "差戻しの内容",
            &[
                ("調達回", self.round.to_owned()),
                ("提出された席数", seats(self.seats)),
                ("差し戻した方", self.returned_by.to_owned()),
                ("再提出の期限", day(self.due_on)),
            ],
        )
        .quote("差戻しの理由", self.reason)
        .next(&["下のページで回答を確認・修正し、もう一度提出してください。"])
        .link(self.url)
        .finish()
    }
}
