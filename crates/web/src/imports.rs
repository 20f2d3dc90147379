//! Files that come back: download the 様式, upload it, look at what would happen, confirm. One flow for all kinds.

use crate::errors::Refused;
use crate::exports::made;
use crate::files::{self, Format};
use crate::form::{Form, Sheet, Summary};
use crate::pager::{Asked, Pager};
use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::upload;
use crate::visitor::Visitor;
use actix_web::web::Data;
use app::imports::{self as area, Counts, Kind, Outcome, Plan, PlanRow};
use app::{Call, Ctx, Service};
use askama::Template;
use domain::access::Action;
use http_kit::{Id, Problem};

pub(crate) fn pages(pages: &mut Pages<'_>) {
    pages
        .get("/surveys/{survey_id}/import", "page_answers_import", answers)
        .post("/surveys/{survey_id}/import", "page_upload_answers", upload_answers)
        .get("/surveys/{survey_id}/import/template", "page_answers_template", answers_template)
        .get("/members/{member_id}/assignments/import", "page_assignments_import", assignments)
        .post("/members/{member_id}/assignments/import", "page_upload_assignments", upload_assignments)
        .get("/members/{member_id}/assignments/import/template", "page_assignments_template", assignments_template)
        .get("/members/{member_id}/staff/import", "page_people_import", people)
        .post("/members/{member_id}/staff/import", "page_upload_people", upload_people)
        .get("/members/{member_id}/staff/import/template", "page_people_template", people_template)
        .get("/imports/{import_id}", "page_import", plan)
        .post("/imports/{import_id}", "page_confirm_import", confirm)
        .get("/imports/{import_id}/errors", "page_import_errors", errors);
}

/// The outcomes as they are asked for in the address.
const OUTCOMES: [(&str, Outcome); 4] = [
    ("new", Outcome::New),
    ("changed", Outcome::Changed),
    ("unchanged", Outcome::Unchanged),
    ("error", Outcome::Error),
];

/// Nothing is wrong with the row, and nothing comes of it.
fn is_same(row: &PlanRow) -> bool {
    row.errors.is_empty() && row.changes.is_empty()
}

/// 結果 of a row, and the chip it wears.
fn outcome(outcome: &Outcome) -> (&'static str, &'static str) {
    match outcome {
        Outcome::New => ("good", "新規"),
        Outcome::Changed => ("now", "更新"),
        Outcome::Unchanged => ("", "変更なし"),
        Outcome::Error => ("bad", "エラー"),
    }
}

#[derive(Template)]
#[template(path = "imports/start.html")]
struct StartPage {
    shell: Shell,
    sheet: Sheet,
    kind: Kind,
    id: String,
    path: String,
    done: Option<Counts>,
}

/// Where a kind of file is taken.
fn address(kind: Kind, subject_id: &str) -> String {
    match kind {
        Kind::Answers => format!("/surveys/{subject_id}/import"),
        Kind::Assignments => format!("/members/{subject_id}/assignments/import"),
        Kind::People => format!("/members/{subject_id}/staff/import"),
    }
}

async fn start_page(
    service: &Service,
    visitor: &Visitor,
    kind: Kind,
    id: String,
    sheet: Sheet,
) -> Result<StartPage, Refused> {
    let path = address(kind, &id);
    let shell = match kind {
        Kind::Answers => {
            let survey = id.clone();
            let survey = service
                .read(visitor.call.clone(), move |ctx, call| app::demand::get_survey(ctx, call, &survey))
                .await?;
            visitor.permit(Action::EnterAnswers, &survey.consortium_id, None)?;
            Shell::new(service, visitor, "回答の取込み").under(survey.title, format!("/surveys/{id}"))
        }
        Kind::Assignments => {
            let member = id.clone();
            let member = service
                .read(visitor.call.clone(), move |ctx, call| app::consortium::get_member(ctx, call, &member))
                .await?;
            visitor.permit(Action::AssignSeats, &member.consortium_id, Some(&id))?;
            Shell::new(service, visitor, "席の割当ての取込み").under("席の割当て", format!("/members/{id}/assignments"))
        }
        Kind::People => {
            let member = id.clone();
            let member = service
                .read(visitor.call.clone(), move |ctx, call| app::consortium::get_member(ctx, call, &member))
                .await?;
            visitor.permit(Action::ManageLearners, &member.consortium_id, Some(&id))?;
            Shell::new(service, visitor, "ファイルで職員を招待する")
                .under(member.name, format!("/members/{id}"))
                .under("職員", format!("/members/{id}/staff"))
        }
    };
    let count = |name: &str| visitor.query(name).parse::<usize>().ok();
    let done = count("new").zip(count("changed")).zip(count("same")).filter(|_| visitor.led_here);
    let done = done.map(|((new, changed), unchanged)| Counts { new, changed, unchanged, errors: 0 });
    Ok(StartPage { shell, sheet, kind, id, path, done })
}

async fn answers(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    show::page(&start_page(&service, &visitor, Kind::Answers, id, Sheet::blank(&visitor)).await?)
}

async fn assignments(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    show::page(&start_page(&service, &visitor, Kind::Assignments, id, Sheet::blank(&visitor)).await?)
}

async fn people(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    show::page(&start_page(&service, &visitor, Kind::People, id, Sheet::blank(&visitor)).await?)
}

async fn answers_template(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let format = Format::asked(&visitor, Format::Xlsx)?;
    let read = move |ctx: &mut Ctx<'_>, call: &Call| area::answers::get_answers_template(ctx, call, &id);
    let sheet = service.read(visitor.call, read).await?;
    Ok(made(move || files::table(&sheet, format)).await?.answer())
}

async fn assignments_template(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let format = Format::asked(&visitor, Format::Xlsx)?;
    let member = id.clone();
    let read = move |ctx: &mut Ctx<'_>, call: &Call| area::assignments::get_assignments_template(ctx, call, &member);
    let sheet = service.read(visitor.call.clone(), read).await?;
    let count = sheet.rows.len();
    let owner = app::audit::Owner::Member;
    let note = move |ctx: &mut Ctx<'_>, call: &Call| {
        app::audit::record_export(ctx, call, (owner, &id), "page_assignments_template", count)
    };
    service.write(visitor.call, note).await?;
    Ok(made(move || files::table(&sheet, format)).await?.answer())
}

async fn people_template(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let format = Format::asked(&visitor, Format::Xlsx)?;
    let read = move |ctx: &mut Ctx<'_>, call: &Call| area::people::get_people_template(ctx, call, &id);
    let sheet = service.read(visitor.call, read).await?;
    Ok(made(move || files::table(&sheet, format)).await?.answer())
}

/// A file that is kept whole while it is not too large to be refused for its size.
type Upload = upload::Upload<{ documents::LARGEST_FILE }>;

async fn upload_answers(service: Data<Service>, Id(id): Id, upload: Upload) -> Shown {
    take(service, Kind::Answers, id, upload).await
}

async fn upload_assignments(service: Data<Service>, Id(id): Id, upload: Upload) -> Shown {
    take(service, Kind::Assignments, id, upload).await
}

async fn upload_people(service: Data<Service>, Id(id): Id, upload: Upload) -> Shown {
    take(service, Kind::People, id, upload).await
}

async fn take(service: Data<Service>, kind: Kind, id: String, upload: Upload) -> Shown {
    let upload::Upload { form, file_name, content } = upload;
    let refused = |detail: String| {
        let mut sheet = Sheet::blank(&form.visitor);
        sheet.summary = Some(Summary {
            title: "ファイルを取り込めません".to_owned(),
            detail: "ファイルを直し、もう一度選んで送信してください。".to_owned(),
            errors: vec![("file".to_owned(), detail)],
        });
        sheet
    };
    let sheet = match file_name.as_str() {
        "" => refused("ファイルが選ばれていません。記入した様式を選んでください。".to_owned()),
        _ => {
            // Before any parser sees it.
            if let Err(error) = area::look_over(&service, &form.visitor.call, kind, &id, &content).await {
                let sheet = Sheet::refused(&form, error.into())?;
                return show::again(&start_page(&service, &form.visitor, kind, id, sheet).await?);
            }
            let read = move || kind.recognise(&file_name, &content);
            match actix_web::web::block(read).await.map_err(Problem::fault)? {
                Err(reason) => refused(reason),
                Ok(file) => {
                    let subject = id.clone();
                    let keep = move |ctx: &mut Ctx<'_>, call: &Call| {
                        let id = area::keep(ctx, call, kind, &subject, &file)?;
                        Ok(format!("/imports/{id}"))
                    };
                    match form.submit(&service, keep).await {
                        Ok(answer) => return Ok(answer),
                        Err(problem) => Sheet::refused(&form, problem)?,
                    }
                }
            }
        }
    };
    show::again(&start_page(&service, &form.visitor, kind, id, sheet).await?)
}

#[derive(Template)]
#[template(path = "imports/plan.html")]
struct PlanPage {
    shell: Shell,
    sheet: Sheet,
    plan: Plan,
    counts: Counts,
    /// The rows of this page: first those with errors, then those that change something, then the others.
    rows: Vec<PlanRow>,
    pager: Pager,
    /// Only the rows with this outcome, or all.
    only: Option<Outcome>,
    back: String,
}

impl PlanPage {
    fn errors(&self) -> bool {
        self.rows.iter().any(|row| !row.errors.is_empty())
    }

    fn changes(&self) -> bool {
        self.rows.iter().any(|row| !row.changes.is_empty())
    }

    /// Rows that are told neither as errors nor as changes.
    fn same(&self) -> Vec<&PlanRow> {
        self.rows.iter().filter(|row| is_same(row)).collect()
    }

    /// How many rows have each outcome: the word in the address, 結果, and the number.
    fn outcomes(&self) -> [(&'static str, &'static str, usize); 4] {
        OUTCOMES.map(|(word, one)| {
            let number = match one {
                Outcome::New => self.counts.new,
                Outcome::Changed => self.counts.changed,
                Outcome::Unchanged => self.counts.unchanged,
                Outcome::Error => self.counts.errors,
            };
            (word, outcome(&one).1, number)
        })
    }
}

async fn plan_page(service: &Service, visitor: &Visitor, id: String, sheet: Sheet) -> Result<PlanPage, Refused> {
    let plan = service.read(visitor.call.clone(), move |ctx, call| area::get_plan(ctx, call, &id)).await?;
    let back = address(plan.kind, &plan.subject_id);
    let from = start_page(service, visitor, plan.kind, plan.subject_id.clone(), Sheet::default()).await?.shell;
    let shell = from.onward(back.clone(), "取込みの確認").asking();
    let word = visitor.query("outcome");
    let only = OUTCOMES.into_iter().find(|(name, _)| *name == word).map(|(_, outcome)| outcome);
    let asked_for = |row: &&PlanRow| only.is_none_or(|only| row.outcome == only);
    let mut rows: Vec<PlanRow> = plan.rows.iter().filter(asked_for).cloned().collect();
    rows.sort_by_key(|row| (row.errors.is_empty(), is_same(row)));
    let (asked, count) = (Asked::of(visitor), rows.len());
    let cut = asked.part().cut(rows, |row| ("", &row.name));
    let pager = asked.with(cut.found, count);
    Ok(PlanPage { shell, sheet, counts: plan.counts(), rows: cut.items, pager, only, plan, back })
}

async fn plan(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    show::page(&plan_page(&service, &visitor, id, Sheet::blank(&visitor)).await?)
}

async fn errors(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let format = Format::asked(&visitor, Format::Xlsx)?;
    let sheet = service.read(visitor.call, move |ctx, call| area::get_error_file(ctx, call, &id)).await?;
    Ok(made(move || files::table(&sheet, format)).await?.answer())
}

async fn confirm(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let (draft, digest) = (id.clone(), form.fields.get("plan").to_owned());
    let act = move |ctx: &mut Ctx<'_>, call: &Call| {
        let (plan, counts) = area::confirm(ctx, call, &draft, &digest)?;
        let back = address(plan.kind, &plan.subject_id);
        Ok(format!("{back}?new={}&changed={}&same={}", counts.new, counts.changed, counts.unchanged))
    };
    match form.submit(&service, act).await {
        Ok(answer) => Ok(answer),
        Err(problem) => {
            let sheet = Sheet::refused(&form, problem)?;
            show::again(&plan_page(&service, &form.visitor, id, sheet).await?)
        }
    }
}
