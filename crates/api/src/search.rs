//! One search over a consortium.

use crate::operations::Operations;
use actix_web::get;
use actix_web::web::Data;
use app::Service;
use app::search::{self as area, SearchQuery, SearchView};
use http_kit::{Id, Query, Read, Replied, ok, read};

/// The operations of this area.
pub fn routes(cfg: &mut Operations<'_, '_>) {
    cfg.service(search_consortium);
}

/// 横断検索: posts, members, people of one's own town, rounds and entry calls that contain all words, at most ten of a kind.
#[utoipa::path(tag = "search", params(SearchQuery), responses((status = 200, description = "By kind", body = SearchView)))]
#[get("/consortia/{consortium_id}/search")]
async fn search_consortium(
    service: Data<Service>,
    Read { call, .. }: Read,
    Id(id): Id,
    Query(query): Query<SearchQuery>,
) -> Replied {
    read(&service, call, move |ctx, call| ok(&area::search_consortium(ctx, call, &id, &query)?)).await
}
