//! Mails that carry a one-time link: whoever reads their text holds the link (S07). While such a mail waits its body is
//! sealed under the service secret, so that neither the database nor a backup of it opens anything; once it was
//! delivered or given up, the body is erased.

use crate::{Ctx, Error};
use identity::sealed;
use identity::secret::{Label, ServiceSecret};
use mail::Kind;

/// What begins a sealed body; mails queued by an older release have none.
const MARK: &str = "sealed.1.";
/// What stands in the place of an erased body.
const ERASED: &str = "（リンクを含むため、本文を消去しました。）";

/// A body as it is kept while the mail waits.
pub(crate) fn kept(ctx: &Ctx<'_>, id: &str, kind: Kind, text: &str) -> Result<String, Error> {
    if !kind.carries_link() {
        return Ok(text.to_owned());
    }
    let sealed = sealed::seal(&ctx.env.secret, Label::MailBody, id, text.as_bytes()).map_err(Error::internal)?;
    Ok(format!("{MARK}{sealed}"))
}

/// The text of a mail that waits; none when it was sealed under another secret or moved from another row.
#[must_use]
pub fn opened(secret: &ServiceSecret, id: &str, kind: &str, body: &str) -> Option<String> {
    let sealed = Kind::from_name(kind).filter(|kind| kind.carries_link()).and_then(|_| body.strip_prefix(MARK));
    match sealed {
        None => Some(body.to_owned()),
        Some(sealed) => {
            let bytes = sealed::open(secret, Label::MailBody, id, sealed).ok()?;
            String::from_utf8(bytes).ok()
        }
    }
}

/// Forgets the text of a mail that waits no longer.
pub(crate) fn erase(ctx: &mut Ctx<'_>, id: &str, kind: &str) -> Result<(), Error> {
    if Kind::from_name(kind).is_some_and(Kind::carries_link) {
        store::notify::delivery::replace_body(ctx.db, id, ERASED)?;
    }
    Ok(())
}

/// The text of the newest mail of a kind to an address, for the demo, which plays the people who open it.
///
/// # Errors
/// [`Error::NotFound`] when there is none that can be read.
pub fn newest_text(ctx: &mut Ctx<'_>, address: &str, kind: Kind) -> Result<String, Error> {
    let (id, body) = store::notify::newest(ctx.db, address, kind.name())?;
    opened(&ctx.env.secret, &id, kind.name(), &body).ok_or(Error::NotFound)
}
