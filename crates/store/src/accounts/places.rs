//! Where somebody with roles in several places works in a session.

use crate::schema::{session_places, sessions};
use crate::{Db, StoreError};
use chrono::NaiveDateTime;
use diesel::prelude::*;

/// A place: a consortium and, where the role belongs to one, a member; neither for the service as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Place {
    /// The consortium.
    pub consortium_id: Option<String>,
    /// The member.
    pub member_id: Option<String>,
}

/// The place that was chosen in a session; where none was, the one that its person chose last.
///
/// # Errors
/// When the database refuses.
pub fn of_session(db: &mut Db, session_id: &str, user_id: &str) -> Result<Option<Place>, StoreError> {
    let place = (session_places::consortium_id, session_places::member_id);
    let here: Option<Place> = session_places::table.find(session_id).select(place).first(db).optional()?;
    if here.is_some() {
        return Ok(here);
    }
    Ok(session_places::table
        .inner_join(sessions::table)
        .filter(sessions::user_id.eq(user_id))
        .order(session_places::chosen_at.desc())
        .select(place)
        .first(db)
        .optional()?)
}

/// Chooses a place in a session.
///
/// # Errors
/// When the database refuses.
pub fn choose(db: &mut Db, session_id: &str, place: &Place, at: NaiveDateTime) -> Result<(), StoreError> {
    diesel::delete(session_places::table.find(session_id)).execute(db)?;
    diesel::insert_into(session_places::table)
        .values((
            session_places::session_id.eq(session_id),
            session_places::consortium_id.eq(place.consortium_id.as_deref()),
            session_places::member_id.eq(place.member_id.as_deref()),
            session_places::chosen_at.eq(at),
        ))
        .execute(db)?;
    Ok(())
}
