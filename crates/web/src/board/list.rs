//! The list of posts: kinds, tags, towns, states, words of two characters and more, in three orders.

use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::towns::Towns;
use crate::visitor::Visitor;
use actix_web::web::Data;
use app::board::{self as area, PostQuery, PostSummary, Sort};
use app::{Call, Ctx, Page, Service};
use askama::Template;
use domain::access::Action;
use domain::board::{Kind, State};
use http_kit::Id;

pub(crate) fn pages(pages: &mut Pages<'_>) {
    pages.get("/consortia/{consortium_id}/posts", "page_posts", list);
}

/// What was asked for, as it stands in the address.
struct Asked {
    q: String,
    kind: String,
    tag: String,
    town: String,
    state: String,
    resolved: String,
    sort: String,
}

impl Asked {
    fn of(visitor: &Visitor) -> Self {
        let text = |name: &str| visitor.query(name).trim().to_owned();
        Self {
            q: text("q"),
            kind: text("kind"),
            tag: text("tag"),
            town: text("town"),
            state: text("state"),
            resolved: text("resolved"),
            sort: text("sort"),
        }
    }

    fn query(&self, cursor: Option<String>) -> PostQuery {
        let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        PostQuery {
            kind: Kind::parse(&self.kind),
            tag: some(&self.tag),
            member_id: some(&self.town),
            state: State::parse(&self.state),
            resolved: match self.resolved.as_str() {
                "yes" => Some(true),
                "no" => Some(false),
                _ => None,
            },
            q: some(&self.q),
            sort: match self.sort.as_str() {
                "newest" => Some(Sort::Newest),
                "helpful" => Some(Sort::Helpful),
                "relevance" if !self.q.is_empty() => Some(Sort::Relevance),
                _ => None,
            },
            limit: None,
            cursor,
        }
    }

    /// Whether one of the conditions is set that are folded away at first.
    fn narrows(&self) -> bool {
        [&self.tag, &self.town, &self.state, &self.resolved].iter().any(|text| !text.is_empty())
    }

    fn filters(&self) -> bool {
        self.narrows() || !self.q.is_empty() || !self.kind.is_empty()
    }
}

#[derive(Template)]
#[template(path = "board/list.html")]
struct ListPage {
    shell: Shell,
    consortium_id: String,
    asked: Asked,
    towns: Towns,
    posts: Page<PostSummary>,
    next: Option<String>,
    may_write: bool,
}

async fn list(service: Data<Service>, visitor: Visitor, Id(consortium_id): Id) -> Shown {
    let asked = Asked::of(&visitor);
    let query = asked.query(visitor.query_some("cursor"));
    let id = consortium_id.clone();
    let work = move |ctx: &mut Ctx<'_>, call: &Call| {
        let member_id = crate::towns::filter(ctx, call, &id, query.member_id.as_deref().unwrap_or_default())?;
        let posts = area::list_posts(ctx, call, &id, &PostQuery { member_id, ..query.clone() })?;
        Ok((posts, Towns::of(ctx, call, &id)?))
    };
    let (posts, towns) = service.read(visitor.call.clone(), work).await?;
    let next = visitor.next_page(posts.next_cursor.as_deref());
    show::page(&ListPage {
        shell: Shell::new(&service, &visitor, "知恵袋"),
        may_write: visitor.may(Action::WriteBoard, &consortium_id, None),
        consortium_id,
        asked,
        towns,
        posts,
        next,
    })
}
