//! Why the division of one group stops, in terms of the group; `error` turns it into faults of the problem's claims, so that
//! whoever reads the error knows which claims to change.

use crate::error::{Code, Detail, Error, Fault, Field};
use crate::prepare::Faults;
use crate::problem::Claim;

/// A division that cannot be finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Something is left, and no claim with a weight can take it.
    ZeroTotalWeight,
    /// Seats are given one by one, and there are more than so many.
    TooManySeats { most: u64 },
    /// The work passed its limit at the claim of this index in the group.
    TooMuchWork { index: usize, most: u64 },
    /// A number is past the largest that the rule computes with.
    TooLarge,
}

impl Stop {
    /// The faults: `members` are the positions of the group, `stuck` those that could take more if they had a weight.
    pub(crate) fn error<Q>(self, claims: &[Claim<Q>], members: &[usize], stuck: impl Iterator<Item = usize>) -> Error {
        let mut faults = Faults::default();
        match self {
            Self::ZeroTotalWeight => {
                for (position, claim) in stuck.filter_map(|position| Some((position, claims.get(position)?))) {
                    faults.claim(Code::ZeroTotalWeight, Field::Weight, position, claim);
                }
            }
            Self::TooManySeats { most } => {
                faults.add(Fault::of_problem(Code::TooMuchWork, Field::Supply).with_detail(Detail::Most { most }));
            }
            Self::TooMuchWork { index, most } => {
                let named = members.get(index).and_then(|&position| Some((position, claims.get(position)?)));
                if let Some((position, claim)) = named {
                    let fault = Fault::of_claim(Code::TooMuchWork, Field::Claims, position, &claim.id);
                    faults.add(fault.with_detail(Detail::Most { most }));
                }
            }
            Self::TooLarge => faults.add(Fault::of_problem(Code::TooLarge, Field::Claims)),
        }
        faults.check().err().unwrap_or_else(|| Error::one(Fault::of_problem(Code::ZeroTotalWeight, Field::Claims)))
    }
}
