//! Requests for more seats (追加配分): submitted, granted, declined, returned.

use chrono::{DateTime, Utc};

use super::format::{moment, seats, yen};
use super::letter::{Head, Letter, Rendered};
use crate::Kind;

/// Facts of a new request, for the lead.
#[derive(Debug, Clone, Copy)]
pub struct SeatRequestSubmitted<'a> {
    /// The member that asks.
    pub member: &'a str,
    /// Who asks for it.
    pub requested_by: &'a str,
    /// When.
    pub submitted_at: DateTime<Utc>,
    /// How many seats more.
    pub seats: u32,
    /// What the member would pay if they were ordered, in yen, tax included.
    pub order_yen: i64,
    /// Seats left in the reserve.
    pub reserve_seats: u32,
    /// Why, as the member wrote it.
    pub reason: &'a str,
    /// The decision page.
    pub url: &'a str,
}

impl SeatRequestSubmitted<'_> {
    /// Writes the mail.
    pub fn render(&self, head: &Head<'_>) -> Rendered {
        Letter::new(
            Kind::SeatRequestSubmitted,
            head,
            &format!("追加配分の申請（{} {}）", self.member, seats(self.seats)),
            "追加配分の申請がありました。内容を確認し、判断をお願いします。",
        )
        .facts(
            "申請の内容",
            &[
                ("申請団体", self.member.to_owned()),
                ("申請者", self.requested_by.to_owned()),
                ("申請日時", moment(self.submitted_at)),
                ("追加を希望する席数", seats(self.seats)),
                ("追加発注する場合の団体の支払い（税込）", yen(self.order_yen)),
                ("予備席の残り", seats(self.reserve_seats)),
            ],
        )
        .quote("申請の理由", self.reason)
        .next(&["下のページで、承認・見送り・差戻しのいずれかを理由とともに登録してください。"])
        .link(self.url)
        .finish()
    }
}

/// Facts of a granted request, for the member.
#[derive(Debug, Clone, Copy)]
pub struct SeatRequestGranted<'a> {
    /// Seats granted.
    pub seats: u32,
    /// The member's seats now.
    pub total_seats: u32,
    /// What the member pays for them, in yen, tax included.
    pub charge_yen: i64,
    /// Where the seats come from, such as 予備席.
    pub source: &'a str,
    /// Why, as the lead wrote it.
    pub reason: &'a str,
    /// The request's page.
    pub url: &'a str,
}

impl SeatRequestGranted<'_> {
    /// Writes the mail.
    pub fn render(&self, head: &Head<'_>) -> Rendered {
        Letter::new(
            Kind::SeatRequestGranted,
            head,
            &format!("追加配分の申請が承認されました（{}）", seats(self.seats)),
            "追加配分の申請が承認され、席を配分しました。",
        )
        .facts(
            "承認の内容",
            &[
                ("追加された席数", seats(self.seats)),
                ("追加後の席数", seats(self.total_seats)),
                ("席の出どころ", self.source.to_owned()),
                ("追加の支払い（税込）", if self.charge_yen == 0 { "なし".to_owned() } else { yen(self.charge_yen) }),
            ],
        )
        .quote("承認の理由", self.reason)
        .next(&["追加された席は、すぐに職員へ割り当てることができます。"])
        .link(self.url)
        .finish()
    }
}

/// Facts of a declined request, for the member.
#[derive(Debug, Clone, Copy)]
pub struct SeatRequestDeclined<'a> {
    /// Seats asked for.
    pub seats: u32,
    /// Why, as the lead wrote it.
    pub reason: &'a str,
    /// The request's page.
    pub url: &'a str,
}

impl SeatRequestDeclined<'_> {
    /// Writes the mail.
    pub fn render(&self, head: &Head<'_>) -> Rendered {
        Letter::new(
            Kind::SeatRequestDeclined,
            head,
            "追加配分の申請は見送りになりました",
            "追加配分の申請について検討しましたが、今回は見送りとさせていただきます。",
        )
        .facts("申請の内容", &[("希望された席数", seats(self.seats)), ("結果", "見送り".to_owned())])
        .quote("見送りの理由", self.reason)
        .next(&["事情が変わったときは、新たに申請できます。ご不明な点は下記へお尋ねください。"])
        .link(self.url)
        .finish()
    }
}

/// Facts of a request that was returned for correction, for the member.
#[derive(Debug, Clone, Copy)]
pub struct SeatRequestReturned<'a> {
    /// Seats asked for.
    pub seats: u32,
    /// What is to be corrected, as the lead wrote it.
    pub reason: &'a str,
    /// The request's page.
    pub url: &'a str,
}

impl SeatRequestReturned<'_> {
    /// Writes the mail.
    pub fn render(&self, head: &Head<'_>) -> Rendered {
        Letter::new(
            Kind::SeatRequestReturned,
            head,
            "追加配分の申請が差し戻されました",
            "追加配分の申請について、確認のお願いがあり差し戻しました。",
        )
        .facts("申請の内容", &[("希望された席数", seats(self.seats)), ("結果", "差戻し".to_owned())])
        .quote("差戻しの理由", self.reason)
        .next(&["下のページで内容を確認・修正し、もう一度提出してください。"])
        .link(self.url)
        .finish()
    }
}
