//! A form that was sent, and the sheet from which a form is drawn.
//!
//! *Guards:* a form counts only from a page of the same origin and the same session ([`Form`], S18); its
//! `_once` makes a double submit do the work once; its `_version` finds edits that crossed. What was typed
//! survives a refusal ([`Sheet::refused`]), a crossed edit ([`Sheet::beside`]) and the end of the session ([`Resume`]).

use crate::confirm::{self, About};
use crate::errors::{Refused, told};
use crate::fields::{Fields, Kind, Spec};
use crate::visitor::{Visitor, visitor};
use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_TYPE, HOST, ORIGIN};
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use app::{Call, Code, Ctx, Error, FieldError, Idempotency, Meta, Reply, Service};
use futures_util::future::LocalBoxFuture;
use http_kit::limits::Cost;
use http_kit::problem::FieldProblem;
use http_kit::{Problem, body, json};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

/// A form sent by somebody signed in.
#[derive(Debug, Clone)]
pub(crate) struct Form {
    /// Who sent it; the call carries the idempotency key and the version.
    pub(crate) visitor: Visitor,
    /// What was typed.
    pub(crate) fields: Fields,
}

/// A form sent by anybody: signing in, accepting an invitation.
#[derive(Debug, Clone)]
pub(crate) struct OpenForm {
    /// For the use case.
    pub(crate) meta: Meta,
    /// What was typed.
    pub(crate) fields: Fields,
}

/// A form that arrived after its session had ended.
#[derive(Debug)]
pub(crate) struct Resume {
    /// Where it was sent.
    pub(crate) path: String,
    /// What was typed.
    pub(crate) fields: Fields,
}

impl FromRequest for Form {
    type Error = Refused;
    type Future = LocalBoxFuture<'static, Result<Self, Refused>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (req, payload) = (req.clone(), payload.take());
        Box::pin(async move {
            same_origin(&req)?;
            let text = read(&req, payload).await?;
            let fields = Fields::parse(&text);
            let mut visitor = match visitor(&req, Cost::Write).await {
                Err(Refused::Problem(problem)) if problem.code() == "unauthenticated" => {
                    return Err(Refused::Resume(Box::new(Resume { path: req.uri().to_string(), fields })));
                }
                other => other?,
            };
            if !visitor.gave(fields.get("_csrf")) {
                return Err(Problem::new(Code::ForeignForm).into());
            }
            visitor.call.expected_version = fields.get("_version").parse().ok();
            visitor.call.idempotency = once(&req, &fields, &text);
            Ok(Self { visitor, fields })
        })
    }
}

impl FromRequest for OpenForm {
    type Error = Refused;
    type Future = LocalBoxFuture<'static, Result<Self, Refused>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (req, payload) = (req.clone(), payload.take());
        Box::pin(async move {
            same_origin(&req)?;
            let meta = http_kit::peer::meta(&req);
            http_kit::auth::edge(&req)?.limiter.spend(Cost::SignIn, &meta.ip)?;
            let text = read(&req, payload).await?;
            Ok(Self { meta, fields: Fields::parse(&text) })
        })
    }
}

async fn read(req: &HttpRequest, payload: Payload) -> Result<Vec<u8>, Problem> {
    let kind = req.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if kind.split(';').next().map(str::trim) != Some("application/x-www-form-urlencoded") {
        return Err(Problem::new(Code::ForeignForm));
    }
    body::raw(req, payload, body::LIMIT).await
}

/// Whether a page of ours sent this: browsers say so in one of two headers, and a request with neither is refused.
pub(crate) fn same_origin(req: &HttpRequest) -> Result<(), Problem> {
    let header = |name: &str| req.headers().get(name).and_then(|value| value.to_str().ok());
    let ours = match (header("sec-fetch-site"), header(ORIGIN.as_str())) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => {
            let host = origin.split_once("://").map_or("", |(_, host)| host);
            !host.is_empty() && header(HOST.as_str()) == Some(host)
        }
        (None, None) => false,
    };
    if ours { Ok(()) } else { Err(Problem::new(Code::ForeignForm)) }
}

/// The key of this rendering of the form, bound to what was sent.
pub(crate) fn once(req: &HttpRequest, fields: &Fields, text: &[u8]) -> Option<Idempotency> {
    let key = fields.get("_once");
    if key.is_empty() || key.len() > 100 || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return None;
    }
    let mut hash = Sha256::new();
    hash.update(req.path());
    // A page may hold a form for each row: each has its own effect.
    let place: String = app::audit::hex(&hash.clone().finalize()).chars().take(16).collect();
    hash.update(b"\n");
    hash.update(text);
    Some(Idempotency { key: format!("page-{key}-{place}"), request_hash: app::audit::hex(&hash.finalize()) })
}

impl Form {
    /// The command that was typed.
    ///
    /// # Errors
    /// Every field that cannot be read.
    pub(crate) fn command<T: DeserializeOwned>(&self, spec: &Spec) -> Result<T, Problem> {
        command(&self.fields, spec)
    }

    /// Reads the command and runs its use case once; `f` answers where to go then.
    ///
    /// # Errors
    /// The fields that cannot be read and those that the use case refuses, all at once; its other refusals.
    pub(crate) async fn send<T, F>(&self, service: &Service, spec: &Spec, f: F) -> Result<HttpResponse, Problem>
    where
        T: DeserializeOwned + Send + Sync + 'static,
        F: Fn(&mut Ctx<'_>, &Call, &T) -> Result<String, Error> + Send + Sync + 'static,
    {
        self.run(service, json::form(self.fields.json(spec))?, f).await
    }

    /// As [`Form::send`], for a command that was read elsewhere ([`json::form`]).
    ///
    /// # Errors
    /// As [`Form::send`].
    pub(crate) async fn run<T, F>(&self, service: &Service, read: Read<T>, f: F) -> Result<HttpResponse, Problem>
    where
        T: Send + Sync + 'static,
        F: Fn(&mut Ctx<'_>, &Call, &T) -> Result<String, Error> + Send + Sync + 'static,
    {
        let (cmd, refused) = read;
        self.submit(service, move |ctx, call| json::judged(&refused, f(ctx, call, &cmd))).await
    }

    /// As [`Form::send`], for an act that is asked about once more (see [`confirm`]): first about this.
    ///
    /// # Errors
    /// As [`Form::send`].
    pub(crate) async fn send_sure<T, F>(
        &self,
        service: &Service,
        spec: &Spec,
        about: About,
        f: F,
    ) -> Result<HttpResponse, Problem>
    where
        T: DeserializeOwned + Send + Sync + 'static,
        F: Fn(&mut Ctx<'_>, &Call, &T) -> Result<String, Error> + Send + Sync + 'static,
    {
        if self.turns_back() {
            return Ok(turned_back());
        }
        let (cmd, refused): Read<T> = json::form(self.fields.json(spec))?;
        self.submit_sure(service, about, move |ctx, call| json::judged(&refused, f(ctx, call, &cmd))).await
    }

    /// As [`Form::submit`], for an act that is asked about once more (see [`confirm`]): first about this. What the act
    /// would refuse is refused before the question.
    ///
    /// # Errors
    /// As [`Form::submit`].
    pub(crate) async fn submit_sure<F>(&self, service: &Service, about: About, f: F) -> Result<HttpResponse, Problem>
    where
        F: Fn(&mut Ctx<'_>, &Call) -> Result<String, Error> + Send + Sync + 'static,
    {
        if self.is_sure() {
            return self.submit(service, f).await;
        }
        self.rehearse(service, f).await?;
        confirm::ask(service, self, about)
    }

    /// Refuses what the act would refuse, and changes nothing.
    ///
    /// # Errors
    /// Those of the use case, as a problem.
    pub(crate) async fn rehearse<F>(&self, service: &Service, f: F) -> Result<(), Problem>
    where
        F: Fn(&mut Ctx<'_>, &Call) -> Result<String, Error> + Send + Sync + 'static,
    {
        service.rehearse(self.visitor.call.clone(), f).await?;
        Ok(())
    }

    /// Whether the question was answered with yes.
    pub(crate) fn is_sure(&self) -> bool {
        self.fields.get("_sure") == "yes"
    }

    /// Whether somebody turned back from the question to what was typed.
    pub(crate) fn turns_back(&self) -> bool {
        self.fields.get("_sure") == "back"
    }

    /// Runs a writing use case once; `f` answers where to go then. Where the visitor has to prove to be there first
    /// (S16), the answer is the page that asks for it, and what was typed goes on from there.
    ///
    /// # Errors
    /// Those of the use case, as a problem.
    pub(crate) async fn submit<F>(&self, service: &Service, f: F) -> Result<HttpResponse, Problem>
    where
        F: Fn(&mut Ctx<'_>, &Call) -> Result<String, Error> + Send + Sync + 'static,
    {
        let act = move |ctx: &mut Ctx<'_>, call: &Call| {
            let mut location = f(ctx, call)?;
            if confirm::has_receipt(&call.operation)
                && let Some(number) = ctx.receipt()
            {
                location = confirm::with_receipt(location, &number);
            }
            Ok(Reply { status: 303, headers: vec![("location".to_owned(), location)], body: String::new() })
        };
        match http_kit::write(service, self.visitor.call.clone(), act).await {
            Err(problem) if problem.code() == Code::StepUpRequired.as_str() => {
                crate::accounts::prove_first(service, self).await
            }
            other => other,
        }
    }
}

/// The answer for who turned back from the question: [`crate::show::answer`] draws the form again.
fn turned_back() -> HttpResponse {
    HttpResponse::NoContent().finish()
}

/// A command as it was read from a form, and the fields that were refused.
pub(crate) type Read<T> = (T, Vec<FieldError>);

/// The command that was typed into a form.
///
/// # Errors
/// Every field that cannot be read.
pub(crate) fn command<T: DeserializeOwned>(fields: &Fields, spec: &Spec) -> Result<T, Problem> {
    whole(json::form(fields.json(spec))?)
}

/// A command of which nothing was refused.
///
/// # Errors
/// The refused fields.
pub(crate) fn whole<T>((cmd, refused): Read<T>) -> Result<T, Problem> {
    if refused.is_empty() { Ok(cmd) } else { Err(Problem::fields(&refused)) }
}

/// What a form is drawn from: values, refusals, and what it carries unseen.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sheet {
    /// Of the session; empty on open forms.
    pub(crate) csrf: String,
    /// Of this rendering.
    pub(crate) once: String,
    /// The version that is edited; empty for something new.
    pub(crate) version: String,
    /// What went wrong, for the summary on top.
    pub(crate) summary: Option<Summary>,
    pub(crate) values: Fields,
    current: Option<Fields>,
}

/// The error summary.
#[derive(Debug, Clone)]
pub(crate) struct Summary {
    /// What is wrong.
    pub(crate) title: String,
    /// What to do.
    pub(crate) detail: String,
    /// Field name and sentence.
    pub(crate) errors: Vec<(String, String)>,
}

impl Sheet {
    /// An empty form.
    pub(crate) fn blank(visitor: &Visitor) -> Self {
        Self { csrf: visitor.csrf.clone(), once: new_once(), ..Self::default() }
    }

    /// An empty form for anybody.
    pub(crate) fn open() -> Self {
        Self { once: new_once(), ..Self::default() }
    }

    /// A form that edits something.
    pub(crate) fn editing(visitor: &Visitor, view: &impl Serialize, version: i64) -> Self {
        Self { version: version.to_string(), values: Fields::of(view), ..Self::blank(visitor) }
    }

    /// The form again with what was typed: for more rows, or for a question back.
    pub(crate) fn typed(form: &Form) -> Self {
        let version = form.fields.get("_version").to_owned();
        Self { version, values: form.fields.clone(), ..Self::blank(&form.visitor) }
    }

    /// The same form with values in it.
    pub(crate) fn with(self, values: Fields) -> Self {
        Self { values, ..self }
    }

    /// The form again, with what was typed and why it was refused.
    ///
    /// # Errors
    /// The problem itself when no form can answer it: not found, not allowed, a fault.
    pub(crate) fn refused(form: &Form, problem: Problem) -> Result<Self, Refused> {
        let sheet = Self::refused_open(&form.fields, problem)?;
        Ok(Self { csrf: form.visitor.csrf.clone(), ..sheet })
    }

    /// As [`Sheet::refused`], for anybody.
    pub(crate) fn refused_open(fields: &Fields, problem: Problem) -> Result<Self, Refused> {
        let document = problem.document("", "");
        if matches!(document.status, 401 | 403 | 404 | 405 | 413 | 500) {
            // Signing in is refused with 401 and stays a form.
            if ![Code::SignInFailed, Code::SecondFactorFailed].map(Code::as_str).contains(&problem.code()) {
                return Err(problem.into());
            }
        }
        let named = |error: &FieldProblem| {
            let name = fields.typed_name(&error.pointer);
            let sentence = said(error, fields.get(&name));
            (name, sentence)
        };
        let mut errors: Vec<(String, String)> = document.errors.iter().map(named).collect();
        // In the order of the page, which is that in which a browser sends its fields.
        errors.sort_by_key(|(name, _)| fields.pairs().position(|(sent, _)| sent == name).unwrap_or(usize::MAX));
        let (title, mut detail) = told(&document);
        let title = title.to_owned();
        // Passwords are never drawn again.
        if fields.pairs().any(|(name, _)| name.contains("password")) {
            detail = detail.replace("入力した内容は残っています。", "");
        }
        Ok(Self {
            once: new_once(),
            version: fields.get("_version").to_owned(),
            summary: Some(Summary { title, detail, errors }),
            values: fields.clone(),
            ..Self::default()
        })
    }

    /// The same form for the session of a visitor.
    pub(crate) fn of(self, visitor: &Visitor) -> Self {
        Self { csrf: visitor.csrf.clone(), ..self }
    }

    /// The version that buttons of a page act on.
    pub(crate) fn at_version(self, version: i64) -> Self {
        Self { version: version.to_string(), ..self }
    }

    /// Sets a value of the form.
    pub(crate) fn set(mut self, name: &str, value: impl Into<String>) -> Self {
        self.values.set(name, value);
        self
    }

    /// An empty form for anybody that says why the way led back here.
    pub(crate) fn refused_again(problem: Problem) -> Self {
        let document = problem.document("", "");
        let summary = Summary { title: document.title.to_owned(), detail: document.detail, errors: Vec::new() };
        Self { summary: Some(summary), ..Self::open() }
    }

    /// Shows what is stored now beside what was typed; sending again overwrites it knowingly.
    pub(crate) fn beside(self, view: &impl Serialize, version: i64) -> Self {
        self.beside_fields(Fields::of(view), version)
    }

    /// As [`Sheet::beside`], for a form whose fields are not named as those of the view.
    pub(crate) fn beside_fields(self, current: Fields, version: i64) -> Self {
        Self { current: Some(current), version: version.to_string(), ..self }
    }

    /// The value of a field.
    pub(crate) fn value(&self, name: &str) -> &str {
        self.values.get(name)
    }

    /// The number in a field as it was understood.
    pub(crate) fn number(&self, name: &str) -> String {
        self.values.shown(name, Kind::Number)
    }

    /// What is stored now, where it differs from what was typed.
    pub(crate) fn stored(&self, name: &str) -> Option<&str> {
        // A browser sends other ends of lines than are stored, and spaces at the ends are not.
        let same = |text: &str| text.trim().replace("\r\n", "\n");
        let current = self.current.as_ref().map(|current| current.get(name));
        current.filter(|current| same(current) != same(self.values.get(name)))
    }

    /// Whether a choice or a checkbox holds a value.
    pub(crate) fn has(&self, name: &str, value: &str) -> bool {
        self.values.all(name).any(|held| held == value)
    }

    /// Why a field was refused.
    pub(crate) fn error(&self, name: &str) -> Option<&str> {
        let errors = &self.summary.as_ref()?.errors;
        errors.iter().find(|(field, _)| field == name).map(|(_, sentence)| sentence.as_str())
    }

    /// The numbers of the rows to draw for a list: those that hold something, and `spare` empty ones.
    pub(crate) fn rows(&self, list: &str, spare: usize) -> Vec<usize> {
        let mut rows = self.values.rows(list);
        let next = rows.last().map_or(0, |last| last.saturating_add(1));
        rows.extend(next..next.saturating_add(spare));
        rows
    }
}

/// Why a field was refused, for whoever typed it: what the sentences of the catalog say to programs is said in the
/// words of the hints of the forms ([`crate::fields::Kind`] reads more than a program may send).
fn said(error: &FieldProblem, typed: &str) -> String {
    let is = |code: &str, words: &str| error.code == code && error.detail.contains(words);
    let year = error.pointer.ends_with("year");
    let digits = typed.chars().filter(|c| c.is_numeric()).count();
    if is("wrong_type", "整数") && year {
        "年を入力してください（例：2027、令和9年、R9）。"
    } else if is("wrong_type", "整数") || is("refused", "JSONの数値") {
        if digits > 15 && !typed.contains(['.', '．']) {
            "数が大きすぎます。桁を確かめてください。"
        } else {
            "整数で入力してください（例：12、1,234）。小数は使えません。"
        }
    } else if is("wrong_type", "日付") || is("format", "2026-04-01") {
        "日付で入力してください（例：令和8年11月22日、2026年11月22日、2026-11-22）。"
    } else if error.code == "choice" {
        "選択肢から選んでください。"
    } else {
        return grouped(&error.detail);
    }
    .to_owned()
}

/// A sentence with commas in its long numbers.
fn grouped(sentence: &str) -> String {
    let (mut said, mut rest) = (String::new(), sentence);
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, from) = rest.split_at(at);
        let (digits, after) = from.split_at(from.find(|c: char| !c.is_ascii_digit()).unwrap_or(from.len()));
        said += before;
        // Years, dates and codes are no amounts.
        let long = digits.len() > 4 && after.starts_with(['以', '文', '件', '円', '席']);
        said += &digits.parse().ok().filter(|_| long).map_or_else(|| digits.to_owned(), |n| crate::words::number(&n));
        rest = after;
    }
    said + rest
}

/// The id of the element of a field.
pub(crate) fn id(name: &str) -> String {
    format!("f-{}", name.replace('/', "-"))
}

fn new_once() -> String {
    uuid::Uuid::now_v7().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[allow(dead_code, reason = "what is tested is the reading")]
    struct Command {
        seats: i64,
        fiscal_year: i32,
        deadline_on: chrono::NaiveDate,
        ends_at: chrono::DateTime<chrono::Utc>,
    }

    #[test]
    fn a_crossed_edit_shows_what_differs_and_not_how_browsers_end_lines() {
        let mut typed = Fields::default();
        for (name, value) in [("reason", "一行目\r\n二行目 "), ("title", "新しい題")] {
            typed.set(name, value);
        }
        let stored = serde_json::json!({"reason": "一行目\n二行目", "title": "古い題"});
        let sheet = Sheet::open().with(typed).beside(&stored, 2);
        assert_eq!((sheet.stored("reason"), sheet.stored("title")), (None, Some("古い題")));
    }

    #[test]
    fn long_numbers_of_a_refusal_have_commas_and_dates_have_none() {
        assert_eq!(
            grouped("0以上10000000以下の数値を入力してください。"),
            "0以上10,000,000以下の数値を入力してください。"
        );
        assert_eq!(grouped("20000文字以内"), "20,000文字以内");
        for same in ["2026年4月1日", "団体コード 143618 の団体", "2000文字以内", "なし"] {
            assert_eq!(grouped(same), same);
        }
    }

    /// What programs are told (JSON, quotation marks, RFC 3339) is not what helps at a form.
    #[test]
    fn a_form_speaks_of_what_its_fields_take() {
        const SPEC: &Spec = &[
            ("seats", Kind::Number),
            ("fiscal_year", Kind::Year),
            ("deadline_on", Kind::Date),
            ("ends_at", Kind::Text),
        ];
        let typed = |seats: &str| {
            let mut fields = Fields::default();
            for (name, value) in
                [("seats", seats), ("fiscal_year", "あ"), ("deadline_on", "あした"), ("ends_at", "きのう")]
            {
                fields.set(name, value);
            }
            let problem = command::<Command>(&fields, SPEC).unwrap_err();
            Sheet::refused_open(&fields, problem).ok().and_then(|sheet| sheet.summary).unwrap().errors
        };
        let integer = "整数で入力してください（例：12、1,234）。小数は使えません。";
        for (text, sentence) in [
            ("1.5", integer),
            ("1,5", integer),
            ("たくさん", integer),
            ("12345678901234567890", "数が大きすぎます。桁を確かめてください。"),
        ] {
            let date = "日付で入力してください（例：令和8年11月22日、2026年11月22日、2026-11-22）。";
            let year = "年を入力してください（例：2027、令和9年、R9）。";
            let expected = [("seats", sentence), ("fiscal_year", year), ("deadline_on", date), ("ends_at", date)];
            assert_eq!(typed(text), expected.map(|(name, said)| (name.to_owned(), said.to_owned())), "{text}");
        }
    }
}
