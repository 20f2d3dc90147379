//! Headings inside what people wrote, moved below the headings of the page around it.

/// The HTML of a post with its headings renumbered from `first` on, so that levels follow one another.
///
/// What comes in was cleaned by `app::board::markdown`: a `<h1>` in it is a heading and nothing else.
pub(crate) fn headings(html: &str, first: usize) -> String {
    let used: Vec<usize> = (1..=6).filter(|level| html.contains(&format!("<h{level}>"))).collect();
    let mut moved = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, tail)) = rest.split_once('<') {
        moved.push_str(before);
        moved.push('<');
        rest = tail;
        let (slash, name) = tail.strip_prefix('/').map_or(("", tail), |name| ("/", name));
        let heading = name.strip_prefix('h').and_then(|name| name.split_once('>'));
        let level = heading.and_then(|(level, _)| level.parse::<usize>().ok());
        if let (Some((_, after)), Some(level)) = (heading, level) {
            let place = used.iter().position(|one| *one == level).unwrap_or_default();
            let now = first.saturating_add(place).min(6);
            moved.push_str(&format!("{slash}h{now}>"));
            rest = after;
        }
    }
    moved.push_str(rest);
    moved
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_follow_those_of_the_page() {
        assert_eq!(headings("<h1>a</h1><h3>b</h3><p>x</p>", 3), "<h3>a</h3><h4>b</h4><p>x</p>");
        assert_eq!(headings("<h2>a</h2>", 5), "<h5>a</h5>");
        assert_eq!(
            headings("<p>1 &lt;h1&gt; 2</p><hr><a href=\"https://h1\">h</a>", 3),
            "<p>1 &lt;h1&gt; 2</p><hr><a href=\"https://h1\">h</a>"
        );
    }
}
