//! What people write on the board, checked field by field; the texts that are stored come from here.

use super::markdown;
use super::view::{kind_schema, visibility_schema};
use crate::input::Checker;
use crate::{Error, FieldCode};
use domain::board::{Kind, Visibility, is_one_tag, search_key};
use domain::text::fold;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

const MAX_TITLE: usize = 100;
/// Characters of a post.
const MAX_BODY: usize = 20_000;
const MAX_TAGS: usize = 10;
const MAX_TAG: usize = 30;
const MAX_LISTED: usize = 10;
/// Hours in a year saved by one story; far above any town.
const MAX_HOURS: i64 = 10_000_000;

/// A new post.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreatePost {
    /// What it is about; it stays so.
    #[schema(schema_with = kind_schema)]
    pub kind: Kind,
    /// Who is to read it. `public` posts are published after review.
    #[schema(schema_with = visibility_schema)]
    pub visibility: Visibility,
    /// 1 to 100 characters.
    #[schema(example = "議事録の要約に生成AIを使う手順", max_length = 100)]
    pub title: String,
    /// Markdown, 1 to 20,000 characters; HTML in it is shown as text, images are left out.
    #[schema(example = "会議の録音から**要約**を作る手順を共有します。", max_length = 20000)]
    pub body: String,
    /// Up to 10, each 1 to 30 characters, none of them `、` or `,`.
    #[serde(default)]
    #[schema(example = json!(["生成AI", "会議"]), max_items = 10)]
    pub tags: Vec<String>,
    /// Required for `success_story`, refused for other kinds.
    pub story: Option<Story>,
    /// Keeps it as a draft instead of publishing it.
    #[serde(default)]
    pub as_draft: bool,
}

/// A post as it is to be; every field is given again.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EditPost {
    /// Who is to read it.
    #[schema(schema_with = visibility_schema)]
    pub visibility: Visibility,
    /// 1 to 100 characters.
    #[schema(max_length = 100)]
    pub title: String,
    /// Markdown, 1 to 20,000 characters.
    #[schema(max_length = 20000)]
    pub body: String,
    /// Up to 10, each 1 to 30 characters.
    #[serde(default)]
    #[schema(max_items = 10)]
    pub tags: Vec<String>,
    /// Required for `success_story`, refused for other kinds.
    pub story: Option<Story>,
}

/// The facts of a success story (成功事例), all plain text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Story {
    /// 課題: what did not go well, 1 to 2,000 characters.
    #[schema(example = "窓口の問合せ対応に時間がかかっていた。")]
    pub problem: String,
    /// 取組: what was done, 1 to 4,000 characters.
    #[schema(example = "講座で学んだ手順で回答案を自動で作るようにした。")]
    pub approach: String,
    /// 使った道具: up to 10, each 1 to 50 characters.
    #[serde(default)]
    #[schema(example = json!(["表計算", "RPA"]), max_items = 10)]
    pub tools: Vec<String>,
    /// 受講した講座: up to 10.
    #[serde(default)]
    #[schema(max_items = 10)]
    pub courses: Vec<Course>,
    /// 効果.
    #[serde(default)]
    pub effect: Effect,
}

/// A course that helped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Course {
    /// 1 to 100 characters.
    #[schema(example = "はじめての業務自動化（架空の講座）")]
    pub title: String,
    /// `http` or `https`, up to 500 characters.
    pub url: Option<String>,
}

/// What came of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Effect {
    /// Hours of work saved in a year.
    #[schema(example = 120, minimum = 0)]
    pub hours_saved: Option<i64>,
    /// Yen saved in a year.
    #[schema(example = 300_000, minimum = 0)]
    pub yen_saved: Option<i64>,
}

/// Characters of a list's excerpt.
const EXCERPT: usize = 120;

/// A post's content after checking.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) title: String,
    pub(super) body: String,
    pub(super) body_html: String,
    pub(super) excerpt: String,
    pub(super) tags: Vec<String>,
    pub(super) story: Option<String>,
    pub(super) effect: Effect,
    pub(super) search_key: String,
}

/// Checks all fields at once.
///
/// # Errors
/// [`Error::Invalid`] with every fault.
pub(super) fn check(
    kind: Kind,
    title: &str,
    body: &str,
    tags: &[String],
    story: Option<&Story>,
) -> Result<Checked, Error> {
    let mut check = Checker::new();
    let title = check.line("/title", title, MAX_TITLE);
    let body = check.lines("/body", body, MAX_BODY);
    let tags = check_tags(&mut check, tags);
    let story = match (kind, story) {
        (Kind::SuccessStory, Some(story)) => Some(check_story(&mut check, story)),
        (Kind::SuccessStory, None) => {
            check.fault("/story", FieldCode::Required);
            None
        }
        (Kind::Worry | Kind::Consultation | Kind::Knowhow, Some(_)) => {
            check.fault(
                "/story",
                FieldCode::Refused {
                    sentence: "成功事例の項目は、種類が成功事例の投稿でだけ入力できます。"
                },
            );
            None
        }
        (Kind::Worry | Kind::Consultation | Kind::Knowhow, None) => None,
    };
    check.finish()?;
    let search_key = search_key(&title, texts(&body, &tags, story.as_ref()));
    let effect = story.as_ref().map(|story| story.effect).unwrap_or_default();
    let story = story.map(|story| serde_json::to_string(&story)).transpose().map_err(Error::internal)?;
    let (body_html, excerpt) = (markdown::render(&body), markdown::excerpt(&body, EXCERPT));
    Ok(Checked { title, body, body_html, excerpt, tags, story, effect, search_key })
}

/// Every text by which a post is found, beside its title.
fn texts<'a>(body: &'a str, tags: &'a [String], story: Option<&'a Story>) -> Vec<&'a str> {
    let mut texts = vec![body];
    if let Some(story) = story {
        texts.extend([story.problem.as_str(), story.approach.as_str()]);
        texts.extend(story.tools.iter().map(String::as_str));
        texts.extend(story.courses.iter().map(|course| course.title.as_str()));
    }
    texts.extend(tags.iter().map(String::as_str));
    texts
}

fn check_tags(check: &mut Checker, tags: &[String]) -> Vec<String> {
    check.ensure(tags.len() <= MAX_TAGS, "/tags", FieldCode::TooMany { max: MAX_TAGS });
    let mut kept: Vec<String> = Vec::new();
    for (number, tag) in tags.iter().take(MAX_TAGS).enumerate() {
        let pointer = format!("/tags/{number}");
        let tag = check.line(&pointer, &domain::board::tag(tag), MAX_TAG);
        check.ensure(kept.iter().all(|other| fold(other) != fold(&tag)), &pointer, FieldCode::Duplicate);
        // Lists and files name several in one line.
        let sentence =
            "タグには「、」「,」「#」を使えません。空白は、英単語の間だけに入れてください（例：Power Automate）。";
        check.ensure(tag.is_empty() || is_one_tag(&tag), &pointer, FieldCode::Refused { sentence });
        kept.push(tag);
    }
    kept
}

fn check_story(check: &mut Checker, story: &Story) -> Story {
    check.ensure(story.tools.len() <= MAX_LISTED, "/story/tools", FieldCode::TooMany { max: MAX_LISTED });
    check.ensure(story.courses.len() <= MAX_LISTED, "/story/courses", FieldCode::TooMany { max: MAX_LISTED });
    let tools = story.tools.iter().take(MAX_LISTED).enumerate();
    let courses = story.courses.iter().take(MAX_LISTED).enumerate();
    Story {
        problem: check.lines("/story/problem", &story.problem, 2_000),
        approach: check.lines("/story/approach", &story.approach, 4_000),
        tools: tools.map(|(number, tool)| check.line(&format!("/story/tools/{number}"), tool, 50)).collect(),
        courses: courses.map(|(number, course)| check_course(check, number, course)).collect(),
        effect: Effect {
            hours_saved: story
                .effect
                .hours_saved
                .map(|hours| check.range("/story/effect/hours_saved", hours, 0, MAX_HOURS)),
            yen_saved: story.effect.yen_saved.map(|yen| check.yen("/story/effect/yen_saved", yen)),
        },
    }
}

fn check_course(check: &mut Checker, number: usize, course: &Course) -> Course {
    let pointer = format!("/story/courses/{number}");
    let url = course.url.as_deref().map(|url| {
        let at = format!("{pointer}/url");
        let url = check.line(&at, url, 500);
        let is_web = markdown::is_web_address(&url);
        check.ensure(is_web, &at, FieldCode::Format { expected: "https:// または http:// で始まるURL" });
        url
    });
    Course { title: check.line(&format!("{pointer}/title"), &course.title, 100), url }
}

/// Hours that a replication may report; the same bound as a story's.
pub(super) fn check_hours(check: &mut Checker, pointer: &str, hours: Option<i64>) -> Option<i64> {
    hours.map(|hours| check.range(pointer, hours, 0, MAX_HOURS))
}
