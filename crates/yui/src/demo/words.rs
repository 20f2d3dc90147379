//! The states of the database as people say them.

/// The Japanese word of a state; the state itself when it has none here.
pub(super) fn state(word: &str) -> &str {
    match word {
        "draft" => "下書き",
        "submitted" => "提出済み",
        "returned" => "差戻し",
        "fixed" => "確定",
        "selected" => "選考・割当て",
        "waitlisted" => "待機",
        "approved" => "承認",
        "declined" => "却下",
        other => other,
    }
}
