//! S18: a form of another site changes nothing. Every form of every page is sent with the cookie of somebody who may, in
//! each way that another site can make a browser send it.

use crate::world;
use acceptance::contents;
use acceptance::people::{PASSWORD, email};
use testkit::app::{Face, TestApp, on_both_with};
use testkit::pages::{Browser, hidden};

const FORM: &str = "application/x-www-form-urlencoded";

/// Headers of a request as another site sends it; `{here}` is our own origin.
const FOREIGN: [&[(&str, &str)]; 9] = [
    &[("origin", "https://evil.example"), ("content-type", FORM)],
    &[("origin", "null"), ("content-type", FORM)],
    &[("content-type", FORM)],
    &[("referer", "{here}/"), ("content-type", FORM)],
    &[("origin", "{here}"), ("sec-fetch-site", "cross-site"), ("content-type", FORM)],
    &[("origin", "{here}"), ("sec-fetch-site", "same-site"), ("content-type", FORM)],
    &[("origin", "{here}"), ("sec-fetch-site", "none"), ("content-type", FORM)],
    &[("origin", "{here}.evil.example"), ("content-type", FORM)],
    &[("origin", "http://127.0.0.1"), ("content-type", FORM)],
];

/// From a page of ours, but not as a form of ours.
const STRANGE: [&[(&str, &str)]; 4] = [
    &[("origin", "{here}"), ("content-type", "text/plain")],
    &[("origin", "{here}"), ("content-type", "application/json")],
    &[("origin", "{here}")],
    &[("origin", "{here}"), ("content-type", "multipart/form-data; boundary=x")],
];

fn send(app: &TestApp, path: &str, cookie: &str, headers: &[(&str, &str)], body: &str) -> testkit::app::Answer {
    let here = app.url("");
    let filled: Vec<(&str, String)> =
        headers.iter().map(|(name, value)| (*name, value.replace("{here}", &here))).collect();
    let mut all: Vec<(&str, &str)> = filled.iter().map(|(name, value)| (*name, value.as_str())).collect();
    all.extend([("accept", "text/html"), ("cookie", cookie)]);
    app.send_text("POST", path, &all, body)
}

#[test]
fn no_form_of_another_site_changes_anything() {
    on_both_with(Face::whole, |app| {
        let (mut world, _) = world(app);
        world.ids.insert("import_id".to_owned(), "0199b3f0-0000-7000-8000-00000000dead".to_owned());
        let roles = ["admin", "lead", "contact", "learner"];
        let visitors: Vec<Browser<'_>> =
            roles.iter().map(|role| Browser::signed_in(app, &email(role), PASSWORD)).collect();
        let tokens: Vec<String> =
            visitors.iter().map(|visitor| hidden(&visitor.get("/me/profile").text, "_csrf").unwrap()).collect();
        let stranger = Browser::signed_in(app, &email("stranger"), PASSWORD);
        let other = hidden(&stranger.get("/me/profile").text, "_csrf").unwrap();
        let before = contents(app);
        let routes: Vec<_> = web::route_table().into_iter().filter(|route| route.method == "POST").collect();
        assert!(routes.len() > 90, "{}", routes.len());
        for route in &routes {
            let path = world.path(&route.pattern);
            for (visitor, token) in visitors.iter().zip(&tokens) {
                // The worst case: the token of the form is known to the other site.
                let body = format!("_csrf={token}&_once=0199b3f0-0000-7000-8000-00000000beef&reason=a&title=a&body=a");
                for headers in FOREIGN {
                    let answer = send(app, &path, &visitor.cookie, headers, &body);
                    assert_eq!(answer.status, 403, "{path} {headers:?}: {}", answer.text);
                }
            }
            // One who may at most of the pages is enough for the rest.
            let (visitor, token) = (&visitors[1], &tokens[1]);
            let fields = |token: &str| format!("_csrf={token}&reason=a&title=a&body=a");
            for headers in STRANGE {
                let answer = send(app, &path, &visitor.cookie, headers, &fields(token));
                assert!(
                    [400, 403, 413, 415, 422].contains(&answer.status),
                    "{path} {headers:?}: {} {}",
                    answer.status,
                    answer.text
                );
            }
            let open = OPEN.contains(&route.pattern.as_str());
            let ours = [("origin", "{here}"), ("content-type", FORM)];
            for wrong in ["", "x", &other] {
                let answer = send(app, &path, &visitor.cookie, &ours, &fields(wrong));
                // A form with a file is read as one first.
                let refused = if open { answer.status < 500 } else { [400, 403].contains(&answer.status) };
                assert!(refused, "{path} with the token {wrong}: {}", answer.status);
            }
        }
        let after = contents(app);
        let new: Vec<&String> =
            after.iter().filter(|row| !before.contains(row) && !row.starts_with("sign_in_attempts ")).collect();
        assert!(new.is_empty(), "{new:#?}");
    });
}

/// Forms of somebody without a session: there is nobody whose session a token could belong to.
const OPEN: [&str; 10] = [
    "/sign-in",
    "/sign-in/code",
    "/invitations",
    "/password-reset",
    "/password-resets",
    "/bootstrap",
    "/acknowledgements",
    "/acknowledgements/confirm",
    "/acknowledgements/object",
    "/email-changes",
];
