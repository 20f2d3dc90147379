//! The six steps of a round (調査→見積→試算→確定→契約→配分): which are done, which is the present one, where each lies.
//! The stage itself is the domain's; here it is only read.

use app::rounds::RoundView;

/// What exists in a round beyond its stage.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Progress {
    pub(crate) quotes: usize,
    pub(crate) scenarios: usize,
}

/// One step for the navigation.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) label: &'static str,
    pub(crate) href: String,
    pub(crate) done: bool,
    pub(crate) now: bool,
}

impl Step {
    /// 状態 in words.
    pub(crate) fn state(&self) -> &'static str {
        match (self.done, self.now) {
            (true, _) => "済み",
            (false, true) => "いまここ",
            (false, false) => "これから",
        }
    }

    /// The class of the chip.
    pub(crate) fn chip(&self) -> &'static str {
        match (self.done, self.now) {
            (true, _) => "good",
            (false, true) => "now",
            (false, false) => "",
        }
    }
}

const LABELS: [&str; 6] = ["調査", "見積", "試算", "確定", "契約", "配分"];

/// The number of the present step; 6 when all are done.
fn present(stage: &str, progress: Progress) -> usize {
    match stage {
        "draft" | "surveying" => 0,
        "quoting" if progress.quotes == 0 => 1,
        "quoting" if progress.scenarios == 0 => 2,
        "quoting" => 3,
        "finalised" => 4,
        "contracted" => 5,
        _ => 6,
    }
}

/// The navigation over a round.
pub(crate) fn steps(round: &RoundView, progress: Progress) -> Vec<Step> {
    let now = present(&round.stage, progress);
    let step = |(at, label): (usize, &'static str)| Step {
        label,
        href: format!("/rounds/{}#step-{}", round.id, at.saturating_add(1)),
        done: at < now,
        now: at == now,
    };
    LABELS.into_iter().enumerate().map(step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_present_step_follows_the_stage_and_what_exists() {
        let at = |stage: &str, quotes, scenarios| present(stage, Progress { quotes, scenarios });
        assert_eq!([at("draft", 0, 0), at("quoting", 0, 0), at("quoting", 2, 0), at("quoting", 2, 1)], [0, 1, 2, 3]);
        assert_eq!([at("finalised", 2, 1), at("contracted", 2, 1), at("allocated", 2, 1)], [4, 5, 6]);
    }
}
