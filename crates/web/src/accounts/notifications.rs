//! お知らせメールの設定: which kinds of mail one gets. What guards an account is always sent.

use crate::errors::Refused;
use crate::form::{Form, Sheet};
use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::visitor::Visitor;
use actix_web::web::Data;
use app::Service;
use app::notify::preferences::{
    PreferenceView, PreferencesView, SetPreferences, Wish, get_notification_preferences, set_notification_preferences,
};
use askama::Template;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/me/notifications", "page_notification_preferences", one).post(
        "/me/notifications",
        "page_set_notification_preferences",
        set,
    );
}

/// A kind of mail in words.
pub(crate) fn kind(word: &str) -> &'static str {
    match word {
        "invite" => "招待・役割の追加",
        "password_reset" => "パスワードの再設定",
        "refresh_token_reused" => "不正利用の可能性",
        "new_device" => "新しい端末からのサインイン",
        "account_changed" => "パスワード・2段階認証・メールアドレスの変更",
        "email_change" => "新しいメールアドレスの確認",
        "daily_digest" => "1日のお知らせのまとめ",
        "survey_opened" => "意向調査の開始",
        "survey_reminder" => "意向調査の督促",
        "survey_answer_returned" => "回答の差戻し",
        "estimate_notice" => "試算の確定（負担見込額）",
        "contract_made" => "契約の締結",
        "allocation_published" => "席の配分の決定",
        "entry_call_opened" => "受講者の募集",
        "application_received" => "応募の受付",
        "application_arrived" => "応募の到着（担当者あて）",
        "acknowledgement_requested" => "上長への確認依頼",
        "application_objected" => "上長の不同意（差戻し）",
        "application_selected" => "受講の決定",
        "application_waiting" => "補欠のお知らせ",
        "application_declined" => "選考結果（見送り）",
        "seat_assigned" => "席の割当て",
        "seat_returned" => "席の返却",
        "offer_made" => "空席のご案内",
        "offer_expired" => "空席のご案内の期限切れ",
        "seat_request_submitted" => "追加配分の申請の到着",
        "seat_request_granted" => "追加配分の承認",
        "seat_request_declined" => "追加配分の見送り",
        "seat_request_returned" => "追加配分の申請の差戻し",
        "post_commented" => "自分の投稿へのコメント",
        "comment_replied" => "自分のコメントへの返信",
        "post_resolved" => "参加した相談の解決",
        "post_reviewed" => "投稿の確認結果",
        _ => "そのほかのお知らせ",
    }
}

/// The three ways of a kind: value, words, whether it is the present one.
fn ways(preference: &PreferenceView) -> [(&'static str, &'static str, bool); 3] {
    let (mail, digest) = (preference.mail, preference.digest);
    [
        ("mail", "その都度", mail),
        ("digest", "1日1回まとめて", !mail && digest),
        ("none", "受け取らない", !mail && !digest),
    ]
}

#[derive(Template)]
#[template(path = "accounts/notifications.html")]
struct OnePage {
    shell: Shell,
    sheet: Sheet,
    preferences: PreferencesView,
}

async fn one_page(service: &Service, visitor: &Visitor, sheet: Sheet) -> Result<OnePage, Refused> {
    let preferences = service.read(visitor.call.clone(), get_notification_preferences).await?;
    let shell = Shell::new(service, visitor, "お知らせメールの設定").under("マイアカウント", "/me");
    Ok(OnePage { shell, sheet, preferences })
}

async fn one(service: Data<Service>, visitor: Visitor) -> Shown {
    show::page(&one_page(&service, &visitor, Sheet::blank(&visitor)).await?)
}

async fn set(service: Data<Service>, form: Form) -> Shown {
    let fields = form.fields.clone();
    let act = move |ctx: &mut app::Ctx<'_>, call: &app::Call| {
        let kinds = get_notification_preferences(ctx, call)?.items;
        let declinable = kinds.into_iter().filter(|preference| preference.may_be_declined);
        // What is not named is declined.
        let wish = |kind: &str| {
            let how = fields.get(&format!("wish-{kind}"));
            Wish { kind: kind.to_owned(), mail: how == "mail", digest: how == "digest" }
        };
        let cmd = SetPreferences { items: declinable.map(|preference| wish(preference.kind)).collect() };
        set_notification_preferences(ctx, call, &cmd).map(|_| "/me/notifications?done=saved".to_owned())
    };
    match form.submit(&service, act).await {
        Ok(answer) => Ok(answer),
        Err(problem) => {
            let sheet = Sheet::refused(&form, problem)?;
            show::again(&one_page(&service, &form.visitor, sheet).await?)
        }
    }
}
