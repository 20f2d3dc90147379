//! Chapter 8: the knowledge board: a worry is asked and resolved, a success story is tried in another town.

use super::cast::{Cast, NEIGHBOUR, TOWN};
use super::teller::Teller;
use crate::commands::Failure;
use app::board::{
    CreateComment, CreatePost, PostQuery, RecordReplication, ResolvePost, create_comment, create_post, get_post,
    list_posts, mark_helpful, record_replication, resolve_post,
};
use domain::access::Actor;
use serde_json::{Value, json};

pub(super) fn knowledge(teller: &Teller, cast: &Cast) -> Result<(), Failure> {
    teller.chapter(8, "知恵袋", "2026-06-20T15:00:00+09:00")?;
    let author = cast.learners.get(4).ok_or_else(|| Failure::Failed("too few learners".to_owned()))?;
    let neighbour = &cast.town(NEIGHBOUR)?.contact;

    let worry = post(
        teller,
        cast,
        &cast.neighbour_learner,
        json!({
            "kind": "worry", "visibility": "consortium", "title": "紙の申請書の転記がつらい（架空）", "tags": ["窓口"],
            "body": "毎日50枚の申請書を表計算に転記しています。\n\n- 試したこと: マクロ\n- 知りたいこと: ほかの町のやり方",
        }),
    )?;
    let story = post(
        teller,
        cast,
        author,
        json!({
            "kind": "success_story", "visibility": "consortium", "title": "申請書の転記をなくした話（架空）", "tags": ["窓口", "ノーコード"],
            "body": "学んだその週に試作し、**2か月**で窓口の転記がなくなりました。",
            "story": {
                "problem": "紙の申請書を1日50枚、手で転記していた。",
                "approach": "入力フォームを作り、表に直接入るようにした。",
                "tools": ["ノーコードツール"],
                "courses": [{"title": "はじめてのノーコード（架空の講座）", "url": null}],
                "effect": {"hours_saved": 240, "yen_saved": 600_000},
            },
        }),
    )?;
    let (id, cmd): (String, CreateComment) =
        (worry.clone(), from(json!({"body": "うちは入力フォームにして転記をやめました。成功事例に書きました。"}))?);
    let answer = teller.act(author, "create_comment", move |ctx, call| create_comment(ctx, call, &id, &cmd))?;
    let (id, cmd): (String, ResolvePost) = (worry.clone(), from(json!({"comment_id": answer.id}))?);
    teller.act(&cast.neighbour_learner, "resolve_post", move |ctx, call| resolve_post(ctx, call, &id, &cmd))?;

    let (id, cmd): (String, CreateComment) = (story.clone(), from(json!({"body": "様式を見せていただけますか。"}))?);
    teller.act(neighbour, "create_comment", move |ctx, call| create_comment(ctx, call, &id, &cmd))?;
    let id = story.clone();
    teller.act(neighbour, "mark_helpful", move |ctx, call| mark_helpful(ctx, call, &id))?;
    let (id, cmd): (String, RecordReplication) = (
        story.clone(),
        from(json!({"outcome": "worked", "note": "うちでも試しました。1日30分の短縮です。", "hours_saved": 110}))?,
    );
    teller.act(neighbour, "record_replication", move |ctx, call| record_replication(ctx, call, &id, &cmd))?;

    let id = story.clone();
    let seen = teller.see(&cast.town(TOWN)?.contact, "get_post", move |ctx, call| get_post(ctx, call, &id))?;
    teller.show(format!(
        "成功事例「{}」: コメント {}、役に立った {}、うちでも試した {}",
        seen.title, seen.comments_count, seen.helpful_count, seen.replications_count
    ));
    search(teller, cast, "転記", &[worry, story])
}

fn from<T: serde::de::DeserializeOwned>(value: Value) -> Result<T, Failure> {
    serde_json::from_value(value).map_err(Failure::failed)
}

fn post(teller: &Teller, cast: &Cast, author: &Actor, value: Value) -> Result<String, Failure> {
    let (id, cmd): (String, CreatePost) = (cast.consortium_id.clone(), from(value)?);
    Ok(teller.act(author, "create_post", move |ctx, call| create_post(ctx, call, &id, &cmd))?.id)
}

/// Two characters find both posts.
fn search(teller: &Teller, cast: &Cast, word: &str, wanted: &[String]) -> Result<(), Failure> {
    let (id, query): (String, PostQuery) = (cast.consortium_id.clone(), from(json!({"q": word}))?);
    let found = teller.see(&cast.lead, "list_posts", move |ctx, call| list_posts(ctx, call, &id, &query))?;
    let rows = found
        .items
        .iter()
        .map(|post| {
            let state = if post.resolved_at.is_some() { "解決" } else { "—" };
            vec![post.title.clone(), post.town.clone(), state.to_owned(), post.helpful_count.to_string()]
        })
        .collect();
    teller.show(format!("「{word}」で検索:"));
    teller.table(&["題名", "団体", "解決", "役に立った"], &[3], rows);
    let all = wanted.iter().all(|id| found.items.iter().any(|post| post.id == *id));
    if all { Ok(()) } else { Err(Failure::Failed(format!("「{word}」で見つからない投稿があります"))) }
}
