//! The stylesheet and the module, compiled in and named by their content, so that browsers keep them for good.

use crate::pages::Pages;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::{HttpResponse, web};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

/// A year, and never asked for again.
const FOREVER: &str = "public, max-age=31536000, immutable";

struct Asset {
    path: String,
    kind: &'static str,
    text: &'static str,
}

fn asset(name: &str, ending: &str, kind: &'static str, text: &'static str) -> Asset {
    let hash: String = app::audit::hex(&Sha256::digest(text.as_bytes())).chars().take(16).collect();
    Asset { path: format!("/assets/{name}-{hash}.{ending}"), kind, text }
}

static STYLE: LazyLock<Asset> =
    LazyLock::new(|| asset("yui", "css", "text/css; charset=utf-8", include_str!("../assets/yui.css")));
static MODULE: LazyLock<Asset> =
    LazyLock::new(|| asset("yui", "js", "text/javascript; charset=utf-8", include_str!("../assets/yui.js")));
static ICON: LazyLock<Asset> =
    LazyLock::new(|| asset("yui", "svg", "image/svg+xml", include_str!("../assets/yui.svg")));

/// Where the stylesheet is.
pub(crate) fn style() -> &'static str {
    &STYLE.path
}

/// Where the module is.
pub(crate) fn module() -> &'static str {
    &MODULE.path
}

/// Where the icon is.
pub(crate) fn icon() -> &'static str {
    &ICON.path
}

pub(crate) fn pages(pages: &mut Pages<'_>) {
    pages.get("/assets/{name}", "page_asset", send);
}

async fn send(name: web::Path<String>) -> Result<HttpResponse, http_kit::Problem> {
    let wanted = format!("/assets/{name}");
    let found = [&*STYLE, &*MODULE, &*ICON].into_iter().find(|asset| asset.path == wanted);
    let asset = found.ok_or_else(|| http_kit::Problem::new(app::Code::NoSuchRoute))?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, asset.kind))
        .insert_header((CACHE_CONTROL, FOREVER))
        .body(asset.text))
}
