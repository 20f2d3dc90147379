//! What the one module of the pages adds, seen by what people see: the lab calculates while a slider moves, many rows are
//! chosen at once, a file is dropped and its way is shown, nothing typed is lost, and a session is said to end. Beside
//! each stands the same without it.

use crate::office::{self, act, consortium, contact, id_in, in_days, town};
use crate::site::{CONTACT, LEAD, LEARNER, PASSWORD, Site};
use serde_json::json;
use testkit::browser::Browser;

const CODE: &str = "143618";
const END: &str = "\u{e010}";
const HOME: &str = "\u{e011}";
const RIGHT: &str = "\u{e014}";

/// Every number of the result, as the page shows it.
const NUMBERS: &str =
    "return [...document.querySelectorAll('#preview td.n, #preview [data-say]')].map(one => one.textContent.trim());";

fn numbers(browser: &Browser) -> Vec<String> {
    let numbers = browser.run(NUMBERS, Vec::new());
    numbers.as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect()
}

/// The numbers, once the address says that this was calculated.
fn calculated(browser: &Browser, asked: &str) -> Vec<String> {
    let _there = browser.wait(&format!("return location.search.replaceAll('%2F', '/').includes('{asked}&');"));
    numbers(browser)
}

fn value(browser: &Browser, css: &str) -> String {
    let value = browser.run("return document.querySelector(arguments[0]).value;", vec![json!(css)]);
    value.as_str().unwrap().to_owned()
}

/// Keys to a control, as after reaching it by Tab.
fn keys_at(browser: &Browser, css: &str, keys: &str) {
    let _focused = browser.run("document.querySelector(arguments[0]).focus();", vec![json!(css)]);
    browser.keys(keys);
}

/// The page is the one that was marked: nothing was loaded anew.
fn mark(browser: &Browser) {
    let _marked = browser.run("window.__same = true;", Vec::new());
}

fn same(browser: &Browser) -> bool {
    browser.run("return window.__same === true;", Vec::new()) == json!(true)
}

const EQUAL: &str = "#f-sharing-rule-equal";
const POPULATION: &str = "#f-sharing-rule-population";
const SLIDER: &str = "[data-for='f-sharing-rule-equal']";
const SUBMIT: &str = "form.lab-form .actions button";

#[test]
fn the_lab_calculates_while_a_slider_moves_what_its_button_calculates_without_scripts() {
    let Some(browser) = Browser::start(true, 1280) else { return };
    let site = Site::start();
    let round = office::quoted(&site, "試算の確かめ（架空）", &[(CODE, 20), ("143634", 35)]);
    let lab = site.url(&format!("/rounds/{round}/scenarios/new"));
    site.sign_in(&browser, LEAD);
    browser.open(&lab);
    mark(&browser);
    let by_seats = numbers(&browser);
    assert!(by_seats.len() > 6, "{by_seats:?}");

    keys_at(&browser, SLIDER, END);
    let by_equal_parts = calculated(&browser, "equal=100");
    assert_ne!(by_equal_parts, by_seats);
    assert_eq!((value(&browser, SLIDER).as_str(), value(&browser, EQUAL).as_str()), ("100", "100"));
    keys_at(&browser, SLIDER, &format!("{HOME}{}", RIGHT.repeat(3)));
    let by_a_little = calculated(&browser, "equal=3");
    assert!(by_a_little != by_seats && by_a_little != by_equal_parts, "{by_a_little:?}");
    assert_eq!(value(&browser, EQUAL), "3");
    // The number moves the slider, too.
    browser.fill(EQUAL, "40");
    let live = calculated(&browser, "equal=40");
    assert_eq!(value(&browser, SLIDER), "40");
    assert!(same(&browser), "nothing was loaded anew");
    let said = browser.run("return document.getElementById('status').textContent;", Vec::new());
    assert!(live.contains(&said.as_str().unwrap().to_owned()), "the result is read out: {said}");

    // The address is the scenario: opened anew, and sent by the button, it gives the same numbers.
    assert!(browser.url().contains("sharing%2Frule%2Fequal=40"), "{}", browser.url());
    browser.open(&browser.url());
    assert_eq!(numbers(&browser), live, "the address opened anew");
    browser.leave(|browser| browser.click(SUBMIT));
    assert_eq!(numbers(&browser), live, "the form sent");

    let Some(plain) = Browser::start(false, 1280) else { return };
    site.sign_in(&plain, LEAD);
    plain.open(&lab);
    let shown = "return document.querySelector(arguments[0]).checkVisibility();";
    assert_eq!(plain.run(shown, vec![json!(SLIDER)]), json!(false), "a slider that does nothing is not shown");
    assert_eq!(numbers(&plain), by_seats);
    plain.fill(EQUAL, "40");
    plain.leave(|plain| plain.click(SUBMIT));
    assert_eq!(numbers(&plain), live, "without scripts the button gives the same numbers");
    assert!(plain.text("[data-carries]").contains("先に「この条件で試算する」を押してください"));

    // What is saved is what stands in the form, also when the result has not followed yet.
    let hurried = "document.querySelector('#f-name').value = '急いで保存（架空）';
        document.querySelector('#f-sharing-rule-equal').value = '7';
        document.querySelector('[data-carries] button').click();";
    browser.leave(|browser| drop(browser.run(hurried, Vec::new())));
    let saved = browser.text("main");
    assert!(saved.contains("急いで保存（架空）") && saved.contains("均等割7％"), "{saved}");
}

#[test]
fn a_published_example_sets_the_sliders_and_keeps_what_was_typed() {
    let site = Site::start();
    let round = office::quoted(&site, "例の確かめ（架空）", &[(CODE, 20), ("143634", 35)]);
    let mut results = Vec::new();
    for scripts in [true, false] {
        let Some(browser) = Browser::start(scripts, 1280) else { return };
        site.sign_in(&browser, LEAD);
        browser.open(&site.url(&format!("/rounds/{round}/scenarios/new")));
        browser.fill("[name=supply]", "50");
        if scripts {
            let _after = calculated(&browser, "supply=50");
        } else {
            browser.leave(|browser| browser.click(SUBMIT));
        }
        // The first example with both parts: what it asks for stands in its address.
        let wanted = "const parts = a => ['equal', 'population'].map(part => new URL(a.href).searchParams.get('sharing/rule/' + part));
            const link = [...document.querySelectorAll('.presets a')].find(a => parts(a).every(part => part > 0));
            link.setAttribute('data-hand', '');
            return parts(link);";
        let wanted = browser.run(wanted, Vec::new());
        browser.leave(|browser| browser.click("[data-hand]"));
        let (equal, population) = (wanted[0].as_str().unwrap(), wanted[1].as_str().unwrap());
        assert_eq!((value(&browser, EQUAL).as_str(), value(&browser, POPULATION).as_str()), (equal, population));
        assert_eq!(value(&browser, SLIDER), equal.split('.').next().unwrap());
        assert_eq!(value(&browser, "[name=supply]"), "50", "what was typed before is kept");
        results.push(numbers(&browser));
    }
    assert!(results[0].len() > 6 && results[0] == results[1], "{results:?}");
}

/// How many boxes a list has, and what its bar says.
fn chosen(browser: &Browser) -> (i64, String) {
    let bar = "const words = document.querySelector('[data-chosen]');
        const boxes = document.querySelectorAll(`[name=\"${words.dataset.chosen}\"]`);
        return [[...boxes].filter(box => box.checked).length, words.textContent];";
    let seen = browser.run(bar, Vec::new());
    (seen[0].as_i64().unwrap(), seen[1].as_str().unwrap().to_owned())
}

#[test]
fn rows_are_chosen_together_and_a_bar_in_view_says_how_many() {
    let Some(browser) = Browser::start(true, 1280) else { return };
    let site = Site::start();
    let desk = site.desk(&contact(CODE));
    let list = site.url(&format!("/members/{}/assignments", town(&desk)));
    site.sign_in(&browser, CONTACT);
    browser.open(&list);
    browser.narrow(375);
    let boxes = browser.run("return document.querySelectorAll('[name=assignment_ids]').length;", Vec::new());
    let boxes = boxes.as_i64().unwrap();
    assert!(boxes > 2, "{boxes} rows");
    assert_eq!(chosen(&browser), (0, String::new()));
    assert!(!browser.has(".bulk"));
    browser.click("[data-all]");
    assert_eq!(chosen(&browser), (boxes, format!("{boxes}件を選択中")));
    // Wherever one is in the list, what can be done with the rows is in view.
    let in_view = "const box = () => document.querySelector('.bulk').closest('form').getBoundingClientRect();
        return [() => box().top + 300 - innerHeight, () => box().bottom - innerHeight].map(by => {
            scrollBy({top: by(), behavior: 'instant'});
            const button = document.querySelector('.bulk button').getBoundingClientRect();
            const there = document.elementFromPoint(button.left + button.width / 2, button.top + button.height / 2);
            return button.top >= 0 && button.bottom <= innerHeight + 1 && there.closest('.bulk') !== null; });";
    assert_eq!(browser.run(in_view, Vec::new()), json!([true, true]));
    browser.click("[name=assignment_ids]");
    assert_eq!(chosen(&browser), (boxes - 1, format!("{}件を選択中", boxes - 1)));
    let some = browser.run("return document.querySelector('[data-all]').indeterminate;", Vec::new());
    assert_eq!(some, json!(true), "the box for all says that some are chosen");
    browser.leave(|browser| browser.click(".bulk button"));
    let asked = browser.run("return document.querySelectorAll('main [name=assignment_ids]').length;", Vec::new());
    assert_eq!(asked, json!(boxes - 1), "the chosen rows and no others: {}", browser.text("main"));
    // Coming back, the bar agrees with the boxes.
    browser.back();
    let (ticked, words) = chosen(&browser);
    assert_eq!(words, if ticked > 0 { format!("{ticked}件を選択中") } else { String::new() });

    let Some(plain) = Browser::start(false, 1280) else { return };
    site.sign_in(&plain, CONTACT);
    plain.open(&list);
    let shown = plain.run("return document.querySelector('[data-all]').checkVisibility();", Vec::new());
    assert_eq!(shown, json!(false), "no box that does nothing");
    plain.click("[name=assignment_ids]");
    plain.leave(|plain| plain.click(".actions:has([data-chosen]) button"));
    let asked = plain.run("return document.querySelectorAll('main [name=assignment_ids]').length;", Vec::new());
    assert_eq!(asked, json!(1));
}

#[test]
fn every_list_with_boxes_has_the_bar() {
    let Some(browser) = Browser::start(true, 1280) else { return };
    let site = Site::start();
    let asked = office::survey(&site, "督促の確かめ（架空）", &[CODE, "143634"]);
    let member = town(&site.desk(CONTACT));
    let seated = site.desk(CONTACT).get(&format!("/members/{member}/assignments")).text;
    let seated = office::between(&seated, "?contract=", "\"").to_owned();
    let contract = office::procure(&site, "R8-箱-1（架空）", &[(CODE, 6), ("143634", 5)]);
    let round = office::quoted(&site, "並べる試算（架空）", &[(CODE, 20)]);
    let lead = site.desk(LEAD);
    let lab = format!("/rounds/{round}/scenarios/new");
    act(&lead, &lab, &lab, &carried(&lead.get(&lab).text, &lab));
    let lists = [
        (LEAD, format!("/surveys/{}", asked.survey)),
        (LEAD, format!("/rounds/{round}/scenarios")),
        (CONTACT, format!("/members/{member}/assignments/new?contract={contract}")),
        (CONTACT, format!("/members/{member}/assignments/transfer?contract={seated}")),
    ];
    for (who, list) in lists {
        browser.forget();
        site.sign_in(&browser, who);
        browser.open(&site.url(&list));
        let first = "const name = document.querySelector('[data-chosen]').dataset.chosen;
            document.querySelector(`[name=\"${name}\"]`).setAttribute('data-hand', '');";
        let _marked = browser.run(first, Vec::new());
        browser.click("[data-hand]");
        // What the page has chosen itself is taken away first.
        if chosen(&browser).0 == 0 {
            browser.click("[data-hand]");
        }
        let (ticked, words) = chosen(&browser);
        assert!(ticked > 0 && words == format!("{ticked}件を選択中"), "{list}: {words}");
        assert!(browser.has(".bulk button"), "{list}");
    }
}

/// What a form carries unseen besides its guards.
fn carried<'a>(page: &'a str, action: &str) -> Vec<(&'a str, &'a str)> {
    let form =
        page.split(&format!("method=\"post\" action=\"{action}\"")).nth(1).unwrap().split("</form>").next().unwrap();
    let fields = form.split("name=\"").skip(1);
    let pair = |part: &'a str| Some((part.split('"').next()?, part.split_once("value=\"")?.1.split('"').next()?));
    fields.filter_map(pair).filter(|(name, _)| !name.starts_with('_')).collect()
}

#[test]
fn a_secret_is_copied_by_its_button() {
    let Some(browser) = Browser::start(true, 1280) else { return };
    let site = Site::start();
    site.sign_in(&browser, LEARNER);
    browser.open(&site.url("/me/tokens"));
    browser.fill("[name=name]", "写しの確かめ（架空）");
    browser.click("[name=scopes][value=read]");
    browser.fill("[name=expires_at]", &in_days(30));
    browser.leave(|browser| browser.click("form[action='/me/tokens'] button.primary"));
    assert!(browser.has("[data-copy=token]"), "{}", browser.text("main"));
    let token = browser.text("#token");
    browser.click("[data-copy=token]");
    let said = browser.wait("const words = document.querySelector('[data-copy=token]').textContent; return words.includes('コピーしました') && words;");
    assert_eq!(said, json!("コピーしました"));
    // Ctrl+V where a text goes.
    keys_at(&browser, "#f-name", "\u{e009}v\u{e000}");
    assert_eq!(value(&browser, "#f-name"), token);
}

/// Remembers whether the page asked before it was left; the browser of the tests answers such a question with yes.
const REMEMBER: &str =
    "addEventListener('beforeunload', event => sessionStorage.setItem('asked', event.defaultPrevented));";

/// Leaves the page, and says whether that was asked about.
fn asked(browser: &Browser, css: &str) -> bool {
    let _listening = browser.run(REMEMBER, Vec::new());
    browser.leave(|browser| browser.click(css));
    let asked = browser.run("return sessionStorage.getItem('asked');", Vec::new());
    asked.as_str().expect("the page was left").parse().unwrap()
}

#[test]
fn what_was_typed_and_not_sent_is_not_left_by_accident() {
    let Some(browser) = Browser::start(true, 1280) else { return };
    let site = Site::start();
    site.sign_in(&browser, LEARNER);
    let write = site.url(&format!("/consortia/{}/posts/new?kind=knowhow", consortium(&site.desk(LEARNER))));
    browser.open(&write);
    assert!(!asked(&browser, "a.brand"), "nothing typed, nothing asked");
    browser.open(&write);
    browser.fill("[name=title]", "書きかけの話（架空）");
    assert!(asked(&browser, "a.brand"), "leaving is asked about");
    browser.open(&write);
    browser.fill("[name=title]", "書きかけの話（架空）");
    browser.fill("[name=body]", "本文です。");
    assert!(!asked(&browser, "main form.sheet button.primary"), "what is sent is not lost");
    assert!(browser.text("h1").contains("書きかけの話（架空）"), "{}", browser.text("main"));
}

/// A clock that the test moves on, and timers that do not wait for it.
const CLOCK: &str = "const now = Date.now.bind(Date), every = window.setInterval.bind(window);
    window.__later = 0;
    Date.now = () => now() + window.__later;
    window.setInterval = (act, time) => every(act, Math.min(time, 50));";

fn after(browser: &Browser, hours: i64, minutes: i64) {
    let _moved = browser.run("window.__later = arguments[0] * 60e3;", vec![json!(hours * 60 + minutes)]);
    // Several ticks of its timer.
    std::thread::sleep(std::time::Duration::from_millis(300));
}

#[test]
fn a_session_is_said_to_end_before_it_does_and_can_be_prolonged() {
    let Some(browser) = Browser::start(true, 1280) else { return };
    let site = Site::start();
    browser.ahead(CLOCK);
    site.sign_in(&browser, LEARNER);
    let idle = domain::accounts::SESSION_IDLE.num_hours();
    after(&browser, idle - 1, 0);
    assert!(!browser.has("#ends"), "an hour before, nobody is disturbed");
    after(&browser, idle, -20);
    let words = browser.text("#ends");
    assert!(words.contains("サインインの期限が来ます"), "{words}");
    assert_eq!(
        browser.run("return document.getElementById('ends').getAttribute('role');", Vec::new()),
        json!("status")
    );
    browser.click("#ends a");
    let _prolonged = browser.wait("return document.getElementById('ends')?.textContent === '延長しました。';");
    let _gone = browser.wait("return document.getElementById('ends') === null;");
    // Counted from the prolongation, until nobody comes.
    after(&browser, 2 * idle - 1, -20);
    assert!(!browser.has("#ends"));
    after(&browser, 2 * idle, -20);
    assert!(browser.text("#ends").contains("サインインの期限が切れました"), "{}", browser.text("#ends"));
    assert!(!browser.has("#ends a"), "what has ended is not prolonged");
}

/// All sessions end then; what the service knows of them is a moment old.
fn end_sessions(site: &Site, at: chrono::DateTime<chrono::Utc>) {
    site.sql(&format!("UPDATE sessions SET expires_at = '{}'", at.format("%Y-%m-%d %H:%M:%S")));
    std::thread::sleep(std::time::Duration::from_secs(3));
}

#[test]
fn the_latest_end_of_a_session_is_said_and_not_prolonged() {
    let Some(browser) = Browser::start(true, 1280) else { return };
    let site = Site::start();
    browser.ahead(CLOCK);
    site.sign_in(&browser, LEARNER);
    let ends = chrono::Utc::now() + chrono::TimeDelta::hours(3);
    end_sessions(&site, ends);
    browser.open(&site.url("/me"));
    after(&browser, 2, 30);
    assert!(!browser.has("#ends"));
    after(&browser, 2, 50);
    let words = browser.text("#ends");
    let time = ends.with_timezone(&domain::clock::japan()).format("%H:%M").to_string();
    assert!(words.contains(&format!("{time}にサインインの期限が来ます")), "{words}: {time}");
    assert!(!browser.has("#ends a"), "nothing prolongs it");
    // In its last hour the page itself says so, with and without scripts.
    let Some(plain) = Browser::start(false, 1280) else { return };
    site.sign_in(&plain, LEARNER);
    end_sessions(&site, chrono::Utc::now() + chrono::TimeDelta::minutes(40));
    plain.open(&site.url("/me"));
    assert!(plain.text("main").contains("まもなくサインインの期限です。"), "{}", plain.text("main"));
}

#[test]
fn when_a_session_ends_is_said_on_every_page_without_scripts() {
    let Some(browser) = Browser::start(false, 375) else { return };
    let site = Site::start();
    browser.open(&site.url("/sign-in"));
    assert!(!browser.has(".session"), "nobody is signed in");
    site.sign_in(&browser, LEARNER);
    for page in ["/", "/me", "/me/notices", "/help"] {
        browser.open(&site.url(page));
        if page == "/help" && !browser.has("form[action='/sign-out']") {
            continue;
        }
        let words = browser.text(".session");
        let idle = format!("約{}時間で、サインアウトします", domain::accounts::SESSION_IDLE.num_hours());
        assert!(words.contains(&idle), "{page}: {words}");
        let ends = browser.run("return document.querySelector('.session time').getAttribute('datetime');", Vec::new());
        let ends: chrono::DateTime<chrono::Utc> = ends.as_str().unwrap().parse().unwrap();
        let left = ends - chrono::Utc::now();
        let life = domain::accounts::SESSION_LIFE;
        assert!(left <= life && left > life - chrono::TimeDelta::minutes(5), "{page}: {left}");
        let day = ends.with_timezone(&domain::clock::japan()).format("%Y年%-m月%-d日").to_string();
        assert!(words.contains(&day), "{page}: {words} does not say {day}");
    }
}

/// A file made in the page and held over a field, then let go.
const DROP: &str = "const [name, bytes, css] = arguments;
    const held = new DataTransfer();
    held.items.add(new File([new Uint8Array(bytes).fill(97)], name, {type: 'text/plain'}));
    const at = document.querySelector(css);
    const tell = kind => !at.dispatchEvent(new DragEvent(kind, {bubbles: true, cancelable: true, dataTransfer: held}));
    const taken = [tell('dragover')];
    taken.push(document.querySelector('.drop').classList.contains('over'));
    taken.push(tell('drop'));
    const input = document.querySelector('[type=file]');
    return [...taken, [...input.files].map(file => file.name + ' ' + file.size)];";

/// The link to a list's file leads to the question when the last proof is old; nothing but the file is ever saved.
#[test]
fn a_file_is_saved_after_the_proof_and_no_page_in_its_place() {
    for scripts in [true, false] {
        let Some(browser) = Browser::start(scripts, 1280) else { return };
        let site = Site::start();
        site.sign_in(&browser, CONTACT);
        site.sql("UPDATE sessions SET stepped_up_at = NULL");
        std::thread::sleep(std::time::Duration::from_secs(3));
        let desk = site.desk(CONTACT);
        browser.open(&site.url(&format!("/members/{}/staff", town(&desk))));
        browser.click("a[href*='/staff/export'][href*='format=csv']");
        assert!(browser.has("form[action='/step-up']"), "{}", browser.text("main"));
        browser.fill("#f-password", "ちがうパスワードです。");
        browser.leave(|browser| browser.click("form[action='/step-up'] .btn.primary"));
        assert!(browser.has("#errors"), "{}", browser.text("main"));
        browser.fill("#f-password", PASSWORD);
        let file = browser.save(|browser| browser.click("form[action='/step-up'] .btn.primary"));
        assert_eq!(file.extension().and_then(std::ffi::OsStr::to_str), Some("csv"), "{}", file.display());
        let page = browser.text("main");
        assert!(page.contains("ファイルを保存する") && !page.contains("パスワード"), "{page}");
        let again = browser.save(|browser| browser.click("main .btn.primary"));
        assert_eq!(again.extension().and_then(std::ffi::OsStr::to_str), Some("csv"), "{}", again.display());
        browser.click("main .actions a:not(.primary)");
        assert!(browser.url().ends_with("/staff"), "{}", browser.url());
    }
}

#[test]
fn a_file_is_dropped_and_its_way_is_shown() {
    let Some(browser) = Browser::start(true, 1280) else { return };
    let site = Site::start();
    let desk = site.desk(LEARNER);
    let new = format!("/consortia/{}/posts/new?kind=knowhow", consortium(&desk));
    let to = new.split('?').next().unwrap();
    let fields =
        [("kind", "knowhow"), ("title", "添付の話（架空）"), ("body", "本文です。"), ("visibility", "consortium")];
    let post = id_in(&act(&desk, &new, to, &fields), "posts");
    site.sign_in(&browser, LEARNER);
    let page = site.url(&format!("/posts/{post}/attachments/new"));
    browser.open(&page);
    let beside = browser.run(DROP, vec![json!("x.txt"), json!(9), json!("h1")]);
    assert_eq!(beside, json!([true, false, true, []]), "beside the field it neither counts nor takes the page's place");

    // What must not come in: the answer takes the place of the page, and can be corrected there.
    let dropped = browser.run(DROP, vec![json!("悪い.exe"), json!(9), json!(".drop .hint")]);
    assert_eq!(dropped, json!([true, true, true, ["悪い.exe 9"]]));
    browser.leave(|browser| browser.click("main form.sheet button.primary"));
    assert!(browser.has("#errors") && browser.has(".js .drop"), "{}", browser.text("main"));
    assert_eq!(browser.run("return document.activeElement.id;", Vec::new()), json!("errors"));
    assert_eq!(browser.url(), page);

    let dropped = browser.run(DROP, vec![json!("手順（架空）.txt"), json!(400_000), json!(".drop")]);
    assert_eq!(dropped, json!([true, true, true, ["手順（架空）.txt 400000"]]));
    browser.send_slowly(200_000);
    browser.leave(|browser| {
        browser.click("main form.sheet button.primary");
        let way = "const bar = document.querySelector('progress');
            return bar && bar.value > 0 && bar.value < 100 && [bar.value - bar.value % 10, document.querySelector('form.sheet [role=status]').textContent, bar.getAttribute('aria-label')];";
        let seen = browser.wait(way);
        let tens = seen[0].as_i64().unwrap();
        assert_eq!(seen[1], json!(format!("送信しています（{tens}％）")), "{seen}");
        assert_eq!(seen[2], json!("ファイルの送信"));
        // Once is enough.
        let again = browser.run("const form = document.querySelector('form.sheet'); form.requestSubmit(); return document.querySelectorAll('progress').length;", Vec::new());
        assert_eq!(again, json!(1));
    });
    assert!(browser.url().contains(&format!("/posts/{post}?")), "{}", browser.url());
    let names = browser.run("return [...document.querySelectorAll('main a[href^=\"/attachments/\"]:not([href$=\"/remove\"])')].map(a => a.textContent).filter(words => words.includes('.txt'));", Vec::new());
    assert_eq!(names, json!(["手順（架空）.txt"]), "{}", browser.text("main"));
    let faults = crate::look::noise(&browser, &site);
    assert!(faults.is_empty(), "{faults:?}");
}

#[test]
fn a_connection_that_breaks_loses_no_file() {
    let Some(browser) = Browser::start(true, 1280) else { return };
    let site = Site::start();
    site.sign_in(&browser, CONTACT);
    browser.open(&site.url(&format!("/members/{}/assignments/import", town(&site.desk(CONTACT)))));
    let _dropped = browser.run(DROP, vec![json!("様式.csv"), json!(90), json!(".drop")]);
    // Nobody listens there.
    let _broken = browser.run("document.querySelector('form.sheet').action = 'http://127.0.0.1:1/';", Vec::new());
    let send = "document.querySelector('form.sheet').requestSubmit(); return true;";
    let _sent = browser.run(send, Vec::new());
    let said = browser.wait("return document.querySelector('form.sheet [role=status]')?.textContent.includes('送信できませんでした') && 'said';");
    assert_eq!(said, json!("said"));
    let kept = "const form = document.querySelector('form.sheet'); return [form.querySelector('input[type=file]').files.length, 'sent' in form.dataset];";
    assert_eq!(browser.run(kept, Vec::new()), json!([1, false]), "the file is still there, and can be sent again");
}

/// What was typed of other people is there again when one goes back, although the browser offers nothing for it: the page
/// is loaded anew, because one that asks to be told when it is left is not kept in memory.
#[test]
fn what_was_typed_of_others_is_kept_for_who_goes_back() {
    let Some(browser) = Browser::start(true, 1280) else { return };
    let site = Site::start();
    site.sign_in(&browser, CONTACT);
    let invite = site.url(&format!("/members/{}/staff/invite", town(&site.desk(CONTACT))));
    browser.open(&invite);
    let _not_kept = browser.run("addEventListener('unload', () => {});", Vec::new());
    mark(&browser);
    let typed = [("#f-email", "atarashii@demo.example.lg.jp"), ("#f-display_name", "架空 新人"), ("#f-kana", "かくう")];
    for (css, text) in typed {
        let _off = browser.wait(&format!("return document.querySelector('{css}').autocomplete === 'off';"));
        browser.fill(css, text);
    }
    // Sent with a fault, so that nothing asks whether to stay.
    browser.fill("#f-email", "atarashii");
    let _unasked = browser.run("document.querySelector('form.sheet').noValidate = true;", Vec::new());
    browser.leave(|browser| browser.click("main form.sheet button.primary"));
    assert!(browser.has("#errors"), "{}", browser.text("main"));
    browser.back();
    assert!(browser.url() == invite && !same(&browser), "the page was loaded anew");
    let typed: Vec<String> = typed.iter().map(|(css, _)| value(&browser, css)).collect();
    assert_eq!(typed, ["atarashii", "架空 新人", "かくう"]);
}

/// A page that answers a form would ask to be sent once more when one goes back to it; it takes the address of the page
/// with the form.
#[test]
fn going_back_to_an_error_or_a_question_leads_to_the_form_and_sends_nothing() {
    let Some(browser) = Browser::start(true, 1280) else { return };
    let site = Site::start();
    let lead = site.desk(LEAD);
    let round = office::round(&lead, "戻る操作の確かめ（架空）", &[CODE]);
    site.sign_in(&browser, LEAD);
    let new = site.url(&format!("/rounds/{round}/surveys/new"));
    browser.open(&new);
    browser.fill("#f-title", "戻る操作の調査（架空）");
    browser.fill("#f-deadline_on", "いつか");
    // A page that asks to be told when it is left is not kept in memory: going back loads it anew.
    let leave = |act: &dyn Fn(&Browser)| {
        let _not_kept = browser.run("addEventListener('unload', () => {});", Vec::new());
        browser.leave(act);
    };
    let send = |css: &str| leave(&|browser| browser.click(css));
    send("main form.sheet button.primary");
    assert!(browser.has("#errors") && browser.url() == new, "{}", browser.text("main"));
    browser.fill("#f-deadline_on", &in_days(20));
    send("main form.sheet button.primary");
    let survey = id_in(&browser.url(), "surveys");
    let page = site.url(&format!("/surveys/{survey}"));
    leave(&|browser| browser.press("受付を開始する"));
    assert!(browser.text("main").contains("実行する前に確かめてください"), "{}", browser.text("main"));
    assert!(browser.url().starts_with(&page), "the question stands where its form does: {}", browser.url());
    leave(&|browser| browser.press("受付を開始する"));
    assert!(browser.text("main").contains("受付番号"), "{}", browser.text("main"));

    for (words, address) in [("受付中", &page), ("戻る操作の調査", &page), ("調査", &new)] {
        browser.back();
        let shown = browser.text("body");
        assert!(browser.url().starts_with(address.as_str()) && shown.contains(words), "{}: {shown}", browser.url());
        assert!(browser.has("header.top") && !browser.has("#errors"), "{shown}");
    }
}
