//! Demand: surveys (意向調査・本申込) and the answers of towns, from draft to fixed.
//!
//! A deadline is an inclusive date in Japan; an answer after it is refused until the lead extends
//! it. Which act leads from which state to which stands in the two tables below and nowhere else.

use crate::clock::japan_date;
use chrono::{DateTime, NaiveDate, Utc};

/// Where a survey stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SurveyState {
    /// 準備中.
    Draft,
    /// 受付中.
    Open,
    /// 締切済.
    Closed,
}

/// What can happen to a survey.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SurveyAct {
    /// Texts, kind and deadline are changed.
    Change,
    /// Answers are invited.
    Open,
    /// The deadline moves to a later date.
    Extend,
    /// Towns without an answer are reminded.
    Remind,
    /// No answers any more.
    Close,
}

/// Where an answer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AnswerState {
    /// 下書き.
    Draft,
    /// 提出済.
    Submitted,
    /// 差戻し.
    Returned,
    /// 確定.
    Fixed,
}

/// What can happen to an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AnswerAct {
    /// The town writes or rewrites it.
    Save,
    /// The town hands it in, or hands it in again.
    Submit,
    /// The lead returns it with a reason.
    Return,
    /// The lead fixes it.
    Fix,
}

/// Why something about a survey or an answer is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DemandRule {
    /// The survey is not open (not yet, or no longer).
    #[error("survey not open")]
    SurveyNotOpen,
    /// The survey's state does not know the act.
    #[error("survey is {0:?}")]
    SurveyState(SurveyState),
    /// The deadline has passed.
    #[error("deadline passed")]
    DeadlinePassed,
    /// The answer's state does not know the act.
    #[error("answer is {0:?}")]
    AnswerState(AnswerState),
}

impl SurveyState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Draft, Self::Open, Self::Closed];

    /// The word of the database and of JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Open => "open",
            Self::Closed => "closed",
        }
    }

    /// The word that people read.
    #[must_use]
    pub const fn ja(self) -> &'static str {
        match self {
            Self::Draft => "準備中",
            Self::Open => "受付中",
            Self::Closed => "締切済み",
        }
    }

    /// Reads the word of the database.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// The state after an act.
    ///
    /// # Errors
    /// [`DemandRule::SurveyState`] when the table has no such act from here.
    pub const fn after(self, act: SurveyAct) -> Result<Self, DemandRule> {
        match (self, act) {
            (Self::Draft, SurveyAct::Change) => Ok(Self::Draft),
            (Self::Draft, SurveyAct::Open) => Ok(Self::Open),
            (Self::Open, SurveyAct::Extend | SurveyAct::Remind) => Ok(Self::Open),
            (Self::Open, SurveyAct::Close) => Ok(Self::Closed),
            (state, _) => Err(DemandRule::SurveyState(state)),
        }
    }
}

impl SurveyAct {
    /// Every act.
    pub const ALL: [Self; 5] = [Self::Change, Self::Open, Self::Extend, Self::Remind, Self::Close];
}

impl AnswerState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Draft, Self::Submitted, Self::Returned, Self::Fixed];

    /// The words of the states that scenarios count.
    pub const COUNTED: [&'static str; 2] = [Self::Submitted.as_str(), Self::Fixed.as_str()];

    /// The word of the database and of JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Submitted => "submitted",
            Self::Returned => "returned",
            Self::Fixed => "fixed",
        }
    }

    /// The word that people read.
    #[must_use]
    pub const fn ja(self) -> &'static str {
        match self {
            Self::Draft => "下書き",
            Self::Submitted => "提出済み",
            Self::Returned => "差戻し",
            Self::Fixed => "確定",
        }
    }

    /// Reads the word of the database.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Whether scenarios count the answer.
    #[must_use]
    pub const fn counts(self) -> bool {
        matches!(self, Self::Submitted | Self::Fixed)
    }

    /// The state after an act. A submitted answer may be corrected until the deadline and stays submitted;
    /// a returned one stays returned until it is handed in again.
    ///
    /// # Errors
    /// [`DemandRule::AnswerState`] when the table has no such act from here.
    pub const fn after(self, act: AnswerAct) -> Result<Self, DemandRule> {
        match (self, act) {
            (Self::Draft, AnswerAct::Save) => Ok(Self::Draft),
            (Self::Submitted, AnswerAct::Save) => Ok(Self::Submitted),
            (Self::Returned, AnswerAct::Save) => Ok(Self::Returned),
            (Self::Draft | Self::Returned, AnswerAct::Submit) => Ok(Self::Submitted),
            (Self::Submitted, AnswerAct::Return) => Ok(Self::Returned),
            (Self::Submitted, AnswerAct::Fix) => Ok(Self::Fixed),
            (state, _) => Err(DemandRule::AnswerState(state)),
        }
    }
}

impl AnswerAct {
    /// Every act.
    pub const ALL: [Self; 4] = [Self::Save, Self::Submit, Self::Return, Self::Fix];

    /// The words that people read.
    #[must_use]
    pub const fn ja(self) -> &'static str {
        match self {
            Self::Save => "回答の入力",
            Self::Submit => "回答の提出",
            Self::Return => "差戻し",
            Self::Fix => "回答の確定",
        }
    }
}

/// Whether a town may write or hand in an answer now.
///
/// # Errors
/// The survey is not open, or its deadline has passed in Japan.
pub fn accepts_answers(survey: SurveyState, deadline_on: NaiveDate, now: DateTime<Utc>) -> Result<(), DemandRule> {
    if survey != SurveyState::Open {
        return Err(DemandRule::SurveyNotOpen);
    }
    if japan_date(now) > deadline_on {
        return Err(DemandRule::DeadlinePassed);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_states_that_count_are_named_for_queries() {
        let counting = AnswerState::ALL.into_iter().filter(|state| state.counts()).map(AnswerState::as_str);
        assert!(counting.eq(AnswerState::COUNTED));
    }

    #[test]
    fn the_tables_have_exactly_these_acts() {
        use {SurveyAct as A, SurveyState as S};
        let surveys: Vec<_> = SurveyState::ALL
            .into_iter()
            .flat_map(|state| SurveyAct::ALL.map(|act| (state, act)))
            .filter(|(state, act)| state.after(*act).is_ok())
            .collect();
        assert_eq!(
            surveys,
            [
                (S::Draft, A::Change),
                (S::Draft, A::Open),
                (S::Open, A::Extend),
                (S::Open, A::Remind),
                (S::Open, A::Close)
            ]
        );
        let answers: Vec<_> = AnswerState::ALL
            .into_iter()
            .flat_map(|state| AnswerAct::ALL.map(|act| (state, act)))
            .filter_map(|(state, act)| state.after(act).ok().map(|next| (state.as_str(), act, next.as_str())))
            .collect();
        assert_eq!(
            answers,
            [
                ("draft", AnswerAct::Save, "draft"),
                ("draft", AnswerAct::Submit, "submitted"),
                ("submitted", AnswerAct::Save, "submitted"),
                ("submitted", AnswerAct::Return, "returned"),
                ("submitted", AnswerAct::Fix, "fixed"),
                ("returned", AnswerAct::Save, "returned"),
                ("returned", AnswerAct::Submit, "submitted"),
            ]
        );
    }

    #[test]
    fn the_last_day_counts_until_midnight_in_japan() {
        let deadline = NaiveDate::from_ymd_opt(2026, 10, 30).unwrap();
        let last = "2026-10-30T14:59:59Z".parse().unwrap();
        let late = "2026-10-30T15:00:00Z".parse().unwrap();
        assert_eq!(accepts_answers(SurveyState::Open, deadline, last), Ok(()));
        assert_eq!(accepts_answers(SurveyState::Open, deadline, late), Err(DemandRule::DeadlinePassed));
        for state in [SurveyState::Draft, SurveyState::Closed] {
            assert_eq!(accepts_answers(state, deadline, last), Err(DemandRule::SurveyNotOpen));
        }
    }

    #[test]
    fn words_read_back() {
        assert!(SurveyState::ALL.iter().all(|state| SurveyState::parse(state.as_str()) == Some(*state)));
        assert!(AnswerState::ALL.iter().all(|state| AnswerState::parse(state.as_str()) == Some(*state)));
    }
}
