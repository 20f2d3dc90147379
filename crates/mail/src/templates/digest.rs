//! What somebody wants to hear once a day: every notice of the day in one mail, with its whole text.

use super::letter::{Head, Letter, Rendered};
use crate::Kind;
use chrono::{DateTime, Utc};

/// A notice that goes into the digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestItem {
    /// Its subject.
    pub subject: String,
    /// Its text, as the mail would have had it.
    pub text: String,
    /// When it was written.
    pub at: DateTime<Utc>,
}

/// Facts of a digest.
#[derive(Debug, Clone, Copy)]
pub struct DailyDigest<'a> {
    /// The notices, the oldest first.
    pub items: &'a [DigestItem],
    /// Notices that did not fit and are read in the service.
    pub more: usize,
    /// The page of one's notices.
    pub url: &'a str,
}

impl DailyDigest<'_> {
    /// Writes the mail.
    pub fn render(&self, head: &Head<'_>) -> Rendered {
        let count = self.items.len().saturating_add(self.more);
        let subject = format!("1日のお知らせ（{count}件）");
        let opening = format!("前回のまとめから届いた{count}件のお知らせです。");
        let mut letter = Letter::new(Kind::DailyDigest, head, &subject, &opening);
        let titles: Vec<(String, String)> = (1..)
            .zip(self.items)
            .map(|(number, item): (usize, _)| (format!("{number}"), plain(&item.subject).to_owned()))
            .collect();
        let titles: Vec<(&str, String)> =
            titles.iter().map(|(number, title)| (number.as_str(), title.clone())).collect();
        letter = letter.facts("件名", &titles);
        for (number, item) in (1..).zip(self.items) {
            let number: usize = number;
            letter = letter.text(
                &format!("{number}．{}（{}）", plain(&item.subject), super::format::moment(item.at)),
                body(&item.text),
            );
        }
        let step = if self.more > 0 {
            format!("ほかに{}件あります。「お知らせ」の画面で読んでください。", self.more)
        } else {
            "「お知らせ」の画面では、1件ずつ読めます。受け取り方もそこから変えられます。".to_owned()
        };
        letter.next(&[&step]).link(self.url).finish()
    }
}

/// A subject without the mark of the service.
fn plain(subject: &str) -> &str {
    subject.strip_prefix("【結】").unwrap_or(subject)
}

/// The facts of a letter: without the addressee in front and the footer behind.
fn body(text: &str) -> &str {
    let inside = text.split_once("\n\n").map_or(text, |(_, rest)| rest);
    inside.rsplit_once("\n\n--\n").map_or(inside, |(before, _)| before).trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_carries_the_facts_of_each_notice_without_their_heads_and_feet() {
        let items = [DigestItem {
            subject: "【結】席の割当て".to_owned(),
            text: "中井町\n架空 花子 様\n\n席が割り当てられました。\n\n■ 席\n　期間：4月\n\n--\n架空の共同調達\n"
                .to_owned(),
            at: "2026-05-01T00:00:00Z".parse().unwrap(),
        }];
        let head = Head { organisation: "", name: "架空 花子", consortium: "結", contact: "窓口" };
        let mail = DailyDigest { items: &items, more: 2, url: "https://yui.example.jp/me/notices" }.render(&head);
        assert_eq!(mail.subject, "【結】1日のお知らせ（3件）");
        for words in ["席が割り当てられました。", "> 期間：4月", "1．席の割当て", "ほかに2件"]
        {
            assert!(mail.text.contains(words), "{words} in {}", mail.text);
        }
        assert_eq!(mail.text.matches("架空 花子 様").count(), 1);
        assert!(!mail.text.contains("架空の共同調達"), "one foot");
    }
}
