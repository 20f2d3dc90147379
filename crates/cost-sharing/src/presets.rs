//! Published agreements of Japanese local governments, ready to choose: how much is shared equally (均等割), by population
//! (人口割) and by use (利用割). They are starting points; the parameters of a case are always written out in its rule.

use crate::ratio::Ratio;
use crate::rounding::{Rounding, ShareRounding};
use crate::rule::{Key, SharingRule};
use crate::yen::RoundingMode;

/// One published agreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preset {
    /// Stable name.
    pub name: &'static str,
    /// Whose agreement, in Japanese.
    pub source_ja: &'static str,
    /// The rule.
    pub rule: SharingRule,
    /// The rounding it publishes, or largest remainder.
    pub rounding: Rounding,
}

/// All presets.
///
/// ```
/// let presets = cost_sharing::presets();
/// assert!(presets.iter().any(|preset| preset.name == "shibukawa_general"));
/// ```
#[must_use]
pub fn presets() -> Vec<Preset> {
    let preset = |name, source_ja, parts: [(Key, i32); 3]| Preset {
        name,
        source_ja,
        rule: mixture(parts),
        rounding: Rounding::default(),
    };
    let split = |equal, population, seats| [(Key::Equal, equal), (Key::Population, population), (Key::Seats, seats)];
    let mut niigata = preset("niigata_general_office", "新潟県市町村総合事務組合", split(500, 500, 0));
    // Amounts under 1,000 yen are cut; the agreement's office carries the rest, so a member has to be named.
    niigata.rounding = Rounding { mode: ShareRounding::Each(RoundingMode::Floor), unit_yen: 1_000, remainder_to: None };
    let ability = Key::Weight("ability".to_owned());
    let mut orbis = preset("orbis_libraries", "Orbis 図書館コンソーシアム", split(200, 0, 0));
    orbis.rule = mixture([(Key::Equal, 200), (Key::Seats, 400), (ability, 400)]);
    let mut seats = preset("seats_only", "利用割のみ", split(0, 0, 1000));
    seats.rule = SharingRule::PerSeat;
    vec![
        preset("shibukawa_general", "渋川広域(一般)", split(60, 940, 0)),
        preset("shibukawa_fire", "渋川広域(消防)", split(40, 960, 0)),
        preset("kanagawa_late_elderly", "神奈川県後期高齢者医療広域連合", split(50, 475, 475)),
        preset("nagasaki_late_elderly", "長崎県後期高齢者医療広域連合", split(100, 400, 500)),
        niigata,
        orbis,
        seats,
    ]
}

/// A mixture in ‰; parts of 0 are left out.
fn mixture(parts: [(Key, i32); 3]) -> SharingRule {
    let mut parts: Vec<(Key, Ratio)> =
        parts.into_iter().filter(|(_, part)| *part > 0).map(|(key, part)| (key, Ratio::whole(part))).collect();
    parts.sort();
    SharingRule::Mixture { parts }
}
