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
