//! Writing by template: a worry asks for situation, tries and wishes; a success story for its facts.
//!
//! Before a question is sent, solved ones like it are shown on a page between; what was typed travels
//! along as unseen fields, so nothing is lost with or without JavaScript.

use super::shell;
use crate::errors::Refused;
use crate::fields::{Fields, Kind as Typed, Spec};
use crate::form::{Form, Read, Sheet};
use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::visitor::Visitor;
use actix_web::web::Data;
use app::board::{self as area, CreatePost, EditPost, PostSummary, PostView};
use app::{Call, Code, Ctx, Error, Service};
use askama::Template;
use domain::access::Action;
use domain::board::{Kind, State, tags};
use http_kit::{Id, Problem, json};

pub(crate) fn pages(pages: &mut Pages<'_>) {
    pages
        .get("/consortia/{consortium_id}/posts/new", "page_new_post", new)
        .post("/consortia/{consortium_id}/posts/new", "page_create_post", create)
        .get("/posts/{post_id}/edit", "page_edit_post", edit)
        .post("/posts/{post_id}/edit", "page_send_edited_post", send_edit);
}

const STORY: [(&str, Typed); 7] = [
    ("story/problem", Typed::Empty),
    ("story/approach", Typed::Empty),
    ("story/tools", Typed::Lines),
    ("story/courses/*/title", Typed::Empty),
    ("story/courses/*/url", Typed::Text),
    ("story/effect/hours_saved", Typed::Number),
    ("story/effect/yen_saved", Typed::Number),
];
const POST: [(&str, Typed); 4] =
    [("visibility", Typed::Text), ("title", Typed::Empty), ("body", Typed::Empty), ("tags", Typed::Lines)];
const NEW: [(&str, Typed); 2] = [("kind", Typed::Text), ("as_draft", Typed::Flag)];

/// The headings under which the parts of a question become its text.
const PARTS: [(&str, &str); 3] = [("situation", "いまの状況"), ("tried", "試したこと"), ("wanted", "知りたいこと")];

/// The fields of a post of this kind.
fn spec(kind: Kind, new: bool) -> Vec<(&'static str, Typed)> {
    let mut spec = POST.to_vec();
    if kind == Kind::SuccessStory {
        spec.extend(STORY);
    }
    if new {
        spec.extend(NEW);
    }
    spec
}

/// The command of what was typed: parts become one text, tags and tools may stand on one line. A tool may be called `C#`.
fn read<T: serde::de::DeserializeOwned>(typed: &Fields, spec: &Spec) -> Result<Read<T>, Problem> {
    let mut fields = typed.clone();
    fields.set("tags", tags(typed.get("tags")).join("\n"));
    fields.set("story/tools", typed.get("story/tools").replace(['、', ',', '，'], "\n"));
    if PARTS.iter().any(|(name, _)| typed.all(name).next().is_some()) {
        fields.set("body", joined(typed));
    }
    json::form(fields.json(spec))
}

/// The parts of a question as one text.
fn joined(typed: &Fields) -> String {
    let part = |(name, heading): &(&str, &str)| {
        let text = typed.get(name).trim();
        (!text.is_empty()).then(|| format!("## {heading}\n\n{text}\n"))
    };
    PARTS.iter().filter_map(part).collect::<Vec<_>>().join("\n")
}

/// The parts of which a text was made; none for one that was written otherwise.
fn parted(body: &str) -> Option<Fields> {
    let mut parts = Fields::default();
    let mut rest = body;
    for (name, heading) in PARTS.iter().rev() {
        let (before, text) = rest.rsplit_once(&format!("## {heading}\n\n")).unwrap_or((rest, ""));
        parts.set(name, text.trim());
        rest = before;
    }
    (!body.trim().is_empty() && joined(&parts).trim() == body.trim()).then_some(parts)
}

#[derive(Template)]
#[template(path = "board/write.html")]
struct WritePage {
    shell: Shell,
    sheet: Sheet,
    action: String,
    kind: Kind,
    is_new: bool,
    /// What an edit means for readers.
    state: Option<State>,
}

impl WritePage {
    fn is_story(&self) -> bool {
        self.kind == Kind::SuccessStory
    }

    /// A question is asked for in parts, and edited in them unless its text was written otherwise.
    fn in_parts(&self) -> bool {
        let has = |(name, _): &(&str, &str)| self.sheet.values.all(name).next().is_some();
        self.kind.is_question() && (self.is_new || PARTS.iter().any(has))
    }
}

fn new_page(service: &Service, visitor: &Visitor, consortium_id: &str, kind: Kind, sheet: Sheet) -> WritePage {
    let title = match kind {
        Kind::Worry => "悩みを書く",
        Kind::Consultation => "相談する",
        Kind::Knowhow => "ノウハウを書く",
        Kind::SuccessStory => "成功事例を書く",
    };
    WritePage {
        shell: shell(service, visitor, consortium_id, title),
        sheet,
        action: format!("/consortia/{consortium_id}/posts/new"),
        kind,
        is_new: true,
        state: None,
    }
}

async fn new(service: Data<Service>, visitor: Visitor, Id(consortium_id): Id) -> Shown {
    visitor.permit(Action::WriteBoard, &consortium_id, None)?;
    let kind = Kind::parse(&visitor.query("kind")).unwrap_or(Kind::Worry);
    let mut known = Fields::default();
    known.set("visibility", "consortium");
    let sheet = Sheet::blank(&visitor).with(known);
    show::page(&new_page(&service, &visitor, &consortium_id, kind, sheet))
}

#[derive(Template)]
#[template(path = "board/similar.html")]
struct SimilarPage {
    shell: Shell,
    sheet: Sheet,
    consortium_id: String,
    similar: Vec<PostSummary>,
}

impl SimilarPage {
    /// Everything typed, to be sent again.
    fn typed(&self) -> impl Iterator<Item = (&str, &str)> {
        self.sheet.values.pairs().filter(|(name, _)| !name.starts_with('_') && *name != "step")
    }
}

async fn create(service: Data<Service>, Id(consortium_id): Id, form: Form) -> Shown {
    let visitor = &form.visitor;
    let kind = Kind::parse(form.fields.get("kind")).unwrap_or(Kind::Worry);
    let blank = || Sheet::blank(visitor).with(form.fields.clone());
    if form.fields.get("step") == "back" {
        return show::page(&new_page(&service, visitor, &consortium_id, kind, blank()));
    }
    let (cmd, refused) = match read::<CreatePost>(&form.fields, &spec(kind, true)) {
        Ok(read) => read,
        Err(problem) => {
            let sheet = Sheet::refused(&form, problem)?;
            return show::again(&new_page(&service, visitor, &consortium_id, kind, sheet));
        }
    };
    if refused.is_empty() && kind.is_question() && !cmd.as_draft && form.fields.get("step") != "send" {
        let (asked, id) = (cmd.clone(), consortium_id.clone());
        let checked = move |ctx: &mut Ctx<'_>, call: &Call| area::check_post(ctx, call, &id, &asked);
        match service.read(visitor.call.clone(), checked).await {
            Ok(similar) if similar.items.is_empty() => {}
            Ok(similar) => {
                return show::page(&SimilarPage {
                    shell: shell(&service, visitor, &consortium_id, "似た投稿があります"),
                    sheet: blank(),
                    consortium_id,
                    similar: similar.items,
                });
            }
            Err(error) => {
                let sheet = Sheet::refused(&form, error.into())?;
                return show::again(&new_page(&service, visitor, &consortium_id, kind, sheet));
            }
        }
    }
    let id = consortium_id.clone();
    let act = move |ctx: &mut Ctx<'_>, call: &Call, cmd: &CreatePost| {
        area::create_post(ctx, call, &id, cmd).map(|post| written(&post, "posted"))
    };
    match form.run(&service, (cmd, refused), act).await {
        Ok(answer) => Ok(answer),
        Err(problem) => {
            let sheet = Sheet::refused(&form, problem)?;
            show::again(&new_page(&service, visitor, &consortium_id, kind, sheet))
        }
    }
}

/// Where to go after a post was written; `done` says what happened to a published one.
fn written(post: &PostView, done: &str) -> String {
    let done = match post.state {
        State::Draft => "draft",
        State::InReview => "review",
        State::Published | State::Hidden => done,
    };
    format!("/posts/{}?done={done}", post.id)
}

/// The fields of a stored post as its form has them.
fn typed(post: &PostView) -> Fields {
    let mut fields = Fields::of(post);
    fields.set("tags", post.tags.join("、"));
    if post.kind.is_question()
        && let Some(parts) = parted(&post.body)
    {
        parts.pairs().for_each(|(name, text)| fields.set(name, text));
    }
    if let Some(story) = &post.story {
        fields.set("story/tools", story.tools.join("、"));
    }
    fields
}

fn edit_page(service: &Service, visitor: &Visitor, post: &PostView, sheet: Sheet) -> WritePage {
    let shell = shell(service, visitor, &post.consortium_id, "投稿を編集する")
        .under(post.title.clone(), format!("/posts/{}", post.id));
    let action = format!("/posts/{}/edit", post.id);
    WritePage { shell, sheet, action, kind: post.kind, is_new: false, state: Some(post.state) }
}

async fn own(service: &Service, visitor: &Visitor, id: String) -> Result<PostView, Refused> {
    let post = service.read(visitor.call.clone(), move |ctx, call| area::get_post(ctx, call, &id)).await?;
    visitor.permit(Action::WriteBoard, &post.consortium_id, Some(&post.member_id))?;
    if post.is_mine { Ok(post) } else { Err(Error::Forbidden.into()) }
}

async fn edit(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let post = own(&service, &visitor, id).await?;
    let sheet = Sheet::editing(&visitor, &post, post.version).with(typed(&post));
    show::page(&edit_page(&service, &visitor, &post, sheet))
}

async fn send_edit(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let post = own(&service, &form.visitor, id.clone()).await?;
    let sent = match read::<EditPost>(&form.fields, &spec(post.kind, false)) {
        Ok(read) => {
            let act = move |ctx: &mut Ctx<'_>, call: &Call, cmd: &EditPost| {
                area::edit_post(ctx, call, &id, cmd).map(|post| written(&post, "saved"))
            };
            form.run(&service, read, act).await
        }
        Err(problem) => Err(problem),
    };
    match sent {
        Ok(answer) => Ok(answer),
        Err(problem) => {
            let stale = problem.code() == Code::Stale.as_str();
            let sheet = Sheet::refused(&form, problem)?;
            let sheet = if stale { sheet.beside_fields(typed(&post), post.version) } else { sheet };
            show::again(&edit_page(&service, &form.visitor, &post, sheet))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_edited_in_the_parts_it_was_asked_in() {
        let mut asked = Fields::default();
        for (name, text) in [("situation", "転記に1時間。\n毎日です。"), ("wanted", "- 手順\n- 道具")] {
            asked.set(name, text);
        }
        let parts = parted(&joined(&asked)).unwrap();
        for (name, text) in [("situation", "転記に1時間。\n毎日です。"), ("tried", ""), ("wanted", "- 手順\n- 道具")]
        {
            assert_eq!(parts.get(name), text);
        }
        for other in ["", "ただの本文", "はじめに\n\n## いまの状況\n\n困っている\n"] {
            assert!(parted(other).is_none(), "{other}");
        }
    }
}
