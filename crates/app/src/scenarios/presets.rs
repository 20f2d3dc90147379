//! Published agreements as presets for the sharing rule, in parts that a form can hold: percent of three keys.

use cost_sharing::{Key, Ratio, SharingRule};
use serde_json::Value;

/// A published agreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresetView {
    /// Whose, in Japanese.
    pub source: &'static str,
    /// 均等割, percent as a decimal.
    pub equal: String,
    /// 人口割, percent as a decimal.
    pub population: String,
    /// The unit below which amounts are cut, where the agreement says so.
    pub cut_unit_yen: Option<i64>,
}

/// The agreements that share by equal parts, population and seats only.
#[must_use]
pub fn presets() -> Vec<PresetView> {
    cost_sharing::presets().into_iter().filter_map(preset).collect()
}

fn preset(preset: cost_sharing::Preset) -> Option<PresetView> {
    let percent = |wanted: &Key| -> String {
        let SharingRule::Mixture { parts } = &preset.rule else { return "0".to_owned() };
        let tenths = parts.iter().find(|(key, _)| key == wanted).map(|(_, part)| part.clone());
        let ten = Ratio::whole(10);
        tenths.and_then(|part| part.checked_div(&ten)).map_or_else(|| "0".to_owned(), |part| part.to_decimal())
    };
    let plain = match &preset.rule {
        SharingRule::Mixture { parts } => parts.iter().all(|(key, _)| !matches!(key, Key::Weight(_))),
        rule => *rule == SharingRule::PerSeat,
    };
    let cut = Some(preset.rounding.unit_yen).filter(|unit| *unit > 1);
    plain.then(|| PresetView {
        source: preset.source_ja,
        equal: percent(&Key::Equal),
        population: percent(&Key::Population),
        cut_unit_yen: cut,
    })
}

/// The part of a mixture that goes by seats: what the other two leave of 100 percent, as a rule of the calculator.
/// None when a part is no number, or the parts exceed 100.
#[must_use]
pub fn mixture(equal: &str, population: &str) -> Option<Value> {
    let read = |text: &str| text.parse::<Ratio>().ok().filter(|part| !part.is_negative());
    let (equal, population) = (read(equal)?, read(population)?);
    let seats = &(&Ratio::whole(100) - &equal) - &population;
    if seats.is_negative() {
        return None;
    }
    Some(serde_json::json!({
        "kind": "mixture", "equal": equal.to_decimal(), "population": population.to_decimal(), "seats": seats.to_decimal(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_are_percentages_and_seats_take_the_rest() {
        let found = presets();
        let kanagawa = found.iter().find(|preset| preset.source.starts_with("神奈川県")).unwrap();
        assert_eq!((kanagawa.equal.as_str(), kanagawa.population.as_str()), ("5", "47.5"));
        assert_eq!(mixture("5", "47.5").unwrap()["seats"], "47.5");
        assert_eq!(mixture("60", "50"), None);
        assert!(found.iter().any(|preset| preset.cut_unit_yen == Some(1_000)));
    }
}
