//! A corpus of attacks (S34): whatever is written, only allowed tags and attributes come out.

#![allow(clippy::string_slice, reason = "a test may fail loudly")]

use super::*;

const PAYLOADS: [&str; 46] = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></ScRiPt>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<img/src=`x`onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><animate attributeName=href values=javascript:alert(1) /><a><text>x</text></a></svg>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data=javascript:alert(1)></object>",
    "<embed src=javascript:alert(1)>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<a href=\"&#106;avascript:alert(1)\">x</a>",
    "<a href=https://good.example onclick=alert(1)>x</a>",
    "<a href=https://good.example style='position:fixed;inset:0'>x</a>",
    "<form action=https://evil.example><button>x</button></form>",
    "<input autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<body onload=alert(1)>",
    "<style>@import 'https://evil.example/x.css';</style>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<base href=https://evil.example/>",
    "<template><img src=x onerror=alert(1)></template>",
    "<!--<img src='--><img src=x onerror=alert(1)>'>",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "<?php echo '<script>alert(1)</script>' ?>",
    "\"><script>alert(1)</script>",
    "' onmouseover='alert(1)",
    "\" onmouseover=\"alert(1)",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java&#x0A;script:alert(1)",
    "&#106;&#97;&#118;&#97;script:alert(1)",
    "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "//evil.example/x",
    "https://good.example/\" onmouseover=\"alert(1)",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "＜script＞alert(1)＜/script＞",
];

/// Where in a Markdown text an attack can stand.
fn placements(payload: &str) -> Vec<String> {
    vec![
        payload.to_owned(),
        format!("前の文 {payload} 後の文"),
        format!("**{payload}**"),
        format!("# {payload}"),
        format!("- {payload}\n  {payload}"),
        format!("> {payload}"),
        format!("| a | b |\n|---|---|\n| {payload} | {payload} |"),
        format!("`{payload}`"),
        format!("```{payload}\n{payload}\n```"),
        format!("[link]({payload})"),
        format!("[link](<{payload}> \"{payload}\")"),
        format!("[{payload}](https://good.example)"),
        format!("![{payload}]({payload} \"{payload}\")"),
        format!("<{payload}>"),
        format!("[ref]\n\n[ref]: {payload} \"{payload}\""),
        format!("<div>\n\n{payload}\n\n</div>"),
    ]
}

/// Every `<` of the output begins a tag of the list, with no attribute beyond those of the list.
/// A reading of its own, not the sanitizer's.
fn harm_in(html: &str) -> Option<String> {
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let tag = &rest[at + 1..];
        let end = tag.find('>')?;
        let (inside, after) = (&tag[..end], &tag[end + 1..]);
        let inside = inside.trim_start_matches('/').trim_end_matches('/').trim();
        let (name, mut attributes) = inside.split_once(' ').unwrap_or((inside, ""));
        if !TAGS.contains(&name) && name != "ul" {
            return Some(format!("tag {name:?}"));
        }
        while !attributes.trim().is_empty() {
            let (key, value) = attributes.trim().split_once("=\"")?;
            let (value, more) = value.split_once('"')?;
            let fine = match (name, key) {
                ("a", "href") => {
                    ["http://", "https://", "mailto:"].iter().any(|scheme| value.to_lowercase().starts_with(scheme))
                }
                ("a", "rel") => value == "noopener nofollow ugc",
                ("ol", "start") => value.bytes().all(|b| b.is_ascii_digit()),
                _ => false,
            };
            if !fine {
                return Some(format!("attribute {key:?}={value:?} of {name:?}"));
            }
            attributes = more;
        }
        rest = after;
    }
    None
}

#[test]
fn nothing_executable_comes_out_of_a_corpus_of_attacks() {
    let mut tried = 0;
    for payload in PAYLOADS {
        for markdown in placements(payload) {
            let html = render(&markdown);
            assert_eq!(harm_in(&html), None, "{markdown:?} became {html:?}");
            tried += 1;
        }
    }
    assert!(tried >= 500, "only {tried} texts");
}

#[test]
fn the_reader_of_the_corpus_sees_harm_where_there_is_some() {
    for bad in [
        "<script>x</script>",
        "<p onclick=\"x\">",
        "<a href=\"javascript:x\">",
        "<img src=\"x\">",
        "<a href=\"https://x\" target=\"y\">",
    ] {
        assert!(harm_in(bad).is_some(), "{bad}");
    }
}

#[test]
fn either_fence_alone_holds_against_html() {
    assert!(FENCE.clean("<p>a<script>alert(1)</script><img src=x onerror=alert(1)></p>").to_string() == "<p>a</p>");
    let mut unfenced = String::new();
    html::push_html(&mut unfenced, harmless("a <img src=x onerror=alert(1)> b"));
    assert!(!unfenced.contains("<img"), "{unfenced}");
}

#[test]
fn what_people_write_arrives() {
    let html = render(
        "# 手順\n\n1. **準備**\n2. ~~省略~~\n\n| 項目 | 時間 |\n|---|---|\n| 前 | 3 |\n\n[講座](https://example.jp/a?b=1&c=2) `x<y`\n\n<b>そのまま</b>",
    );
    for part in [
        "<h1>手順</h1>",
        "<strong>準備</strong>",
        "<del>省略</del>",
        "<td>3</td>",
        "<a href=\"https://example.jp/a?b=1&amp;c=2\" rel=\"noopener nofollow ugc\">講座</a>",
        "<code>x&lt;y</code>",
        "&lt;b&gt;そのまま&lt;/b&gt;",
    ] {
        assert!(html.contains(part), "{part} in {html}");
    }
}

#[test]
fn an_image_leaves_its_description_and_asks_nobody() {
    assert_eq!(render("![庁舎](https://evil.example/x.png)").trim(), "<p>庁舎</p>");
}

#[test]
fn an_excerpt_is_plain_text_of_bounded_length() {
    assert_eq!(excerpt("# 題\n\n**太字**と[リンク](https://a.example)\n- 項目", 50), "題 太字とリンク 項目");
    assert_eq!(excerpt("あいうえおかきくけこ", 5), "あいうえ…");
    assert_eq!(excerpt("あいうえお", 5), "あいうえお");
}

#[test]
fn an_address_of_a_course_is_a_page_of_the_web() {
    assert!(is_web_address("https://example.jp/course?id=1"));
    for bad in [
        "javascript:alert(1)",
        "https://",
        "ftp://a",
        "https://a b",
        "https://a\"onclick=",
        "HTTPS//a",
        "data:text/html,x",
    ] {
        assert!(!is_web_address(bad), "{bad}");
    }
}
