//! The canonical input: one byte string for each problem, so that a result can name what it was computed from.

use crate::problem::{Claim, Problem, TieBreak};
use sha2::{Digest, Sha256};
use std::fmt::{Display, Write};

/// `sha256:` and the hash of the canonical input.
///
/// The canonical input is text: a line for the problem and a line for each claim in the order given, fields separated by
/// tabs, numbers in lowest terms, text with its length in front. Equal problems written differently (`"0.5"` and `"1/2"`)
/// have the same hash.
///
/// ```
/// use seat_allocator::{Claim, Problem, Rule, input_hash};
/// let problem = Problem::new(10_u64, Rule::Quota, vec![Claim::new("a")]);
/// assert!(input_hash(&problem).starts_with("sha256:"));
/// ```
#[must_use]
pub fn input_hash<Q: Display>(problem: &Problem<Q>) -> String {
    let mut hash = Sha256::new();
    let mut line = String::with_capacity(256);
    write(
        &mut line,
        format_args!(
            "seat-allocator/input/v1\t{}\t{}\t",
            problem.rule, problem.supply
        ),
    );
    match &problem.tie_break {
        TieBreak::Key => line.push_str("key"),
        TieBreak::Lottery { seed } => {
            write(&mut line, format_args!("lottery {}:{seed}", seed.len()))
        }
    }
    option(&mut line, problem.unit_price.as_ref());
    line.push('\n');
    hash.update(&line);
    for claim in &problem.claims {
        line.clear();
        claim_line(&mut line, claim);
        hash.update(&line);
    }
    let mut text = String::from("sha256:");
    for byte in hash.finalize() {
        write(&mut text, format_args!("{byte:02x}"));
    }
    text
}

fn claim_line<Q: Display>(line: &mut String, claim: &Claim<Q>) {
    write(line, format_args!("{}:{}", claim.id.len(), claim.id));
    match &claim.tie_key {
        Some(key) => write(line, format_args!("\t{}:{key}", key.len())),
        None => line.push_str("\t-"),
    }
    option(line, claim.request.as_ref());
    write(
        line,
        format_args!("\t{}\t{}\t{}", claim.guarantee, claim.weight, claim.class),
    );
    option(line, claim.budget_cap.as_ref());
    line.push('\n');
}

fn option(line: &mut String, value: Option<&impl Display>) {
    match value {
        Some(value) => write(line, format_args!("\t{value}")),
        None => line.push_str("\t-"),
    }
}

/// Writing to a `String` cannot fail.
fn write(line: &mut String, text: std::fmt::Arguments<'_>) {
    let _: std::fmt::Result = line.write_fmt(text);
}
