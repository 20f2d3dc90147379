//! From a template to an answer.

use crate::cells::labelled;
use crate::errors::Refused;
use crate::form::{Form, Sheet};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use askama::Template;
use http_kit::Problem;
pub(crate) use http_kit::reply::encode;

/// What a handler of a page gives back.
pub(crate) type Shown = Result<HttpResponse, Refused>;

/// A page.
pub(crate) fn page(template: &impl Template) -> Shown {
    with_status(StatusCode::OK, template)
}

/// A form that was refused, shown again.
pub(crate) fn again(template: &impl Template) -> Shown {
    with_status(StatusCode::UNPROCESSABLE_ENTITY, template)
}

fn with_status(status: StatusCode, template: &impl Template) -> Shown {
    let html = labelled(named(template.render().map_err(Problem::fault)?));
    Ok(HttpResponse::build(status).content_type("text/html; charset=utf-8").body(html))
}

/// Begins each line of the error summary with the label of its field, as it stands on the page; a line whose field is
/// not on the page is no link. The summary comes before the fields, so only the whole page knows their labels.
fn named(html: String) -> String {
    let Some((before, rest)) = html.split_once(SUMMARY) else { return html };
    let Some((summary, after)) = rest.split_once("</div>") else { return html };
    let mut lines = String::new();
    for (at, part) in summary.split("<a href=\"#").enumerate() {
        let link = (at > 0).then(|| part.split_once("\">")).flatten();
        let sentence = link.and_then(|(id, more)| Some((id, more.split_once("</a>")?)));
        match sentence {
            Some((id, (sentence, more))) => {
                let page = [after, before];
                let label = page.iter().find_map(|part| label(part, id)).map(|label| label + "：").unwrap_or_default();
                if page.iter().any(|part| part.contains(&format!("id=\"{id}\""))) {
                    lines += &format!("<a href=\"#{id}\">{label}{sentence}</a>{more}");
                } else {
                    lines += &format!("{label}{sentence}{more}");
                }
            }
            None => lines += part,
        }
    }
    format!("{before}{SUMMARY}{lines}</div>{after}")
}

/// Where the error summary of a page begins.
const SUMMARY: &str = "id=\"errors\">";

/// The label of a field in the text of a page: a label, a legend, the words behind a checkbox, or those for screen readers.
fn label(html: &str, id: &str) -> Option<String> {
    let words = |text: &str| {
        let text = text.split("<span class=\"mark").next().unwrap_or_default();
        // Tags fall out: what stands behind each `>` up to the next `<`.
        let plain: String = text.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text)).collect();
        Some(plain.trim().to_owned()).filter(|plain| !plain.is_empty())
    };
    if let Some((before, after)) = html.split_once(&format!("<label for=\"{id}\">")) {
        let label = words(after.split("</label>").next()?)?;
        // Of which row, or which town: the legend of what the field stands in.
        return Some(match within(before).and_then(words) {
            Some(legend) => format!("{legend}・{label}"),
            None => label,
        });
    }
    let (before, after) = html.split_once(&format!("id=\"{id}\""))?;
    let (_, tag) = before.rsplit_once('<')?;
    let (attributes, inside) = after.split_once('>')?;
    if let Some((_, said)) = attributes.split_once("aria-label=\"") {
        return said.split('"').next().map(str::to_owned);
    }
    match tag.split(' ').next()? {
        "fieldset" => words(inside.split_once("<legend>")?.1.split("</legend>").next()?),
        "input" => words(inside.split("</label>").next()?),
        "table" => words(inside.split_once("<caption>")?.1.split("</caption>").next()?),
        _ => None,
    }
}

/// The legend of the innermost group of fields that is still open where a text ends.
fn within(before: &str) -> Option<&str> {
    let mut closed = 0_usize;
    let mut rest = before;
    while let Some((head, inside)) = rest.rsplit_once("<fieldset") {
        closed = closed.saturating_add(inside.matches("</fieldset>").count());
        if closed == 0 {
            return inside.split_once("<legend>")?.1.split("</legend>").next();
        }
        closed = closed.saturating_sub(1);
        rest = head;
    }
    None
}

/// The answer of a form that was sent, or its page again with what was typed and why it was refused.
pub(crate) async fn answer<T: Template>(
    form: &Form,
    sent: Result<HttpResponse, Problem>,
    page: impl AsyncFnOnce(Sheet) -> Result<T, Refused>,
) -> Shown {
    match sent {
        Ok(_) if form.turns_back() => self::page(&page(Sheet::typed(form)).await?),
        Ok(answer) => Ok(answer),
        Err(problem) => again(&page(Sheet::refused(form, problem)?).await?),
    }
}

/// On to another page.
pub(crate) fn to(location: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, location)).finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r##"<main><div class="banner error" id="errors"><h2>誤り</h2><ul>
<li><a href="#f-name">入力してください。</a></li><li><a href="#f-kind">選んでください。</a></li>
<li><a href="#f-lines-0-reason">理由がありません。</a></li><li><a href="#f-who">選んでください。</a></li>
<li><a href="#f-ok">同意してください。</a></li><li><a href="#f-rows-0-seats">数値です。</a></li><li><a href="#f-gone">古いです。</a></li>
</ul></div><form><label for="f-name">名称 <span class="mark must">※必須</span></label><input id="f-name">
<fieldset class="field" id="f-kind" tabindex="-1"><legend>種類 <span class="mark">※任意</span></legend></fieldset>
<label class="tick"><input type="checkbox" id="f-ok" name="ok"> <span class="sr">規約に</span>同意する</label>
<fieldset><legend>厚木市（配分 3席）</legend><fieldset><legend>内</legend></fieldset><label for="f-lines-0-reason">変える理由 <span class="mark">※任意</span></label><input id="f-lines-0-reason"></fieldset>
<table id="f-who" role="table"><caption>職員（受講者）</caption></table>
<input id="f-rows-0-seats" aria-label="1行目の席数"></form></main>"##;

    #[test]
    fn each_line_of_the_summary_begins_with_the_label_of_its_field() {
        let page = named(PAGE.to_owned());
        for line in [
            "<a href=\"#f-name\">名称：入力してください。</a>",
            "<a href=\"#f-kind\">種類：選んでください。</a>",
            "<a href=\"#f-lines-0-reason\">厚木市（配分 3席）・変える理由：理由がありません。</a>",
            "<a href=\"#f-who\">職員（受講者）：選んでください。</a>",
            "<a href=\"#f-ok\">規約に同意する：同意してください。</a>",
            "<a href=\"#f-rows-0-seats\">1行目の席数：数値です。</a>",
            "<li>古いです。</li>",
        ] {
            assert!(page.contains(line), "{line} in {page}");
        }
        assert!(page.ends_with("</form></main>") && page.starts_with("<main><div"), "{page}");
    }

    #[test]
    fn a_page_without_refusals_is_as_it_was_drawn() {
        assert_eq!(named("<p id=\"x\">a</p>".to_owned()), "<p id=\"x\">a</p>");
    }

    #[test]
    fn the_error_summary_is_the_first_thing_of_its_page() {
        for (name, text) in crate::words::templates() {
            let Some(at) = text.find("call ui::errors(") else { continue };
            let first = text.find("{% block body %}").expect("a block");
            let between = text.get(first..at).expect("a slice");
            // The result of the lab is a region of its own, swapped while one types.
            assert!(
                !between.contains('<') || name.ends_with("ui.html") || name.ends_with("lab.html"),
                "{name}: {between}"
            );
        }
    }
}
