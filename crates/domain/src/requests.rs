//! Requests for more seats (追加配分): what may follow what.
//!
//! The town submits, corrects and withdraws; the lead approves, declines or returns. A decided request
//! stays decided: another wish is another request. Seats and yen are not here.

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestState {
    /// 申請中: the lead is to decide.
    Submitted,
    /// 差戻し: the town is to correct it.
    Returned,
    /// 承認: seats were granted.
    Approved,
    /// 見送り.
    Declined,
    /// 取下げ.
    Withdrawn,
}

/// What can be done with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestAct {
    /// The lead grants seats.
    Approve,
    /// The lead grants none.
    Decline,
    /// The lead asks for a correction.
    Return,
    /// The town hands it in again.
    Resubmit,
    /// The town takes it back.
    Withdraw,
}

/// The request does not take this act where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a request that is {} takes no {act:?}", state.as_str())]
pub struct IllegalAct {
    /// Where it stands.
    pub state: RequestState,
    /// What was tried.
    pub act: RequestAct,
}

impl RequestState {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::Submitted, Self::Returned, Self::Approved, Self::Declined, Self::Withdrawn];

    /// The word of the database and of JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Returned => "returned",
            Self::Approved => "approved",
            Self::Declined => "declined",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The word that people read.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Submitted => "申請中",
            Self::Returned => "差戻し",
            Self::Approved => "承認済み",
            Self::Declined => "見送り",
            Self::Withdrawn => "取下げ済み",
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
    /// [`IllegalAct`] when the request does not take it.
    pub const fn after(self, act: RequestAct) -> Result<Self, IllegalAct> {
        match (self, act) {
            (Self::Submitted, RequestAct::Approve) => Ok(Self::Approved),
            (Self::Submitted, RequestAct::Decline) => Ok(Self::Declined),
            (Self::Submitted, RequestAct::Return) => Ok(Self::Returned),
            (Self::Returned, RequestAct::Resubmit) => Ok(Self::Submitted),
            (Self::Submitted | Self::Returned, RequestAct::Withdraw) => Ok(Self::Withdrawn),
            (Self::Submitted, RequestAct::Resubmit)
            | (Self::Returned, RequestAct::Approve | RequestAct::Decline | RequestAct::Return)
            | (Self::Approved | Self::Declined | Self::Withdrawn, _) => Err(IllegalAct { state: self, act }),
        }
    }
}

impl RequestAct {
    /// Every act.
    pub const ALL: [Self; 5] = [Self::Approve, Self::Decline, Self::Return, Self::Resubmit, Self::Withdraw];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_acts_are_legal_and_nineteen_are_refused_by_name() {
        let legal: Vec<(RequestState, RequestAct)> = RequestState::ALL
            .into_iter()
            .flat_map(|state| RequestAct::ALL.map(|act| (state, act)))
            .filter(|(state, act)| state.after(*act).is_ok())
            .collect();
        assert_eq!(
            legal,
            [
                (RequestState::Submitted, RequestAct::Approve),
                (RequestState::Submitted, RequestAct::Decline),
                (RequestState::Submitted, RequestAct::Return),
                (RequestState::Submitted, RequestAct::Withdraw),
                (RequestState::Returned, RequestAct::Resubmit),
                (RequestState::Returned, RequestAct::Withdraw),
            ]
        );
        let refused = RequestState::Approved.after(RequestAct::Decline);
        assert_eq!(refused, Err(IllegalAct { state: RequestState::Approved, act: RequestAct::Decline }));
    }

    #[test]
    fn words_read_back() {
        for state in RequestState::ALL {
            assert_eq!(RequestState::parse(state.as_str()), Some(state));
        }
    }
}
