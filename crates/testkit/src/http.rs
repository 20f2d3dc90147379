//! One request over HTTP, and its answer read to the end.

use serde_json::Value;
use std::collections::BTreeMap;

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Header names in lower case; of several values the last.
    pub headers: BTreeMap<String, String>,
    /// The body as it came.
    pub text: String,
    /// The same as bytes.
    pub bytes: Vec<u8>,
}

impl Answer {
    /// The body as JSON; null when it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    /// The code of a problem; empty when it is none.
    #[must_use]
    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }
}

/// Sends bytes; follows no redirect, and every status is an answer.
#[must_use]
pub fn send(url: &str, method: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let mut request = ureq::http::Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .allow_non_standard_methods(true)
        .build()
        .into();
    let mut answer = agent.run(request.body(body.to_vec()).unwrap()).unwrap();
    let headers = answer
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), value.to_str().unwrap_or_default().to_owned()))
        .collect();
    let bytes = answer.body_mut().read_to_vec().unwrap_or_default();
    let text = String::from_utf8(bytes.clone()).unwrap_or_default();
    Answer { status: answer.status().as_u16(), headers, text, bytes }
}
