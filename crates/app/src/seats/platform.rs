//! Who sits on a seat of a town, as the learning platform's user import wants it.
//! Its rules (header, UTF-8, at most 1 MB a file) are those of Udemy Business; it cannot take licences away.

use crate::imports::assignments::{permit, places, staff};
use crate::{Call, Ctx, Error};
use domain::clock::japan_date;

/// The header of the platform's file.
pub const HEADER: [&str; 4] = ["email", "role", "groups", "group admin for"];

/// The people who sit on seats whose period of use has begun, one record each, by mail address: whoever is in the file
/// can sign in at the platform at once.
///
/// # Errors
/// [`Error::NotFound`] for another town; [`Error::Forbidden`] for who may not assign its seats.
pub fn list_platform_users(ctx: &mut Ctx<'_>, call: &Call, member_id: &str) -> Result<Vec<Vec<String>>, Error> {
    let member = permit(ctx, call, member_id)?;
    let today = japan_date(ctx.now);
    let mut places = places(ctx, call, &member)?;
    places.retain(|place| place.starts_on <= today);
    let mut staff = staff(ctx, call, &member)?;
    staff.retain(|person| places.iter().any(|place| place.seated.contains_key(&person.id)));
    staff.sort_by(|a, b| a.email.cmp(&b.email));
    let record = |email: String| vec![email, "user".to_owned(), member.name.clone(), String::new()];
    Ok(staff.into_iter().map(|person| record(person.email)).collect())
}
