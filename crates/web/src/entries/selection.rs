//! The selection: each applicant with an outcome and a reason, shown once more before it is decided and mailed.

use super::{Desk, below, desk};
use crate::errors::Refused;
use crate::fields::{Fields, Kind, Spec};
use crate::form::{Form, Sheet};
use crate::pager::Leaf;
use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::visitor::Visitor;
use actix_web::web::Data;
use app::entries::applications::{ApplicationView, written_applications};
use app::entries::selection::{
    DecisionOutcome, ProposalView, ProposedView, SelectApplicants, propose_selection, select_applicants,
};
use app::{Call, Ctx, Error, FieldCode, Service};
use askama::Template;
use domain::access::Action;
use http_kit::{Id, Problem, json};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;

pub(super) fn pages(pages: &mut Pages<'_>) {
    let path = "/entry-calls/{call_id}/selection";
    pages.get(path, "page_selection", show_form).post(path, "page_select_applicants", select);
}

const DECISIONS: &Spec = &[
    ("decisions/*/application_id", Kind::Text),
    ("decisions/*/outcome", Kind::Text),
    ("decisions/*/reason", Kind::Empty),
];

const OUTCOMES: [(&str, &str); 3] =
    [("selected", "受講決定"), ("waitlisted", "補欠（順番待ち）"), ("declined", "見送り")];

#[derive(Template)]
#[template(path = "entries/selection.html")]
struct SelectionPage {
    shell: Shell,
    desk: Desk,
    sheet: Sheet,
    proposal: ProposalView,
    /// What those on this page wrote, to be judged without leaving the form.
    written: Vec<ApplicationView>,
    /// Whether this is the page that asks once more.
    asks: bool,
    /// Which applicants are shown.
    leaf: Leaf,
    /// What was decided otherwise than proposed for those who are not.
    carried: Vec<(String, String)>,
    /// What the question is about: a decision counts only for this.
    plan: String,
}

impl SelectionPage {
    /// The rows of this page by their numbers in the form: places in the proposed order.
    fn rows(&self) -> Vec<(usize, &ProposedView)> {
        self.leaf.range().filter_map(|at| Some((at, self.proposal.items.get(at)?))).collect()
    }

    /// What an applicant wrote.
    fn written(&self, application_id: &str) -> Option<&ApplicationView> {
        self.written.iter().find(|one| one.id == application_id)
    }

    /// How many were given an outcome.
    fn count(&self, outcome: &str) -> usize {
        let outcomes =
            self.sheet.values.pairs().filter(|(name, value)| name.ends_with("/outcome") && *value == outcome);
        outcomes.count()
    }

    fn outcome(&self, at: &usize) -> &'static str {
        let value = self.sheet.value(&format!("decisions/{at}/outcome"));
        OUTCOMES.iter().find(|(word, _)| *word == value).map_or("未決定", |(_, label)| label)
    }
}

const fn word(outcome: DecisionOutcome) -> &'static str {
    match outcome {
        DecisionOutcome::Selected => "selected",
        DecisionOutcome::Waitlisted => "waitlisted",
        DecisionOutcome::Declined => "declined",
    }
}

/// The three fields of one applicant.
fn names(at: usize) -> [String; 3] {
    ["application_id", "outcome", "reason"].map(|field| format!("decisions/{at}/{field}"))
}

/// Every decision: as typed where the form says something of an applicant, else as the policy proposes.
fn decided(proposal: &ProposalView, typed: &Fields) -> Fields {
    let said: HashMap<&str, usize> = typed
        .rows("decisions")
        .into_iter()
        .map(|at| (typed.get(&format!("decisions/{at}/application_id")), at))
        .collect();
    let mut fields = Fields::default();
    for (at, one) in proposal.items.iter().enumerate() {
        let [id, outcome, reason] = names(at);
        let (outcome_value, reason_value) = match said.get(one.application_id.as_str()) {
            Some(at) => {
                let [_, outcome, reason] = names(*at);
                (typed.get(&outcome).to_owned(), typed.get(&reason).to_owned())
            }
            None => (word(one.outcome).to_owned(), one.reason.clone()),
        };
        fields.push(id, one.application_id.clone());
        fields.push(outcome, outcome_value);
        fields.push(reason, reason_value);
    }
    fields
}

/// What was decided otherwise than proposed, for rows that `elsewhere` names.
fn changed(proposal: &ProposalView, decided: &Fields, elsewhere: impl Fn(usize) -> bool) -> Vec<(String, String)> {
    let fields: Vec<(&str, &str)> = decided.pairs().collect();
    // Three fields each, in the order of the proposal.
    let rows = proposal.items.iter().zip(fields.chunks_exact(3)).enumerate().filter(|(at, _)| elsewhere(*at));
    let differs = |one: &ProposedView, fields: &[(&str, &str)]| match fields {
        [_, (_, outcome), (_, reason)] => *outcome != word(one.outcome) || reason.replace("\r\n", "\n") != one.reason,
        _ => false,
    };
    let changed = rows.filter(|(_, (one, fields))| differs(one, fields)).flat_map(|(_, (_, fields))| fields);
    changed.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// The decisions in one number, so that what was shown is what happens.
fn plan(decided: &Fields) -> String {
    let mut hash = Sha256::new();
    for (name, value) in decided.pairs() {
        hash.update(name);
        hash.update([0]);
        hash.update(value.replace("\r\n", "\n"));
        hash.update([0]);
    }
    app::audit::hex(&hash.finalize())
}

/// How a page is shown: the page that asks once more, or the form; which rows; and why it was refused.
#[derive(Default)]
struct View {
    asks: bool,
    act: String,
    refused: Option<Problem>,
}

async fn page(
    service: &Service,
    visitor: &Visitor,
    id: &str,
    typed: Fields,
    view: View,
) -> Result<SelectionPage, Refused> {
    let id = id.to_owned();
    // Which rows are shown depends on a refusal: its fields are numbered like the proposal.
    let errors = view.refused.as_ref().map(Problem::field_errors).unwrap_or_default();
    let faulty = errors.iter().find_map(|fault| fault.pointer.split('/').nth(2)?.parse().ok());
    let act = view.act.clone();
    let look = move |ctx: &mut Ctx<'_>, call: &Call| {
        let desk = desk(ctx, call, &id)?;
        call.actor.permit(Action::SelectApplicants, &desk.call.consortium_id, Some(&desk.call.member_id))?;
        let proposal = propose_selection(ctx, call, &id)?;
        let rows = proposal.items.len();
        let leaf = match faulty {
            Some(row) => Leaf::with(row, rows),
            None => Leaf::turned(&act, rows).unwrap_or_else(|| Leaf::new(1, rows)),
        };
        let shown = leaf.range().filter_map(|at| proposal.items.get(at));
        let ids: Vec<String> = shown.map(|one| one.application_id.clone()).collect();
        let written = written_applications(ctx, call, &id, &ids)?;
        Ok((desk, proposal, leaf, written))
    };
    let (desk, proposal, leaf, written) = service.read(visitor.call.clone(), look).await?;
    let decided = decided(&proposal, &typed);
    let plan = plan(&decided);
    // On the page that asks there are no fields to carry what was decided on its own rows.
    let carried = changed(&proposal, &decided, |at| view.asks || !leaf.range().contains(&at));
    let sheet = match view.refused {
        Some(problem) => Sheet::refused_open(&decided, problem)?.of(visitor),
        None => Sheet::blank(visitor).with(decided),
    };
    let shell = below(service, visitor, if view.asks { "選考結果の確認" } else { "選考する" }, &desk);
    Ok(SelectionPage { shell, desk, sheet, proposal, written, asks: view.asks, leaf, carried, plan })
}

async fn show_form(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    show::page(&page(&service, &visitor, &id, Fields::default(), View::default()).await?)
}

/// The command; a call nobody applied to is decided with an empty list.
fn command(fields: &Fields) -> Result<SelectApplicants, Problem> {
    let mut value = fields.json(DECISIONS);
    if let Value::Object(object) = &mut value {
        object.entry("decisions").or_insert_with(|| json!([]));
    }
    crate::form::whole(json::form(value)?)
}

/// The form says what it was asked about; what is decided must still be that.
const MOVED: &str = "表示した後に、申込みや順番が変わりました。もう一度確かめてから、決定してください。";

async fn select(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let (act, typed) = (form.fields.get("_act").to_owned(), form.fields.clone());
    let again = async |asks: bool, refused: Option<Problem>| {
        let view = View { asks, act: act.clone(), refused };
        page(&service, &form.visitor, &id, typed.clone(), view).await
    };
    let asked = !form.fields.get("_plan").is_empty();
    if act == "back" || (act.starts_with("page:") && !asked) {
        return show::page(&again(false, None).await?);
    }
    let (call_id, shown, fields) = (id.clone(), form.fields.get("_plan").to_owned(), form.fields.clone());
    let decides = act == "decide";
    let decide = move |ctx: &mut Ctx<'_>, call: &Call| {
        // A form without a plan decides what it says; before the question the rest is as proposed.
        let decisions = if decides && shown.is_empty() {
            fields.clone()
        } else {
            let decided = decided(&propose_selection(ctx, call, &call_id)?, &fields);
            if decides && plan(&decided) != shown {
                return Err(Error::field("/decisions", FieldCode::Refused { sentence: MOVED }));
            }
            decided
        };
        let unread = |_problem| Error::field("/decisions", FieldCode::Refused { sentence: MOVED });
        select_applicants(ctx, call, &call_id, &command(&decisions).map_err(unread)?)?;
        Ok(format!("/entry-calls/{call_id}/applications?done=decided"))
    };
    let read = command(&form.fields);
    let sent = match (read, decides) {
        (Err(problem), _) => Err(problem),
        (Ok(_), true) => form.submit(&service, decide).await.map(Some),
        // What would be refused is said before it is asked.
        (Ok(_), false) => form.rehearse(&service, decide).await.map(|()| None),
    };
    match sent {
        Ok(Some(answer)) => Ok(answer),
        Ok(None) => show::page(&again(true, None).await?),
        Err(problem) => show::again(&again(false, Some(problem)).await?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use app::entries::calls::SelectionPolicy;

    fn proposal(applicants: usize) -> ProposalView {
        let one = |rank: i64| ProposedView {
            rank,
            application_id: format!("a{rank}"),
            applicant_name: String::new(),
            acknowledged: true,
            objected: false,
            seated: false,
            applied_at: chrono::DateTime::UNIX_EPOCH,
            outcome: if rank <= 2 { DecisionOutcome::Selected } else { DecisionOutcome::Waitlisted },
            reason: format!("受付順で{rank}番目です。"),
        };
        let items = (1..).take(applicants).map(one).collect();
        ProposalView { policy: SelectionPolicy::Selection, binding: false, capacity: 2, free_seats: 2, items }
    }

    fn typed(rows: &[(usize, &str, &str, &str)]) -> Fields {
        let mut fields = Fields::default();
        for (at, application, outcome, reason) in rows {
            let [id, outcome_name, reason_name] = names(*at);
            fields.push(id, *application);
            fields.push(outcome_name, *outcome);
            fields.push(reason_name, *reason);
        }
        fields
    }

    #[test]
    fn what_was_typed_stands_and_the_rest_is_as_proposed() {
        let proposal = proposal(4);
        // The order has moved since the form was drawn: the applicant counts, not the row.
        let all = decided(&proposal, &typed(&[(0, "a3", "declined", "見送り"), (7, "gone", "selected", "")]));
        let of = |at: usize| names(at).map(|name| all.get(&name).to_owned());
        assert_eq!(of(0), ["a1", "selected", "受付順で1番目です。"]);
        assert_eq!(of(2), ["a3", "declined", "見送り"]);
        assert_eq!(all.rows("decisions"), [0, 1, 2, 3], "who took it back has no row");
    }

    #[test]
    fn only_what_differs_from_the_proposal_goes_along() {
        let proposal = proposal(4);
        let all = decided(
            &proposal,
            &typed(&[(1, "a2", "selected", "受付順で2番目です。"), (3, "a4", "declined", "理由\r\n二行")]),
        );
        let carried = changed(&proposal, &all, |at| at > 0);
        assert_eq!(carried.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), names(3));
        assert_eq!(changed(&proposal, &all, |at| at < 3), []);
    }

    #[test]
    fn a_plan_is_another_when_anything_is() {
        let proposal = proposal(3);
        let first = plan(&decided(&proposal, &Fields::default()));
        assert_eq!(first, plan(&decided(&proposal, &typed(&[(0, "a1", "selected", "受付順で1番目です。")]))));
        assert_ne!(first, plan(&decided(&proposal, &typed(&[(0, "a1", "selected", "別の理由")]))));
    }
}
