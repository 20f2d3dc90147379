//! What the cells of the spreadsheet give, in exact arithmetic: the results that a workbook shows before anybody recalculates it.
//! It knows the functions that [`formulas`](super::formulas()) writes and no others; a cell it cannot read has no result.

use super::{Cell, Content};
use crate::ratio::Ratio;
use std::collections::BTreeMap;

/// The value of every cell that is a number or a formula, by address; none when one of them cannot be read.
///
/// ```
/// use cost_sharing::{Cell, Content, Ratio, results};
/// let cell = |address: &str, content| Cell { address: address.to_owned(), content };
/// let cells = [cell("A1", Content::Number("7".to_owned())), cell("A2", Content::Formula("=INT($A$1/2)".to_owned()))];
/// assert_eq!(results(&cells).unwrap()["A2"], Ratio::whole(3));
/// ```
#[must_use]
pub fn results(cells: &[Cell]) -> Option<BTreeMap<String, Ratio>> {
    let mut sheet = Sheet {
        cells: cells.iter().map(|cell| (cell.address.as_str(), &cell.content)).collect(),
        known: BTreeMap::new(),
    };
    for cell in cells.iter().filter(|cell| !matches!(cell.content, Content::Text(_))) {
        sheet.value(&cell.address)?;
    }
    Some(sheet.known)
}

struct Sheet<'a> {
    cells: BTreeMap<&'a str, &'a Content>,
    known: BTreeMap<String, Ratio>,
}

impl Sheet<'_> {
    fn value(&mut self, address: &str) -> Option<Ratio> {
        let address = address.replace('$', "");
        if let Some(value) = self.known.get(&address) {
            return Some(value.clone());
        }
        let value = match *self.cells.get(address.as_str())? {
            Content::Text(_) => return None,
            Content::Number(number) => number.parse().ok()?,
            Content::Formula(formula) => {
                let mut reader = Reader { sheet: self, text: formula.strip_prefix('=')? };
                let value = reader.sum()?;
                reader.text.is_empty().then_some(value)?
            }
        };
        self.known.insert(address, value.clone());
        Some(value)
    }

    fn range(&mut self, range: &str) -> Option<Vec<Ratio>> {
        let split = |cell: &str| -> Option<(String, usize)> {
            let cell = cell.replace('$', "");
            let (column, row) = cell.split_at_checked(cell.find(|c: char| c.is_ascii_digit())?)?;
            Some((column.to_owned(), row.parse().ok()?))
        };
        let (from, to) = range.split_once(':')?;
        let ((column, first), (_, last)) = (split(from)?, split(to)?);
        (first..=last).map(|row| self.value(&format!("{column}{row}"))).collect()
    }
}

struct Reader<'a, 'b, 'c> {
    sheet: &'a mut Sheet<'b>,
    text: &'c str,
}

impl<'c> Reader<'_, '_, 'c> {
    fn eat(&mut self, word: &str) -> Option<()> {
        self.text = self.text.strip_prefix(word)?;
        Some(())
    }

    fn take(&mut self, fits: impl Fn(char) -> bool) -> &'c str {
        let end = self.text.find(|c| !fits(c)).unwrap_or(self.text.len());
        let (word, rest) = self.text.split_at_checked(end).unwrap_or((self.text, ""));
        self.text = rest;
        word
    }

    fn sum(&mut self) -> Option<Ratio> {
        let mut value = self.product()?;
        loop {
            if self.eat("+").is_some() {
                value = &value + &self.product()?;
            } else if self.eat("-").is_some() {
                value = &value - &self.product()?;
            } else {
                return Some(value);
            }
        }
    }

    fn product(&mut self) -> Option<Ratio> {
        let mut value = self.atom()?;
        loop {
            if self.eat("*").is_some() {
                value = &value * &self.atom()?;
            } else if self.eat("/").is_some() {
                value = value.checked_div(&self.atom()?)?;
            } else {
                return Some(value);
            }
        }
    }

    fn atom(&mut self) -> Option<Ratio> {
        let floor = |value: &Ratio| Ratio::from_big(value.floor(), 1.into());
        if self.eat("-").is_some() {
            return Some(-&self.atom()?);
        }
        let value = if self.eat("(").is_some() {
            self.sum()?
        } else if self.eat("INT(").is_some() {
            floor(&self.sum()?)?
        } else if self.eat("ROUND(").is_some() {
            let value = self.sum()?;
            self.eat(",9")?;
            let billion = Ratio::whole(1_000_000_000);
            floor(&(&(&value * &billion) + &Ratio::new(1, 2)?))?.checked_div(&billion)?
        } else if self.eat("SUM(").is_some() {
            let range = self.take(|c| c != ')');
            self.sheet.range(range)?.iter().sum()
        } else if self.eat("COUNTIF(").is_some() {
            let range = self.take(|c| c != ',');
            self.eat(",")?;
            let larger = self.eat("\">\"&").is_some();
            let limit = self.sum()?;
            let values = self.sheet.range(range)?;
            let counted = values.iter().filter(|value| if larger { **value > limit } else { **value == limit }).count();
            Ratio::whole(i64::try_from(counted).ok()?)
        } else if self.eat("IF(").is_some() {
            let left = self.sum()?;
            self.eat("<=")?;
            let right = self.sum()?;
            self.eat(",")?;
            let yes = self.sum()?;
            self.eat(",")?;
            let no = self.sum()?;
            if left <= right { yes } else { no }
        } else {
            let word = self.take(|c| c.is_ascii_alphanumeric() || c == '$' || c == '.');
            return if word.starts_with(|c: char| c.is_ascii_digit()) {
                word.parse().ok()
            } else {
                self.sheet.value(word)
            };
        };
        self.eat(")")?;
        Some(value)
    }
}
