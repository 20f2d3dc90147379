//! Who looks at a page: cookie → actor. Without a living session a page leads to the sign-in page and back.
//!
//! The cookie is `__Host-yui` wherever people come by https; `yui` only on a plain loopback address.

use crate::errors::Refused;
use crate::show::encode;
use actix_web::cookie::{Cookie, SameSite, time};
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use app::accounts::{BrowserSession, PlaceView};
use app::{Call, Service};
use chrono::{DateTime, Utc};
use domain::access::{Action, Grant, Role};
use domain::accounts::STEP_UP_LIFE;
use futures_util::future::LocalBoxFuture;
use http_kit::Problem;
use http_kit::limits::Cost;
use sha2::{Digest, Sha256};

/// Where somebody who must enrol a second factor may be before that (S06).
const WITHOUT_FACTOR: [&str; 3] = ["/me/second-factor", "/step-up", "/sign-out"];

/// Somebody signed in, at a page.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    /// For the use case.
    pub(crate) call: Call,
    /// What every form of this page carries.
    pub(crate) csrf: String,
    /// By which a form is known to come from a page of this session.
    secret: [u8; 32],
    /// When the session ends at the latest.
    pub(crate) ends_at: DateTime<Utc>,
    /// When the person last proved to be there.
    proved_at: Option<DateTime<Utc>>,
    /// Notices that were not read.
    pub(crate) unread: i64,
    /// Path and query as asked.
    pub(crate) uri: String,
    /// The places in which roles are held.
    pub(crate) places: Vec<PlaceView>,
    /// Which of them this page is of; none while there are several and no choice.
    pub(crate) place: Option<usize>,
    /// Whether an act just led here: only then its end is told.
    pub(crate) led_here: bool,
}

/// The place that an address belongs to, where it names another than the present one.
pub(crate) fn place_of(path: &str, places: &[PlaceView], present: Option<usize>) -> Option<usize> {
    let mut parts = path.split(['/', '?']).skip(1);
    let (area, id) = (parts.next()?, parts.next()?);
    let named = |place: &PlaceView| match area {
        "consortia" => place.consortium_id.as_deref() == Some(id),
        "members" => place.member_id.as_deref() == Some(id),
        _ => false,
    };
    if present.and_then(|at| places.get(at)).is_some_and(named) {
        return present;
    }
    places.iter().position(named)
}

impl Visitor {
    /// The roles held in the place of this page; all of them while there is no choice.
    fn here(&self) -> impl Iterator<Item = &Grant> {
        let place = self.place.and_then(|at| self.places.get(at));
        self.call.actor.grants.iter().filter(move |grant| {
            place.is_none_or(|place| grant.consortium_id == place.consortium_id && grant.member_id == place.member_id)
        })
    }

    /// The consortium whose menu is shown: the first in which a role is held here.
    pub(crate) fn consortium(&self) -> Option<&str> {
        self.here().find_map(|grant| grant.consortium_id.as_deref())
    }

    /// The town for which the visitor acts in a role here.
    pub(crate) fn town(&self, role: Role) -> Option<&str> {
        self.here().filter(|grant| grant.role == role).find_map(|grant| grant.member_id.as_deref())
    }

    /// Whether a use case would be allowed: what is not is not offered.
    pub(crate) fn may(&self, action: Action, consortium_id: &str, member_id: Option<&str>) -> bool {
        self.call.actor.permit(action, consortium_id, member_id).is_ok()
    }

    /// Refuses a form that its use case would refuse, before it is filled in.
    ///
    /// # Errors
    /// Not found or forbidden, as in the use case.
    pub(crate) fn permit(&self, action: Action, consortium_id: &str, member_id: Option<&str>) -> Result<(), Refused> {
        Ok(self.call.actor.permit(action, consortium_id, member_id).map_err(app::Error::from)?)
    }

    /// Leads to the page that asks for password or code, and back to `next`, unless the visitor proved to be
    /// there within five minutes (S16). Call it before the form is shown, and again where it is sent.
    ///
    /// # Errors
    /// The way there.
    pub(crate) fn stepped_up(&self, service: &Service, next: &str) -> Result<(), Refused> {
        let age = self.proved_at.map(|at| service.env().clock.now().signed_duration_since(at));
        match age {
            Some(age) if age < STEP_UP_LIFE => Ok(()),
            Some(_) | None => Err(Refused::Elsewhere { to: format!("/step-up?next={}", encode(next)) }),
        }
    }

    /// Whether the visitor holds a role here.
    pub(crate) fn is(&self, role: Role) -> bool {
        self.here().any(|grant| grant.role == role)
    }

    /// Whether a form came from a page of this session.
    pub(crate) fn gave(&self, csrf: &str) -> bool {
        is_own(csrf, self.secret)
    }

    pub(crate) fn path(&self) -> &str {
        self.uri.split('?').next().unwrap_or_default()
    }

    /// The value of a parameter of the query; empty when it is absent.
    pub(crate) fn query(&self, name: &str) -> String {
        let query = self.uri.split_once('?').map_or("", |(_, query)| query);
        crate::fields::Fields::parse(query.as_bytes()).get(name).to_owned()
    }

    /// As [`Visitor::query`]; none when it is absent: an empty field of a form is one that was sent.
    pub(crate) fn typed(&self, name: &str) -> Option<String> {
        let query = self.uri.split_once('?').map_or("", |(_, query)| query);
        crate::fields::Fields::parse(query.as_bytes()).all(name).next().map(str::to_owned)
    }

    /// As [`Visitor::query`]; none when it is absent or empty.
    pub(crate) fn query_some(&self, name: &str) -> Option<String> {
        Some(self.query(name)).filter(|value| !value.is_empty())
    }

    /// The page of a list that is asked for: so many entries, behind the cursor, in the order.
    pub(crate) fn page(&self, limit: Option<i64>) -> app::PageQuery {
        page_of(&self.uri, limit)
    }

    /// The filters and the order of this page, each with `&` behind it.
    pub(crate) fn filters(&self) -> String {
        crate::sorting::others(&crate::sorting::split(&self.uri).1, "")
    }

    /// The address of the next page of this list.
    pub(crate) fn next_page(&self, cursor: Option<&str>) -> Option<String> {
        let mut query = crate::fields::Fields::parse(self.uri.split_once('?').map_or("", |(_, q)| q).as_bytes());
        query.set("cursor", cursor?);
        let pairs: Vec<String> = query
            .pairs()
            .filter(|(name, _)| !matches!(*name, "done" | "receipt"))
            .map(|(name, value)| format!("{name}={}", encode(value)))
            .collect();
        Some(format!("{}?{}", self.path(), pairs.join("&")))
    }
}

/// The page of a list that an address asks for.
pub(crate) fn page_of(uri: &str, limit: Option<i64>) -> app::PageQuery {
    let (_, query) = crate::sorting::split(uri);
    let some = |name: &str| Some(query.get(name).to_owned()).filter(|value| !value.is_empty());
    app::PageQuery { limit, cursor: some("cursor"), sort: some("sort"), filters: crate::lists::filters(&query) }
}

impl FromRequest for Visitor {
    type Error = Refused;
    type Future = LocalBoxFuture<'static, Result<Self, Refused>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move {
            match visitor(&req, Cost::Read).await {
                Err(Refused::Problem(problem)) if problem.code() == "unauthenticated" => {
                    Err(Refused::SignIn { next: req.uri().to_string() })
                }
                other => other,
            }
        })
    }
}

/// The visitor behind the cookie of a request.
pub(crate) async fn visitor(req: &HttpRequest, cost: Cost) -> Result<Visitor, Refused> {
    let cookie = req.cookie(cookie_name(req)?).map(|cookie| cookie.value().to_owned()).unwrap_or_default();
    let service = http_kit::auth::service(req)?;
    let visit = app::accounts::authenticate_browser(service, &cookie).await?;
    let call = http_kit::auth::admit(req, visit.actor, cost)?;
    if visit.must_enrol && !WITHOUT_FACTOR.iter().any(|open| req.path().starts_with(open)) {
        return Err(Refused::Elsewhere { to: "/me/second-factor".to_owned() });
    }
    let (ends_at, proved_at, unread) = (visit.ends_at, visit.stepped_up_at, visit.unread_notices);
    let place = place_of(req.path(), &visit.places, visit.place).or(visit.place);
    Ok(Visitor {
        call,
        csrf: csrf(&cookie),
        secret: secret(&cookie),
        ends_at,
        proved_at,
        unread,
        uri: req.uri().to_string(),
        places: visit.places,
        place,
        led_here: led_here(req),
    })
}

/// Whether a page of ours led to this address, as the answer to a form does: an address with `?done=` that somebody typed,
/// kept or got in a mail does not claim an act. No cookie may note it: one that changes makes browsers forget the
/// page before, and with it the mark by which a form that is sent again is known (`_once`).
pub(crate) fn led_here(req: &HttpRequest) -> bool {
    req.headers().get("sec-fetch-site").is_none_or(|from| from == "same-origin")
}

/// What only a page of this session can know: the cookie itself cannot be read by any script. Made anew for each
/// page, because pages are compressed: lengths must tell nothing about it.
pub(crate) fn csrf(cookie: &str) -> String {
    let mask: [u8; 32] = Sha256::digest(uuid::Uuid::now_v7().as_bytes()).into();
    let mask = app::audit::hex(&mask);
    let proof = proof(&mask, secret(cookie));
    mask + &proof
}

/// What the tokens of a session have in common.
fn secret(cookie: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"yui form\n");
    hash.update(cookie);
    hash.finalize().into()
}

/// Proof that whoever made the mask into a token knew the secret.
fn proof(mask: &str, secret: [u8; 32]) -> String {
    let mut hash = Sha256::new();
    hash.update(b"yui mask\n");
    hash.update(mask);
    hash.update(secret);
    app::audit::hex(&hash.finalize())
}

/// Whether a form carries what a page of this session was given.
fn is_own(typed: &str, secret: [u8; 32]) -> bool {
    typed.split_at_checked(64).is_some_and(|(mask, shown)| proof(mask, secret) == shown)
}

fn cookie_name(req: &HttpRequest) -> Result<&'static str, Problem> {
    Ok(if http_kit::auth::edge(req)?.settings.https { "__Host-yui" } else { "yui" })
}

/// The cookie of a fresh session.
pub(crate) fn cookie(req: &HttpRequest, session: &BrowserSession) -> Result<Cookie<'static>, Problem> {
    cookie_of(req, &session.cookie, session.expires_at)
}

/// A cookie that opens a session until its end.
pub(crate) fn cookie_of(req: &HttpRequest, value: &str, ends_at: DateTime<Utc>) -> Result<Cookie<'static>, Problem> {
    let ends = time::OffsetDateTime::from_unix_timestamp(ends_at.timestamp()).map_err(Problem::fault)?;
    Ok(bare_cookie(req, value.to_owned())?.expires(ends).finish())
}

/// The cookie that takes the session away.
pub(crate) fn no_cookie(req: &HttpRequest) -> Result<Cookie<'static>, Problem> {
    Ok(bare_cookie(req, String::new())?.max_age(time::Duration::ZERO).finish())
}

fn bare_cookie(req: &HttpRequest, value: String) -> Result<actix_web::cookie::CookieBuilder<'static>, Problem> {
    let https = http_kit::auth::edge(req)?.settings.https;
    Ok(Cookie::build(cookie_name(req)?, value).path("/").http_only(true).secure(https).same_site(SameSite::Lax))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(consortium: Option<&str>, member: Option<&str>) -> PlaceView {
        PlaceView {
            consortium_id: consortium.map(str::to_owned),
            consortium: None,
            member_id: member.map(str::to_owned),
            member: None,
            roles: vec![Role::Contact],
        }
    }

    #[test]
    fn an_address_that_names_another_place_is_of_that_place() {
        let places = [
            place(None, None),
            place(Some("c1"), Some("m1")),
            place(Some("c1"), Some("m2")),
            place(Some("c2"), Some("m3")),
        ];
        for (path, present, found) in [
            ("/consortia/c1/posts", Some(2), Some(2)),
            ("/consortia/c1/posts?q=x", Some(3), Some(1)),
            ("/consortia/c2/posts", Some(1), Some(3)),
            ("/members/m2/staff", Some(1), Some(2)),
            ("/members/unknown", Some(1), None),
            ("/me", Some(1), None),
        ] {
            assert_eq!(place_of(path, &places, present), found, "{path}");
        }
    }

    #[test]
    fn the_token_of_a_form_differs_each_time_and_belongs_to_one_session() {
        let (first, second) = (csrf("cookie"), csrf("cookie"));
        assert_ne!(first, second);
        assert!(is_own(&first, secret("cookie")) && is_own(&second, secret("cookie")));
        assert!(!is_own(&first, secret("another")));
        let (mask, shown) = first.split_at(64);
        for forged in ["", "ab", mask, shown, &format!("{shown}{mask}"), &format!("{mask}{mask}"), &"あ".repeat(43)] {
            assert!(!is_own(forged, secret("cookie")), "{forged}");
        }
    }
}
