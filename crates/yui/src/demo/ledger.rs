//! Chapter 9: what all of it left behind: audit entries, mails, seats by account, and a clean bill of health.

use super::cast::Cast;
use super::teller::Teller;
use super::words;
use crate::commands::Failure;
use app::audit::{AuditQuery, list_audit_entries};
use app::verify::verify;
use std::collections::BTreeMap;

pub(super) fn close(teller: &Teller, cast: &Cast) -> Result<(), Failure> {
    teller.chapter(9, "監査記録・メール・検査", "2026-07-01T09:00:00+09:00")?;
    let mut by_action: BTreeMap<String, usize> = BTreeMap::new();
    let mut cursor = None;
    loop {
        let (id, query) = (
            cast.consortium_id.clone(),
            AuditQuery { limit: Some(100), cursor: cursor.take(), ..AuditQuery::default() },
        );
        let page = teller
            .see(&cast.auditor, "list_audit_entries", move |ctx, call| list_audit_entries(ctx, call, &id, &query))?;
        for entry in page.items {
            *by_action.entry(entry.action).or_default() += 1;
        }
        match page.next_cursor {
            Some(next) => cursor = Some(next),
            None => break,
        }
    }
    teller.table(
        &["監査記録の種類", "件数"],
        &[1],
        by_action.iter().map(|(action, count)| vec![::web::audit_words(action), words::count(*count)]).collect(),
    );
    let mails = teller.wait(app::upkeep::mails_waiting(&teller.service))?;
    teller.show(format!(
        "送信箱に{}通のメールがあります。このあと届けます（既定では data フォルダーの .eml ファイル）。",
        words::count(mails)
    ));
    let report = teller.wait(teller.service.store().read(verify))?;
    crate::commands::verify::print(&report);
    if report.findings.is_empty() {
        Ok(())
    } else {
        Err(Failure::Failed("検査で違反が見つかりました".to_owned()))
    }
}
