//! Forged access tokens at a real route (S09): each is one change away from one that is believed.
//!
//! The forger even holds the signing key, so that the one change is what is refused. `identity` tests the
//! reasons one by one; here all of them meet the same 401.

use crate::rig::{get, sign_in, user};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity::secret::Label;
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::{Value, json};
use testkit::app::TestApp;

/// A part of a token, read.
pub(crate) fn part(token: &str, index: usize) -> Value {
    let part = token.split('.').nth(index).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

struct Forger {
    key: EncodingKey,
    public: String,
    header: Value,
    claims: Value,
}

impl Forger {
    /// Derives the service's own key once more from its recipe.
    fn new(app: &TestApp, token: &str) -> Self {
        let (header, claims) = (part(token, 0), part(token, 1));
        let kid = header["kid"].as_str().unwrap();
        let seed = app.service.env().secret.derive(Label::JwtEd25519, kid.as_bytes());
        let head = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
        let key = EncodingKey::from_ed_der(&[head.as_slice(), &seed].concat());
        let public = app.get("/.well-known/jwks.json").json()["keys"][0]["x"].as_str().unwrap().to_owned();
        Self { key, public, header, claims }
    }

    fn message(&self, header: &str, claims: &str) -> String {
        format!("{}.{}", b64(header), b64(claims))
    }

    fn sign_message(&self, message: &str) -> String {
        format!("{message}.{}", crypto::sign(message.as_bytes(), &self.key, Algorithm::EdDSA).unwrap())
    }

    fn sign(&self, header: &str, claims: &str) -> String {
        self.sign_message(&self.message(header, claims))
    }

    fn header(&self, name: &str, value: Value) -> String {
        let mut header = self.header.clone();
        header[name] = value;
        self.sign(&header.to_string(), &self.claims.to_string())
    }

    fn claim(&self, name: &str, value: Value) -> String {
        let mut claims = self.claims.clone();
        claims[name] = value;
        self.sign(&self.header.to_string(), &claims.to_string())
    }

    fn without(&self, name: &str) -> String {
        let mut claims = self.claims.clone();
        claims.as_object_mut().unwrap().remove(name);
        self.sign(&self.header.to_string(), &claims.to_string())
    }

    /// The claims with a member written a second time.
    fn twice(&self, member: &str) -> String {
        let claims = self.claims.to_string();
        let open = claims.strip_suffix('}').unwrap();
        self.sign(&self.header.to_string(), &format!("{open},{member}}}"))
    }

    fn hmac(&self, alg: &str) -> String {
        let mut header = self.header.clone();
        header["alg"] = json!(alg);
        let message = self.message(&header.to_string(), &self.claims.to_string());
        let key = EncodingKey::from_secret(self.public.as_bytes());
        format!("{message}.{}", crypto::sign(message.as_bytes(), &key, Algorithm::HS256).unwrap())
    }

    fn unsigned(&self, alg: &str, signature: &str) -> String {
        let mut header = self.header.clone();
        header["alg"] = json!(alg);
        format!("{}.{signature}", self.message(&header.to_string(), &self.claims.to_string()))
    }

    fn forgeries(&self) -> Vec<(&'static str, String)> {
        let header = self.header.to_string();
        let good = self.sign(&header, &self.claims.to_string());
        let (message, signature) = good.rsplit_once('.').unwrap();
        let (first, payload) = message.split_once('.').unwrap();
        let at = self.claims["iat"].as_i64().unwrap();
        let stranger = EncodingKey::from_secret(b"stranger");
        let by_stranger = crypto::sign(message.as_bytes(), &stranger, Algorithm::HS256).unwrap();
        vec![
            ("alg none", self.unsigned("none", "")),
            ("alg none with a signature", self.unsigned("none", signature)),
            ("alg None", self.unsigned("None", signature)),
            ("alg nOnE", self.unsigned("nOnE", signature)),
            ("alg empty", self.unsigned("", signature)),
            ("empty signature", format!("{message}.")),
            ("third part stripped", message.to_owned()),
            ("signature of zeros", format!("{message}.{}", b64([0; 64]))),
            ("signature cut", format!("{message}.{}", b64([7; 63]))),
            ("two signatures", format!("{good}.{signature}")),
            ("a stranger's signature", format!("{message}.{by_stranger}")),
            ("HS256 with the public key", self.hmac("HS256")),
            ("HS512 with the public key", self.hmac("HS512")),
            ("HMAC under the name EdDSA", self.hmac("EdDSA")),
            ("alg RS256", self.header("alg", json!("RS256"))),
            ("alg eddsa", self.header("alg", json!("eddsa"))),
            ("alg a list", self.header("alg", json!(["EdDSA"]))),
            ("jku", self.header("jku", json!("https://evil.example/jwks.json"))),
            ("jwk", self.header("jwk", json!({"kty": "OKP", "crv": "Ed25519", "x": b64([9; 32])}))),
            ("x5u", self.header("x5u", json!("https://evil.example/chain.pem"))),
            ("x5c", self.header("x5c", json!(["MIIB"]))),
            ("crit", self.header("crit", json!(["exp"]))),
            ("b64 false", self.header("b64", json!(false))),
            ("typ refresh", self.header("typ", json!("refresh"))),
            ("typ JWT", self.header("typ", json!("JWT"))),
            ("kid unknown", self.header("kid", json!("0199b3f0-0000-7000-8000-000000000001"))),
            ("kid path traversal", self.header("kid", json!("../../../../dev/null"))),
            ("kid SQL", self.header("kid", json!("x' OR '1'='1"))),
            ("kid with a NUL", self.header("kid", json!("x\0"))),
            ("kid null", self.header("kid", json!(null))),
            ("kid a number", self.header("kid", json!(1))),
            ("sub twice", self.twice(r#""sub":"0199b3f0-0000-7000-8000-000000000001""#)),
            ("sub twice by escapes", self.twice(r#""\u0073ub":"x""#)),
            ("exp twice", self.twice(r#""exp":9999999999"#)),
            ("an unknown claim", self.twice(r#""admin":true"#)),
            ("exp a text", self.claim("exp", json!((at + 900).to_string()))),
            ("exp a float", self.claim("exp", json!(at as f64 + 900.5))),
            ("exp beyond fifteen minutes", self.claim("exp", json!(at + 86_400))),
            ("exp past", self.claim("exp", json!(at - 60))),
            ("exp negative", self.claim("exp", json!(-1))),
            ("exp 2^63", self.claim("exp", json!(9_223_372_036_854_775_808_u64))),
            ("nbf a text", self.claim("nbf", json!("0"))),
            ("nbf in an hour", self.claim("nbf", json!(at + 3_600))),
            ("no exp", self.without("exp")),
            ("no aud", self.without("aud")),
            ("no sid", self.without("sid")),
            ("another audience", self.claim("aud", json!("https://evil.example"))),
            ("two audiences", self.claim("aud", json!([self.claims["aud"], "https://evil.example"]))),
            ("another issuer", self.claim("iss", json!("https://evil.example"))),
            ("somebody else's id", self.claim("sub", json!("0199b3f0-0000-7000-8000-000000000001"))),
            ("a session that never was", self.claim("sid", json!("0199b3f0-0000-7000-8000-000000000001"))),
            ("another session version", self.claim("ver", json!(2))),
            ("header padded", self.sign_message(&format!("{first}=.{payload}"))),
            ("plus and slash", self.sign_message(&format!("{first}.+/+/"))),
            ("signature padded", format!("{good}==")),
            ("claims a list", self.sign(&header, "[]")),
            ("three dots", "...".to_owned()),
            ("larger than 8 KB", self.claim("scope", json!("s".repeat(8_192)))),
        ]
    }
}

#[test]
fn every_forged_token_meets_the_same_401() {
    let app = TestApp::start();
    user(&app, "hanako@nakai.example.jp", vec![]);
    let token = sign_in(&app, "hanako@nakai.example.jp")["access_token"].as_str().unwrap().to_owned();
    let forger = Forger::new(&app, &token);
    let forgeries = forger.forgeries();
    assert!(forgeries.len() >= 40, "{}", forgeries.len());
    for (name, forged) in &forgeries {
        let answer = get(&app, "/api/v1/me", forged);
        assert_eq!((answer.status, answer.code().as_str()), (401, "unauthenticated"), "{name}: {}", answer.text);
        assert_eq!(answer.headers["www-authenticate"], "Bearer", "{name}");
    }
    // The control: the same forger without a change is believed, so the refusals above mean something.
    let unchanged = forger.sign(&forger.header.to_string(), &forger.claims.to_string());
    assert_eq!(get(&app, "/api/v1/me", &unchanged).status, 200);
}
