//! The headers of every answer, errors included: nothing may be framed, sniffed, cached or run
//! that is not ours. Deliberately absent: a banner with the name or version of the server.

use actix_web::http::header::{CACHE_CONTROL, HeaderMap, HeaderName, HeaderValue};

const FIXED: [(&str, &str); 7] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("x-frame-options", "DENY"),
    ("x-permitted-cross-domain-policies", "none"),
    (
        "permissions-policy",
        "accelerometer=(), autoplay=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()",
    ),
];

/// Only our own files, no inline script or style, no frame around us.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'";

/// For files that people uploaded: nothing in them runs or loads, wherever they are opened.
pub const UNTRUSTED_CONTENT_POLICY: &str = "default-src 'none'; sandbox";

const POLICY: &str = "content-security-policy";

/// Two years, subdomains too; sent only when the service is reached by https.
pub const STRICT_TRANSPORT_SECURITY: &str = "max-age=63072000; includeSubDomains";

/// Completes the headers of an answer.
pub fn complete(headers: &mut HeaderMap, request_id: &str, https: bool) {
    for (name, value) in FIXED {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    // A file of somebody else comes with a stricter one.
    if headers.get(POLICY).is_none_or(|policy| policy != UNTRUSTED_CONTENT_POLICY) {
        headers.insert(HeaderName::from_static(POLICY), HeaderValue::from_static(CONTENT_SECURITY_POLICY));
    }
    if https {
        headers.insert(
            HeaderName::from_static("strict-transport-security"),
            HeaderValue::from_static(STRICT_TRANSPORT_SECURITY),
        );
    }
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
    if !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}
