//! The HTML alternative: the text itself, escaped, with paragraphs and links and nothing else.
//!
//! Some mail gateways of local governments drop HTML and all drop what is clever, so it carries no style
//! sheet, image or tracking. Only a line that is wholly a URL becomes a link; quoted user text never is one.

/// Writes a plain text as HTML.
pub(crate) fn from_text(subject: &str, text: &str) -> String {
    let paragraphs = text.split("\n\n").filter(|block| !block.trim().is_empty());
    let body: String = paragraphs.map(|block| format!("<p>{}</p>\n", lines(block))).collect();
    format!(
        "<!DOCTYPE html>\n<html lang=\"ja\">\n<head><meta charset=\"utf-8\"><title>{}</title></head>\n\
         <body>\n{body}</body>\n</html>\n",
        escape(subject)
    )
}

fn lines(block: &str) -> String {
    block.trim_matches('\n').lines().map(line).collect::<Vec<_>>().join("<br>\n")
}

fn line(text: &str) -> String {
    let escaped = escape(text);
    if is_url(text) { format!("<a href=\"{escaped}\">{escaped}</a>") } else { escaped }
}

fn is_url(text: &str) -> bool {
    let known = text.starts_with("https://") || text.starts_with("http://");
    known && !text.contains(char::is_whitespace)
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_the_text_stays_text() {
        let html = from_text("<b>", "<script>alert('x')</script> & \"y\"");
        assert!(html.contains("<title>&lt;b&gt;</title>"), "{html}");
        assert!(html.contains("<p>&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;y&quot;</p>"));
    }

    #[test]
    fn a_line_that_is_a_url_becomes_a_link_and_a_quoted_one_does_not() {
        let html = from_text("s", "一行目\nhttps://yui.example/a?b=1&c=2\n> https://evil.example/\n\n二段落");
        assert!(html.contains(
            "<p>一行目<br>\n<a href=\"https://yui.example/a?b=1&amp;c=2\">https://yui.example/a?b=1&amp;c=2</a>"
        ));
        assert!(html.contains("&gt; https://evil.example/</p>\n<p>二段落</p>"));
        assert!(!from_text("s", "javascript:alert(1)").contains("href"));
        assert!(!from_text("s", "https://a.example/ onclick=x").contains("href"));
    }
}
