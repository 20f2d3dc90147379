//! The mails of this area, from rows to facts: to the town's staff, contacts, applicants and supervisors.

use super::policy_of;
use super::selection::DecidedView;
use crate::{Ctx, Error, notify};
use chrono::{DateTime, Utc};
use domain::entries::selection::Policy;
use domain::seats::OFFER_HOURS;
use identity::token::Token;
use mail::templates::{
    AcknowledgementRequested, ApplicationArrived, ApplicationDeclined, ApplicationObjected, ApplicationReceived,
    ApplicationSelected, ApplicationWaiting, EntryCallOpened, Head, Rendered,
};
use store::entries::EntryCall;
use store::entries::applications::Application;
use store::notify::Recipient;
use store::seats::settings::Setting;

/// What stands around the account of a call.
pub(super) fn setting(ctx: &mut Ctx<'_>, account_id: &str) -> Result<Setting, Error> {
    let account_id = account_id.to_owned();
    let found = store::seats::settings::of_accounts(ctx.db, std::slice::from_ref(&account_id))?.pop();
    found.ok_or_else(|| Error::internal("an account without its contract"))
}

/// Tells the town's staff that they may apply.
pub(super) fn call_opened(ctx: &mut Ctx<'_>, row: &EntryCall) -> Result<(), Error> {
    let setting = setting(ctx, &row.account_id)?;
    let policy = match policy_of(row)? {
        Policy::Selection => "申込みの内容と上長の確認による選考",
        Policy::FirstCome => "先着順",
        Policy::Lottery => "抽選（抽選の記録を公開し、誰でも確かめられます）",
    };
    let url = page(ctx, &format!("entry-calls/{}", row.id));
    let staff = store::notify::holders(ctx.db, &row.consortium_id, Some(&row.member_id), "learner")?;
    for person in staff {
        send(ctx, row, &setting, &person, |head| {
            EntryCallOpened {
                call: &row.title,
                product: &setting.product,
                capacity: count(row.capacity),
                due_on: row.closes_on,
                policy,
                url: &url,
            }
            .render(head)
        })?;
    }
    Ok(())
}

/// Confirms an application to its author and tells the town's contacts.
pub(super) fn application_received(ctx: &mut Ctx<'_>, of: &EntryCall, row: &Application) -> Result<(), Error> {
    let setting = setting(ctx, &of.account_id)?;
    let received_at = row.created_at.and_utc();
    let applicant = notify::person(ctx, &row.user_id)?;
    let url = page(ctx, &format!("me/applications/{}", row.id));
    send(ctx, of, &setting, &applicant, |head| {
        ApplicationReceived {
            call: &of.title,
            received_at,
            supervisor: &row.supervisor_name,
            wish: &row.want_to_learn,
            problem: &row.problem_at_work,
            url: &url,
        }
        .render(head)
    })?;
    let standing = store::entries::application_counts(ctx.db, std::slice::from_ref(&of.id))?;
    let applications = count(standing.first().map_or(0, |(_, standing)| *standing));
    let url = page(ctx, &format!("entry-calls/{}/applications", of.id));
    for contact in notify::contacts(ctx, &of.consortium_id, &of.member_id)? {
        send(ctx, of, &setting, &contact, |head| {
            ApplicationArrived {
                call: &of.title,
                applicant: &applicant.name,
                received_at,
                applications,
                capacity: count(of.capacity),
                url: &url,
            }
            .render(head)
        })?;
    }
    Ok(())
}

/// Asks the supervisor; the token stands behind `#`, which no browser sends and no log keeps.
pub(super) fn acknowledgement_requested(
    ctx: &mut Ctx<'_>,
    of: &EntryCall,
    row: &Application,
    token: &Token,
    expires_at: DateTime<Utc>,
) -> Result<(), Error> {
    let setting = setting(ctx, &of.account_id)?;
    let applicant = notify::person(ctx, &row.user_id)?.name;
    let url = page(ctx, &format!("acknowledgements#token={}", token.reveal()));
    let supervisor =
        Recipient { user_id: None, name: row.supervisor_name.clone(), address: row.supervisor_email.clone() };
    send(ctx, of, &setting, &supervisor, |head| {
        AcknowledgementRequested {
            call: &of.title,
            applicant: &applicant,
            wish: &row.want_to_learn,
            problem: &row.problem_at_work,
            url: &url,
            expires_at,
        }
        .render(head)
    })
}

/// Tells the applicant and the town's contacts that the supervisor does not agree, and why.
pub(super) fn application_objected(
    ctx: &mut Ctx<'_>,
    of: &EntryCall,
    row: &Application,
    reason: &str,
) -> Result<(), Error> {
    let setting = setting(ctx, &of.account_id)?;
    let applicant = notify::person(ctx, &row.user_id)?;
    let name = applicant.name.clone();
    let own = page(ctx, &format!("me/applications/{}", row.id));
    let desk = page(ctx, &format!("entry-calls/{}/applications/{}", of.id, row.id));
    let contacts = notify::contacts(ctx, &of.consortium_id, &of.member_id)?;
    let told = std::iter::once((applicant, &own, false)).chain(contacts.into_iter().map(|one| (one, &desk, true)));
    for (person, url, for_contact) in told {
        send(ctx, of, &setting, &person, |head| {
            ApplicationObjected {
                call: &of.title,
                applicant: &name,
                supervisor: &row.supervisor_name,
                reason,
                for_contact,
                url,
            }
            .render(head)
        })?;
    }
    Ok(())
}

/// An application with the reason of its decision, and where it ended.
pub(super) type Told<'a> = ((&'a Application, &'a str), &'a DecidedView);

/// Tells everybody how the selection ended, each only the own result.
pub(super) fn results(ctx: &mut Ctx<'_>, of: &EntryCall, told: &[Told<'_>]) -> Result<(), Error> {
    let setting = setting(ctx, &of.account_id)?;
    let waiting = store::seats::waiting::count(ctx.db, std::slice::from_ref(&of.account_id))?;
    let waiting = count(waiting.first().map_or(0, |(_, waiting)| *waiting));
    for ((row, reason), ended) in told {
        let applicant = notify::person(ctx, &row.user_id)?;
        let (call, reason) = (of.title.as_str(), *reason);
        let url = &page(ctx, &format!("me/applications/{}", row.id));
        send(ctx, of, &setting, &applicant, |head| match (ended.state.as_str(), ended.position) {
            ("waitlisted", place) => {
                let position = count(place.unwrap_or(1));
                // Whoever was offered a free seat at once no longer waits, and was told this place all the same.
                let waiting = waiting.max(position);
                ApplicationWaiting { call, position, waiting, reason, offer_hours: OFFER_HOURS, url }.render(head)
            }
            ("selected", _) => ApplicationSelected { call, reason, url }.render(head),
            _ => ApplicationDeclined { call, reason, url }.render(head),
        })?;
    }
    Ok(())
}

fn page(ctx: &Ctx<'_>, path: &str) -> String {
    format!("{}/{path}", ctx.env.settings.public_url)
}

fn count(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn send(
    ctx: &mut Ctx<'_>,
    of: &EntryCall,
    setting: &Setting,
    to: &Recipient,
    render: impl FnOnce(&Head<'_>) -> Rendered,
) -> Result<(), Error> {
    let contact = ctx.env.settings.help_contact.clone();
    let mail = render(&Head {
        organisation: setting.member.as_deref().unwrap_or_default(),
        name: &to.name,
        consortium: &setting.consortium,
        contact: &contact,
    });
    notify::send(ctx, Some(&of.consortium_id), to, &mail)
}
