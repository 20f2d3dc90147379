//! What the service issues, it accepts: life, rotation and purposes of access tokens (S10, S11, S12).

use crate::forge::{AUDIENCE, Forge, ISSUER, grant, now, secret};
use chrono::TimeDelta;
use identity::jwt::{AccessTokens, KeyTable, KeyTableError, Refused};
use identity::token::{Purpose, Token};
use serde_json::json;

fn service(signing: &str, older: &[&str]) -> AccessTokens {
    AccessTokens::new(KeyTable::new(&secret(), signing, older).unwrap(), ISSUER, AUDIENCE)
}

#[test]
fn an_issued_token_carries_the_rfc_9068_claims_and_verifies() {
    let service = service("k1", &[]);
    let issued = service.issue(&grant(), now()).unwrap();
    let claims = service.verify(&issued.token, now()).unwrap();
    assert_eq!(issued.expires_at, now() + TimeDelta::minutes(15));
    assert_eq!(
        serde_json::to_value(&claims).unwrap(),
        json!({
            "iss": ISSUER, "sub": "user-1", "aud": AUDIENCE,
            "exp": now().timestamp() + 900, "nbf": now().timestamp(), "iat": now().timestamp(),
            "jti": "token-1", "client_id": "api", "sid": "session-1", "ver": 3,
            "scope": "board:read seats:write",
        })
    );
    assert!(claims.has_scope("seats:write"));
    assert!(!claims.has_scope("seats"));
    assert!(!claims.has_scope(""));
    assert_eq!(Forge::part(&issued.token, 0), json!({"typ": "at+jwt", "alg": "EdDSA", "kid": "k1"}));
}

#[test]
fn a_token_lives_fifteen_minutes_with_thirty_seconds_of_leeway() {
    let service = service("k1", &[]);
    let token = service.issue(&grant(), now()).unwrap().token;
    let table = [
        (-31, Some(Refused::NotYetValid)),
        (-30, None),
        (0, None),
        (899, None),
        (929, None),
        (930, Some(Refused::Expired)),
        (86_400, Some(Refused::Expired)),
    ];
    for (seconds, refused) in table {
        let at = now() + TimeDelta::seconds(seconds);
        assert_eq!(service.verify(&token, at).err(), refused, "{seconds}");
    }
}

#[test]
fn a_new_key_signs_while_the_old_one_still_verifies_until_it_leaves_the_table() {
    let before = service("k1", &[]);
    let during = service("k2", &["k1"]);
    let after = service("k2", &[]);
    let old = before.issue(&grant(), now()).unwrap().token;
    let new = during.issue(&grant(), now()).unwrap().token;
    assert_eq!(Forge::part(&new, 0)["kid"], "k2");
    assert!(during.verify(&old, now()).is_ok());
    assert!(during.verify(&new, now()).is_ok());
    assert!(after.verify(&new, now()).is_ok());
    assert_eq!(after.verify(&old, now()).err(), Some(Refused::UnknownKey));
    assert_eq!(before.verify(&new, now()).err(), Some(Refused::UnknownKey));
}

#[test]
fn replicas_with_the_same_secret_accept_each_others_tokens_and_others_do_not() {
    let stranger =
        AccessTokens::new(KeyTable::new(&crate::forge::other_secret(), "k1", &[]).unwrap(), ISSUER, AUDIENCE);
    let token = service("k1", &[]).issue(&grant(), now()).unwrap().token;
    assert!(service("k1", &[]).verify(&token, now()).is_ok());
    assert_eq!(stranger.verify(&token, now()).err(), Some(Refused::Signature));
}

#[test]
fn the_jwks_document_holds_public_keys_only() {
    let document = serde_json::to_value(service("k2", &["k1"]).jwks()).unwrap();
    let keys = document["keys"].as_array().unwrap();
    let kids: Vec<_> = keys.iter().map(|key| key["kid"].as_str().unwrap()).collect();
    assert_eq!(kids, ["k1", "k2"]);
    for key in keys {
        let mut names: Vec<_> = key.as_object().unwrap().keys().cloned().collect();
        names.sort();
        assert_eq!(names, ["alg", "crv", "kid", "kty", "use", "x"]);
        assert_eq!((key["kty"].as_str(), key["crv"].as_str()), (Some("OKP"), Some("Ed25519")));
    }
    assert_ne!(keys[0]["x"], keys[1]["x"]);
}

#[test]
fn a_token_verifies_with_nothing_but_the_published_jwk() {
    let service = service("k1", &[]);
    let token = service.issue(&grant(), now()).unwrap().token;
    let (message, signature) = token.rsplit_once('.').unwrap();
    let x = service.jwks().keys[0].x.clone();
    let key = jsonwebtoken::DecodingKey::from_ed_components(&x).unwrap();
    let verify = |message: &str| {
        let algorithm = jsonwebtoken::Algorithm::EdDSA;
        jsonwebtoken::crypto::verify(signature, message.as_bytes(), &key, algorithm).unwrap()
    };
    assert!(verify(message));
    assert!(!verify(&format!("{message}x")));
}

#[test]
fn malformed_key_ids_never_enter_the_table() {
    let long = "k".repeat(65);
    for kid in ["", "K1", "../k1", "k 1", "k1'", "鍵", "k\0", long.as_str()] {
        assert_eq!(KeyTable::new(&secret(), kid, &[]).err(), Some(KeyTableError::InvalidKid(kid.to_owned())),);
        assert!(KeyTable::new(&secret(), "k1", &[kid]).is_err());
    }
}

#[test]
fn debug_output_hides_the_keys() {
    let text = format!("{:?}", service("k1", &[]));
    assert!(text.contains("[hidden]") && !text.contains("private"), "{text}");
}

#[test]
fn of_five_kinds_of_token_each_passes_only_its_own_door() {
    let service = service("k1", &[]);
    let opaque = [Purpose::Refresh, Purpose::Invite, Purpose::Reset, Purpose::Export];
    let mut tokens = vec![service.issue(&grant(), now()).unwrap().token];
    tokens.extend(opaque.map(|purpose| Token::generate(purpose).unwrap().reveal().to_owned()));
    for (made_for, token) in tokens.iter().enumerate() {
        let mut passes = vec![service.verify(token, now()).is_ok()];
        passes.extend(opaque.map(|purpose| Token::parse(purpose, token).is_ok()));
        let expected: Vec<bool> = (0..tokens.len()).map(|door| door == made_for).collect();
        assert_eq!(passes, expected, "kind {made_for}");
    }
}

#[test]
fn a_jwt_of_another_type_or_audience_is_refused_although_our_key_signed_it() {
    let forge = Forge::new();
    let service = service("k1", &[]);
    for typ in ["JWT", "at", "refresh+jwt", "invite+jwt", "reset+jwt", "export+jwt", "AT+JWT", ""] {
        let token = forge.sign(&json!({"typ": typ, "alg": "EdDSA", "kid": "k1"}), &forge.claims());
        assert_eq!(service.verify(&token, now()).err(), Some(Refused::Header), "{typ}");
    }
    for (claim, value) in [
        ("aud", json!("https://other.example")),
        ("aud", json!([AUDIENCE])),
        ("aud", json!([AUDIENCE, "https://other.example"])),
        ("aud", json!(null)),
        ("iss", json!("https://other.example")),
        ("iss", json!([ISSUER])),
        ("sub", json!("")),
        ("sub", json!(7)),
        ("sid", json!("")),
        ("ver", json!("3")),
    ] {
        let token = forge.sign_claims(claim, value.clone());
        assert_eq!(service.verify(&token, now()).err(), Some(Refused::Claims), "{claim} {value}");
    }
}

#[test]
fn times_that_are_not_plain_integers_are_refused() {
    let forge = Forge::new();
    let service = service("k1", &[]);
    let at = now().timestamp();
    for claim in ["exp", "nbf", "iat"] {
        for literal in [
            format!("\"{at}\""),
            format!("{at}.0"),
            format!("{at}.5"),
            "1e99".to_owned(),
            "-1".to_owned(),
            "-9223372036854775808".to_owned(),
            "9223372036854775807".to_owned(),
            "9223372036854775808".to_owned(),
            "18446744073709551616".to_owned(),
            "null".to_owned(),
            "true".to_owned(),
            "[]".to_owned(),
            "{}".to_owned(),
        ] {
            let payload = forge.claims_with_literal(claim, &literal);
            let refused = service.verify(&forge.sign_raw(&forge.header(), &payload), now()).err();
            let timed = claim == "nbf" && literal == "9223372036854775807";
            let expected = if timed { Refused::NotYetValid } else { Refused::Claims };
            assert_eq!(refused, Some(expected), "{claim} {literal}");
        }
        let payload = forge.claims_without(claim);
        let refused = service.verify(&forge.sign_raw(&forge.header(), &payload), now()).err();
        assert_eq!(refused, Some(Refused::Claims), "no {claim}");
    }
}
