//! The one layout of all mails.

use super::format::{inline, quoted, shortened};
use crate::Kind;

const MAX_SUBJECT_CHARS: usize = 120;
const MAX_QUOTED_CHARS: usize = 1_000;
/// Room for most mails.
const USUAL_BYTES: usize = 2_048;

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
    /// What is written so far; blocks stand apart by an empty line.
    text: String,
    footer: String,
}

impl Letter {
    pub(super) fn new(kind: Kind, head: &Head<'_>, subject: &str, opening: &str) -> Self {
        let organisation = inline(head.organisation);
        let consortium = inline(head.consortium);
        let footer = format!(
            "--\n{consortium}\n問合せ先：{}\n\
             このメールは、共同調達サービス「結（Yui）」が自動で送信しています。",
            inline(head.contact)
        );
        let subject = shortened(&format!("【結】{}", inline(subject)), MAX_SUBJECT_CHARS);
        let mut text = String::with_capacity(USUAL_BYTES);
        if !organisation.is_empty() {
            text.extend([&organisation, "\n"]);
        }
        text.extend([&inline(head.name), " 様"]);
        Self { kind, subject, text, footer }.block([opening])
    }

    fn block<'a>(mut self, pieces: impl IntoIterator<Item = &'a str>) -> Self {
        self.text.push_str("\n\n");
        self.text.extend(pieces);
        self
    }

    /// Lines of `name：value`.
    pub(super) fn facts(mut self, title: &str, facts: &[(&str, String)]) -> Self {
        self = self.block(["■ ", title]);
        for (name, value) in facts {
            self.text.extend(["\n　", name, "：", &inline(value)]);
        }
        self
    }

    /// A letter that was written before, whole and as a quotation, under a title of its own.
    pub(super) fn text(self, title: &str, text: &str) -> Self {
        self.block(["■ ", &inline(title), "\n", &quoted(text)])
    }

    /// What somebody wrote; left out when empty.
    pub(super) fn quote(self, title: &str, words: &str) -> Self {
        if words.trim().is_empty() {
            return self;
        }
        self.block(["■ ", title, "\n", &quoted(&shortened(words.trim(), MAX_QUOTED_CHARS))])
    }

    /// What to do next, numbered when there are several steps.
    pub(super) fn next(mut self, steps: &[&str]) -> Self {
        let numbered = steps.len() > 1;
        self = self.block(["■ 次にすること"]);
        for (number, step) in (1..).zip(steps) {
            self.text.push_str("\n　");
            if numbered {
                self.text.extend([&u32::to_string(&number), ". "]);
            }
            self.text.push_str(step);
        }
        self
    }

    /// The page to open, on a line of its own.
    pub(super) fn link(self, url: &str) -> Self {
        self.block([inline(url).as_str()])
    }

    pub(super) fn finish(mut self) -> Rendered {
        let footer = std::mem::take(&mut self.footer);
        let Self { kind, subject, text, .. } = self.block([footer.as_str(), "\n"]);
        Rendered { kind, subject, text }
    }
}
