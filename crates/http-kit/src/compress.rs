//! Pages and their stylesheet go out compressed: Japanese tables shrink to a tenth.
//!
//! Only what people look at, and only whole bodies: answers of the API, files and streams leave as they are. A page
//! that repeats what its address says beside a secret would let an observer guess the secret by the length; therefore
//! the only secret in a page, the token of its forms, is masked anew in each answer (`web/visitor.rs`).

use actix_web::HttpResponse;
use actix_web::body::MessageBody as _;
use actix_web::dev::ServiceRequest;
use actix_web::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue, VARY};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write as _;

/// What is compressed.
const KINDS: [&str; 4] = ["text/html", "text/css", "text/javascript", "image/svg+xml"];
/// Bodies below this fit into one packet anyway.
const LEAST: usize = 1_000;
/// More effort gains a few percent and costs twice the time.
const EFFORT: u32 = 4;

/// Whether the caller takes gzip.
pub(crate) fn is_welcome(req: &ServiceRequest) -> bool {
    let accepted = req.headers().get_all(ACCEPT_ENCODING).filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(takes_gzip)
}

/// One entry of `Accept-Encoding`: `gzip`, `gzip;q=0.5`; not `gzip;q=0`.
fn takes_gzip(entry: &str) -> bool {
    let (coding, weight) = entry.split_once(';').unwrap_or((entry, ""));
    let refused = weight.trim().strip_prefix("q=").is_some_and(|weight| weight.trim_matches(['0', '.']).is_empty());
    coding.trim().eq_ignore_ascii_case("gzip") && !refused
}

/// The same answer, compressed where that is welcome and of use.
pub(crate) fn answer(welcome: bool, answer: HttpResponse) -> HttpResponse {
    if !is_for_people(answer.headers()) {
        return answer;
    }
    let (mut head, body) = answer.into_parts();
    let body = match body.try_into_bytes() {
        Ok(body) => body,
        Err(stream) => return head.set_body(stream),
    };
    head.headers_mut().append(VARY, HeaderValue::from(ACCEPT_ENCODING));
    if !welcome || body.len() < LEAST {
        return head.set_body(body).map_into_boxed_body();
    }
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::new(EFFORT));
    match encoder.write_all(&body).and_then(|()| encoder.finish()) {
        Ok(small) => {
            head.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            head.set_body(small).map_into_boxed_body()
        }
        Err(_never_in_memory) => head.set_body(body).map_into_boxed_body(),
    }
}

fn is_for_people(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    !headers.contains_key(CONTENT_ENCODING) && KINDS.iter().any(|known| kind.starts_with(known))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    fn page(kind: &str, body: &str) -> HttpResponse {
        HttpResponse::Ok().content_type(kind).body(body.to_owned())
    }

    fn sent(answer: HttpResponse) -> (Option<String>, Vec<u8>) {
        let coding = answer.headers().get(CONTENT_ENCODING).map(|value| value.to_str().unwrap().to_owned());
        (coding, answer.into_body().try_into_bytes().unwrap().to_vec())
    }

    #[test]
    fn a_page_shrinks_and_reads_as_before() {
        let html = "<tr><td>中井町</td></tr>".repeat(200);
        let (coding, body) = sent(answer(true, page("text/html; charset=utf-8", &html)));
        assert_eq!(coding.as_deref(), Some("gzip"));
        assert!(body.len() * 10 < html.len(), "{} of {}", body.len(), html.len());
        let mut read = String::new();
        flate2::read::GzDecoder::new(body.as_slice()).read_to_string(&mut read).unwrap();
        assert_eq!(read, html);
    }

    #[test]
    fn what_is_no_page_or_unwelcome_leaves_as_it_is() {
        let long = "x".repeat(5_000);
        for (welcome, kind, body) in [
            (false, "text/html", long.as_str()),
            (true, "application/json", &long),
            (true, "application/problem+json", &long),
            (true, "text/csv", &long),
            (true, "text/html", "short"),
        ] {
            assert_eq!(sent(answer(welcome, page(kind, body))), (None, body.as_bytes().to_vec()), "{kind}");
        }
    }

    #[test]
    fn gzip_is_taken_where_it_is_named_and_not_refused() {
        assert!(["gzip", " GZIP", "gzip;q=0.5", "gzip; q=1"].iter().all(|entry| takes_gzip(entry)));
        assert!(!["", "br", "identity", "gzip;q=0", "gzip; q=0.000", "xgzip"].iter().any(|entry| takes_gzip(entry)));
    }
}
