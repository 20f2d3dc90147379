//! How much there is, and under which ids: the demo's eleven municipalities, 1,000 seats and 100 posts, `times` over.
//! Everything is fictional; the codes are made up and have valid check digits.

/// The sizes of one run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    pub(super) times: usize,
}

impl Size {
    pub(super) const fn new(times: usize) -> Self {
        Self { times }
    }

    /// Municipalities, without the lead.
    pub(super) const fn towns(self) -> usize {
        self.times * 11
    }

    /// Seats bought, with a reserve of 2 %.
    pub(super) const fn seats(self) -> usize {
        self.times * 1_000
    }

    /// Posts on the board.
    pub(super) const fn posts(self) -> usize {
        self.times * 100
    }

    /// Applicants of the largest call.
    pub(super) const fn applicants(self) -> usize {
        self.times * 9
    }

    /// What a town asks for and gets; the first is the big one, the last takes what is left.
    pub(super) const fn seats_of(self, town: usize) -> usize {
        let (first, all) = (self.times * 20, self.times * 980);
        let each = (all - first) / (self.towns() - 1);
        if town == 1 {
            first
        } else if town == self.towns() {
            // The other deviations sum to what a period of five leaves over.
            all - first - self.before_last(each)
        } else {
            each + (town % 5) * 10 - 20
        }
    }

    const fn before_last(self, each: usize) -> usize {
        let (mut sum, mut town) = (0, 2);
        while town < self.towns() {
            sum += each + (town % 5) * 10 - 20;
            town += 1;
        }
        sum
    }

    /// People of a town who have a seat.
    pub(super) const fn seated(self, town: usize) -> usize {
        let seats = self.seats_of(town);
        match town {
            1 => seats - OFFERED,
            _ if town.is_multiple_of(10) => seats,
            _ => seats * 9 / 10,
        }
    }

    /// Open offers and people who wait behind them.
    pub(super) const fn waiting(self, town: usize) -> (usize, usize) {
        match town {
            1 => (OFFERED, WAITING),
            _ if town.is_multiple_of(10) => (0, 3),
            _ => (0, 0),
        }
    }

    /// Accounts of a town's staff: one for each seat, and those who wait or apply.
    pub(super) const fn staff(self, town: usize) -> usize {
        self.seats_of(town) + if town == 1 { OFFERED + WAITING + self.applicants() } else { 3 }
    }
}

/// Open offers of the first town.
pub(super) const OFFERED: usize = 10;
/// People of the first town who wait.
pub(super) const WAITING: usize = 50;

pub(super) const CONSORTIUM: &str = "00000000-0000-7000-8000-0000000c0001";
pub(super) const PREFECTURE: &str = "00000000-0000-7000-8000-0000000e0000";
pub(super) const ADMIN: &str = "00000000-0000-7000-8000-0000000d0001";
pub(super) const LEAD: &str = "00000000-0000-7000-8000-0000000d0002";
pub(super) const AUDITOR: &str = "00000000-0000-7000-8000-0000000d0003";

/// The id of a town.
pub(super) fn town(number: usize) -> String {
    format!("20000000-0000-7000-8000-{number:012}")
}

/// The account of a town's contact.
pub(super) fn contact(town: usize) -> String {
    format!("21000000-0000-7000-8000-{town:012}")
}

/// The beginning of the ids that belong to a town; a number of 12 digits follows.
pub(super) fn prefix(kind: u8, town: usize) -> String {
    format!("{kind}{town:07}-0000-7000-8000-")
}

/// The account of one of a town's staff.
pub(super) fn staff(town: usize, number: usize) -> String {
    format!("{}{number:012}", prefix(STAFF, town))
}

pub(super) const STAFF: u8 = 3;
pub(super) const ASSIGNMENT: u8 = 4;
pub(super) const WAITING_ENTRY: u8 = 5;
pub(super) const OFFER: u8 = 6;
pub(super) const CALL: u8 = 7;
pub(super) const APPLICATION: u8 = 8;
pub(super) const REQUEST: u8 = 9;

/// A made-up municipality code: prefectures 15 and 16, from 201 on, with its check digit.
pub(super) fn code(town: usize) -> String {
    let (prefecture, place) = (15 + town / 799, 201 + town % 799);
    let five = format!("{prefecture:02}{place:03}");
    let weighed: usize =
        five.bytes().zip([6_usize, 5, 4, 3, 2]).map(|(digit, by)| usize::from(digit - b'0') * by).sum();
    format!("{five}{}", (11 - weighed % 11) % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seats_are_a_thousand_for_each_time_and_no_town_is_left_without() {
        for times in [1, 2, 20, 100] {
            let size = Size::new(times);
            let all: Vec<usize> = (1..=size.towns()).map(|town| size.seats_of(town)).collect();
            assert_eq!(all.iter().sum::<usize>(), times * 980, "{all:?}");
            assert!(all.iter().all(|seats| *seats >= 20), "{all:?}");
        }
    }

    #[test]
    fn made_up_codes_are_valid_and_differ() {
        let codes: std::collections::BTreeSet<String> = (1..=1_650).map(code).collect();
        assert_eq!(codes.len(), 1_650);
        assert!(codes.iter().all(|code| domain::municipality::MunicipalityCode::parse(code).is_ok()));
    }
}
