//! What people print: recovery codes, notices, lists, the share and its reasons. On A4, whole, without the menu.

use crate::journeys::{MOUSE_DESK, walk};
use crate::office;
use crate::person::Person;
use crate::site::LEAD;

/// Prints the page, keeps it among the artefacts, and counts its sheets.
fn print(person: &Person<'_>, name: &str, at_most: usize) {
    let pdf = person.browser.print();
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("../screens");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(format!("print-{name}.pdf")), &pdf).unwrap();
    let text = String::from_utf8_lossy(&pdf);
    assert!(text.starts_with("%PDF-") && pdf.len() > 5_000, "{name}: {} bytes", pdf.len());
    let sheets = text.matches("/Type /Page\n").count();
    assert!((1..=at_most).contains(&sheets), "{name}: {sheets} sheets");
    // 210 × 297 mm in points.
    let a4 = text.split("/MediaBox [").skip(1).filter_map(|tail| tail.split(']').next());
    for size in a4 {
        let sides: Vec<f64> = size.split(' ').filter_map(|side| side.parse().ok()).collect();
        assert!((sides[2] - 595.0).abs() < 2.0 && (sides[3] - 842.0).abs() < 2.0, "{name}: {size}");
    }
    assert!(text.contains("/Font"), "{name} has no text");
    let seen = "const gone = [];
        for (const one of ['.menu', '.crumbs', '.who', '.skip']) { for (const part of document.querySelectorAll(one)) { if (getComputedStyle(part).display !== 'none') gone.push(one); } }
        return gone.length + ' ' + gone.join(' ');";
    person.browser.media("print");
    let shown = person.browser.run(seen, Vec::new());
    let out = crate::look::overflow(person.browser);
    person.browser.media("");
    assert_eq!(shown, serde_json::json!("0 "), "{name}: what is no use on paper");
    assert!(out <= 1, "{name}: {out} px stick out");
}

fn print_lists(person: &Person<'_>) {
    person.sign_in(LEAD);
    print(person, "home", 2);
    person.press("お知らせ");
    print(person, "notices", 4);
    person.press("契約と配分");
    person.press("R8-学習-001（架空）");
    print(person, "contract", 12);
    person.press("席の地図と台帳");
    print(person, "seat-map", 6);
    person.press("調達回");
    person.press("令和8年度 オンライン学習サービス共同調達");
    person.press("令和8年度 意向調査");
    print(person, "answers", 4);
    person.press("参加団体");
    print(person, "members", 3);
    person.sign_out();
    person.sign_in(&office::contact("143618"));
    person.press("わが町");
    person.press("負担金とその理由を見る");
    print(person, "share", 4);
    person.press("職員");
    print(person, "staff", 3);
}

#[test]
fn lists_and_notices_print_on_a4() {
    walk("print", MOUSE_DESK, print_lists);
}

/// What a telephone shows for a key: RFC 6238 over the browser's own HMAC.
const CODE: &str = "const [shown, done] = arguments;
    const bits = [...shown.replace(/[^A-Z2-7]/g, '')].map(one => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(one).toString(2).padStart(5, '0')).join('');
    const key = new Uint8Array(bits.match(/.{8}/g).map(byte => parseInt(byte, 2)));
    const step = new DataView(new ArrayBuffer(8));
    step.setUint32(4, Math.floor(Date.now() / 30000));
    crypto.subtle.importKey('raw', key, {name: 'HMAC', hash: 'SHA-1'}, false, ['sign'])
        .then(made => crypto.subtle.sign('HMAC', made, step.buffer))
        .then(mac => { const view = new DataView(mac), at = view.getUint8(19) & 15;
            done(String((view.getUint32(at) & 0x7fffffff) % 1e6).padStart(6, '0')); }, error => done('' + error));";

fn print_codes(person: &Person<'_>) {
    person.sign_in(LEAD);
    person.open("/me/second-factor");
    person.press("登録を始める");
    let secret = person.browser.text("#secret");
    let code = person.browser.run_async(CODE, vec![serde_json::json!(secret)]);
    person.fill("確認コード", code.as_str().unwrap());
    person.press("2段階認証を始める");
    person.sees("回復コード");
    let codes = "return document.querySelectorAll('.codes code').length;";
    assert_eq!(person.browser.run(codes, Vec::new()), serde_json::json!(10));
    print(person, "recovery-codes", 1);
}

#[test]
fn recovery_codes_print_on_one_sheet() {
    walk("codes", MOUSE_DESK, print_codes);
}
