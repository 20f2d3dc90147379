//! What an entry of the trail tells, in words: the facts of the entry by their labels, before → after. Ids and hashes are
//! not repeated here: they stand with the whole entry in its detail.

use crate::{consortium, words};
use app::audit::AuditView;
use chrono::{DateTime, NaiveDate, Utc};
use domain::demand::{AnswerState, SurveyState};
use domain::entries::{ApplicationState, CallState};
use domain::requests::RequestState;
use domain::rounds::Stage;
use serde_json::Value;

/// Name of a fact, its label, and what stands behind a number.
const FACTS: &[(&str, &str, &str)] = &[
    ("attempts", "試行", "回"),
    ("bytes", "大きさ", "バイト"),
    ("capacity", "定員", "人"),
    ("changed", "更新", "件"),
    ("changed_by_hand", "手で変えた団体", "団体"),
    ("closes_on", "締切日", ""),
    ("contract_mode", "契約の方式", ""),
    ("deadline_on", "締切日", ""),
    ("decisions", "決定した申込み", "件"),
    ("entrants", "抽選の対象", "人"),
    ("ex_tax_yen", "税抜の金額", "円"),
    ("expires_at", "期限", ""),
    ("fiscal_year", "年度", "年度"),
    ("from", "前の状態", ""),
    ("hours_saved", "削減時間", "時間"),
    ("kind", "種類", ""),
    ("lead", "代表団体の団体コード", ""),
    ("left_out_before", "ほかに記録を省いた回数", "回"),
    ("lines", "席が動いた団体", "団体"),
    ("media_type", "ファイルの形式", ""),
    ("member_class", "種別", ""),
    ("members", "参加団体", "団体"),
    ("municipality_code", "団体コード", ""),
    ("new", "新規", "件"),
    ("outcome", "結果", ""),
    ("people", "閲覧した人数", "人"),
    ("policy", "決め方", ""),
    ("population", "人口", "人"),
    ("public_value", "抽選に使った公開の値", ""),
    ("reason", "理由", ""),
    ("revision", "版", ""),
    ("role", "役割", ""),
    ("rows", "書き出した行", "行"),
    ("scan", "ウイルス検査", ""),
    ("scopes", "できること", ""),
    ("seats", "席数", "席"),
    ("sessions_ended", "終えたサインイン", "件"),
    ("signature", "見つかったウイルス", ""),
    ("source", "割当てのきっかけ", ""),
    ("state", "状態", ""),
    ("tax_yen", "消費税", "円"),
    ("total_yen", "金額（税込）", "円"),
    ("unchanged", "変更なし", "件"),
    ("visibility", "公開範囲", ""),
    ("yen_saved", "削減額", "円"),
];

/// What changed, where an entry has nothing but a value before and after: the state, unless said here.
const CHANGED: &[(&str, &str)] = &[("consortium.renamed", "名称"), ("survey.extended", "締切日")];

/// Words of the program in those of the pages, whatever they are said of, where no page has a table of them; states are
/// said by their own tables ([`state`]).
const WORDS: &[(&str, &str)] = &[
    ("accepted", "受諾"),
    ("acknowledged", "上長の確認済み"),
    ("allocated", "配分済み"),
    ("answers", "調査の回答"),
    ("approved", "承認"),
    ("assignments", "席の割当て"),
    ("binding", "本申込"),
    ("clean", "異常なし"),
    ("closed", "締切"),
    ("consortium", "共同調達の中"),
    ("consultation", "相談"),
    ("contracted", "契約済み"),
    ("declined", "見送り"),
    ("denied", "権限なし"),
    ("did_not_work", "うまくいかなかった"),
    ("done", "実行"),
    ("draft", "下書き"),
    ("expired", "期限切れ"),
    ("failed", "失敗"),
    ("finalised", "試算確定"),
    ("first_come", "先着"),
    ("fixed", "確定"),
    ("hidden", "非表示"),
    ("idle", "遊休席"),
    ("in_review", "公開待ち"),
    ("individual_contract", "個別契約"),
    ("infected", "ウイルスあり"),
    ("intent", "意向調査"),
    ("knowhow", "ノウハウ"),
    ("lead_contract", "代表契約"),
    ("lottery", "抽選"),
    ("manual", "手での変更"),
    ("offered", "案内中"),
    ("open", "受付中"),
    ("order", "追加発注"),
    ("parked", "送信できず保留"),
    ("partly", "一部うまくいった"),
    ("pending", "送信待ち"),
    ("people", "職員の招待"),
    ("public", "一般公開"),
    ("published", "公開"),
    ("quoting", "見積・試算中"),
    ("read", "読み取り"),
    ("ready", "受け取れる"),
    ("reserve", "予備席"),
    ("returned", "差戻し"),
    ("selected", "受講決定"),
    ("selection", "選考"),
    ("sent", "送信済み"),
    ("submitted", "提出済み"),
    ("success_story", "成功事例"),
    ("suppressed", "受信しない設定"),
    ("surveying", "意向調査中"),
    ("town", "自団体の中"),
    ("unscanned", "ウイルス検査待ち"),
    ("waiting", "順番待ち"),
    ("waitlisted", "補欠（順番待ち）"),
    ("withdrawn", "取下げ"),
    ("worked", "うまくいった"),
    ("worry", "悩み"),
    ("write", "書き込み"),
];

/// Where a word is looked for; [`WORDS`] first, which says a few of them otherwise.
const TABLES: [&[(&str, &str)]; 6] =
    [WORDS, words::TRANSFERS, words::SOURCES, words::ACCOUNT_STATES, &consortium::KINDS, &consortium::CLASSES];

/// The facts of an entry, a line each.
pub(super) fn lines(entry: &AuditView) -> Vec<String> {
    let Some(facts) = entry.details.as_object() else { return Vec::new() };
    let mut lines = Vec::new();
    if let (Some(before), Some(after)) = (facts.get("before"), facts.get("after")) {
        match (before.as_object(), after.as_object()) {
            (Some(before), Some(after)) => {
                for (name, label, unit) in FACTS {
                    let (Some(was), Some(is)) = (before.get(*name), after.get(*name)) else { continue };
                    lines.extend(change(label, said(was, name, unit, entry), said(is, name, unit, entry)));
                }
            }
            _ => {
                let label =
                    CHANGED.iter().find(|(action, _)| *action == entry.action).map_or("状態", |(_, label)| label);
                lines.extend(change(label, said(before, "", "", entry), said(after, "", "", entry)));
            }
        }
    }
    for (name, label, unit) in FACTS {
        if let Some(value) = facts.get(*name).and_then(|value| said(value, name, unit, entry)) {
            lines.push(format!("{label}：{value}"));
        }
    }
    lines
}

fn change(label: &str, was: Option<String>, is: Option<String>) -> Option<String> {
    let (was, is) = (was?, is?);
    (was != is).then(|| format!("{label}：{was} → {is}"))
}

/// A value in words; none for what says nothing to people.
fn said(value: &Value, name: &str, unit: &str, entry: &AuditView) -> Option<String> {
    match value {
        Value::Null | Value::Object(_) => None,
        Value::Bool(yes) => Some(if *yes { "はい" } else { "いいえ" }.to_owned()),
        // A year has no commas.
        Value::Number(number) if name == "fiscal_year" => Some(format!("{number}{unit}")),
        Value::Number(number) => Some(number.as_i64().map_or_else(|| number.to_string(), |n| words::number(&n)) + unit),
        Value::String(text) => text_said(text, name, entry),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().filter_map(|item| said(item, name, unit, entry)).collect();
            (!items.is_empty()).then(|| items.join("、"))
        }
    }
}

fn text_said(text: &str, name: &str, entry: &AuditView) -> Option<String> {
    if text.is_empty() || uuid::Uuid::try_parse(text).is_ok() {
        return None;
    }
    if name == "role" {
        return Some(words::role(text).to_owned());
    }
    if name == "kind" && entry.action == "mail.retried" {
        return Some(crate::notify::kind(text).to_owned());
    }
    if let Some(words) = state(text, entry) {
        return Some(words.to_owned());
    }
    if let Some((_, words)) = TABLES.into_iter().flatten().find(|(word, _)| *word == text) {
        return Some((*words).to_owned());
    }
    if let Ok(on) = text.parse::<NaiveDate>() {
        return Some(words::date(&on));
    }
    match text.parse::<DateTime<Utc>>() {
        Ok(at) => Some(words::instant(&at)),
        Err(_no_instant) => Some(text.to_owned()),
    }
}

/// A state as the pages of its subject name it.
fn state(word: &str, entry: &AuditView) -> Option<&'static str> {
    match entry.action.split('.').next()? {
        "answer" => AnswerState::parse(word).map(AnswerState::ja),
        "application" => ApplicationState::parse(word).map(ApplicationState::label),
        "entry_call" => CallState::parse(word).map(CallState::label),
        "offer" if word == "declined" => Some("辞退"),
        "round" => Stage::parse(word).map(|_| crate::rounds::stage(word)),
        "seat_request" => RequestState::parse(word).map(RequestState::label),
        "survey" => SurveyState::parse(word).map(SurveyState::ja),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(action: &str, details: Value) -> Vec<String> {
        lines(&AuditView {
            id: String::new(),
            sequence: 1,
            member_id: None,
            actor_id: None,
            actor_role: "lead".to_owned(),
            action: action.to_owned(),
            subject_kind: String::new(),
            subject_id: String::new(),
            outcome: "done".to_owned(),
            details,
            request_id: String::new(),
            ip: None,
            at: DateTime::UNIX_EPOCH,
            hash: String::new(),
        })
    }

    #[test]
    fn facts_are_told_by_their_labels_and_ids_are_not() {
        let scenario = "0199b3f0-0000-7000-8000-000000000000";
        assert_eq!(
            told("contract.made", json!({"seats": 29, "total_yen": 31_680_000, "scenario": scenario})),
            ["席数：29席", "金額（税込）：31,680,000円"]
        );
        assert_eq!(
            told("round.created", json!({"fiscal_year": 2026, "members": 3})),
            ["年度：2026年度", "参加団体：3団体"]
        );
        assert_eq!(told("user.invited", json!({"role": "learner", "grant_id": scenario})), ["役割：職員（受講者）"]);
        assert_eq!(told("mail.retried", json!({"kind": "invite", "attempts": 5}))[1], "種類：招待・役割の追加");
        assert!(told("session.ended", json!({})).is_empty());
    }

    #[test]
    fn a_change_is_told_as_before_and_after() {
        assert_eq!(
            told(
                "member.changed",
                json!({"before": {"population": 9_000, "member_class": "full"},
                "after": {"population": 9_100, "member_class": "full"}})
            ),
            ["人口：9,000人 → 9,100人"]
        );
        assert_eq!(
            told("survey.extended", json!({"before": "2026-05-31", "after": "2026-06-07"})),
            ["締切日：2026年5月31日（令和8年） → 2026年6月7日（令和8年）"]
        );
        assert_eq!(told("post.hidden", json!({"before": "published", "after": "hidden"})), ["状態：公開 → 非表示"]);
    }

    #[test]
    fn a_state_is_named_as_on_the_page_of_its_subject() {
        let changed = |action: &str, before: &str, after: &str| told(action, json!({"before": before, "after": after}));
        assert_eq!(changed("seat_request.declined", "submitted", "declined"), ["状態：申請中 → 見送り"]);
        assert_eq!(changed("survey.opened", "draft", "open"), ["状態：準備中 → 受付中"]);
        assert_eq!(changed("offer.declined", "open", "declined"), ["状態：受付中 → 辞退"]);
        assert_eq!(told("attachment.added", json!({"scan": "unscanned"})), ["ウイルス検査：ウイルス検査待ち"]);
    }

    /// The sources say every word that an enum is stored as; whoever adds one is told here.
    #[test]
    fn no_word_of_the_program_is_told_as_it_is_stored() {
        let mut words = std::collections::BTreeSet::new();
        for folder in ["domain/src", "app/src"] {
            read(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder), &mut words);
        }
        assert!(words.len() > 50 && words.contains("waitlisted") && words.contains("purchase"), "{words:?}");
        for word in &words {
            let told = told("something.else", json!({"state": word}));
            assert!(!told[0].ends_with(word.as_str()), "{told:?}");
        }
        let kinds = crate::consortium::KINDS.iter().chain(&crate::consortium::CLASSES);
        for (word, _) in kinds {
            assert!(!told("member.added", json!({"kind": word}))[0].ends_with(word), "{word}");
        }
    }

    fn read(folder: &std::path::Path, words: &mut std::collections::BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                read(&path, words);
                continue;
            }
            // Names of roles, rights, refusals and fields have tables of their own.
            if ["access.rs", "code.rs", "policy.rs"].iter().any(|own| path.ends_with(own)) {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            for stored in text.split("as_str(self)").skip(1) {
                let body = stored.split("\n    }").next().unwrap();
                let words_of = |line: &str| {
                    Some(line.trim().strip_prefix("Self::")?.split_once("=> \"")?.1.split('"').next()?.to_owned())
                };
                words.extend(body.lines().filter_map(words_of));
            }
        }
    }
}
