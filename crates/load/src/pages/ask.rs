//! Asks for every page as each role, and says how long it took and how much came.

use super::fill::link_token;
use super::people::{email, learners};
use super::size::{ADMIN, AUDITOR, CONSORTIUM, LEAD, Size, contact, staff, town};
use crate::Failure;
use crate::data::{PASSWORD, Plain};
use crate::http::{Answer, Client};
use crate::server::{Database, Server};
use crate::stats::median;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Instant;

/// Routes that show no page to anybody, and why.
const NO_PAGE: [(&str, &str); 6] = [
    ("/assets/{name}", "counted with each page"),
    ("/entry-calls/{call_id}", "leads on"),
    ("/me/applications/{application_id}", "leads on"),
    ("/sessions", "leads on"),
    ("/attachments/{attachment_id}", "a file"),
    ("/public/attachments/{attachment_id}", "a file"),
];

/// Combinations of ids tried for one route and role.
const MOST_TRIED: usize = 24;

/// A page as one role sees it: of the ids that lead there, the slowest and the largest.
#[derive(Debug, Clone)]
pub(super) struct Page {
    pub(super) role: &'static str,
    pub(super) route: String,
    /// The first answer, with nothing in any cache.
    pub(super) first_ms: f64,
    pub(super) median_ms: f64,
    /// On a first view, with stylesheet, module and icon.
    pub(super) bytes: usize,
}

/// What was seen.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) pages: Vec<Page>,
    /// Routes that no role was shown.
    pub(super) missed: Vec<String>,
    /// What stylesheet, module and icon take.
    pub(super) assets: usize,
}

/// Somebody at a browser.
pub(super) struct Browser {
    client: Client,
    cookie: String,
}

impl Browser {
    fn new(address: SocketAddr) -> Self {
        Self { client: Client::new(address), cookie: String::new() }
    }

    pub(super) fn enter(address: SocketAddr, who: &str) -> Result<Self, Failure> {
        let mut browser = Self::new(address);
        let body = format!("email={}&password={}", email(who).replace('@', "%40"), PASSWORD.replace(' ', "+"));
        let answer = browser.post("/sign-in", &body)?;
        let cookie = answer.header("set-cookie").split(';').next().unwrap_or_default().to_owned();
        if answer.status != 303 || cookie.is_empty() {
            return Err(format!("{who} could not sign in: {}", answer.status).into());
        }
        browser.cookie = cookie;
        Ok(browser)
    }

    pub(super) fn get(&mut self, path: &str) -> Result<Answer, Failure> {
        let headers = [("Accept", "text/html"), ("Accept-Encoding", "gzip"), ("Cookie", self.cookie.as_str())];
        let sent = if self.cookie.is_empty() { headers.split_at(2).0 } else { &headers };
        Ok(self.client.browse("GET", path, sent, b"")?)
    }

    fn post(&mut self, path: &str, body: &str) -> Result<Answer, Failure> {
        let headers = [
            ("Accept", "text/html"),
            ("Accept-Encoding", "gzip"),
            ("Origin", "http://localhost"),
            ("Content-Type", "application/x-www-form-urlencoded"),
        ];
        Ok(self.client.browse("POST", path, &headers, body.as_bytes())?)
    }
}

/// Somebody who looks at pages.
struct Actor {
    role: &'static str,
    user: String,
    town: String,
    browser: Browser,
}

/// A page found, with what its answers took.
struct Found {
    actor: usize,
    route: String,
    path: String,
    body: Option<String>,
    first_ms: f64,
    times: Vec<f64>,
    bytes: usize,
}

/// Where the ids of a place come from; `{user}`, `{town}` and `{consortium}` are the actor's.
const PLACES: [(&str, &[&str]); 24] = [
    ("consortium_id", &["SELECT '{consortium}' AS text"]),
    ("round_id", &["SELECT id AS text FROM rounds ORDER BY id"]),
    ("survey_id", &["SELECT id AS text FROM surveys ORDER BY id"]),
    ("member_id", &["SELECT '{town}' AS text"]),
    ("quote_id", &["SELECT MIN(id) AS text FROM quotes GROUP BY round_id"]),
    (
        "scenario_id",
        &[
            "SELECT id AS text FROM scenarios WHERE state = 'finalised'",
            "SELECT MAX(id) AS text FROM scenarios WHERE state = 'draft'",
        ],
    ),
    ("contract_id", &["SELECT id AS text FROM contracts"]),
    ("account_id", &["SELECT id AS text FROM seat_accounts WHERE member_id = '{town}'"]),
    ("call_id", &["SELECT id AS text FROM entry_calls WHERE member_id = '{town}' ORDER BY id"]),
    (
        "application_id",
        &[
            "SELECT id AS text FROM applications WHERE user_id = '{user}' ORDER BY id",
            "SELECT MIN(a.id) AS text FROM applications a JOIN entry_calls c ON c.id = a.call_id WHERE a.member_id = '{town}' AND a.user_id <> '{user}' AND c.state = 'closed'",
        ],
    ),
    (
        "request_id",
        &[
            "SELECT MIN(id) AS text FROM seat_requests WHERE member_id = '{town}' GROUP BY state",
            "SELECT MAX(id) AS text FROM seat_requests WHERE state = 'submitted'",
        ],
    ),
    ("import_id", &["SELECT id AS text FROM import_drafts WHERE user_id = '{user}'"]),
    ("mail_id", &["SELECT MAX(id) AS text FROM outbox WHERE consortium_id = '{consortium}'"]),
    ("notice_id", &["SELECT MAX(id) AS text FROM outbox WHERE user_id = '{user}' HAVING MAX(id) IS NOT NULL"]),
    ("offer_id", &["SELECT id AS text FROM offers WHERE user_id = '{user}'"]),
    ("assignment_id", &["SELECT id AS text FROM assignments WHERE user_id = '{user}'"]),
    ("entry_id", &["SELECT id AS text FROM waiting_entries WHERE user_id = '{user}' AND state = 'waiting'"]),
    (
        "post_id",
        &[
            "SELECT MAX(id) AS text FROM posts WHERE comments_count = (SELECT MAX(comments_count) FROM posts)",
            "SELECT MAX(id) AS text FROM posts WHERE author_id = '{user}' HAVING MAX(id) IS NOT NULL",
            "SELECT MAX(id) AS text FROM posts WHERE state = 'in_review' AND member_id = '{town}' HAVING MAX(id) IS NOT NULL",
            "SELECT MAX(id) AS text FROM posts WHERE visibility = 'public' AND state = 'published'",
        ],
    ),
    (
        "comment_id",
        &[
            "SELECT MAX(id) AS text FROM comments WHERE author_id = '{user}' HAVING MAX(id) IS NOT NULL",
            "SELECT MAX(id) AS text FROM comments WHERE member_id = '{town}'",
        ],
    ),
    (
        "attachment_id",
        &[
            "SELECT MAX(a.id) AS text FROM attachments a JOIN posts p ON p.id = a.post_id WHERE p.author_id = '{user}' HAVING MAX(a.id) IS NOT NULL",
            "SELECT MAX(id) AS text FROM attachments",
        ],
    ),
    ("user_id", &["SELECT '{colleague}' AS text"]),
    ("grant_id", &["SELECT id AS text FROM grants WHERE user_id = '{colleague}'"]),
    ("name", &[]),
    (
        "receipt_id",
        &[
            "SELECT MAX(id) AS text FROM audit_entries WHERE actor_id = '{user}' AND outcome = 'done' HAVING MAX(id) IS NOT NULL",
        ],
    ),
];

/// Pages that are asked for once more with a query: what people do most on them.
const SEARCHES: [(&str, &str); 5] = [
    // 「転記」
    ("/consortia/{consortium_id}/posts", "q=%E8%BB%A2%E8%A8%98"),
    ("/surveys/{survey_id}", "state=unanswered"),
    ("/search", "q=%E8%BB%A2%E8%A8%98"),
    (
        "/rounds/{round_id}/scenarios/new",
        "name=a&quote_id={quote}&demand=base&sharing/rule/kind=mixture&sharing/rule/equal=10&sharing/rule/population=20",
    ),
    ("/scenarios/{scenario_id}", "page=2"),
];

pub(super) fn all(database: &Database, server: &Server, rounds: usize, only: &str) -> Result<Seen, Failure> {
    let mut plain = Plain::open(database)?;
    let mut actors = actors(&mut plain, server.address)?;
    let assets = assets(&mut actors)?;
    let routes: Vec<String> = web::route_table()
        .into_iter()
        .filter(|route| route.method == "GET" && route.pattern.contains(only))
        .map(|route| route.pattern)
        .collect();
    let (mut found, mut shown) = (Vec::new(), BTreeSet::new());
    for at in 0..actors.len() {
        for route in &routes {
            for path in paths(&mut plain, actors.get(at), route)? {
                look(&mut actors, at, route, path, &mut found, &mut shown)?;
            }
        }
    }
    supervise(&mut actors, &mut found, only)?;
    for _ in 0..rounds {
        for page in &mut found {
            let Some(actor) = actors.get_mut(page.actor) else { continue };
            let (answer, took) = timed(actor, page)?;
            if answer.status != 200 {
                return Err(format!("{} answered {} the second time", page.path, answer.status).into());
            }
            page.times.push(took);
        }
    }
    let missed = routes
        .into_iter()
        .filter(|route| !shown.contains(route) && NO_PAGE.iter().all(|(known, _)| known != route))
        .collect();
    Ok(Seen { pages: joined(&actors, found, assets), missed, assets })
}

fn actors(plain: &mut Plain, address: SocketAddr) -> Result<Vec<Actor>, Failure> {
    let towns = plain.number("SELECT COUNT(*) AS number FROM members")? - 1;
    let size = Size::new(usize::try_from(towns)? / 11);
    let (learner, offered, waiting) = learners(&size);
    let mut actors =
        vec![Actor { role: "anonymous", user: String::new(), town: town(1), browser: Browser::new(address) }];
    for (role, who, user) in [
        ("admin", "admin", ADMIN.to_owned()),
        ("lead", "lead", LEAD.to_owned()),
        ("auditor", "auditor", AUDITOR.to_owned()),
        ("contact", "contact1", contact(1)),
        ("learner", "learner", learner),
        ("learner", "offered", offered),
        ("learner", "waiting", waiting),
    ] {
        actors.push(Actor { role, user, town: town(1), browser: Browser::enter(address, who)? });
    }
    Ok(actors)
}

/// What stylesheet, module and icon of a page take, as its head names them.
fn assets(actors: &mut [Actor]) -> Result<usize, Failure> {
    let Some(anybody) = actors.first_mut() else { return Ok(0) };
    let page = anybody.browser.client.browse("GET", "/sign-in", &[("Accept", "text/html")], b"")?;
    let html = String::from_utf8_lossy(&page.body).into_owned();
    let names: BTreeSet<&str> =
        html.split('"').filter(|word| word.starts_with("/assets/") && !word.contains(' ')).collect();
    let mut bytes = 0;
    for name in &names {
        bytes += anybody.browser.get(name)?.transferred;
    }
    if names.len() < 2 { Err("a page names no stylesheet and module".into()) } else { Ok(bytes) }
}

/// The addresses that a route may have for somebody.
fn paths(plain: &mut Plain, actor: Option<&Actor>, route: &str) -> Result<Vec<String>, Failure> {
    let Some(actor) = actor else { return Ok(Vec::new()) };
    let mut paths = vec![String::new()];
    for part in route.split('/').skip(1) {
        let values = match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            None => vec![part.to_owned()],
            Some(place) => values(plain, actor, place)?,
        };
        paths = paths.iter().flat_map(|path| values.iter().map(move |value| format!("{path}/{value}"))).collect();
    }
    paths.truncate(MOST_TRIED);
    for (with, query) in SEARCHES.iter().filter(|(with, _)| *with == route) {
        let quote = values(plain, actor, "quote_id")?.pop().unwrap_or_default();
        let more: Vec<String> =
            paths.iter().map(|path| format!("{path}?{}", query.replace("{quote}", &quote))).collect();
        debug_assert_eq!(*with, route);
        paths.extend(more);
    }
    Ok(paths)
}

fn values(plain: &mut Plain, actor: &Actor, place: &str) -> Result<Vec<String>, Failure> {
    let queries = PLACES.iter().find(|(known, _)| *known == place).map(|(_, queries)| *queries);
    let queries = queries.ok_or_else(|| format!("no ids for {place}: add it to the places of load/pages/ask.rs"))?;
    let mut values = Vec::new();
    for query in queries {
        let query = query
            .replace("{user}", &actor.user)
            .replace("{town}", &actor.town)
            .replace("{consortium}", CONSORTIUM)
            .replace("{colleague}", &staff(1, 2));
        values.extend(plain.texts(&query)?);
    }
    values.dedup();
    Ok(values)
}

fn timed(actor: &mut Actor, page: &Found) -> Result<(Answer, f64), Failure> {
    let began = Instant::now();
    let answer = match &page.body {
        None => actor.browser.get(&page.path)?,
        Some(body) => actor.browser.post(&page.path, body)?,
    };
    Ok((answer, began.elapsed().as_secs_f64() * 1_000.0))
}

/// Asks once: a page is kept, a file only counts as shown.
fn look(
    actors: &mut [Actor],
    at: usize,
    route: &str,
    path: String,
    found: &mut Vec<Found>,
    shown: &mut BTreeSet<String>,
) -> Result<(), Failure> {
    let Some(actor) = actors.get_mut(at) else { return Ok(()) };
    let mut page =
        Found { actor: at, route: route.to_owned(), path, body: None, first_ms: 0.0, times: Vec::new(), bytes: 0 };
    let (answer, took) = timed(actor, &page)?;
    match answer.status {
        200 => {
            shown.insert(route.to_owned());
            if answer.header("content-type").starts_with("text/html") {
                (page.first_ms, page.bytes) = (took, answer.transferred);
                found.push(page);
            }
        }
        500.. => return Err(format!("{} as {}: {}", page.path, actor.role, answer.status).into()),
        _ => {}
    }
    Ok(())
}

/// The page behind a supervisor's link, which is sent in a body.
fn supervise(actors: &mut [Actor], found: &mut Vec<Found>, only: &str) -> Result<(), Failure> {
    let route = "/acknowledgements";
    let Some(anybody) = actors.first_mut() else { return Ok(()) };
    if !route.contains(only) {
        return Ok(());
    }
    let mut page = Found {
        actor: 0,
        route: format!("{route} (with the link)"),
        path: route.to_owned(),
        body: Some(format!("token={}", link_token())),
        first_ms: 0.0,
        times: Vec::new(),
        bytes: 0,
    };
    let (answer, took) = timed(anybody, &page)?;
    if answer.status != 200 {
        return Err(format!("the supervisor's link: {}", answer.status).into());
    }
    (page.first_ms, page.bytes) = (took, answer.transferred);
    found.push(page);
    Ok(())
}

/// One line for each role and route.
fn joined(actors: &[Actor], found: Vec<Found>, assets: usize) -> Vec<Page> {
    let mut pages: BTreeMap<(usize, String), Page> = BTreeMap::new();
    for one in found {
        let role = actors.get(one.actor).map_or("", |actor| actor.role);
        let place = actors.iter().position(|actor| actor.role == role).unwrap_or_default();
        let bytes = one.bytes.saturating_add(assets);
        let median_ms = median(one.times);
        let page = pages.entry((place, one.route.clone())).or_insert(Page {
            role,
            route: one.route,
            first_ms: 0.0,
            median_ms: 0.0,
            bytes: 0,
        });
        page.first_ms = page.first_ms.max(one.first_ms);
        page.median_ms = page.median_ms.max(median_ms);
        page.bytes = page.bytes.max(bytes);
    }
    pages.into_values().collect()
}
