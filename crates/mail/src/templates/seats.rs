//! Seats of people: assigned, returned, offered to who waits, offer expired.

use chrono::{DateTime, NaiveDate, Utc};

use super::format::{day, moment, seats};
use super::letter::{Head, Letter, Rendered};
use crate::Kind;

/// Facts of an assigned seat.
#[derive(Debug, Clone, Copy)]
pub struct SeatAssigned<'a> {
    /// The product's name.
    pub product: &'a str,
    /// The first day of use.
    pub starts_on: NaiveDate,
    /// The last day of use.
    pub ends_on: NaiveDate,
    /// The day of the mail.
    pub today: NaiveDate,
    /// The person's page.
    pub url: &'a str,
}

impl SeatAssigned<'_> {
    /// Writes the mail.
    pub fn render(&self, head: &Head<'_>) -> Rendered {
        let lead = if self.today < self.starts_on {
            format!(
                "あなたに席が割り当てられました。利用期間は{}からです。それまでは利用できません。",
                day(self.starts_on)
            )
        } else {
            "あなたに席が割り当てられました。利用を始めることができます。".to_owned()
        };
        Letter::new(Kind::SeatAssigned, head, "席が割り当てられました", &lead)
            .facts(
                "席の内容",
                &[
                    ("受講するサービス", self.product.to_owned()),
                    ("利用期間", format!("{}から{}まで", day(self.starts_on), day(self.ends_on))),
                ],
            )
            .next(&[
                "下のページで、利用できる期間を確認してください。",
                "学習サービスへのサインインの方法は、所属の担当者または学習サービスからの案内を確認してください。",
                "異動や休業などで利用できなくなったときは、早めに席をお返しください。待っている方にご案内します。",
            ])
            .link(self.url)
            .finish()
    }
}

/// Facts of a returned seat, for the person who had it.
#[derive(Debug, Clone, Copy)]
pub struct SeatReturned<'a> {
    /// The product's name.
    pub product: &'a str,
    /// When it was returned.
    pub returned_at: DateTime<Utc>,
    /// Why, as recorded.
    pub reason: &'a str,
    /// The person's page.
    pub url: &'a str,
}

impl SeatReturned<'_> {
    /// Writes the mail.
    pub fn render(&self, head: &Head<'_>) -> Rendered {
        Letter::new(
            Kind::SeatReturned,
            head,
            "席の返却を受け付けました",
            "席の返却を受け付けました。ご利用ありがとうございました。",
        )
        .facts("返却の内容", &[("受講するサービス", self.product.to_owned()), ("返却日時", moment(self.returned_at))])
        .quote("返却の理由", self.reason)
        .next(&[
            "手続きはありません。お心当たりがないときは、下記へご連絡ください。",
            "もう一度利用したいときは、募集の画面から申し込んでください。",
        ])
        .link(self.url)
        .finish()
    }
}

/// Facts of seats that others moved out of a town's account, for the town.
#[derive(Debug, Clone, Copy)]
pub struct SeatsMovedAway<'a> {
    /// The product's name.
    pub product: &'a str,
    /// Seats moved.
    pub seats: u32,
    /// Where they are now: a town, or 予備席.
    pub to: &'a str,
    /// Seats that the town has left.
    pub rest: u32,
    /// Why, as written by who moved them.
    pub reason: &'a str,
    /// The town's page.
    pub url: &'a str,
}

impl SeatsMovedAway<'_> {
    /// Writes the mail.
    pub fn render(&self, head: &Head<'_>) -> Rendered {
        Letter::new(
            Kind::SeatsMovedAway,
            head,
            &format!("貴団体の席を移しました（{}）", seats(self.seats)),
            "県の担当者が、貴団体の空いている席を次のとおり移しましたので、お知らせします。",
        )
        .facts(
            "移動の内容",
            &[
                ("サービス", self.product.to_owned()),
                ("移した席数", seats(self.seats)),
                ("移した先", self.to.to_owned()),
                ("移した後の貴団体の席数", seats(self.rest)),
            ],
        )
        .quote("移した理由", self.reason)
        .next(&["利用中の席は移していません。席が足りなくなったときは、追加配分を申請してください。"])
        .link(self.url)
        .finish()
    }
}

/// Facts of an offer to a waiting person.
#[derive(Debug, Clone, Copy)]
pub struct OfferMade<'a> {
    /// The entry call's title.
    pub call: &'a str,
    /// The product's name.
    pub product: &'a str,
    /// For how many hours the offer stands.
    pub hours: u32,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
    /// The page to accept or decline.
    pub url: &'a str,
}

impl OfferMade<'_> {
    /// Writes the mail.
    pub fn render(&self, head: &Head<'_>) -> Rendered {
        Letter::new(
            Kind::OfferMade,
            head,
            &format!("空席のご案内（回答期限 {}）", moment(self.expires_at)),
            "お待ちいただいていた席に空きが出ましたので、ご案内します。",
        )
        .facts(
            "ご案内の内容",
            &[
                ("募集", self.call.to_owned()),
                ("受講するサービス", self.product.to_owned()),
                ("回答期限", format!("{}（日本時間、ご案内から{}時間）", moment(self.expires_at), self.hours)),
            ],
        )
        .next(&[
            "期限までに、下のページで「席を受け取る」または「辞退する」を選んでください。",
            "期限までに回答がないときは、次にお待ちの方へご案内します。",
        ])
        .link(self.url)
        .finish()
    }
}

/// Facts of an offer that ran out.
#[derive(Debug, Clone, Copy)]
pub struct OfferExpired<'a> {
    /// The entry call's title.
    pub call: &'a str,
    /// When the offer ended.
    pub expired_at: DateTime<Utc>,
    /// The entry call's page.
    pub url: &'a str,
}

impl OfferExpired<'_> {
    /// Writes the mail.
    pub fn render(&self, head: &Head<'_>) -> Rendered {
        Letter::new(
            Kind::OfferExpired,
            head,
            "空席のご案内の期限が過ぎました",
            "期限までに回答がなかったため、席のご案内を終了し、次にお待ちの方へご案内しました。",
        )
        .facts("終了したご案内", &[("募集", self.call.to_owned()), ("回答期限", moment(self.expired_at))])
        .next(&["引き続き利用を希望するときは、下のページからもう一度申し込んでください。"])
        .link(self.url)
        .finish()
    }
}
