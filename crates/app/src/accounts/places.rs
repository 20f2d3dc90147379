//! Where somebody works: the places of the roles held, and the one that was chosen for a session.
//!
//! A place decides what the menu offers and what home begins with. It gives and takes no right: every role counts
//! wherever it holds. To change it is a role switch, so the browser gets another cookie (S60).

use super::session_only;
use crate::audit::Entry;
use crate::service::Call;
use crate::{Error, FieldCode, Service};
use domain::access::Role;
use identity::token::{Purpose, Token};
use serde_json::json;
use store::accounts::places::{self as rows, Place};
use store::accounts::sessions;
use store::accounts::users::PlacedGrant;

/// A place with the roles held there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceView {
    /// The consortium; none for the service as a whole.
    pub consortium_id: Option<String>,
    /// Its name.
    pub consortium: Option<String>,
    /// The member; none where the role belongs to none.
    pub member_id: Option<String>,
    /// Its name.
    pub member: Option<String>,
    /// The roles held there.
    pub roles: Vec<Role>,
}

impl PlaceView {
    fn is(&self, place: &Place) -> bool {
        self.consortium_id == place.consortium_id && self.member_id == place.member_id
    }
}

/// The places of grants, in their order.
pub(super) fn of_grants(grants: &[PlacedGrant]) -> Vec<PlaceView> {
    let mut places: Vec<PlaceView> = Vec::new();
    for placed in grants {
        let Some(role) = Role::parse(&placed.grant.role) else { continue };
        let at = Place { consortium_id: placed.grant.consortium_id.clone(), member_id: placed.grant.member_id.clone() };
        match places.iter_mut().find(|place| place.is(&at)) {
            Some(place) if place.roles.contains(&role) => {}
            Some(place) => place.roles.push(role),
            None => places.push(PlaceView {
                consortium_id: at.consortium_id,
                consortium: placed.consortium.clone(),
                member_id: at.member_id,
                member: placed.member.clone(),
                roles: vec![role],
            }),
        }
    }
    places
}

/// Which of the places is the one chosen; the only one needs no choice.
pub(super) fn chosen(places: &[PlaceView], chosen: Option<&Place>) -> Option<usize> {
    match places {
        [_only] => Some(0),
        places => places.iter().position(|place| chosen.is_some_and(|chosen| place.is(chosen))),
    }
}

/// Chooses the place of a browser's session; the answer is the value of its new cookie, the one before is dead.
///
/// # Errors
/// A place in which the caller holds no role; a personal access token.
pub async fn choose_place(
    service: &Service,
    call: Call,
    consortium_id: Option<String>,
    member_id: Option<String>,
) -> Result<String, Error> {
    session_only(&call.actor)?;
    let held =
        call.actor.grants.iter().any(|grant| grant.consortium_id == consortium_id && grant.member_id == member_id);
    if !held {
        return Err(Error::field("/place", FieldCode::NoSuchThing));
    }
    let cookie = Token::generate(Purpose::Cookie).map_err(Error::internal)?;
    let hash = cookie.hash().to_string();
    let place = Place { consortium_id, member_id };
    service
        .write(call, move |ctx, call| {
            let (session, now) = (&call.actor.credential_id, ctx.stamp());
            rows::choose(ctx.db, session, &place, now)?;
            sessions::replace_cookie(ctx.db, &hash, session, now)?;
            ctx.rights_changed(&call.actor.user_id);
            let entry = Entry::done(&call.actor, None, "session.place_chosen", "session", session);
            ctx.record(entry.details(json!({"consortium": place.consortium_id, "member": place.member_id})));
            Ok(())
        })
        .await?;
    Ok(cookie.reveal().to_owned())
}
