//! Mails of the board: to whom, with whose words. Nobody is told of one's own act.

use crate::service::Call;
use crate::{Ctx, Error, notify};
use mail::templates::{Head, Rendered};
use store::board::Post;

/// Writes to one account about a post, unless it is the caller's own; `render` gets the head and the post's page.
pub(super) fn tell(
    ctx: &mut Ctx<'_>,
    call: &Call,
    post: &Post,
    user_id: &str,
    render: impl Fn(&Head<'_>, &str) -> Rendered,
) -> Result<(), Error> {
    if user_id == call.actor.user_id {
        return Ok(());
    }
    let to = notify::person(ctx, user_id)?;
    let consortium = store::consortium::find(ctx.db, &post.consortium_id)?;
    let contact = ctx.env.settings.help_contact.clone();
    let url = format!("{}/posts/{}", ctx.env.settings.public_url, post.id);
    let head = Head { organisation: "", name: &to.name, consortium: &consortium.name, contact: &contact };
    let mail = render(&head, &url);
    notify::send(ctx, Some(&post.consortium_id), &to, &mail)
}
