//! Forged tokens (S09): each is one change away from a token that verifies, and each is refused.

use std::collections::BTreeSet;

use identity::jwt::{AccessTokens, KeyTable, Refused};
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::{Value, json};

use crate::forge::{AUDIENCE, Forge, ISSUER, b64, now, secret};

fn service() -> AccessTokens {
    AccessTokens::new(KeyTable::new(&secret(), "k1", &[]).unwrap(), ISSUER, AUDIENCE)
}

/// Name, token, and the check that must stop it.
fn forgeries() -> Vec<(&'static str, String, Refused)> {
    let mut all = unsigned();
    all.extend(confused_algorithms());
    all.extend(key_smuggling());
    all.extend(key_ids());
    all.extend(repeated_and_unknown_members());
    all.extend(broken_encodings());
    all
}

fn unsigned() -> Vec<(&'static str, String, Refused)> {
    let forge = Forge::new();
    let good = forge.sign_raw(&forge.header(), &forge.claims().to_string());
    let (message, signature) = good.rsplit_once('.').unwrap();
    let bare = |alg: &str| {
        let header = forge.header_with("alg", json!(alg)).to_string();
        format!("{}.{}", b64(header), b64(forge.claims().to_string()))
    };
    let signed = |alg: &str| format!("{}.{signature}", bare(alg));
    let other = forge.sign_claims("sub", json!("admin"));
    let other_message = other.rsplit_once('.').unwrap().0;
    vec![
        ("alg none, empty signature", format!("{}.", bare("none")), Refused::Malformed),
        ("alg none, a signature", signed("none"), Refused::Header),
        ("alg None", signed("None"), Refused::Header),
        ("alg nOnE", signed("nOnE"), Refused::Header),
        ("alg empty", signed(""), Refused::Header),
        ("empty signature", format!("{message}."), Refused::Malformed),
        ("third part stripped", message.to_owned(), Refused::Malformed),
        ("signature of zeros", format!("{message}.{}", b64([0; 64])), Refused::Signature),
        ("signature cut", format!("{message}.{}", b64([7; 63])), Refused::Signature),
        ("signature of other claims", format!("{other_message}.{signature}"), Refused::Signature),
        ("two signatures", format!("{good}.{signature}"), Refused::Malformed),
        (
            "JSON serialisation with two signatures",
            json!({"payload": b64("{}"), "signatures": [signature, signature]}).to_string(),
            Refused::Malformed,
        ),
        (
            "signed by a stranger's key",
            Forge::stranger().sign_raw(&forge.header(), &forge.claims().to_string()),
            Refused::Signature,
        ),
    ]
}

fn confused_algorithms() -> Vec<(&'static str, String, Refused)> {
    let forge = Forge::new();
    let public = service().jwks().keys[0].x.clone();
    let by_public_key = |alg: &str, algorithm| {
        let header = forge.header_with("alg", json!(alg)).to_string();
        let message = format!("{}.{}", b64(header), b64(forge.claims().to_string()));
        let key = EncodingKey::from_secret(public.as_bytes());
        let signature = crypto::sign(message.as_bytes(), &key, algorithm).unwrap();
        format!("{message}.{signature}")
    };
    let renamed = |alg: &str| forge.sign(&forge.header_with("alg", json!(alg)), &forge.claims());
    vec![
        ("HS256 with the public key", by_public_key("HS256", Algorithm::HS256), Refused::Header),
        ("HS512 with the public key", by_public_key("HS512", Algorithm::HS512), Refused::Header),
        ("HMAC under the name EdDSA", by_public_key("EdDSA", Algorithm::HS256), Refused::Signature),
        ("alg RS256", renamed("RS256"), Refused::Header),
        ("alg ES256", renamed("ES256"), Refused::Header),
        ("alg Ed25519", renamed("Ed25519"), Refused::Header),
        ("alg eddsa", renamed("eddsa"), Refused::Header),
        ("alg as a list", forge.sign(&forge.header_with("alg", json!(["EdDSA"])), &forge.claims()), Refused::Header),
    ]
}

fn key_smuggling() -> Vec<(&'static str, String, Refused)> {
    let forge = Forge::new();
    let with = |name: &str, value: Value| forge.sign(&forge.header_with(name, value), &forge.claims());
    let own_key = json!({"kty": "OKP", "crv": "Ed25519", "x": b64([9; 32])});
    let crit = json!({"typ": "at+jwt", "alg": "EdDSA", "kid": "k1", "crit": ["exp"], "exp": 1});
    vec![
        ("jku", with("jku", json!("https://evil.example/jwks.json")), Refused::Header),
        ("jwk", with("jwk", own_key), Refused::Header),
        ("x5u", with("x5u", json!("https://evil.example/chain.pem")), Refused::Header),
        ("x5c", with("x5c", json!(["MIIB"])), Refused::Header),
        ("x5t", with("x5t", json!("AAAA")), Refused::Header),
        ("crit", forge.sign(&crit, &forge.claims()), Refused::Header),
        ("crit empty", with("crit", json!([])), Refused::Header),
        ("b64 false", with("b64", json!(false)), Refused::Header),
        ("zip", with("zip", json!("DEF")), Refused::Header),
        ("cty JWT", with("cty", json!("JWT")), Refused::Header),
    ]
}

fn key_ids() -> Vec<(&'static str, String, Refused)> {
    let forge = Forge::new();
    let kid = |value: Value| forge.sign(&forge.header_with("kid", value), &forge.claims());
    let missing = json!({"typ": "at+jwt", "alg": "EdDSA"});
    vec![
        ("kid unknown", kid(json!("k2")), Refused::UnknownKey),
        ("kid path traversal", kid(json!("../../../../dev/null")), Refused::UnknownKey),
        ("kid SQL", kid(json!("k1' OR '1'='1")), Refused::UnknownKey),
        ("kid with a NUL", kid(json!("k1\0")), Refused::UnknownKey),
        ("kid in capitals", kid(json!("K1")), Refused::UnknownKey),
        ("kid empty", kid(json!("")), Refused::UnknownKey),
        ("kid null", kid(json!(null)), Refused::Header),
        ("kid a number", kid(json!(1)), Refused::Header),
        ("kid missing", forge.sign(&missing, &forge.claims()), Refused::Header),
    ]
}

fn repeated_and_unknown_members() -> Vec<(&'static str, String, Refused)> {
    let forge = Forge::new();
    let claims = forge.claims().to_string();
    let open = claims.strip_suffix('}').unwrap();
    let twice = |member: &str| forge.sign_raw(&forge.header(), &format!("{open},{member}}}"));
    let header = forge.header();
    let header = header.strip_suffix('}').unwrap();
    let header_twice = |member: &str| forge.sign_raw(&format!("{header},{member}}}"), &claims);
    vec![
        ("sub twice", twice(r#""sub":"admin""#), Refused::Claims),
        ("exp twice", twice(r#""exp":1775002500"#), Refused::Claims),
        ("sub twice by escapes", twice(r#""\u0073ub":"admin""#), Refused::Claims),
        ("unknown claim", twice(r#""admin":true"#), Refused::Claims),
        ("alg twice", header_twice(r#""alg":"none""#), Refused::Header),
        ("kid twice", header_twice(r#""kid":"k1""#), Refused::Header),
        ("claims are a list", forge.sign_raw(&forge.header(), "[]"), Refused::Claims),
        ("claims are no JSON", forge.sign_raw(&forge.header(), "sub=admin"), Refused::Claims),
        ("claims with a tail", forge.sign_raw(&forge.header(), &(claims.clone() + "{}")), Refused::Claims),
        ("header a list", forge.sign_raw(r#"["at+jwt","EdDSA","k1"]"#, &claims), Refused::Header),
    ]
}

fn broken_encodings() -> Vec<(&'static str, String, Refused)> {
    let forge = Forge::new();
    let claims = forge.claims().to_string();
    let good = forge.sign_raw(&forge.header(), &claims);
    let (message, signature) = good.rsplit_once('.').unwrap();
    let (header, payload) = message.split_once('.').unwrap();
    // 64 bytes end with a character of which only two bits count: Q to f all decode alike if lenient.
    let (head, last) = signature.split_at(signature.len() - 1);
    let sibling = match last {
        "A" => "B",
        "Q" => "R",
        "g" => "h",
        _ => "x",
    };
    let padded = forge.sign_message(&format!("{header}=.{payload}"));
    let mut huge = forge.claims();
    huge["scope"] = json!("s".repeat(8_192));
    vec![
        ("signature not canonical", format!("{message}.{head}{sibling}"), Refused::Malformed),
        ("signature padded", format!("{good}=="), Refused::Malformed),
        ("header padded", padded, Refused::Malformed),
        ("plus and slash", forge.sign_message(&format!("{header}.+/+/")), Refused::Malformed),
        ("a space in front", format!(" {good}"), Refused::Malformed),
        ("a newline behind", format!("{good}\n"), Refused::Malformed),
        ("empty header", format!(".{payload}.{signature}"), Refused::Malformed),
        ("empty payload", forge.sign_message(&format!("{header}.")), Refused::Malformed),
        ("empty text", String::new(), Refused::Malformed),
        ("three dots", "...".to_owned(), Refused::Malformed),
        ("larger than 8 KB", forge.sign_raw(&forge.header(), &huge.to_string()), Refused::TooLarge),
        ("a megabyte of dots", ".".repeat(1 << 20), Refused::TooLarge),
    ]
}

#[test]
fn every_forged_token_is_refused_for_the_reason_it_was_forged_with() {
    let service = service();
    let forgeries = forgeries();
    for (name, token, reason) in &forgeries {
        assert_eq!(service.verify(token, now()).err(), Some(*reason), "{name}");
    }
    let names: BTreeSet<_> = forgeries.iter().map(|(name, _, _)| name).collect();
    let tokens: BTreeSet<_> = forgeries.iter().map(|(_, token, _)| token).collect();
    assert_eq!((names.len(), tokens.len()), (forgeries.len(), forgeries.len()));
    assert!(forgeries.len() >= 40, "{}", forgeries.len());
}

/// The control: the same forger without a change is believed, so the refusals above mean something.
#[test]
fn the_unchanged_token_of_the_forger_is_accepted() {
    let forge = Forge::new();
    let token = forge.sign_raw(&forge.header(), &forge.claims().to_string());
    assert_eq!(service().verify(&token, now()).unwrap().sub, "user-1");
}

#[test]
fn no_single_character_of_a_token_can_be_changed() {
    let forge = Forge::new();
    let token = forge.sign_raw(&forge.header(), &forge.claims().to_string());
    let service = service();
    for index in 0..token.len() {
        let mut bytes = token.clone().into_bytes();
        bytes[index] = if bytes[index] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).unwrap();
        assert!(service.verify(&changed, now()).is_err(), "character {index}");
    }
}
