//! The page that asks once more before something that cannot be taken back: what happens, the facts, one button.

use crate::form::Sheet;
use crate::shell::Shell;
use crate::visitor::Visitor;
use askama::Template;

/// Asks before an act without return; the form is sent to the address of the page itself.
#[derive(Template)]
#[template(path = "confirm.html")]
pub(crate) struct ConfirmPage {
    pub(crate) shell: Shell,
    pub(crate) sheet: Sheet,
    /// What will happen, a sentence each.
    pub(crate) consequences: Vec<String>,
    /// What it is about: label and value.
    pub(crate) facts: Vec<(&'static str, String)>,
    /// Where the form goes.
    pub(crate) action: String,
    /// Typed values that go along unseen.
    pub(crate) carried: Vec<(String, String)>,
    pub(crate) button: &'static str,
    /// Whether something is lost.
    pub(crate) danger: bool,
    /// The way back.
    pub(crate) back: String,
}

impl ConfirmPage {
    /// A question with one button; facts and consequences are filled in by the caller.
    pub(crate) fn new(shell: Shell, visitor: &Visitor, action: String, button: &'static str, back: String) -> Self {
        Self {
            shell,
            sheet: Sheet::blank(visitor),
            consequences: Vec::new(),
            facts: Vec::new(),
            action,
            carried: Vec::new(),
            button,
            danger: false,
            back,
        }
    }
}
