//! A browser without JavaScript, reduced to what pages need: a cookie, links, forms with their unseen fields.

use crate::http::{Answer, send};
use std::borrow::Cow;

/// Somebody at a browser.
pub struct Browser<'a> {
    /// Where the service is, without a slash at its end.
    base: Cow<'a, str>,
    /// The cookie as `name=value`; empty while nobody is signed in.
    pub cookie: String,
}

impl<'a> Browser<'a> {
    /// Nobody yet.
    #[cfg(feature = "app")]
    #[must_use]
    pub fn new(app: &'a crate::app::TestApp) -> Self {
        Self { base: Cow::Owned(app.url("")), cookie: String::new() }
    }

    /// Nobody yet, at a service that runs by itself.
    #[must_use]
    pub fn at(base: &'a str) -> Self {
        Self { base: Cow::Borrowed(base), cookie: String::new() }
    }

    /// Signs in on the page.
    #[cfg(feature = "app")]
    #[must_use]
    pub fn signed_in(app: &'a crate::app::TestApp, email: &str, password: &str) -> Self {
        Self::new(app).enter(email, password)
    }

    /// Signs in on the page.
    #[must_use]
    pub fn enter(self, email: &str, password: &str) -> Self {
        let mut browser = self;
        let answer = browser.post("/sign-in", &[("email", email), ("password", password)]);
        assert_eq!(answer.status, 303, "{}", answer.text);
        browser.cookie = answer.headers["set-cookie"].split(';').next().unwrap().to_owned();
        browser
    }

    /// Opens a page.
    #[must_use]
    pub fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[("accept", "text/html"), ("cookie", self.cookie.as_str())], b"")
    }

    /// Sends fields as a form of ours would, without what it carries unseen.
    #[must_use]
    pub fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let origin = self.base.as_ref();
        let body: Vec<String> =
            fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
        let headers = [
            ("accept", "text/html"),
            ("cookie", self.cookie.as_str()),
            ("origin", origin),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        self.ask("POST", path, &headers, body.join("&").as_bytes())
    }

    /// Fills in the form of a page and sends it to `path`; what the form carries unseen goes along, unless given.
    #[must_use]
    pub fn send(&self, page: &Answer, path: &str, fields: &[(&str, &str)]) -> Answer {
        let unseen = ["_csrf", "_once", "_version"];
        let form = form(&page.text, path);
        let carried: Vec<(&str, String)> = unseen
            .iter()
            .filter(|name| fields.iter().all(|(given, _)| given != *name))
            .filter_map(|name| Some((*name, hidden(form, name)?)))
            .collect();
        let mut all: Vec<(&str, &str)> = carried.iter().map(|(name, value)| (*name, value.as_str())).collect();
        all.extend_from_slice(fields);
        self.post(path, &all)
    }

    /// Fills in a form that asks once more, and says yes to the question.
    #[must_use]
    pub fn send_sure(&self, page: &Answer, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.sure(&self.send(page, path, fields), path)
    }

    /// Says yes to a question: its form goes to `path` with everything that it carries.
    ///
    /// # Panics
    /// When the page asks nothing.
    #[must_use]
    pub fn sure(&self, asked: &Answer, path: &str) -> Answer {
        assert!(asked.status == 200 && asked.text.contains("実行する前に確かめてください"), "{}", asked.text);
        let mut carried: Vec<(String, String)> = Vec::new();
        for part in form(&asked.text, path).split("type=\"hidden\" name=\"").skip(1) {
            let (name, rest) = part.split_once("\" value=\"").unwrap();
            carried.push((name.to_owned(), plain(rest.split('"').next().unwrap())));
        }
        let mut all: Vec<(&str, &str)> = carried.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        all.push(("_sure", "yes"));
        self.post(path, &all)
    }

    /// Sends the form of a page with a file in it.
    #[must_use]
    pub fn upload(&self, page: &Answer, path: &str, name: &str, bytes: &[u8]) -> Answer {
        let form = form(&page.text, path);
        let mut body = Vec::new();
        for field in ["_csrf", "_once", "_version"] {
            if let Some(value) = hidden(form, field) {
                let part = format!("--x\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n");
                body.extend_from_slice(part.as_bytes());
            }
        }
        let head = format!(
            "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: application/octet-stream\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n--x--\r\n");
        let origin = self.base.as_ref();
        let headers = [
            ("accept", "text/html"),
            ("cookie", self.cookie.as_str()),
            ("origin", origin),
            ("content-type", "multipart/form-data; boundary=x"),
        ];
        self.ask("POST", path, &headers, &body)
    }

    fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        send(&format!("{}{path}", self.base), method, headers, body)
    }
}

/// The form of a page that is sent to this address; the whole page when there is none.
fn form<'a>(page: &'a str, path: &str) -> &'a str {
    let address = format!(" action=\"{path}\"");
    let forms = page.split(address.as_str()).skip(1);
    let mut bodies = forms.map(|tail| tail.split("</form>").next().unwrap_or_default());
    // A form that only asks (GET) may stand beside it.
    bodies.find(|body| body.contains("name=\"_csrf\"")).unwrap_or(page)
}

/// A text of a page without what protects it there.
fn plain(text: &str) -> String {
    [("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">"), ("&#38;", "&")]
        .iter()
        .fold(text.to_owned(), |text, (written, meant)| text.replace(written, meant))
}

/// The value of an unseen field.
#[must_use]
pub fn hidden(page: &str, name: &str) -> Option<String> {
    let (_, value) = page.split_once(&format!("name=\"{name}\" value=\""))?;
    Some(value.split('"').next()?.to_owned())
}

/// A text as it stands in a form.
#[must_use]
pub fn encode(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
