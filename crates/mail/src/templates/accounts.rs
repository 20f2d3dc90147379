//! Accounts: invitation, password reset, and what a person must hear about the own account (S59).

use chrono::{DateTime, Utc};

use super::format::moment;
use super::letter::{Head, Letter, Rendered};
use crate::Kind;

/// Facts of an invitation.
#[derive(Debug, Clone, Copy)]
pub struct Invite<'a> {
    /// Who invites.
    pub invited_by: &'a str,
    /// The role in words, such as 市町村担当者.
    pub role: &'a str,
    /// The sign-in id that the account will have.
    pub login: &'a str,
    /// The one-time link.
    pub url: &'a str,
    /// When the link ends.
    pub expires_at: DateTime<Utc>,
}

impl Invite<'_> {
    /// Writes the mail.
    pub fn render(&self, head: &Head<'_>) -> Rendered {
        Letter::new(
            Kind::Invite,
            head,
            "利用者登録のご案内",
            "共同調達サービス「結（Yui）」の利用者として招待されました。",
        )
        .facts(
            "招待の内容",
            &[
                ("共同調達", head.consortium.to_owned()),
                ("招待した方", self.invited_by.to_owned()),
                ("役割", self.role.to_owned()),
                ("サインインに使うメールアドレス", self.login.to_owned()),
                ("リンクの有効期限", moment(self.expires_at)),
            ],
        )
        .next(&[
            "下のリンクを開き、パスワード（12文字以上）を設定してください。",
            "リンクは一度だけ使えます。期限が過ぎたときは、招待した方に再送を依頼してください。",
            "お心当たりがないときは、このメールを破棄し、下記へご連絡ください。",
        ])
        .link(self.url)
        .finish()
    }
}

/// Facts of a role that was given to somebody who has an account.
#[derive(Debug, Clone, Copy)]
pub struct NewRole<'a> {
    /// Who gave it.
    pub granted_by: &'a str,
    /// The role in words, such as 市町村担当者.
    pub role: &'a str,
    /// The sign-in id of the account.
    pub login: &'a str,
    /// The service's address.
    pub url: &'a str,
}

impl NewRole<'_> {
    /// Writes the mail.
    pub fn render(&self, head: &Head<'_>) -> Rendered {
        Letter::new(
            Kind::Invite,
            head,
            "役割追加のお知らせ",
            "共同調達サービス「結（Yui）」で、あなたに新しい役割が追加されました。",
        )
        .facts(
            "追加の内容",
            &[
                ("共同調達", head.consortium.to_owned()),
                ("追加した方", self.granted_by.to_owned()),
                ("役割", self.role.to_owned()),
                ("サインインに使うメールアドレス", self.login.to_owned()),
            ],
        )
        .next(&[
            "これまでと同じメールアドレスとパスワードでサインインしてください。",
            "お心当たりがないときは、下記へご連絡ください。",
        ])
        .link(self.url)
        .finish()
    }
}

/// Facts of a password reset.
#[derive(Debug, Clone, Copy)]
pub struct PasswordReset<'a> {
    /// When it was asked for.
    pub requested_at: DateTime<Utc>,
    /// The one-time link.
    pub url: &'a str,
    /// When the link ends.
    pub expires_at: DateTime<Utc>,
}

impl PasswordReset<'_> {
    /// Writes the mail.
    pub fn render(&self, head: &Head<'_>) -> Rendered {
        Letter::new(
            Kind::PasswordReset,
            head,
            "パスワード再設定のご案内",
            "パスワードの再設定を受け付けました。まだ変更は行われていません。",
        )
        .facts("受付の内容", &[("受付日時", moment(self.requested_at)), ("リンクの有効期限", moment(self.expires_at))])
        .next(&[
            "下のリンクを開き、新しいパスワードを設定してください。リンクは一度だけ使えます。",
            "設定が終わると、ほかの端末のサインインはすべて終了します。",
            "お心当たりがないときは、リンクを開かずに下記へご連絡ください。",
        ])
        .link(self.url)
        .finish()
    }
}

/// Facts of a refresh token that was used a second time.
#[derive(Debug, Clone, Copy)]
pub struct RefreshTokenReused<'a> {
    /// When the second use was seen.
    pub detected_at: DateTime<Utc>,
    /// Where it came from, as an address.
    pub address: &'a str,
    /// The page with the list of sessions.
    pub url: &'a str,
}

impl RefreshTokenReused<'_> {
    /// Writes the mail.
    pub fn render(&self, head: &Head<'_>) -> Rendered {
        Letter::new(
            Kind::RefreshTokenReused,
            head,
            "【重要】サインインを終了しました（不正利用の可能性）",
            "使用済みのサインイン情報がもう一度使われたため、安全のため該当するサインインを終了しました。",
        )
        .facts(
            "検知した内容",
            &[
                ("検知日時", moment(self.detected_at)),
                ("接続元", self.address.to_owned()),
                ("行った措置", "該当するサインインの終了".to_owned()),
            ],
        )
        .next(&[
            "もう一度サインインし、サインイン中の端末の一覧に覚えのないものがないか確認してください。",
            "お心当たりがないときは、パスワードを変更し、下記へご連絡ください。",
        ])
        .link(self.url)
        .finish()
    }
}

/// Facts of a sign-in with a program that was not seen before.
#[derive(Debug, Clone, Copy)]
pub struct NewDevice<'a> {
    /// When.
    pub at: DateTime<Utc>,
    /// Where it came from, as an address.
    pub address: &'a str,
    /// Browser and system.
    pub program: &'a str,
    /// The page with the list of sessions.
    pub url: &'a str,
}

impl NewDevice<'_> {
    /// Writes the mail.
    pub fn render(&self, head: &Head<'_>) -> Rendered {
        Letter::new(
            Kind::NewDevice,
            head,
            "新しい端末からのサインイン",
            "これまで使われていない端末またはブラウザーから、あなたのアカウントにサインインがありました。",
        )
        .facts(
            "サインインの内容",
            &[
                ("日時", moment(self.at)),
                ("接続元", self.address.to_owned()),
                ("端末・ブラウザー", self.program.to_owned()),
            ],
        )
        .next(&[
            "ご本人のサインインであれば、何もする必要はありません。",
            "お心当たりがないときは、サインイン中の端末を終了し、パスワードを変更して、下記へご連絡ください。",
        ])
        .link(self.url)
        .finish()
    }
}

/// Facts of a change that guards the account.
#[derive(Debug, Clone, Copy)]
pub struct AccountChanged<'a> {
    /// What changed, such as パスワードの変更.
    pub what: &'a str,
    /// When.
    pub at: DateTime<Utc>,
    /// Where it came from, as an address.
    pub address: &'a str,
    /// The page of one's own account.
    pub url: &'a str,
}

impl AccountChanged<'_> {
    /// Writes the mail.
    pub fn render(&self, head: &Head<'_>) -> Rendered {
        Letter::new(
            Kind::AccountChanged,
            head,
            "アカウントの設定変更のお知らせ",
            "あなたのアカウントのサインインに関わる設定が変更されました。",
        )
        .facts(
            "変更の内容",
            &[("変更", self.what.to_owned()), ("日時", moment(self.at)), ("接続元", self.address.to_owned())],
        )
        .next(&[
            "ご本人の変更であれば、何もする必要はありません。",
            "お心当たりがないときは、すぐにパスワードを再設定し、下記へご連絡ください。",
        ])
        .link(self.url)
        .finish()
    }
}

/// Facts of a mail address that waits to be confirmed.
#[derive(Debug, Clone, Copy)]
pub struct EmailChange<'a> {
    /// When it was asked for.
    pub requested_at: DateTime<Utc>,
    /// The one-time link.
    pub url: &'a str,
    /// When the link ends.
    pub expires_at: DateTime<Utc>,
}

impl EmailChange<'_> {
    /// Writes the mail.
    pub fn render(&self, head: &Head<'_>) -> Rendered {
        Letter::new(
            Kind::EmailChange,
            head,
            "メールアドレス変更の確認",
            "このメールアドレスを、共同調達サービス「結（Yui）」のサインインとお知らせに使う申込みがありました。",
        )
        .facts(
            "申込みの内容",
            &[("申込日時", moment(self.requested_at)), ("リンクの有効期限", moment(self.expires_at))],
        )
        .next(&[
            "下のリンクを開き、「このメールアドレスに変更する」を押してください。押すまでは、何も変わりません。",
            "変更すると、すべての端末のサインインが終わります。新しいメールアドレスでサインインし直してください。",
            "お心当たりがないときは、このメールを破棄してください。",
        ])
        .link(self.url)
        .finish()
    }
}
