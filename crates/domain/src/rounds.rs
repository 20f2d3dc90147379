//! Rounds (調達回): the stages of one fiscal year's procurement and the named steps between them.
//!
//! A stage changes only by a step of the table below; everything else is refused by name. Which
//! work belongs to which stage stands here too, so that no use case decides it by itself.

use std::fmt;

/// Where a round stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// 準備中: basis and members are being set.
    Draft,
    /// 調査中: a survey is open.
    Surveying,
    /// 見積・試算中: quotes and scenarios are compared.
    Quoting,
    /// 試算確定: one scenario is frozen.
    Finalised,
    /// 契約済: the contract is signed, seats are in the ledger.
    Contracted,
    /// 配分済: the allocation is published.
    Allocated,
    /// 終了: nothing changes any more.
    Closed,
}

/// A named step between stages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// A survey opens.
    OpenSurvey,
    /// The survey closes.
    CloseSurvey,
    /// A scenario is finalised.
    Finalise,
    /// The contract is made.
    Contract,
    /// The allocation is published, or published again.
    Publish,
    /// The round ends.
    Close,
}

/// Work on a round that leaves its stage as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Work {
    /// Changing the basis and the members invited.
    Prepare,
    /// Preparing surveys.
    PrepareSurvey,
    /// Entering quotes.
    Quote,
    /// Calculating scenarios.
    Calculate,
    /// Amending the contract.
    Amend,
}

/// Why a step or a work is refused: the stage does not know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not in stage {stage}")]
pub struct WrongStage {
    /// The stage in which it was tried.
    pub stage: Stage,
}

impl Stage {
    /// Every stage, in the order of the year.
    pub const ALL: [Self; 7] =
        [Self::Draft, Self::Surveying, Self::Quoting, Self::Finalised, Self::Contracted, Self::Allocated, Self::Closed];

    /// The word of the database and of JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Surveying => "surveying",
            Self::Quoting => "quoting",
            Self::Finalised => "finalised",
            Self::Contracted => "contracted",
            Self::Allocated => "allocated",
            Self::Closed => "closed",
        }
    }

    /// Reads the word of the database.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.as_str() == word)
    }

    /// The word that people read.
    #[must_use]
    pub const fn ja(self) -> &'static str {
        match self {
            Self::Draft => "準備中",
            Self::Surveying => "調査中",
            Self::Quoting => "見積・試算中",
            Self::Finalised => "試算確定",
            Self::Contracted => "契約済み",
            Self::Allocated => "配分済み",
            Self::Closed => "終了",
        }
    }

    /// The stage after a step.
    ///
    /// # Errors
    /// [`WrongStage`] when the table has no such step from here.
    pub const fn after(self, step: Step) -> Result<Self, WrongStage> {
        match (self, step) {
            // a second survey (本申込) may follow the first (意向調査)
            (Self::Draft | Self::Quoting, Step::OpenSurvey) => Ok(Self::Surveying),
            (Self::Surveying, Step::CloseSurvey) => Ok(Self::Quoting),
            (Self::Quoting, Step::Finalise) => Ok(Self::Finalised),
            (Self::Finalised, Step::Contract) => Ok(Self::Contracted),
            (Self::Contracted | Self::Allocated, Step::Publish) => Ok(Self::Allocated),
            (Self::Allocated, Step::Close) => Ok(Self::Closed),
            (stage, _) => Err(WrongStage { stage }),
        }
    }

    /// Whether the stage has room for a work.
    ///
    /// # Errors
    /// [`WrongStage`] when it has not.
    pub const fn allows(self, work: Work) -> Result<(), WrongStage> {
        let allowed = match work {
            Work::Prepare => matches!(self, Self::Draft),
            Work::PrepareSurvey | Work::Quote | Work::Calculate => {
                matches!(self, Self::Draft | Self::Surveying | Self::Quoting)
            }
            Work::Amend => matches!(self, Self::Contracted | Self::Allocated),
        };
        if allowed { Ok(()) } else { Err(WrongStage { stage: self }) }
    }
}

impl Step {
    /// Every step, in the order of the year.
    pub const ALL: [Self; 6] =
        [Self::OpenSurvey, Self::CloseSurvey, Self::Finalise, Self::Contract, Self::Publish, Self::Close];

    /// The words that people read.
    #[must_use]
    pub const fn ja(self) -> &'static str {
        match self {
            Self::OpenSurvey => "調査の開始",
            Self::CloseSurvey => "調査の締切",
            Self::Finalise => "試算の確定",
            Self::Contract => "契約の登録",
            Self::Publish => "配分の公開",
            Self::Close => "調達回の終了",
        }
    }
}

impl Work {
    /// Every work.
    pub const ALL: [Self; 5] = [Self::Prepare, Self::PrepareSurvey, Self::Quote, Self::Calculate, Self::Amend];

    /// The words that people read.
    #[must_use]
    pub const fn ja(self) -> &'static str {
        match self {
            Self::Prepare => "調達回の基本事項と参加団体の変更",
            Self::PrepareSurvey => "調査の準備",
            Self::Quote => "見積の登録・変更",
            Self::Calculate => "試算の作成",
            Self::Amend => "契約の変更",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_exactly_these_steps() {
        use Stage as S;
        let legal: Vec<(Stage, Step, Stage)> = Stage::ALL
            .into_iter()
            .flat_map(|stage| Step::ALL.map(|step| (stage, step)))
            .filter_map(|(stage, step)| stage.after(step).ok().map(|next| (stage, step, next)))
            .collect();
        assert_eq!(
            legal,
            [
                (S::Draft, Step::OpenSurvey, S::Surveying),
                (S::Surveying, Step::CloseSurvey, S::Quoting),
                (S::Quoting, Step::OpenSurvey, S::Surveying),
                (S::Quoting, Step::Finalise, S::Finalised),
                (S::Finalised, Step::Contract, S::Contracted),
                (S::Contracted, Step::Publish, S::Allocated),
                (S::Allocated, Step::Publish, S::Allocated),
                (S::Allocated, Step::Close, S::Closed),
            ]
        );
    }

    #[test]
    fn a_closed_round_allows_nothing() {
        let closed = Stage::Closed;
        for work in Work::ALL {
            assert_eq!(closed.allows(work), Err(WrongStage { stage: closed }), "{work:?}");
        }
        for step in Step::ALL {
            assert!(closed.after(step).is_err(), "{step:?}");
        }
    }

    #[test]
    fn words_read_back() {
        for stage in Stage::ALL {
            assert_eq!(Stage::parse(stage.as_str()), Some(stage));
        }
        assert_eq!(Stage::parse("Draft"), None);
    }
}
