//! Consortia for the administrator, and the members of one. The people of a consortium stand in `consortium/people.rs`.

pub(crate) mod people;

use crate::errors::Refused;
use crate::fields::{Kind, Spec};
use crate::form::{Form, Sheet};
use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::visitor::Visitor;
use actix_web::web::Data;
use app::consortium::{
    self as area, AddMember, ChangeMember, ConsortiumView, CreateConsortium, MemberClass, MemberView, RenameConsortium,
};
use app::{Page, Service};
use askama::Template;
use domain::access::{Action, Role};
use http_kit::Id;

pub(crate) fn pages(pages: &mut Pages<'_>) {
    pages
        .get("/consortia", "page_consortia", list)
        .get("/consortia/new", "page_new_consortium", new)
        .post("/consortia/new", "page_create_consortium", create)
        .get("/consortia/{consortium_id}/edit", "page_edit_consortium", edit)
        .post("/consortia/{consortium_id}/edit", "page_rename_consortium", rename)
        .get("/consortia/{consortium_id}/members", "page_members", members)
        .get("/consortia/{consortium_id}/members/new", "page_new_member", new_member)
        .post("/consortia/{consortium_id}/members/new", "page_add_member", add_member)
        .get("/members/{member_id}/edit", "page_edit_member", edit_member)
        .post("/members/{member_id}/edit", "page_change_member", change_member);
    people::pages(pages);
}

const CONSORTIUM: &Spec = &[
    ("name", Kind::Text),
    ("lead/municipality_code", Kind::Text),
    ("lead/name", Kind::Text),
    ("lead/kana", Kind::Text),
    ("lead/kind", Kind::Text),
    ("lead/population", Kind::Number),
    ("lead/member_class", Kind::Text),
    ("lead/joined_on", Kind::Date),
];
const NAME: &Spec = &[("name", Kind::Text)];
const MEMBER: &Spec = &[
    ("municipality_code", Kind::Text),
    ("name", Kind::Text),
    ("kana", Kind::Text),
    ("kind", Kind::Text),
    ("population", Kind::Number),
    ("member_class", Kind::Text),
    ("joined_on", Kind::Date),
];
const CHANGE: &Spec = &[
    ("name", Kind::Text),
    ("kana", Kind::Text),
    ("population", Kind::Number),
    ("member_class", Kind::Text),
    ("left_on", Kind::Date),
];
pub(crate) const KINDS: [(&str, &str); 7] = [
    ("town", "町"),
    ("village", "村"),
    ("city", "市"),
    ("core_city", "中核市"),
    ("designated_city", "指定都市"),
    ("ward", "特別区"),
    ("prefecture", "都道府県"),
];
pub(crate) const CLASSES: [(&str, &str); 2] = [("full", "正会員"), ("associate", "準会員")];

/// A kind of local government in words.
#[must_use]
pub fn kind(word: &str) -> &'static str {
    KINDS.iter().find(|(value, _)| *value == word).map_or("―", |(_, label)| label)
}

pub(crate) fn class(member: &MemberView) -> &'static str {
    match (member.is_lead, member.member_class) {
        (true, _) => "代表団体",
        (false, MemberClass::Full) => "正会員",
        (false, MemberClass::Associate) => "準会員",
    }
}

#[derive(Template)]
#[template(path = "consortium/list.html")]
struct ListPage {
    shell: Shell,
    consortia: Page<ConsortiumView>,
    next: Option<String>,
    creates: bool,
}

async fn list(service: Data<Service>, visitor: Visitor) -> Shown {
    let query = visitor.page(None);
    let consortia =
        service.read(visitor.call.clone(), move |ctx, call| area::list_consortia(ctx, call, &query)).await?;
    let next = visitor.next_page(consortia.next_cursor.as_deref());
    let creates = visitor.is(Role::Admin);
    show::page(&ListPage { shell: Shell::new(&service, &visitor, "団体"), consortia, next, creates })
}

#[derive(Template)]
#[template(path = "consortium/new.html")]
struct NewPage {
    shell: Shell,
    sheet: Sheet,
}

fn new_page(service: &Service, visitor: &Visitor, sheet: Sheet) -> NewPage {
    NewPage { shell: Shell::new(service, visitor, "団体を登録する").under("団体", "/consortia"), sheet }
}

async fn new(service: Data<Service>, visitor: Visitor) -> Shown {
    visitor.call.actor.permit_service(Action::ManageConsortia).map_err(app::Error::from)?;
    let sheet = Sheet::blank(&visitor).set("lead/kind", "prefecture").set("lead/member_class", "full");
    show::page(&new_page(&service, &visitor, sheet))
}

async fn create(service: Data<Service>, form: Form) -> Shown {
    let sent = form
        .send(&service, CONSORTIUM, move |ctx, call, cmd: &CreateConsortium| {
            area::create_consortium(ctx, call, cmd)
                .map(|made| format!("/consortia/{}/people/new?done=created", made.id))
        })
        .await;
    show::answer(&form, sent, async |sheet| Ok(new_page(&service, &form.visitor, sheet))).await
}

#[derive(Template)]
#[template(path = "consortium/edit.html")]
struct EditPage {
    shell: Shell,
    sheet: Sheet,
    id: String,
}

async fn consortium(service: &Service, visitor: &Visitor, id: String) -> Result<ConsortiumView, Refused> {
    visitor.permit(Action::ManageMembers, &id, None)?;
    Ok(service.read(visitor.call.clone(), move |ctx, call| area::get_consortium(ctx, call, &id)).await?)
}

fn edit_page(service: &Service, visitor: &Visitor, id: String, sheet: Sheet) -> EditPage {
    EditPage {
        shell: Shell::new(service, visitor, "団体の名称を直す").under("団体", "/consortia"), sheet, id
    }
}

async fn edit(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let found = consortium(&service, &visitor, id).await?;
    let sheet = Sheet::editing(&visitor, &found, found.version);
    show::page(&edit_page(&service, &visitor, found.id, sheet))
}

async fn rename(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let consortium_id = id.clone();
    let sent = form
        .send(&service, NAME, move |ctx, call, cmd: &RenameConsortium| {
            area::rename_consortium(ctx, call, &consortium_id, cmd)?;
            Ok("/consortia?done=saved".to_owned())
        })
        .await;
    let stale = crate::rounds::is_stale(&sent);
    show::answer(&form, sent, async |sheet| {
        let found = consortium(&service, &form.visitor, id).await?;
        let sheet = if stale { sheet.beside(&found, found.version) } else { sheet };
        Ok(edit_page(&service, &form.visitor, found.id, sheet))
    })
    .await
}

#[derive(Template)]
#[template(path = "consortium/members.html")]
struct MembersPage {
    shell: Shell,
    consortium_id: String,
    members: Page<MemberView>,
    next: Option<String>,
    manages: bool,
    sees_people: bool,
    /// Whether the page of each town may be opened.
    opens: bool,
}

async fn members(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let query = visitor.page(Some(50));
    let consortium_id = id.clone();
    let members =
        service.read(visitor.call.clone(), move |ctx, call| area::list_members(ctx, call, &id, &query)).await?;
    let next = visitor.next_page(members.next_cursor.as_deref());
    let manages = visitor.may(Action::ManageMembers, &consortium_id, None);
    let sees_people = manages || visitor.is(Role::Auditor);
    let opens = matches!(visitor.call.actor.towns(Action::ReadSeats, &consortium_id), Ok(None));
    let shell = Shell::new(&service, &visitor, "参加団体");
    show::page(&MembersPage { opens, shell, consortium_id, members, next, manages, sees_people })
}

#[derive(Template)]
#[template(path = "consortium/member.html")]
struct MemberPage {
    shell: Shell,
    sheet: Sheet,
    action: String,
    back: String,
    /// The member that is changed; none for a new one.
    member: Option<MemberView>,
}

fn new_member_page(service: &Service, visitor: &Visitor, consortium_id: &str, sheet: Sheet) -> MemberPage {
    let back = format!("/consortia/{consortium_id}/members");
    let shell = Shell::new(service, visitor, "参加団体を登録する").under("参加団体", back.clone());
    MemberPage { shell, sheet, action: format!("{back}/new"), back, member: None }
}

async fn new_member(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    visitor.permit(Action::ManageMembers, &id, None)?;
    let sheet = Sheet::blank(&visitor).set("member_class", "full");
    show::page(&new_member_page(&service, &visitor, &id, sheet))
}

async fn add_member(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let consortium_id = id.clone();
    let sent = form
        .send(&service, MEMBER, move |ctx, call, cmd: &AddMember| {
            area::add_member(ctx, call, &consortium_id, cmd)?;
            Ok(format!("/consortia/{consortium_id}/members?done=created"))
        })
        .await;
    show::answer(&form, sent, async |sheet| Ok(new_member_page(&service, &form.visitor, &id, sheet))).await
}

async fn member(service: &Service, visitor: &Visitor, id: String) -> Result<MemberView, Refused> {
    let found = service.read(visitor.call.clone(), move |ctx, call| area::get_member(ctx, call, &id)).await?;
    visitor.permit(Action::ManageMembers, &found.consortium_id, Some(&found.id))?;
    Ok(found)
}

fn edit_member_page(service: &Service, visitor: &Visitor, member: MemberView, sheet: Sheet) -> MemberPage {
    let back = format!("/consortia/{}/members", member.consortium_id);
    let shell =
        Shell::new(service, visitor, format!("{}の登録内容を直す", member.name)).under("参加団体", back.clone());
    MemberPage { shell, sheet, action: format!("/members/{}/edit", member.id), back, member: Some(member) }
}

async fn edit_member(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let found = member(&service, &visitor, id).await?;
    let sheet = Sheet::editing(&visitor, &found, found.version);
    show::page(&edit_member_page(&service, &visitor, found, sheet))
}

async fn change_member(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let member_id = id.clone();
    let sent = form
        .send(&service, CHANGE, move |ctx, call, cmd: &ChangeMember| {
            let changed = area::change_member(ctx, call, &member_id, cmd)?;
            Ok(format!("/consortia/{}/members?done=saved", changed.consortium_id))
        })
        .await;
    let stale = crate::rounds::is_stale(&sent);
    show::answer(&form, sent, async |sheet| {
        let found = member(&service, &form.visitor, id).await?;
        let sheet = if stale { sheet.beside(&found, found.version) } else { sheet };
        Ok(edit_member_page(&service, &form.visitor, found, sheet))
    })
    .await
}
