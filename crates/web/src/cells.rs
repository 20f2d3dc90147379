//! Tables where a window is too narrow for columns: each row is a card, and each cell begins with the heading of its column.
//!
//! A heading is written once, in the head of its table; here every cell below it is given its words as `data-label`, which the
//! stylesheet shows on narrow windows. *Why roles are said aloud:* a table that is drawn as blocks loses them in some browsers.

/// A page whose tables can be read in one column.
pub(crate) fn labelled(html: String) -> String {
    if !html.contains(TABLE) {
        return html;
    }
    let mut page = String::with_capacity(html.len().saturating_mul(2));
    let mut rest = html.as_str();
    while let Some((before, (inside, after))) =
        rest.split_once(TABLE).and_then(|(before, found)| Some((before, found.split_once("</table>")?)))
    {
        page += before;
        page += TABLE;
        table(inside, &mut page);
        page += "</table>";
        rest = after;
    }
    page + rest
}

const TABLE: &str = "<table";

/// What stands within a table. One without headings of columns stays as it is.
fn table(inside: &str, page: &mut String) {
    let Some((head, body)) = inside.split_once("</thead>") else {
        *page += inside;
        return;
    };
    let labels: Vec<String> = head.split("<th ").skip(1).map(words).collect();
    *page += " role=\"table\"";
    tags(head, &[], page);
    *page += "</thead>";
    tags(body, &labels, page);
}

/// Text with tags, each of which says what it is; cells are counted within their row.
fn tags(text: &str, labels: &[String], page: &mut String) {
    let mut column = 0_usize;
    for (at, part) in text.split('<').enumerate() {
        if at > 0 {
            page.push('<');
        }
        let name = part.split([' ', '>']).next().filter(|_| at > 0).unwrap_or_default();
        let role = match name {
            "thead" | "tbody" | "tfoot" => "rowgroup",
            "tr" => "row",
            "td" => "cell",
            "th" if part.contains("scope=\"row\"") => "rowheader",
            "th" => "columnheader",
            _ => {
                *page += part;
                continue;
            }
        };
        *page += name;
        match (name, labels.get(column)) {
            ("td" | "th", Some(label)) => *page += &format!(" role=\"{role}\" data-label=\"{label}\""),
            _ => *page += &format!(" role=\"{role}\""),
        }
        *page += part.get(name.len()..).unwrap_or_default();
        let span = part.split_once("colspan=\"").and_then(|(_, from)| from.split('"').next()?.parse().ok());
        column = if name == "tr" { 0 } else { column.saturating_add(span.unwrap_or(1)) };
    }
}

/// The words of a heading, from its attributes on: without tags, and without signs that nobody hears.
fn words(heading: &str) -> String {
    let text = heading.split("</th>").next().and_then(|cell| cell.split_once('>')).map_or("", |(_, text)| text);
    let heard = |part: &str| {
        part.split_once('>').filter(|(tag, _)| !tag.contains("aria-hidden")).map(|(_, text)| text.to_owned())
    };
    let first = text.split('<').next().unwrap_or_default().to_owned();
    let said: String = std::iter::once(first).chain(text.split('<').skip(1).filter_map(heard)).collect();
    said.trim().replace('"', "&#34;")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"<p>a</p><table class="dense"><caption>表</caption>
<thead><tr><th scope="col">選ぶ</th><th scope="col" class="n" aria-sort="ascending"><a class="by" href="?s">席 &#34;数&#34;<span aria-hidden="true"> ▲</span></a></th><th scope="col">結果</th></tr></thead>
<tbody><tr><td><input name="x"></td><th scope="row">1</th><td>可</td></tr><tr><td colspan="2">なし</td><td class="n">否</td></tr></tbody>
</table><p>b</p><table><tr><td>見出しなし</td></tr></table>"#;

    #[test]
    fn each_cell_is_given_the_heading_of_its_column() {
        let page = labelled(PAGE.to_owned());
        for part in [
            r#"<table role="table" class="dense"><caption>表"#,
            r#"<thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">選ぶ"#,
            r#"<td role="cell" data-label="選ぶ"><input name="x"></td><th role="rowheader" data-label="席 &#34;数&#34;" scope="row">1</th><td role="cell" data-label="結果">可</td>"#,
            r#"<tr role="row"><td role="cell" data-label="選ぶ" colspan="2">なし</td><td role="cell" data-label="結果" class="n">否</td></tr>"#,
            "<p>b</p><table><tr><td>見出しなし</td></tr></table>",
        ] {
            assert!(page.contains(part), "{part} in {page}");
        }
        assert!(page.starts_with("<p>a</p><table"), "{page}");
    }

    #[test]
    fn what_has_no_table_is_as_it_was_drawn() {
        for page in ["<p>a</p>", "<table", "<p><table><thead>"] {
            assert_eq!(labelled(page.to_owned()), page);
        }
    }

    /// A heading that is not one `<th scope="col">` of one row would name the wrong cells.
    #[test]
    fn every_table_has_one_row_of_headings() {
        for (name, text) in crate::words::templates() {
            for inside in text.split(TABLE).skip(1) {
                let inside = inside.split("</table>").next().unwrap_or_default();
                let head = inside.split_once("</thead>").map_or("", |(head, _)| head);
                assert!(
                    head.matches("<tr>").count() == 1 && !head.contains("colspan") && !head.contains("<th>"),
                    "{name}: {head}"
                );
            }
        }
    }
}
