//! Money and contract: the member's estimate, the contract, the allocation with its reason.

use chrono::NaiveDate;

use super::format::{day, fiscal_year, seats, yen};
use super::letter::{Head, Letter, Rendered};
use crate::Kind;

/// Facts of a finalised scenario, for one member.
#[derive(Debug, Clone, Copy)]
pub struct EstimateNotice<'a> {
    /// The fiscal year of the round.
    pub fiscal_year: i32,
    /// The round's title.
    pub round: &'a str,
    /// The member's seats.
    pub seats: u32,
    /// The member's share in yen, tax included.
    pub share_yen: i64,
    /// What the member would pay alone, tax included.
    pub alone_yen: i64,
    /// All seats of the round.
    pub total_seats: u32,
    /// The whole bill in yen, tax included.
    pub total_yen: i64,
    /// The sharing rule in words.
    pub sharing_rule: &'a str,
    /// The page that explains each number.
    pub url: &'a str,
}

impl EstimateNotice<'_> {
    /// Writes the mail.
    pub fn render(&self, head: &Head<'_>) -> Rendered {
        let difference = self.alone_yen.saturating_sub(self.share_yen);
        let comparison = match difference {
            0 => "同額".to_owned(),
            saved if saved > 0 => format!("{}の減", yen(saved)),
            more => format!("{}の増", yen(more.saturating_neg())),
        };
        Letter::new(
            Kind::EstimateNotice,
            head,
            &format!("負担金見込額のお知らせ（{}）", fiscal_year(self.fiscal_year)),
            "試算が確定しましたので、貴団体の席数と負担金の見込額をお知らせします。",
        )
        .facts(
            "貴団体の見込み",
            &[
                ("調達回", self.round.to_owned()),
                ("席数", seats(self.seats)),
                ("負担金見込額（税込）", yen(self.share_yen)),
                ("単独で調達した場合（税込）", yen(self.alone_yen)),
                ("単独調達との比較", comparison),
            ],
        )
        .facts(
            "全体",
            &[
                ("総席数", seats(self.total_seats)),
                ("総額（税込）", yen(self.total_yen)),
                ("按分の方法", self.sharing_rule.to_owned()),
            ],
        )
        .next(&[
            "予算要求の資料としてご利用ください。金額は契約の締結により確定します。",
            "算定の根拠（計算の過程と端数の扱い）は、下のページで確認できます。",
        ])
        .link(self.url)
        .finish()
    }
}

/// Facts of a contract, for one member.
#[derive(Debug, Clone, Copy)]
pub struct ContractMade<'a> {
    /// The round's title.
    pub round: &'a str,
    /// The contract's number.
    pub number: &'a str,
    /// The vendor's name.
    pub vendor: &'a str,
    /// The first day of use.
    pub starts_on: NaiveDate,
    /// The last day of use.
    pub ends_on: NaiveDate,
    /// Seats bought.
    pub seats: u32,
    /// The contract's amount in yen, tax included.
    pub total_yen: i64,
    /// The contract's page.
    pub url: &'a str,
}

impl ContractMade<'_> {
    /// Writes the mail.
    pub fn render(&self, head: &Head<'_>) -> Rendered {
        Letter::new(
            Kind::ContractMade,
            head,
            "契約締結のお知らせ",
            "共同調達の契約を締結しましたので、お知らせします。",
        )
        .facts(
            "契約の内容",
            &[
                ("調達回", self.round.to_owned()),
                ("契約番号", self.number.to_owned()),
                ("契約の相手方", self.vendor.to_owned()),
                ("利用期間", format!("{}から{}まで", day(self.starts_on), day(self.ends_on))),
                ("席数", seats(self.seats)),
                ("契約金額（税込）", yen(self.total_yen)),
            ],
        )
        .next(&["席の配分は、決まり次第お知らせします。それまでの手続きはありません。"])
        .link(self.url)
        .finish()
    }
}

/// Facts of a published allocation, for one member.
#[derive(Debug, Clone, Copy)]
pub struct AllocationPublished<'a> {
    /// The round's title.
    pub round: &'a str,
    /// Seats that the member asked for.
    pub requested_seats: u32,
    /// Seats that it got.
    pub allocated_seats: u32,
    /// Why, in the allocator's words.
    pub reason: &'a str,
    /// The member's share in yen, tax included.
    pub share_yen: i64,
    /// The page that explains each number.
    pub url: &'a str,
}

impl AllocationPublished<'_> {
    /// Writes the mail.
    pub fn render(&self, head: &Head<'_>) -> Rendered {
        Letter::new(
            Kind::AllocationPublished,
            head,
            &format!("席の配分が決まりました（{}）", seats(self.allocated_seats)),
            "席の配分を公開しましたので、貴団体の席数とその理由をお知らせします。",
        )
        .facts(
            "貴団体の配分",
            &[
                ("調達回", self.round.to_owned()),
                ("希望席数", seats(self.requested_seats)),
                ("配分席数", seats(self.allocated_seats)),
                ("負担金（税込）", yen(self.share_yen)),
            ],
        )
        .quote("配分の理由", self.reason)
        .next(&[
            "下のページで配分の根拠を確認してください。",
            "職員への募集を始めるときは、募集の画面から定員と締切を設定してください。",
        ])
        .link(self.url)
        .finish()
    }
}
