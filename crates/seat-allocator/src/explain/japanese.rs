//! Reasons as plain administrative Japanese. Numbers are written so that a calculator gives the same digits.

use super::{Bound, How, LimitedBy, Reason};
use crate::allocation::Quantity;
use crate::problem::Rule;
use crate::ratio::Ratio;

/// The reason of one claim, a sentence each.
///
/// ```
/// use seat_allocator::explain::{explain_ja, reasons};
/// use seat_allocator::{Claim, Divisor, Problem, Rule, allocate};
/// let claims = vec![Claim::new("a").with_weight(53_000), Claim::new("b").with_weight(24_000)];
/// let problem = Problem::new(7, Rule::Divisor(Divisor::Webster), claims);
/// let result = allocate(&problem)?;
/// let text = explain_ja(problem.rule, &result.seats[0].into(), &reasons(&problem, &result)[0]).join("");
/// assert_eq!(
///     text,
///     "配分する席は7席です。重み53,000を除数10,000で割ると5.3です。\
///      端数を四捨五入して5席となります。配分順で最後の1席は、この団体に配られました。\
///      席があと1席あれば、次はこの団体に配られます。よって配分は5席です。"
/// );
/// # Ok::<(), seat_allocator::Error>(())
/// ```
#[must_use]
pub fn explain_ja(rule: Rule, award: &Quantity, reason: &Reason) -> Vec<String> {
    let mut lines = frame(reason);
    lines.extend(arithmetic(rule, award, reason));
    if let Some(tie) = &reason.tie {
        let by = if tie.by == "lottery" { "抽選" } else { "あらかじめ定めた順位" };
        let outcome = if tie.won {
            "この団体は1席を得ました"
        } else {
            "この団体は1席を得られませんでした"
        };
        lines.push(format!(
            "まったく同じ順位の{}団体のうち{}団体に1席ずつ配ることになり、{by}により決めた結果、{outcome}。",
            grouped(&tie.tied.to_string()),
            grouped(&tie.places.to_string()),
        ));
    }
    lines.push(format!("よって配分は{}です。", seats(award)));
    lines
}

/// Supply, class, guarantee, limit.
fn frame(reason: &Reason) -> Vec<String> {
    let mut lines = Vec::new();
    let supply = seats(&reason.class_supply);
    if reason.class == 1 || reason.guarantees_reduced {
        lines.push(format!("配分する席は{supply}です。"));
    } else {
        lines.push(format!("優先区分{}に配分する席は、最低保障分を含めて{supply}です。", reason.class));
    }
    if reason.guarantees_reduced {
        lines.push("最低保障の合計が総席数を超えるため、最低保障を上限として配分し直します。".to_owned());
    }
    let guarantee = (!is_zero(&reason.guarantee)).then(|| format!("最低保障は{}", seats(&reason.guarantee)));
    let limit = reason.limit.as_ref().zip(reason.limited_by).map(|(limit, by)| {
        let by = match by {
            LimitedBy::Request => "希望数",
            LimitedBy::Budget => "予算で購入できる数",
        };
        format!("上限は{by}の{}", seats(limit))
    });
    match (guarantee, limit) {
        (Some(guarantee), Some(limit)) => lines.push(format!("{guarantee}、{limit}です。")),
        (Some(one), None) | (None, Some(one)) => lines.push(format!("{one}です。")),
        (None, None) => {}
    }
    if let Some(lowered) = &reason.guarantee_lowered_to {
        lines.push(format!("予算で購入できる数が最低保障より少ないため、最低保障を{}に引き下げます。", seats(lowered)));
    }
    lines
}

fn arithmetic(rule: Rule, award: &Quantity, reason: &Reason) -> Vec<String> {
    let mut lines = Vec::new();
    match &reason.how {
        How::AllMet => lines.push("席が足りているため、上限まで配分します。".to_owned()),
        How::GuaranteeOnly => lines.push("最低保障を配った後に残る席がないため、最低保障のとおりとします。".to_owned()),
        How::FirstSeats => lines.push("席が団体の数より少ないため、重みの大きい団体から1席ずつ配分します。".to_owned()),
        How::Divisor { method, dividend, divisor, quotient, rounded, last_given, first_refused } => {
            lines.extend(divided(rule, method, dividend, divisor.as_deref(), quotient.as_ref(), *rounded));
            lines.extend(held(rule, award, reason, *rounded));
            // A tie says the same, and more exactly.
            if *last_given && reason.tie.is_none() {
                lines.push("配分順で最後の1席は、この団体に配られました。".to_owned());
            }
            if *first_refused && reason.tie.is_none() {
                lines.push("席があと1席あれば、次はこの団体に配られます。".to_owned());
            }
        }
        How::Losses { divisor, quotient, loss } => {
            lines.push("足りない席を、重みに応じて各団体が等しく負担します。".to_owned());
            if let (Some(divisor), Some(quotient)) = (divisor, quotient) {
                let (weight, divisor) = (decimal(&reason.weight), grouped(divisor));
                let quotient = decimal(quotient);
                lines.push(format!("負担は、重み{weight}を除数{divisor}で割った{quotient}を四捨五入した席数です（上限と最低保障の差を限度とします）。"));
            }
            lines.push(format!("上限から負担する{}席を差し引きます。", grouped(&loss.to_string())));
        }
        How::Remainder { level, share, whole, fraction, rounded_up, leftover, rank, .. } => {
            if let Some(level) = level {
                let (weight, level) = (decimal(&reason.weight), decimal(level));
                lines.push(format!("取り分は、重み{weight}に重み1当たりの席数{level}を掛け、最低保障と上限の範囲に収めた数です。"));
            }
            lines.push(format!(
                "取り分{}席のうち整数部分の{}席をまず配り、端数は{}です。",
                decimal(share),
                grouped(&whole.to_string()),
                decimal(fraction)
            ));
            let (none, leftover) = (*leftover == 0, grouped(&leftover.to_string()));
            lines.push(if none {
                "どの団体にも端数がないため、取り分のとおりとします。".to_owned()
            } else if *rounded_up {
                format!("残る{leftover}席は端数の大きい順に1席ずつ配り、{rank}番目のこの団体はその1席を得ました。")
            } else {
                format!("残る{leftover}席は端数の大きい順に1席ずつ配り、{rank}番目のこの団体には届きませんでした。")
            });
        }
        How::Halves { half, second } => {
            let half = grouped(&half.to_string());
            let (first, then) = halves(rule);
            lines.push(format!("最低保障を超える希望の半分（{half}席）までは{first}配り、残りの半分は{then}配ります。"));
            lines.push(if *second {
                "この団体には残りの半分からも席が届いています。".to_owned()
            } else {
                "この団体の席は前の半分までです。".to_owned()
            });
        }
        How::Quota { quota } => lines.push(format!(
            "重みに比例した取り分は{}席です。重みを（今の席数＋1）で割った値の大きい順に1席ずつ配り、取り分を切り上げた席数は超えません。",
            decimal(quota)
        )),
        How::Order { rank } => lines.push(format!("受付順で{}番目であり、順に上限まで配分します。", grouped(&rank.to_string()))),
        How::Level { level } => {
            let by = if rule == Rule::ProportionalToRequest { "希望数" } else { "重み" };
            lines.push(format!("{by}1当たり{}の共通の水準を掛け、最低保障と上限の範囲に収めます。", decimal(level)));
        }
        How::LossLevel { level } => {
            lines.push(format!("上限から、重み1当たり{}の共通の負担を差し引き、最低保障を下回らないようにします。", decimal(level)));
        }
        How::Formula => lines.push(format!("「{}」の式により、端数処理をせずに求めます。", name(rule))),
    }
    lines
}

fn divided(
    rule: Rule,
    method: &str,
    dividend: &Ratio,
    divisor: Option<&str>,
    quotient: Option<&Ratio>,
    rounded: u64,
) -> Vec<String> {
    let (Some(divisor), Some(quotient)) = (divisor, quotient) else {
        return vec!["重みの大きい順に席を配分します。".to_owned()];
    };
    let what = if rule == Rule::ProportionalToRequest {
        "希望数"
    } else if rule == Rule::ProportionalAboveGuarantee {
        "最低保障を超える希望数"
    } else {
        "重み"
    };
    let how = match method {
        "adams" => "端数を切り上げて",
        "jefferson" => "端数を切り捨てて",
        "hill" => "前後の整数の幾何平均を境に丸めて",
        "dean" => "前後の整数の調和平均を境に丸めて",
        _ => "端数を四捨五入して",
    };
    let level = divisor.parse::<Ratio>().ok().filter(|_| equal_awards(rule));
    if let Some(divisor) = level {
        let level = Ratio::one().over(&divisor);
        return vec![
            format!("重み1当たりの席数は{}席にそろえます。", decimal(&level)),
            format!("重み{}を掛けると{}席、", decimal(dividend), decimal(quotient)),
            format!("{how}{}席となります。", grouped(&rounded.to_string())),
        ];
    }
    vec![
        format!("{what}{}を除数{}で割ると{}です。", decimal(dividend), grouped(divisor), decimal(quotient)),
        format!("{how}{}席となります。", grouped(&rounded.to_string())),
    ]
}

fn above_guarantee(rule: Rule) -> bool {
    rule == Rule::ProportionalAboveGuarantee || rule == Rule::ConstrainedEqualAwardsAboveGuarantee
}

fn equal_awards(rule: Rule) -> bool {
    rule == Rule::ConstrainedEqualAwards || rule == Rule::ConstrainedEqualAwardsAboveGuarantee
}

/// Why the award is not the rounded quotient.
fn held(rule: Rule, award: &Quantity, reason: &Reason, rounded: u64) -> Option<String> {
    let counted = reason.guarantee_lowered_to.as_ref().unwrap_or(&reason.guarantee);
    let (&Quantity::Seats(award), Quantity::Seats(guarantee)) = (award, counted) else {
        return None;
    };
    if above_guarantee(rule) && !reason.guarantees_reduced && *guarantee > 0 {
        let total = rounded.saturating_add(*guarantee);
        let capped = if award < total { "（上限まで）" } else { "" };
        return Some(format!("これを最低保障の{}席に加えます{capped}。", grouped(&guarantee.to_string())));
    }
    let text = grouped(&award.to_string());
    match reason.bound {
        Bound::Limit if award < rounded && reason.guarantees_reduced => {
            Some(format!("最低保障を超えるため、{text}席とします。"))
        }
        Bound::Limit if award < rounded => Some(format!("上限を超えるため、{text}席とします。")),
        Bound::Guarantee if award > rounded => Some(format!("最低保障に満たないため、{text}席とします。")),
        Bound::Limit | Bound::Guarantee | Bound::None => None,
    }
}

fn halves(rule: Rule) -> (&'static str, &'static str) {
    const LEVEL: &str = "各団体の席数がそろうように";
    const SHORT: &str = "各団体の不足がそろうように";
    if rule == Rule::ReverseTalmud {
        (SHORT, LEVEL)
    } else if rule == Rule::Piniles {
        (LEVEL, LEVEL)
    } else {
        (LEVEL, SHORT)
    }
}

/// Japanese name of a rule.
fn name(rule: Rule) -> &'static str {
    match rule {
        Rule::Divisor(_) => "除数方式",
        Rule::LargestRemainder => "最大剰余法",
        Rule::Quota => "クオータ方式",
        Rule::ConstrainedEqualAwards | Rule::ConstrainedEqualAwardsAboveGuarantee => "均等配分",
        Rule::ConstrainedEqualLosses => "均等負担",
        Rule::ProportionalToRequest | Rule::ProportionalAboveGuarantee => "希望数比例",
        Rule::Talmud => "タルムード方式",
        Rule::ReverseTalmud => "逆タルムード方式",
        Rule::Piniles => "ピニレス方式",
        Rule::AdjustedProportional => "調整比例方式",
        Rule::RandomArrival => "到着順平均方式",
        Rule::MinimalOverlap => "最小重複方式",
        Rule::ConstrainedEgalitarian => "制約付き平等方式",
        Rule::DominguezThomson => "ドミンゲス・トムソン方式",
        Rule::AverageOfCeaCel => "均等配分と均等負担の平均",
        Rule::Priority => "受付順",
    }
}

fn is_zero(quantity: &Quantity) -> bool {
    match quantity {
        Quantity::Seats(seats) => *seats == 0,
        Quantity::Ratio(ratio) => ratio.is_zero(),
    }
}

fn seats(quantity: &Quantity) -> String {
    match quantity {
        Quantity::Seats(seats) => format!("{}席", grouped(&seats.to_string())),
        Quantity::Ratio(ratio) => format!("{}席", decimal(ratio)),
    }
}

/// At most six decimals, cut; an ellipsis says that more follow. Small numbers start after their zeros.
fn decimal(ratio: &Ratio) -> String {
    let whole = ratio.floor();
    if ratio.is_integer() {
        return grouped(&ratio.to_string());
    }
    let mut rest = ratio.minus(&Ratio::of_big(whole.clone(), 1.into()));
    let ten = Ratio::from(10);
    let (mut digits, mut significant) = (String::new(), 0_u8);
    while !rest.is_zero() && significant < 6 && digits.len() < 30 {
        rest = rest.times(&ten);
        let digit = Ratio::of_big(rest.floor(), 1.into());
        rest = rest.minus(&digit);
        let digit = digit.to_string();
        if significant > 0 || digit != "0" || whole != num_bigint::BigInt::ZERO {
            significant = significant.saturating_add(1);
        }
        digits.push_str(&digit);
    }
    let more = if rest.is_zero() { "" } else { "…" };
    format!("{}.{digits}{more}", grouped(&whole.to_string()))
}

/// Thousands apart, for the whole part of a number.
pub(super) fn grouped(number: &str) -> String {
    let (whole, rest) = number.split_once('.').map_or((number, None), |(whole, rest)| (whole, Some(rest)));
    if !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return number.to_owned();
    }
    let mut text = String::with_capacity(number.len().saturating_mul(2));
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && whole.len().saturating_sub(index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    match rest {
        Some(rest) => format!("{text}.{rest}"),
        None => text,
    }
}
