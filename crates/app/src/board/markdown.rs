//! Markdown of people to HTML that executes nothing (S34).
//!
//! Two fences, each enough alone: HTML in the source is text for the renderer, and what it renders passes an
//! allow-list of tags and attributes. Links lead to `http`, `https` and `mailto` only and carry
//! `rel="noopener nofollow ugc"`. Images are left out (their alternative text stays), so reading a post
//! asks no other host for anything.

use ammonia::{Builder, UrlRelative};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd, html};
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

const TAGS: [&str; 24] = [
    "a",
    "blockquote",
    "br",
    "code",
    "del",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "strong",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
];
const SCHEMES: [&str; 3] = ["http", "https", "mailto"];

static FENCE: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut fence = Builder::empty();
    fence
        .generic_attributes(HashSet::new())
        .tags(TAGS.into_iter().chain(["ul"]).collect())
        .tag_attributes(HashMap::from([("a", HashSet::from(["href"])), ("ol", HashSet::from(["start"]))]))
        .clean_content_tags(HashSet::from(["script", "style"]))
        .url_schemes(HashSet::from(SCHEMES))
        .url_relative(UrlRelative::Deny)
        .link_rel(Some("noopener nofollow ugc"))
        .strip_comments(true);
    fence
});

/// Safe HTML of a Markdown text: CommonMark with tables and strike-through.
#[must_use]
pub fn render(markdown: &str) -> String {
    let mut rendered = String::with_capacity(markdown.len().saturating_mul(2));
    html::push_html(&mut rendered, harmless(markdown));
    FENCE.clean(&rendered).to_string()
}

/// The beginning of a Markdown text as plain text, at most `max` characters.
#[must_use]
pub fn excerpt(markdown: &str, max: usize) -> String {
    let mut text = String::new();
    for event in harmless(markdown) {
        match event {
            Event::Text(part) | Event::Code(part) => text.push_str(&part),
            Event::SoftBreak | Event::HardBreak | Event::End(TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::Item) => {
                text.push(' ');
            }
            _ => {}
        }
        if text.len() > max.saturating_mul(4) {
            break;
        }
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= max {
        return text;
    }
    text.chars().take(max.saturating_sub(1)).chain(['…']).collect()
}

/// Whether a typed address is one that a browser opens as a page, without anything that could end an attribute.
#[must_use]
pub fn is_web_address(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty())
        && !url.chars().any(|c| c.is_whitespace() || c.is_control() || "\"'<>\\`".contains(c))
}

/// The events of a text with HTML as text and images as their alternative text.
fn harmless(markdown: &str) -> impl Iterator<Item = Event<'_>> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    Parser::new_ext(markdown, options).filter_map(|event| match event {
        Event::Html(html) | Event::InlineHtml(html) => Some(Event::Text(html)),
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => None,
        other => Some(other),
    })
}

#[cfg(test)]
mod tests;
