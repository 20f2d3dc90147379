//! Letters to the contacts of a town: one mail for each contact, with the town and the consortium
//! named at its head.

use crate::{Ctx, Error};
use mail::templates::{Head, Rendered};

/// Writes to every contact (担当者) of a town.
///
/// # Errors
/// When the database refuses.
pub fn write_to_contacts(
    ctx: &mut Ctx<'_>,
    consortium_id: &str,
    member_id: &str,
    member_name: &str,
    letter: impl Fn(&Head<'_>) -> Rendered,
) -> Result<(), Error> {
    let recipients = super::contacts(ctx, consortium_id, member_id)?;
    if recipients.is_empty() {
        return Ok(());
    }
    let consortium = store::consortium::find(ctx.db, consortium_id)?.name;
    for to in recipients {
        let head = Head {
            organisation: member_name,
            name: &to.name,
            consortium: &consortium,
            contact: &ctx.env.settings.help_contact,
        };
        let mail = letter(&head);
        super::send(ctx, Some(consortium_id), &to, &mail)?;
    }
    Ok(())
}

/// A count as the letters take it.
pub(crate) fn count(seats: i64) -> u32 {
    u32::try_from(seats).unwrap_or(u32::MAX)
}

/// A year as the letters take it.
pub(crate) fn year(fiscal_year: i64) -> i32 {
    i32::try_from(fiscal_year).unwrap_or(i32::MAX)
}
