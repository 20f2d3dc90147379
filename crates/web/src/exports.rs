//! Every list as a file: one table of exports, each with the use case behind its page, read to the end.
//!
//! *Guards:* who may not see a list gets no file of it — the use case decides; a file with personal data leaves an audit
//! entry before it leaves the house. The files are データ: header in row 1, numbers as numbers, codes explained.

mod lists;
mod people;
mod plans;

use crate::fields::Fields;
use crate::files::{self, Format, Made};
use crate::pages::Pages;
use crate::show::Shown;
use crate::visitor::Visitor;
use actix_web::web::Data;
use app::audit::{Owner, record_export};
use app::seats::platform;
use app::{Call, Ctx, Error, Service};
use documents::{Cell, Column, Sheet, csv, workbook};
use domain::access::Role;
use http_kit::{Id, Ids, Problem};

/// What is asked for: the id of the path and the filters of the page.
pub(crate) struct Asked {
    id: String,
    query: Fields,
}

impl Asked {
    fn some(&self, name: &str) -> Option<String> {
        Some(self.query.get(name).to_owned()).filter(|value| !value.is_empty())
    }
}

impl Asked {
    /// The order and the filters of the page.
    fn page(&self) -> app::PageQuery {
        let filters = crate::lists::filters(&self.query);
        app::PageQuery { sort: self.some("sort"), filters, ..app::PageQuery::default() }
    }
}

type Rows = Result<Vec<Vec<Cell>>, Error>;

/// A list that can be had as a file.
pub(crate) struct Export {
    path: &'static str,
    operation: &'static str,
    title: &'static str,
    /// Whose personal data it holds.
    personal: Option<Owner>,
    columns: &'static [Column],
    rows: fn(&mut Ctx<'_>, &Call, &Asked) -> Rows,
}

pub(crate) fn pages(pages: &mut Pages<'_>) {
    for export in all() {
        if export.path.contains('{') {
            pages.get(export.path, export.operation, move |service: Data<Service>, visitor: Visitor, Id(id): Id| {
                give(service, visitor, id, export)
            });
        } else {
            pages.get(export.path, export.operation, move |service: Data<Service>, visitor: Visitor| {
                give(service, visitor, String::new(), export)
            });
        }
    }
    pages
        .get("/scenarios/{scenario_id}/workbook.xlsx", "page_scenario_workbook", scenario_workbook)
        .get("/contracts/{contract_id}/shares/{member_id}/workbook.xlsx", "page_share_workbook", share_workbook)
        .get("/members/{member_id}/assignments/platform.csv", "page_platform_users", platform_users);
}

/// Every export.
fn all() -> impl Iterator<Item = &'static Export> {
    [lists::EXPORTS, plans::EXPORTS, people::EXPORTS].into_iter().flatten()
}

/// Files whose list stands on a page of another address than theirs without `/export`.
const SHOWN_ON: [(&str, &str); 9] = [
    ("/surveys/{survey_id}/answers/export", "/surveys/{survey_id}"),
    ("/scenarios/{scenario_id}/members/export", "/scenarios/{scenario_id}"),
    ("/rounds/{round_id}/members/export", "/rounds/{round_id}"),
    ("/contracts/{contract_id}/amendments/export", "/contracts/{contract_id}"),
    ("/contracts/{contract_id}/shares/export", "/contracts/{contract_id}"),
    ("/contracts/{contract_id}/allocation/export", "/contracts/{contract_id}"),
    ("/contracts/{contract_id}/seat-requests/export", "/contracts/{contract_id}"),
    ("/contracts/{contract_id}/seat-accounts/export", "/contracts/{contract_id}/seats"),
    ("/contracts/{contract_id}/seat-transfers/export", "/contracts/{contract_id}/seats"),
];

/// The files of the lists on a page, with the filters of the page: title and address.
pub(crate) fn of_page(visitor: &Visitor) -> Vec<(&'static str, String)> {
    let everything = visitor.is(Role::Lead) || visitor.is(Role::Auditor);
    let offered = all().filter(|export| everything || !export.path.starts_with("/contracts/"));
    let href = |export: &Export| {
        let page = SHOWN_ON.iter().find(|(path, _)| *path == export.path).map(|(_, page)| *page);
        let page = page.or_else(|| export.path.strip_suffix("/export"))?;
        let id = if page.contains('{') { id_of(page, visitor.path())? } else { page_itself(page, visitor)? };
        let path: String = export
            .path
            .split('/')
            .skip(1)
            .map(|part| format!("/{}", if part.starts_with('{') { id } else { part }))
            .collect();
        Some((export.title, format!("{path}?{}", visitor.filters())))
    };
    offered.filter_map(href).collect()
}

/// Whether an address of ours is a file of a list, and no page.
pub(crate) fn is_file(address: &str) -> bool {
    let path = address.split('?').next().unwrap_or_default();
    ["/export", ".csv", ".xlsx"].iter().any(|ending| path.ends_with(ending))
}

/// The page of the list that a file was asked for on; the home page where no address tells it.
pub(crate) fn list_of(file: &str, town: Option<&str>) -> String {
    let path = file.split('?').next().unwrap_or_default();
    let shown = SHOWN_ON.iter().find_map(|(export, page)| Some(page.replacen(braces(page)?, id_of(export, path)?, 1)));
    let seats = || Some(format!("/members/{}/assignments", town?)).filter(|_| path.starts_with("/seat-accounts/"));
    let above = path.strip_suffix("/export").or_else(|| path.strip_suffix("/platform.csv"));
    let page = || above.filter(|path| is_page(path)).map(str::to_owned);
    shown.or_else(seats).or_else(page).unwrap_or_else(|| "/".to_owned())
}

/// The place for an id in a pattern.
fn braces(pattern: &str) -> Option<&str> {
    pattern.split('/').find(|part| part.starts_with('{'))
}

fn is_page(path: &str) -> bool {
    crate::route_table()
        .iter()
        .any(|route| route.method == "GET" && (route.pattern == path || id_of(&route.pattern, path).is_some()))
}

/// A page without an id in its address, when it is the one asked for.
fn page_itself(page: &str, visitor: &Visitor) -> Option<&'static str> {
    (page == visitor.path()).then_some("")
}

/// The id in an address of this pattern.
fn id_of<'a>(pattern: &str, path: &'a str) -> Option<&'a str> {
    let mut id = None;
    let (mut wanted, mut found) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), found.next()) {
            (None, None) => return id,
            (Some(place), Some(part)) if place.starts_with('{') => id = Some(part),
            (Some(word), Some(part)) if word == part => {}
            _ => return None,
        }
    }
}

async fn give(service: Data<Service>, visitor: Visitor, id: String, export: &'static Export) -> Shown {
    let format = Format::asked(&visitor, Format::Csv)?;
    let query = Fields::parse(visitor.uri.split_once('?').map_or("", |(_, query)| query).as_bytes());
    let asked = Asked { id: id.clone(), query };
    let rows = service.read(visitor.call.clone(), move |ctx, call| (export.rows)(ctx, call, &asked)).await?;
    if let Some(owner) = export.personal {
        // S16: names leave the house only by somebody who just proved to be there.
        visitor.stepped_up(&service, &visitor.uri)?;
        let (count, what) = (rows.len(), export.operation);
        service.write(visitor.call, move |ctx, call| record_export(ctx, call, (owner, &id), what, count)).await?;
    }
    let sheet = Sheet { title: export.title.to_owned(), columns: export.columns.to_vec(), rows };
    Ok(made(move || files::table(&sheet, format)).await?.answer())
}

/// Makes a file off the threads that answer everybody: a large one takes its time.
pub(crate) async fn made(make: impl FnOnce() -> Result<Made, Problem> + Send + 'static) -> Result<Made, Problem> {
    actix_web::web::block(make).await.map_err(Problem::fault)?
}

async fn scenario_workbook(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let call = visitor.call;
    let calculation =
        service.read(call, move |ctx, call| app::scenarios::workbook::get_scenario_workbook(ctx, call, &id)).await?;
    Ok(made(move || calculation_file(&calculation)).await?.answer())
}

async fn share_workbook(service: Data<Service>, visitor: Visitor, Ids([contract, member]): Ids<2>) -> Shown {
    let read = move |ctx: &mut Ctx<'_>, call: &Call| {
        app::scenarios::workbook::get_share_workbook(ctx, call, &contract, &member)
    };
    let calculation = service.read(visitor.call, read).await?;
    Ok(made(move || calculation_file(&calculation)).await?.answer())
}

fn calculation_file(calculation: &workbook::Calculation) -> Result<Made, Problem> {
    Ok(Made::workbook(&calculation.title, workbook::write(calculation).map_err(files::refused)?))
}

/// Bytes that the platform takes in one file.
const PLATFORM_BYTES: usize = 1_000_000;

async fn platform_users(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let member = id.clone();
    let records =
        service.read(visitor.call.clone(), move |ctx, call| platform::list_platform_users(ctx, call, &member)).await?;
    visitor.stepped_up(&service, &visitor.uri)?;
    let count = records.len();
    let parts = platform_parts(&records)?;
    let wanted = visitor.query_some("part").map_or(Some(1), |part| part.parse::<usize>().ok()).unwrap_or(0);
    let bytes = wanted.checked_sub(1).and_then(|at| parts.get(at)).cloned().ok_or(Error::NotFound)?;
    service
        .write(visitor.call, move |ctx, call| {
            record_export(ctx, call, (Owner::Member, &id), "page_platform_users", count)
        })
        .await?;
    let name = if parts.len() == 1 { "users.csv".to_owned() } else { format!("users-{wanted}of{}.csv", parts.len()) };
    Ok(Made { name, kind: "text/csv; charset=utf-8", bytes }.answer())
}

/// Files of the platform's size, each with the header.
fn platform_parts(records: &[Vec<String>]) -> Result<Vec<Vec<u8>>, Problem> {
    let header = csv::plain(&[platform::HEADER.map(str::to_owned).to_vec()]).map_err(files::refused)?;
    let mut parts = vec![header.clone()];
    for record in records {
        let line = csv::plain(std::slice::from_ref(record)).map_err(files::refused)?;
        if parts.last().is_some_and(|part| part.len().saturating_add(line.len()) > PLATFORM_BYTES) {
            parts.push(header.clone());
        }
        if let Some(part) = parts.last_mut() {
            part.extend_from_slice(&line);
        }
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_knows_the_page_of_its_list() {
        for (file, page) in [
            ("/members/7/staff/export?format=xlsx", "/members/7/staff"),
            ("/members/7/assignments/platform.csv", "/members/7/assignments"),
            ("/seat-accounts/1/assignments/export?show=now", "/members/7/assignments"),
            ("/surveys/3/answers/export", "/surveys/3"),
            ("/contracts/3/shares/4/workbook.xlsx", "/"),
        ] {
            assert!(is_file(file), "{file}");
            assert_eq!(list_of(file, Some("7")), page, "{file}");
        }
        assert!(!is_file("/members/7/staff?name=a.csv") && list_of("/seat-accounts/1/assignments/export", None) == "/");
    }

    #[test]
    fn the_platforms_file_is_cut_before_it_is_too_large() {
        let record =
            |n: usize| vec![format!("staff{n:06}@town.example.jp"), "user".into(), "架空町".into(), String::new()];
        let records: Vec<Vec<String>> = (0..40_000).map(record).collect();
        let parts = platform_parts(&records).unwrap();
        assert!(parts.len() > 1 && parts.iter().all(|part| part.len() <= PLATFORM_BYTES));
        assert!(parts.iter().all(|part| part.starts_with(b"email,role,groups,group admin for\n")));
        let lines: usize = parts.iter().map(|part| part.iter().filter(|byte| **byte == b'\n').count() - 1).sum();
        assert_eq!(lines, 40_000, "nobody is lost between the parts");
    }
}
