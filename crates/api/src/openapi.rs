//! The `OpenAPI` 3.1 document, made from the routes. What all operations share — ids in paths,
//! headers of writes, pages of lists, refusals, security, examples — is added here, so that handlers
//! need not repeat it.

mod examples;
mod keyless;
mod refusals;

use crate::operations::Operations;
use actix_web::App;
use app::PageQuery;
use examples::Examples;
use http_kit::problem::{Document, FieldProblem};
pub use keyless::KEYLESS;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::OnceLock;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{Content, OpenApi, PathItem, Ref, RefOr, Required, Responses};
use utoipa::{IntoParams as _, Modify, OpenApi as _};
use utoipa_actix_web::AppExt as _;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Yui (結)",
        description = "地方公共団体の共同調達を支えるAPI。Joint procurement by local governments: surveys, scenarios, contracts, seats, requests and knowledge.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    servers((url = "/", description = "This service")),
    components(schemas(Document, FieldProblem)),
    security(("bearer" = [])),
    tags(
        (name = "accounts", description = "利用者と認証 — people, sessions, tokens, keys"),
        (name = "consortium", description = "団体と加入団体 — consortia and members"),
        (name = "seats", description = "席 — accounts, claims, assignments, waiting list, offers"),
        (name = "requests", description = "追加配分の申請 — requests for more seats"),
        (name = "entries", description = "募集と申込み — entry calls, applications, acknowledgement, selection"),
        (name = "rounds", description = "調達回 — rounds and the members invited"),
        (name = "demand", description = "意向調査 — surveys and answers"),
        (name = "pricing", description = "見積 — quotes and their comparison"),
        (name = "scenarios", description = "試算 — scenarios, finalising, replay, simulations"),
        (name = "contracts", description = "契約と配分 — contracts, shares, allocation"),
        (name = "board", description = "知恵袋 — worries, questions, know-how, success stories"),
        (name = "search", description = "検索 — everything that one may see, by its words"),
        (name = "notify", description = "通知 — mails sent, and which kinds somebody wants"),
        (name = "audit", description = "監査記録 — who did what"),
        (name = "service", description = "稼働状況 — health, readiness, counters"),
        (name = "docs", description = "説明書 — this document and the pages of errors"),
    ),
    modifiers(&Scheme)
)]
struct Frame;

struct Scheme;

impl Modify for Scheme {
    fn modify(&self, document: &mut OpenApi) {
        let bearer = Http::builder()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some("Access token (15 minutes) or personal access token."))
            .build();
        document.components.get_or_insert_default().add_security_scheme("bearer", SecurityScheme::Http(bearer));
    }
}

/// The document as pretty JSON, made once.
#[must_use]
pub fn document() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| build().to_pretty_json().map(|text| text + "\n").unwrap_or_default())
}

/// The document as it is committed; a test keeps it equal to [`document`]. Serving it costs no memory:
/// building the document at every start would cost some ten megabytes that the process never gives back.
pub const COMMITTED: &str = include_str!("../../../openapi/openapi.json");

#[derive(Deserialize)]
struct Index {
    paths: BTreeMap<String, BTreeMap<String, Named>>,
}

#[derive(Deserialize)]
struct Named {
    #[serde(rename = "operationId")]
    operation_id: String,
}

/// Method, path and operation id of everything that the document lists.
#[must_use]
pub fn operations() -> Vec<(String, String, String)> {
    let index: Index = serde_json::from_str(COMMITTED).unwrap_or(Index { paths: BTreeMap::new() });
    let of_path = |(path, methods): (String, BTreeMap<String, Named>)| {
        methods.into_iter().map(move |(method, named)| (method.to_uppercase(), path.clone(), named.operation_id))
    };
    index.paths.into_iter().flat_map(of_path).collect()
}

fn build() -> OpenApi {
    let mut document = App::new()
        .into_utoipa_app()
        .openapi(Frame::openapi())
        .configure(|cfg| crate::routes(&mut Operations::Described(cfg)))
        .split_for_parts()
        .1;
    let refusals = refusals::all().map(|(name, response)| (name, response.into()));
    document.components.get_or_insert_default().responses.extend(refusals);
    let examples = Examples::of(&document);
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in each(item) {
            complete(path, method, operation);
            examples.give(operation);
        }
    }
    document
}

fn each(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    [
        ("GET", item.get.as_mut()),
        ("POST", item.post.as_mut()),
        ("PUT", item.put.as_mut()),
        ("PATCH", item.patch.as_mut()),
        ("DELETE", item.delete.as_mut()),
    ]
    .into_iter()
    .filter_map(|(method, operation)| operation.map(|operation| (method, operation)))
}

fn complete(path: &str, method: &str, operation: &mut Operation) {
    // The first sentence of the doc comment is the summary; it serves as description where no more is said.
    if operation.description.is_none() {
        operation.description.clone_from(&operation.summary);
    }
    let open = operation.security.is_some();
    let given = operation.parameters.get_or_insert_default();
    let missing: Vec<RefOr<Parameter>> = places(path).filter(|place| !names(given, place)).map(id).collect();
    let has_id = !missing.is_empty();
    given.extend(missing);
    if answers_a_page(&operation.responses) && !names(given, "cursor") {
        given.extend(PageQuery::into_params(|| Some(ParameterIn::Query)).into_iter().map(RefOr::T));
    }
    say_orders(operation.operation_id.as_deref().unwrap_or_default(), given);
    let mut answers = vec![400, 404, 422, 429, 503];
    if !open {
        answers.extend([401, 403]);
    }
    if method != "GET" {
        answers.extend([409, 413, 415]);
    }
    let keyless = |id: &str| KEYLESS.iter().any(|(keyless, _)| *keyless == id);
    if method == "POST" && !operation.operation_id.as_deref().is_some_and(keyless) {
        given.push(header(
            "Idempotency-Key",
            "The effect happens once for each key, 1 to 200 visible ASCII characters.",
            false,
        ));
    }
    // A helpful mark has no version: it is there or not.
    if matches!(method, "PUT" | "PATCH" | "DELETE") && has_id && !path.ends_with("/helpful") {
        if !names(given, "If-Match") {
            given.push(header("If-Match", "The `ETag` of the version that is edited.", true));
        }
        answers.extend([412, 428]);
    }
    for status in answers {
        let refusal = Ref::from_response_name(format!("Refusal{status}"));
        operation.responses.responses.entry(status.to_string()).or_insert_with(|| refusal.into());
    }
}

/// Says by which keys a list can stand; a list that has none takes no `sort`.
fn say_orders(operation: &str, given: &mut Vec<RefOr<Parameter>>) {
    let Some(orders) = app::lists::list(operation) else {
        given.retain(|one| !matches!(one, RefOr::T(one) if one.name == "sort" && operation != "list_posts"));
        return;
    };
    let keys: Vec<String> = orders.names().map(|name| format!("`{name}`")).collect();
    let otherwise = orders.find(None).map(|order| order.name()).unwrap_or_default();
    for one in given {
        if let RefOr::T(one) = one
            && one.name == "sort"
        {
            one.description = Some(format!(
                "{}, with `-` before it the largest first; `{otherwise}` when absent. A cursor belongs to its order.",
                keys.join(", ")
            ));
        }
    }
}

fn names(given: &[RefOr<Parameter>], name: &str) -> bool {
    given.iter().any(|one| matches!(one, RefOr::T(one) if one.name == name))
}

/// Whether an operation answers with one page of a list: those take `limit` and `cursor`.
fn answers_a_page(responses: &Responses) -> bool {
    let content = match responses.responses.get("200") {
        Some(RefOr::T(response)) => response.content.get("application/json"),
        Some(RefOr::Ref(_)) | None => None,
    };
    match content {
        Some(RefOr::T(Content { schema: Some(RefOr::Ref(schema)), .. })) => {
            schema.ref_location.starts_with("#/components/schemas/Page_")
        }
        _ => false,
    }
}

/// The names of the places of a path.
fn places(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

fn id(name: &str) -> RefOr<Parameter> {
    let uuid = ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::Custom("uuid".to_owned())));
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some("UUIDv7, as the service wrote it."))
        .schema(Some(uuid.build()))
        .build()
        .into()
}

fn header(name: &str, description: &str, required: bool) -> RefOr<Parameter> {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(if required { Required::True } else { Required::False })
        .description(Some(description))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String).build()))
        .build()
        .into()
}
