//! Who sits on a seat of a town, as the learning platform's user import wants it.
//! Its rules (header, UTF-8, at most 1 MB a file) are those of Udemy Business; it cannot take licences away.

use crate::imports::assignments::{permit, places, staff};
use crate::{Call, Ctx, Error};

/// The header of the platform's file.
pub const HEADER: [&str; 4] = ["email", "role", "groups", "group admin for"];

/// The people who sit, one record each, by mail address.
///
/// # Errors
/// [`Error::NotFound`] for another town; [`Error::Forbidden`] for who may not assign its seats.
pub fn list_platform_users(ctx: &mut Ctx<'_>, call: &Call, member_id: &str) -> Result<Vec<Vec<String>>, Error> {
    let member = permit(ctx, call, member_id)?;
    let places = places(ctx, call, &member)?;
    let mut staff = staff(ctx, call, &member)?;
    staff.retain(|person| places.iter().any(|place| place.seated.contains_key(&person.id)));
    staff.sort_by(|a, b| a.email.cmp(&b.email));
    let record = |email: String| vec![email, "user".to_owned(), member.name.clone(), String::new()];
    Ok(staff.into_iter().map(|person| record(person.email)).collect())
}
