//! The one layout of all mails.

use super::format::{inline, quoted, shortened};
use crate::Kind;

const MAX_SUBJECT_CHARS: usize = 120;
const MAX_QUOTED_CHARS: usize = 1_000;

/// What every mail begins and ends with.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    /// The recipient's municipality or office; empty for none.
    pub organisation: &'a str,
    /// The recipient's name as stored.
    pub name: &'a str,
    /// The consortium's name.
    pub consortium: &'a str,
    /// Whom to ask: office, person, telephone, as one line.
    pub contact: &'a str,
}

/// A finished text; it becomes an outbox row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// What kind of mail it is.
    pub kind: Kind,
    /// The subject, one line.
    pub subject: String,
    /// The plain text.
    pub text: String,
}

/// A mail in the making: each part is one method, called in the order in which it is read.
pub(super) struct Letter {
    kind: Kind,
    subject: String,
    blocks: Vec<String>,
    footer: String,
}

impl Letter {
    pub(super) fn new(kind: Kind, head: &Head<'_>, subject: &str, opening: &str) -> Self {
        let organisation = inline(head.organisation);
        let name = format!("{} 様", inline(head.name));
        let addressee = if organisation.is_empty() { name } else { format!("{organisation}\n{name}") };
        let consortium = inline(head.consortium);
        let footer = format!(
            "--\n{consortium}\n問合せ先：{}\n\
             このメールは、共同調達サービス「結（Yui）」が自動で送信しています。",
            inline(head.contact)
        );
        Self {
            kind,
            subject: shortened(&format!("【結】{}", inline(subject)), MAX_SUBJECT_CHARS),
            blocks: vec![addressee, opening.to_owned()],
            footer,
        }
    }

    /// Lines of `name：value`.
    pub(super) fn facts(mut self, title: &str, facts: &[(&str, String)]) -> Self {
        let lines = facts.iter().map(|(name, value)| format!("　{name}：{}", inline(value)));
        self.blocks.push(heading(title, lines));
        self
    }

    /// A letter that was written before, whole and as a quotation, under a title of its own.
    pub(super) fn text(mut self, title: &str, text: &str) -> Self {
        self.blocks.push(format!("■ {}\n{}", inline(title), quoted(text)));
        self
    }

    /// What somebody wrote; left out when empty.
    pub(super) fn quote(mut self, title: &str, words: &str) -> Self {
        if !words.trim().is_empty() {
            let words = quoted(&shortened(words.trim(), MAX_QUOTED_CHARS));
            self.blocks.push(format!("■ {title}\n{words}"));
        }
        self
    }

    /// What to do next, numbered when there are several steps.
    pub(super) fn next(mut self, steps: &[&str]) -> Self {
        let numbered = steps.len() > 1;
        let line = |(number, step): (usize, &&str)| {
            if numbered { format!("　{number}. {step}") } else { format!("　{step}") }
        };
        self.blocks.push(heading("次にすること", (1..).zip(steps).map(line)));
        self
    }

    /// The page to open, on a line of its own.
    pub(super) fn link(mut self, url: &str) -> Self {
        self.blocks.push(inline(url));
        self
    }

    pub(super) fn finish(mut self) -> Rendered {
        self.blocks.push(self.footer);
        Rendered { kind: self.kind, subject: self.subject, text: format!("{}\n", self.blocks.join("\n\n")) }
    }
}

fn heading(title: &str, lines: impl Iterator<Item = String>) -> String {
    let lines: Vec<String> = lines.collect();
    format!("■ {title}\n{}", lines.join("\n"))
}
