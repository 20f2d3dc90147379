//! The audit trail as the lead and the auditors search it, and the receipt (受付の控え) of an act of one's own.

mod what;

use crate::pages::Pages;
use crate::rounds::seen;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::towns::Towns;
use crate::visitor::Visitor;
use actix_web::web::Data;
use app::audit::{AuditQuery, AuditView, ReceiptView, get_receipt, list_audit_entries};
use app::{Page, Service};
use askama::Template;
use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use domain::clock::end_of_japan_date;
use domain::typed::read_date;
use http_kit::Id;
use std::collections::HashMap;

pub(crate) fn pages(pages: &mut Pages<'_>) {
    pages.get("/consortia/{consortium_id}/audit", "page_audit", search).get(
        "/me/receipts/{receipt_id}",
        "page_receipt",
        receipt,
    );
}

/// What is recorded, in the words of the pages.
const ACTIONS: &[(&str, &str)] = &[
    ("access.denied", "権限のない操作"),
    ("acknowledgement.resent", "上長への確認依頼の再送"),
    ("allocation.published", "配分の公開"),
    ("answer.saved", "回答の保存"),
    ("answer.drafted", "回答の下書きの保存"),
    ("answer.draft_discarded", "回答の下書きの削除"),
    ("answer.submitted", "回答の提出"),
    ("answer.returned", "回答の差戻し"),
    ("answer.fixed", "回答の確定"),
    ("application.submitted", "申込み"),
    ("application.decided", "申込みの選考"),
    ("application.acknowledged", "申込みの上長の確認"),
    ("application.objected", "申込みへの上長の不同意"),
    ("application.edited", "申込みの変更"),
    ("application.seat_taken", "申込者への席の割当て"),
    ("application.withdrawn", "申込みの取下げ"),
    ("attachment.added", "ファイルの添付"),
    ("attachment.removed", "添付ファイルの削除"),
    ("attachment.scanned", "添付ファイルのウイルス検査（異常なし）"),
    ("attachment.infected", "ウイルスの検出（添付ファイル）"),
    ("file.infected", "ウイルスの検出（取込ファイル）"),
    ("comment.created", "コメントの投稿"),
    ("comment.edited", "コメントの編集"),
    ("comment.hidden", "コメントの非表示"),
    ("consortium.created", "団体の登録"),
    ("consortium.renamed", "団体名の変更"),
    ("contract.made", "契約の登録"),
    ("contract.amended", "変更契約・追加発注"),
    ("entry_call.created", "募集の用意"),
    ("entry_call.opened", "募集の開始"),
    ("entry_call.closed", "募集の締切"),
    ("entry_call.edited", "募集の変更"),
    ("entry_call.lottery_committed", "抽選の準備（封印）"),
    ("entry_call.lottery_drawn", "抽選"),
    ("entry_call.selected", "募集の選考"),
    ("file.imported", "ファイルの取込み"),
    ("grant.revoked", "役割の取消し"),
    ("list.exported", "一覧の書出し"),
    ("mail.retried", "メールの再送"),
    ("data.exported", "データ一式の書出し（運用者）"),
    ("member.added", "参加団体の登録"),
    ("member.changed", "参加団体の変更"),
    ("offer.made", "席の案内"),
    ("offer.accepted", "席の受取り"),
    ("offer.declined", "席の辞退"),
    ("offer.expired", "席の案内の期限切れ"),
    ("personal.viewed", "個人情報の閲覧"),
    ("post.created", "投稿"),
    ("post.edited", "投稿の編集"),
    ("post.approved", "投稿の公開"),
    ("post.published", "投稿の提出"),
    ("post.returned", "投稿の差戻し"),
    ("post.hidden", "投稿の非表示"),
    ("post.restored", "投稿の再表示"),
    ("post.resolved", "相談の解決"),
    ("post.reopened", "相談の再開"),
    ("post.marked_helpful", "「役に立った」の記録"),
    ("post.unmarked_helpful", "「役に立った」の取消し"),
    ("replication.recorded", "「うちでも試した」の記録"),
    ("quote.created", "見積の登録"),
    ("quote.changed", "見積の変更"),
    ("round.created", "調達回の開始"),
    ("round.changed", "調達回の変更"),
    ("round.closed", "調達回の終了"),
    ("round.member_invited", "調達回への参加"),
    ("round.member_uninvited", "調達回からの除外"),
    ("scenario.created", "試算の保存"),
    ("scenario.deleted", "試算の削除"),
    ("scenario.finalised", "試算の確定"),
    ("seat.assigned", "席の割当て"),
    ("seat.waitlisted", "席の順番待ち"),
    ("waiting.withdrawn", "席の順番待ちの取下げ"),
    ("seat.released", "席の返却"),
    ("seat_request.submitted", "追加配分の申請"),
    ("seat_request.approved", "追加配分の申請の承認"),
    ("seat_request.declined", "追加配分の申請の見送り"),
    ("seat_request.returned", "追加配分の申請の差戻し"),
    ("seat_request.resubmitted", "追加配分の申請の再提出"),
    ("seat_request.withdrawn", "追加配分の申請の取下げ"),
    ("seats.transferred", "席の移動"),
    ("survey.created", "調査の用意"),
    ("survey.changed", "調査の変更"),
    ("survey.extended", "調査の締切の延長"),
    ("survey.opened", "調査の開始"),
    ("survey.closed", "調査の締切"),
    ("survey.reminded", "調査の督促"),
    ("user.invited", "招待"),
    ("user.invited_again", "招待の再送"),
    ("user.disabled", "利用の停止"),
    ("user.enabled", "利用の再開"),
    ("personal_token.revoked", "トークンの無効化"),
];

/// What was done, in words.
#[must_use]
pub fn action(word: &str) -> String {
    ACTIONS.iter().find(|(known, _)| *known == word).map_or_else(|| word.to_owned(), |(_, label)| (*label).to_owned())
}

/// Who acted: a role, or the service itself.
pub(crate) fn role(word: &str) -> &'static str {
    if matches!(word, "service" | "none") { "サービス" } else { crate::words::role(word) }
}

pub(crate) fn outcome(word: &str) -> (&'static str, &'static str) {
    match word {
        "done" => ("good", "実行"),
        "denied" => ("bad", "権限なし"),
        "failed" => ("warn", "失敗"),
        _ => ("", "不明"),
    }
}

#[derive(Template)]
#[template(path = "audit/search.html")]
struct SearchPage {
    shell: Shell,
    consortium_id: String,
    entries: Page<AuditView>,
    towns: Towns,
    /// 団体名 of the towns concerned.
    places: HashMap<String, String>,
    /// Names of actors whom the visitor may see.
    names: HashMap<String, String>,
    next: Option<String>,
    action: String,
    member_id: String,
    subject_id: String,
    actor: String,
    /// Whether the acts of one person are shown, where an actor was asked for.
    one: bool,
    from: String,
    to: String,
    /// Why the span of days was not understood.
    unread: Option<&'static str>,
}

impl SearchPage {
    fn town(&self, id: Option<&String>) -> &str {
        id.and_then(|id| self.places.get(id)).map_or("―", String::as_str)
    }

    fn who(&self, entry: &AuditView) -> String {
        let name = entry.actor_id.as_ref().and_then(|id| self.names.get(id));
        name.cloned().unwrap_or_else(|| role(&entry.actor_role).to_owned())
    }

    /// The facts of an entry as they are stored; empty when there are none.
    fn stored(entry: &AuditView) -> String {
        if entry.details.as_object().is_none_or(serde_json::Map::is_empty) {
            String::new()
        } else {
            entry.details.to_string()
        }
    }

    /// The same search with one more condition.
    fn only(&self, name: &str, value: &str) -> String {
        format!("/consortia/{}/audit?{name}={}", self.consortium_id, show::encode(value))
    }
}

#[derive(Template)]
#[template(path = "audit/receipt.html")]
struct ReceiptPage {
    shell: Shell,
    receipt: ReceiptView,
}

async fn receipt(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let receipt = service.read(visitor.call.clone(), move |ctx, call| get_receipt(ctx, call, &id)).await?;
    show::page(&ReceiptPage { shell: Shell::new(&service, &visitor, "受付の控え"), receipt })
}

/// The first instant and the one after the last; none where nothing was typed.
pub(crate) type Span = (Option<DateTime<Utc>>, Option<DateTime<Utc>>);

/// The instants of a span of days in Japan, as typed: the first day's beginning and the last day's end.
pub(crate) fn span(from: &str, to: &str) -> Result<Span, &'static str> {
    let day = |typed: &str| match typed.trim() {
        "" => Ok(None),
        typed => read_date(typed)
            .filter(|on| (1..=9998).contains(&on.year()))
            .map(Some)
            .ok_or("日付を読み取れないため、絞り込んでいません。2026-04-01、令和8年4月1日 のように入力してください。"),
    };
    let (from, to) = (day(from)?, day(to)?);
    if let (Some(from), Some(to)) = (from, to)
        && to < from
    {
        return Err("終わりの日は、始まりの日以後にしてください。");
    }
    let before = |on: NaiveDate| on.pred_opt().map_or(DateTime::<Utc>::MIN_UTC, end_of_japan_date);
    Ok((from.map(before), to.map(end_of_japan_date)))
}

/// Whose acts are asked for, by number or by a name that only one person has; else a sentence about it.
pub(crate) fn actor(
    ctx: &mut app::Ctx<'_>,
    call: &app::Call,
    consortium_id: &str,
    typed: &str,
) -> Result<Result<Option<String>, &'static str>, app::Error> {
    let typed = typed.trim();
    if typed.is_empty() || uuid::Uuid::try_parse(typed).is_ok() {
        return Ok(Ok(Some(typed.to_owned()).filter(|id| !id.is_empty())));
    }
    let query = app::accounts::StaffQuery {
        limit: Some(2),
        filters: vec![("q".to_owned(), typed.to_owned())],
        ..app::accounts::StaffQuery::default()
    };
    let mut found = app::accounts::list_users(ctx, call, consortium_id, &query)?.items;
    Ok(match (found.pop(), found.is_empty()) {
        (Some(one), true) => Ok(Some(one.id)),
        (None, _) => {
            Err("該当する利用者が見つからないため、絞り込んでいません。氏名の一部か、番号を入力してください。")
        }
        (Some(_), false) => Err("該当する利用者が複数いるため、絞り込んでいません。氏名をもう少し入力してください。"),
    })
}

async fn search(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let (action, member_id) = (visitor.query("action"), visitor.query("member_id"));
    let (subject_id, actor) = (visitor.query("subject_id"), visitor.query("actor").trim().to_owned());
    let (from, to) = (visitor.query("from"), visitor.query("to"));
    let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let (first, last, unread) = match span(&from, &to) {
        Ok((first, last)) => (first, last, None),
        Err(sentence) => (None, None, Some(sentence)),
    };
    let query = AuditQuery {
        from: first,
        to: last,
        action: some(&action),
        actor_id: None,
        subject_id: some(&subject_id),
        member_id: some(&member_id),
        limit: Some(50),
        cursor: visitor.query_some("cursor"),
        sort: visitor.query_some("sort"),
    };
    let (consortium_id, typed) = (id.clone(), actor.clone());
    let read = move |ctx: &mut app::Ctx<'_>, call: &app::Call| {
        call.actor.permit(domain::access::Action::ReadAudit, &id, None)?;
        let member_id = crate::towns::filter(ctx, call, &id, query.member_id.as_deref().unwrap_or_default())?;
        let (actor_id, unknown) = match self::actor(ctx, call, &id, &typed)? {
            Ok(actor_id) => (actor_id, None),
            Err(sentence) => (None, Some(sentence)),
        };
        let entries = list_audit_entries(ctx, call, &id, &AuditQuery { member_id, actor_id, ..query.clone() })?;
        let mut towns: Vec<String> = entries.items.iter().filter_map(|entry| entry.member_id.clone()).collect();
        towns.sort_unstable();
        towns.dedup();
        let places = app::consortium::member_names(ctx, call, &id, &towns)?;
        let mut actors: Vec<String> = entries.items.iter().filter_map(|entry| entry.actor_id.clone()).collect();
        actors.sort();
        actors.dedup();
        let names = seen(app::accounts::names_of(ctx, call, &id, &actors))?.unwrap_or_default();
        Ok((entries, places, names, Towns::of(ctx, call, &id)?, unknown))
    };
    let (entries, places, names, towns, unknown) = service.read(visitor.call.clone(), read).await?;
    let next = visitor.next_page(entries.next_cursor.as_deref());
    let shell = Shell::new(&service, &visitor, "監査記録");
    show::page(&SearchPage {
        shell,
        consortium_id,
        entries,
        towns,
        places,
        names,
        next,
        action,
        member_id,
        subject_id,
        actor,
        from,
        to,
        one: unknown.is_none(),
        unread: unread.or(unknown),
    })
}
