//! What the command line prints: tables that count the width of Japanese, progress, plain lines.

use comfy_table::{CellAlignment, Table, presets};
use std::fmt::Display;
use std::io::{self, IsTerminal as _, Write as _};

/// A line on standard output; a closed pipe is not an error.
pub(crate) fn line(text: impl Display) {
    let _ = writeln!(io::stdout(), "{text}");
}

/// A line on standard error.
pub(crate) fn error_line(text: impl Display) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// A table with a header; the columns named in `right` are aligned to the right.
pub(crate) fn table(header: &[&str], right: &[usize], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).set_header(header);
    for row in rows {
        table.add_row(row);
    }
    for index in right {
        if let Some(column) = table.column_mut(*index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.to_string()
}

/// An amount with separators: 1234567 → 1,234,567.
pub(crate) fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        let left = digits.len().saturating_sub(at);
        if at > 0 && left % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    if number < 0 { format!("△{text}") } else { text }
}

/// A progress bar on standard error; silent when that is not a terminal.
pub(crate) fn progress(steps: u64) -> indicatif::ProgressBar {
    if !io::stderr().is_terminal() {
        return indicatif::ProgressBar::hidden();
    }
    let bar = indicatif::ProgressBar::new(steps);
    if let Ok(style) = indicatif::ProgressStyle::with_template("{bar:24} {pos}/{len} {msg}") {
        bar.set_style(style);
    }
    bar
}

/// Something that moves on standard error while work of unknown length goes on; silent when that is not a terminal.
pub(crate) fn spinner(doing: &str) -> indicatif::ProgressBar {
    if !io::stderr().is_terminal() {
        return indicatif::ProgressBar::hidden();
    }
    let spinner = indicatif::ProgressBar::new_spinner();
    if let Ok(style) = indicatif::ProgressStyle::with_template("{spinner} {msg}（{elapsed}）") {
        spinner.set_style(style);
    }
    spinner.set_message(doing.to_owned());
    spinner.enable_steady_tick(std::time::Duration::from_millis(200));
    spinner
}

/// A value as JSON, for programs.
pub(crate) fn json(value: &serde_json::Value) {
    line(format_args!("{value:#}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_grouped_by_three() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(grouped(-19_800), "△19,800");
    }

    #[test]
    fn japanese_columns_line_up() {
        let text = table(&["団体", "円"], &[1], [vec!["中井町".into(), "1".into()], vec!["a".into(), "1,000".into()]]);
        let widths: Vec<usize> = text
            .lines()
            .map(|line| line.chars().map(|c| if c > '\u{2E80}' && c < '\u{FF61}' { 2 } else { 1 }).sum())
            .collect();
        assert!(widths.windows(2).all(|pair| pair[0] == pair[1]), "{text}");
    }
}
