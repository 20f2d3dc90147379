//! Which kinds of mail somebody wants. What guards an account, carries a one-time link or is lost when
//! nobody reads it cannot be declined.

use crate::audit::Entry;
use crate::input::Checker;
use crate::service::Call;
use crate::{Ctx, Error, FieldCode};
use mail::Kind;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

/// A wish about one kind of mail.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    /// The kind, as the list names it.
    #[schema(example = "post_commented")]
    pub kind: String,
    /// Whether it is to be sent by itself.
    #[schema(example = false)]
    pub mail: bool,
    /// Whether it is to come once a day, in one mail with others; only without `mail`.
    #[serde(default)]
    #[schema(example = true)]
    pub digest: bool,
}

/// All wishes; kinds that are not named are sent.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetPreferences {
    /// Each kind at most once.
    pub items: Vec<Wish>,
}

/// One kind of mail and whether the caller gets it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PreferenceView {
    /// The kind.
    #[schema(example = "post_commented")]
    pub kind: &'static str,
    /// Whether it is sent by itself.
    pub mail: bool,
    /// Whether it comes once a day, in one mail with others.
    pub digest: bool,
    /// Whether it may be declined.
    pub may_be_declined: bool,
}

/// Every kind of mail, in the order of the fiscal year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PreferencesView {
    /// The kinds.
    pub items: Vec<PreferenceView>,
}

/// The caller's wishes.
///
/// # Errors
/// When the database refuses.
pub fn get_notification_preferences(ctx: &mut Ctx<'_>, call: &Call) -> Result<PreferencesView, Error> {
    let said = store::notify::log::preferences(ctx.db, &call.actor.user_id)?;
    let view = |kind: Kind| {
        let may_be_declined = kind.may_be_declined();
        let said = said.get(kind.name()).filter(|_| may_be_declined);
        let (mail, digest) = said.map_or((true, false), |said| (said.mail, said.digest));
        PreferenceView { kind: kind.name(), mail, digest, may_be_declined }
    };
    // The daily mail itself is what the wishes make of it.
    let kinds = Kind::ALL.into_iter().filter(|kind| *kind != Kind::DailyDigest);
    Ok(PreferencesView { items: kinds.map(view).collect() })
}

/// Replaces the caller's wishes.
///
/// # Errors
/// Kinds that do not exist, are named twice, or may not be declined.
pub fn set_notification_preferences(
    ctx: &mut Ctx<'_>,
    call: &Call,
    cmd: &SetPreferences,
) -> Result<PreferencesView, Error> {
    let declined = check(cmd)?;
    store::notify::log::set_preferences(ctx.db, &call.actor.user_id, &declined, ctx.stamp())?;
    ctx.record(
        Entry::done(&call.actor, None, "notification_preferences.changed", "user", &call.actor.user_id).details(
            json!({
                "declined": declined.iter().filter(|(_, digest)| !digest).map(|(kind, _)| *kind).collect::<Vec<_>>(),
                "daily": declined.iter().filter(|(_, digest)| *digest).map(|(kind, _)| *kind).collect::<Vec<_>>(),
            }),
        ),
    );
    get_notification_preferences(ctx, call)
}

/// The kinds that are not sent by themselves, and whether they come once a day.
fn check(cmd: &SetPreferences) -> Result<Vec<(&'static str, bool)>, Error> {
    let mut check = Checker::new();
    check.ensure(cmd.items.len() <= Kind::ALL.len(), "/items", FieldCode::TooMany { max: Kind::ALL.len() });
    let (mut named, mut declined) = (Vec::new(), Vec::new());
    for (number, wish) in cmd.items.iter().take(Kind::ALL.len()).enumerate() {
        let pointer = format!("/items/{number}/kind");
        let Some(kind) = Kind::from_name(&wish.kind) else {
            check.fault(pointer, FieldCode::NoSuchThing);
            continue;
        };
        check.ensure(!named.contains(&kind), &pointer, FieldCode::Duplicate);
        named.push(kind);
        check.ensure(
            !(wish.mail && wish.digest),
            &format!("/items/{number}/digest"),
            FieldCode::Refused {
                sentence: "その都度のメールと1日1回のまとめは、どちらか一方を選んでください。"
            },
        );
        if wish.mail {
            continue;
        }
        check.ensure(
            kind.may_be_declined(),
            &pointer,
            FieldCode::Refused {
                sentence: "この種類のメールは、受け取らない設定にできません。"
            },
        );
        declined.push((kind.name(), wish.digest));
    }
    check.finish()?;
    Ok(declined)
}
