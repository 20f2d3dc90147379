//! Who asks: bearer token → actor, and the extractors of requests without a body.
//!
//! Rights are not decided here (that is `domain::access`); only what the credential itself forbids:
//! a token that may only read does not write.

use crate::limits::Cost;
use crate::{Edge, Problem, peer};
use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest, web};
use app::{Call, Code, Meta, Service};
use domain::access::{Actor, Scope};
use futures_util::future::LocalBoxFuture;

/// The longest token that is looked at.
const MAX_TOKEN: usize = 8 * 1024;

/// What a token may be used for before a second factor that the role asks for is enrolled (S06).
const WITHOUT_FACTOR: [&str; 6] =
    ["get_me", "get_second_factor", "begin_second_factor", "confirm_second_factor", "step_up", "sign_out"];

/// A reading request of somebody known.
#[derive(Debug, Clone)]
pub struct Read {
    /// For the use case.
    pub call: Call,
    /// Path and query as asked, for the link to the next page.
    pub uri: String,
}

/// A reading request of anybody.
#[derive(Debug, Clone)]
pub struct Anonymous {
    /// For the use case.
    pub meta: Meta,
}

impl FromRequest for Read {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move {
            let call = call(&req, Cost::Read).await?;
            Ok(Self { call, uri: req.uri().to_string() })
        })
    }
}

impl FromRequest for Anonymous {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(Ok(Self { meta: peer::meta(req) }))
    }
}

/// Authenticates, counts and names the operation.
pub(crate) async fn call(req: &HttpRequest, cost: Cost) -> Result<Call, Problem> {
    let service = service(req)?;
    let meta = peer::meta(req);
    let bearer = app::accounts::authenticate_bearer(service, token(req)?, &meta).await?;
    let call = match admit(req, bearer.actor.clone(), cost) {
        Err(refused) if refused.code() == Code::InsufficientScope.as_str() => {
            service.note_refusal(&meta, &bearer.actor, operation(req)?).await;
            return Err(refused);
        }
        other => other?,
    };
    if bearer.must_enrol && !WITHOUT_FACTOR.contains(&call.operation.as_str()) {
        return Err(Problem::new(Code::SecondFactorEnrolmentRequired));
    }
    Ok(call)
}

/// The call of somebody whose credential was checked: counted, and named after its operation.
///
/// # Errors
/// Too many requests; a credential that may only read.
pub fn admit(req: &HttpRequest, actor: Actor, cost: Cost) -> Result<Call, Problem> {
    let (edge, meta) = (edge(req)?, peer::meta(req));
    edge.limiter.spend(cost, &actor.credential_id)?;
    allowed(&actor, cost)?;
    let operation = operation(req)?.to_owned();
    Ok(Call { meta, actor, operation, idempotency: None, expected_version: None })
}

/// The name of what is asked for.
fn operation(req: &HttpRequest) -> Result<&str, Problem> {
    Ok(edge(req)?.routes.find(req.method().as_str(), req.path()).map_or("", |(_, operation)| operation))
}

/// The service that was installed.
///
/// # Errors
/// A fault when none was.
pub fn service(req: &HttpRequest) -> Result<&web::Data<Service>, Problem> {
    req.app_data::<web::Data<Service>>().ok_or_else(|| Problem::fault("no service installed"))
}

/// The edge that was installed.
///
/// # Errors
/// A fault when none was.
pub fn edge(req: &HttpRequest) -> Result<&web::Data<Edge>, Problem> {
    req.app_data::<web::Data<Edge>>().ok_or_else(|| Problem::fault("no edge installed"))
}

/// The bearer token: exactly one header of exactly one form.
fn token(req: &HttpRequest) -> Result<&str, Problem> {
    let mut headers = req.headers().get_all(AUTHORIZATION);
    let token = match (headers.next(), headers.next()) {
        (Some(header), None) => header.to_str().ok().and_then(|value| value.split_once(' ')),
        (None | Some(_), _) => None,
    };
    match token {
        Some((scheme, token))
            if scheme.eq_ignore_ascii_case("bearer")
                && (1..=MAX_TOKEN).contains(&token.len())
                && token.bytes().all(|byte| byte.is_ascii_graphic()) =>
        {
            Ok(token)
        }
        Some(_) | None => Err(Problem::new(Code::Unauthenticated)),
    }
}

fn allowed(actor: &Actor, cost: Cost) -> Result<(), Problem> {
    let writes = match cost {
        Cost::Read => false,
        Cost::Write | Cost::SignIn => true,
    };
    match &actor.scopes {
        Some(scopes) if writes && !scopes.contains(&Scope::Write) => Err(Problem::new(Code::InsufficientScope)),
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn one_bearer_token_is_wanted() {
        let with = |values: &[&str]| {
            let req = values.iter().fold(TestRequest::get(), |req, value| req.append_header(("Authorization", *value)));
            token(&req.to_http_request()).map(str::to_owned)
        };
        assert_eq!(with(&["Bearer abc.def"]).unwrap(), "abc.def");
        assert_eq!(with(&["bearer abc"]).unwrap(), "abc");
        let long = format!("Bearer {}", "a".repeat(MAX_TOKEN + 1));
        for bad in [
            &[][..],
            &["Basic abc"],
            &["Bearer "],
            &["Bearer"],
            &["Bearer a b"],
            &["Bearer a", "Bearer b"],
            &[long.as_str()],
        ] {
            assert_eq!(with(bad).unwrap_err().code(), "unauthenticated", "{bad:?}");
        }
    }

    #[test]
    fn a_reading_token_does_not_write() {
        let actor = |scopes| Actor {
            user_id: "u".into(),
            display_name: "架空の職員".into(),
            credential_id: "t".into(),
            scopes,
            grants: Vec::new(),
            past: Vec::new(),
        };
        assert!(allowed(&actor(Some(vec![Scope::Read])), Cost::Read).is_ok());
        let refused = allowed(&actor(Some(vec![Scope::Read])), Cost::Write).unwrap_err();
        assert_eq!(refused.code(), "insufficient_scope");
        assert!(allowed(&actor(Some(vec![Scope::Read, Scope::Write])), Cost::Write).is_ok());
        assert!(allowed(&actor(None), Cost::Write).is_ok());
    }
}
