//! Contracts: shares to the yen, seats in the ledger, the allocation published and published again.

use crate::demand::{surveyed, wants};
use crate::office::{Office, code, day, on_both, pointers};
use crate::pricing::{enter, quote, volume};
use crate::scenarios::{calculate, finalise, golden_demand, mixture, plan};
use app::contracts::allocation::{AllocationView, ChangedLine, PublishAllocation, get_allocation, publish_allocation};
use app::contracts::shares::{SharesView, list_shares};
use app::contracts::{
    AmendContract, ContractView, MakeContract, amend_contract, get_contract, get_round_contract, list_amendments,
    list_contracts, make_contract,
};
use app::rounds::{Mode, close_round, get_round};
use app::{Code, Error, FieldCode, FieldError, PageQuery};
use domain::access::Actor;
use store::seats::Account;

pub fn signed() -> MakeContract {
    MakeContract {
        number: "R8-001（架空）".to_owned(),
        vendor: "架空ラーニング株式会社".to_owned(),
        starts_on: day("2027-04-01"),
        ends_on: day("2028-03-31"),
        signed_on: day("2027-04-01"),
    }
}

pub fn make(office: &Office, round: &str, cmd: MakeContract) -> Result<ContractView, Error> {
    let at = round.to_owned();
    office.act(&office.lead, move |ctx, call| make_contract(ctx, call, &at, &cmd))
}

/// A finalised round of the five towns, 300 seats at equal/population/seats 10/0/90.
pub fn finalised(office: &Office, mode: Mode) -> String {
    let (round, _) = surveyed(office, mode, &golden_demand());
    let quote_id = enter(office, &round, quote(volume())).unwrap().id;
    let scenario = calculate(office, &round, plan(&quote_id, mixture(10, 0, 90))).unwrap().scenario.id;
    finalise(office, &scenario).unwrap();
    round
}

pub fn publish(office: &Office, contract: &str, lines: Vec<ChangedLine>) -> Result<AllocationView, Error> {
    let (at, cmd) = (contract.to_owned(), PublishAllocation { lines });
    office.prove(&office.lead);
    office.act(&office.lead, move |ctx, call| publish_allocation(ctx, call, &at, &cmd))
}

fn line(member_id: &str, seats: i64) -> ChangedLine {
    ChangedLine { member_id: member_id.to_owned(), seats, reason: "人事異動による増減のため".to_owned() }
}

fn allocation(office: &Office, who: &Actor, contract: &str) -> Result<AllocationView, Error> {
    let at = contract.to_owned();
    office.look(who, move |ctx, call| get_allocation(ctx, call, &at))
}

fn shares(office: &Office, who: &Actor, contract: &str) -> Result<SharesView, Error> {
    let at = contract.to_owned();
    office.look(who, move |ctx, call| list_shares(ctx, call, &at))
}

fn accounts(office: &Office, contract: &str) -> Vec<Account> {
    let at = contract.to_owned();
    office.store.within(store::Fence::service_wide()).read_now(move |db| store::seats::accounts_of(db, &at)).unwrap()
}

/// Balances: the reserve, then the towns in their order.
fn balances(office: &Office, contract: &str) -> Vec<i64> {
    let accounts = accounts(office, contract);
    let of = |member: Option<&str>| {
        accounts.iter().find(|account| account.member_id.as_deref() == member).map(|account| account.balance).unwrap()
    };
    std::iter::once(of(None)).chain(office.towns.iter().map(|town| of(Some(town)))).collect()
}

#[test]
fn a_contract_receives_seats_and_shares_that_sum_to_the_bill() {
    on_both(|office| {
        let round = finalised(office, Mode::LeadContract);
        let contract = make(office, &round, signed()).unwrap();
        assert_eq!((contract.seats, contract.ex_tax_yen, contract.tax_yen), (300, 7_200_000, 720_000));
        let all = shares(office, &office.lead, &contract.id).unwrap();
        let yen: Vec<_> = all.items.iter().map(|share| share.share_yen).collect();
        assert_eq!(yen, [1_821_600, 2_059_200, 2_296_800, 1_227_600, 514_800]);
        assert_eq!((yen.iter().sum::<i64>(), all.shared_yen), (contract.total_yen, 7_920_000));
        let last = &all.items[4];
        assert_eq!(
            last.sentence,
            "総額7,920,000円（税込）を均等割10％・席数割90％で按分し、514,800円です。単独で調達した場合の495,000円より19,800円多くなります。"
        );
        assert_eq!(last.small_contract, None);
        assert_eq!(balances(office, &contract.id), [300, 0, 0, 0, 0, 0]);
        assert_eq!(code(make(office, &round, signed())), Code::ContractExists);
        assert_eq!(office.mails("contract_made").len(), 5);
        for sql in ["UPDATE shares SET share_yen = share_yen + 1", "DELETE FROM shares"] {
            assert!(office.try_sql(sql).unwrap_err().to_string().contains("shares_append_only"), "{sql}");
        }
        office.verify();
    });
}

#[test]
fn a_town_sees_its_own_share_and_line_and_nobody_elses() {
    on_both(|office| {
        let round = finalised(office, Mode::IndividualContract);
        let contract = make(office, &round, signed()).unwrap().id;
        let own = shares(office, &office.contacts[4], &contract).unwrap();
        assert_eq!((own.items.len(), own.items[0].name.as_str()), (1, "清川村"));
        let limit = own.items[0].small_contract.unwrap();
        assert_eq!((limit.limit_yen, limit.within_limit), (1_000_000, true));
        let all = shares(office, &office.auditor, &contract).unwrap();
        let within: Vec<_> = all.items.iter().map(|share| share.small_contract.unwrap().within_limit).collect();
        assert_eq!(within, [false, false, false, false, true]);

        assert_eq!(allocation(office, &office.contacts[4], &contract).unwrap_err(), Error::NotFound, "a draft");
        publish(office, &contract, Vec::new()).unwrap();
        let own = allocation(office, &office.contacts[4], &contract).unwrap();
        assert_eq!((own.lines.len(), own.lines[0].seats), (1, 15));
        assert_eq!(own.lines[0].explanation, "希望15席として計算しました。上限まで満たし、15席です。");
        assert_eq!(allocation(office, &office.auditor, &contract).unwrap().lines.len(), 5);
        for (who, expected) in [(&office.stranger, Error::NotFound), (&office.learner, Error::NotFound)] {
            assert_eq!(shares(office, who, &contract).unwrap_err(), expected);
            assert_eq!(allocation(office, who, &contract).unwrap_err(), expected);
        }
        let at = contract.clone();
        let refused = office.act(&office.contacts[0], move |ctx, call| {
            publish_allocation(ctx, call, &at, &PublishAllocation::default())
        });
        assert_eq!(refused.unwrap_err(), Error::Forbidden);
        let letters = office.mails("allocation_published");
        assert_eq!(letters.len(), 5);
        assert!(letters.iter().any(|(to, text)| to.starts_with("u-contact-4@") && text.contains("希望15席として")));
    });
}

#[test]
fn publishing_again_moves_only_the_differences_and_never_seats_in_use() {
    on_both(|office| {
        let round = finalised(office, Mode::LeadContract);
        let contract = make(office, &round, signed()).unwrap().id;
        let first = publish(office, &contract, Vec::new()).unwrap();
        assert_eq!((first.state.as_str(), first.version), ("published", 2));
        assert_eq!(balances(office, &contract), [0, 70, 80, 90, 45, 15]);
        let (give, take) = (&office.towns[0], &office.towns[4]);
        publish(office, &contract, vec![line(take, 20), line(give, 65)]).unwrap();
        assert_eq!(balances(office, &contract), [0, 65, 80, 90, 45, 20]);
        let changed = allocation(office, &office.contacts[0], &contract).unwrap();
        assert!(changed.lines[0].explanation.contains("70席から65席"), "{}", changed.lines[0].explanation);
        assert_eq!(office.mails("allocation_published").len(), 7);
        assert_eq!(code(publish(office, &contract, vec![line(take, 21)])), Code::AllocationExceedsSeats);

        office.sql(&format!("UPDATE seat_accounts SET assigned = 60 WHERE member_id = '{give}'"));
        let facts = [("free", "5"), ("seats", "6"), ("town", "中井町")].map(|(name, fact)| (name, fact.to_owned()));
        let refused = publish(office, &contract, vec![line(give, 59)]).unwrap_err();
        assert_eq!(refused, Error::rule_with(Code::SeatsInUse, facts.to_vec()), "it says whose seats are in use");
        assert_eq!(balances(office, &contract), [0, 65, 80, 90, 45, 20]);
        publish(office, &contract, vec![line(give, 60)]).unwrap();
        assert_eq!(balances(office, &contract), [5, 60, 80, 90, 45, 20]);
        office.sql(&format!("UPDATE seat_accounts SET assigned = 0 WHERE member_id = '{give}'"));
        office.verify();

        let at = contract.clone();
        let stale = office.act_on(&office.lead, Some(1), move |ctx, call| {
            publish_allocation(ctx, call, &at, &PublishAllocation::default())
        });
        assert_eq!(stale.unwrap_err(), Error::Stale);
        for bad in [-1, 1 << 31, 1 << 53, i64::MAX] {
            assert_eq!(pointers(publish(office, &contract, vec![line(give, bad)])), ["/lines/0/seats"]);
        }
        let foreign = vec![line(&office.other_member, 1), line(give, 1), line(give, 2)];
        assert_eq!(pointers(publish(office, &contract, foreign)), ["/lines/0/member_id", "/lines/2/member_id"]);
    });
}

#[test]
fn an_amendment_moves_the_reserve_and_the_totals_up_and_down() {
    on_both(|office| {
        let round = finalised(office, Mode::LeadContract);
        let contract = make(office, &round, signed()).unwrap().id;
        let order = |seats, ex_tax_yen| AmendContract {
            seats,
            ex_tax_yen,
            tax_yen: 24_000,
            reason: "追加発注".to_owned(),
            effective_on: day("2027-10-01"),
        };
        let amend = |cmd: AmendContract| {
            let at = contract.clone();
            office.act(&office.lead, move |ctx, call| amend_contract(ctx, call, &at, &cmd))
        };
        // The tax follows from the amount, and the day lies in the period of use.
        let wrong = AmendContract { tax_yen: 5, effective_on: day("2027-03-31"), ..order(10, 120_000) };
        let tax =
            FieldCode::Amount { rule: "消費税は、税抜の金額に契約の税率をかけた", yen: 12_000 };
        let Err(Error::Invalid(faults)) = amend(wrong) else { panic!("taken") };
        assert_eq!(faults[0], FieldError { pointer: "/tax_yen".to_owned(), code: tax });
        assert_eq!(faults[1].pointer, "/effective_on");
        for late in ["2027-03-31", "2028-04-01"] {
            let late = AmendContract { effective_on: day(late), ..order(10, 240_000) };
            assert_eq!(pointers(amend(late)), ["/effective_on"]);
        }
        assert_eq!(balances(office, &contract)[0], 300, "nothing was added");
        let amended = amend(order(10, 240_000)).unwrap();
        assert_eq!((amended.seats, amended.total_yen), (310, 7_920_000 + 264_000));
        assert_eq!(balances(office, &contract)[0], 310);
        for bad in [1 << 31, 1 << 53, i64::MAX, -(1 << 31), i64::MIN] {
            assert_eq!(pointers(amend(order(bad, 0))), ["/seats"], "{bad}");
        }
        for bad in [1 << 53, i64::MAX, i64::MIN] {
            assert_eq!(pointers(amend(order(1, bad))), ["/ex_tax_yen"], "{bad}");
        }
        // What was entered wrongly is taken back by an entry with the opposite signs.
        let less = |seats, ex_tax_yen, tax_yen| AmendContract { tax_yen, ..order(seats, ex_tax_yen) };
        assert_eq!(pointers(amend(less(-10, -240_000, 24_000))), ["/tax_yen"], "a sign of its own");
        assert_eq!(pointers(amend(less(0, 0, 0))), ["/seats"], "nothing changes");
        assert_eq!(pointers(amend(less(-310, 0, 0))), ["/seats"], "no seat would be left");
        assert_eq!(pointers(amend(less(-1, -7_440_001, -744_000))), ["/ex_tax_yen"], "below nothing");
        // A tax that was cut when it came cannot be raised when it goes.
        assert_eq!(amend(less(0, -7_440_000, -744_000)).unwrap().total_yen, 0);
        assert_eq!(amend(less(0, 33, 3)).unwrap().total_yen, 36);
        assert_eq!(pointers(amend(less(0, -33, -4))), ["/tax_yen"]);
        assert_eq!(amend(less(0, -33, -3)).unwrap().total_yen, 0);
        assert_eq!(amend(less(0, 7_440_000, 744_000)).unwrap().total_yen, 8_184_000);
        let taken_back = amend(less(-10, -240_000, -24_000)).unwrap();
        assert_eq!((taken_back.seats, taken_back.total_yen), (300, 7_920_000));
        assert_eq!(balances(office, &contract)[0], 300);
        office.verify();
        assert_eq!(amend(order(10, 240_000)).unwrap().seats, 310);
        let at = contract.clone();
        let list = office.look(&office.contacts[0], move |ctx, call| list_amendments(ctx, call, &at)).unwrap();
        assert_eq!(list.items.iter().map(|item| item.seats).collect::<Vec<_>>(), [10, 0, 0, 0, 0, -10, 10]);
        office.verify();
        publish(office, &contract, Vec::new()).unwrap();
        // Seats of towns are not taken: the lead returns them to the reserve first.
        assert_eq!(pointers(amend(less(-11, -240_000, -24_000))), ["/seats"]);
        assert_eq!(amend(less(-10, -240_000, -24_000)).unwrap().seats, 300);
        assert_eq!(balances(office, &contract)[0], 0);
        office.verify();
        let at = round.clone();
        office.act(&office.lead, move |ctx, call| close_round(ctx, call, &at)).unwrap();
        assert_eq!(code(amend(order(1, 1))), Code::RoundStage);
        assert_eq!(code(publish(office, &contract, Vec::new())), Code::RoundStage);
        let at = contract.clone();
        let closed = office.look(&office.auditor, move |ctx, call| get_contract(ctx, call, &at)).unwrap();
        assert_eq!(closed.state, "closed");
        office.verify();
    });
}

#[test]
fn a_contract_is_made_of_a_finalised_round_only_and_read_within_its_consortium() {
    on_both(|office| {
        let (early, _) = surveyed(office, Mode::LeadContract, &[wants(1)]);
        assert_eq!(code(make(office, &early, signed())), Code::RoundStage);
        let round = finalised(office, Mode::LeadContract);
        let backwards = MakeContract { ends_on: day("2027-03-31"), number: " ".to_owned(), ..signed() };
        assert_eq!(pointers(make(office, &round, backwards)), ["/ends_on", "/number"]);
        let late = MakeContract { signed_on: day("2037-04-01"), ..signed() };
        assert_eq!(pointers(make(office, &round, late)), ["/signed_on"]);
        let at = round.clone();
        let stage = office.look(&office.lead, move |ctx, call| get_round(ctx, call, &at)).unwrap().round.stage;
        assert_eq!(stage, "finalised", "a refused contract leaves the round where it was");
        let contract = make(office, &round, signed()).unwrap().id;
        for (who, expected) in [(&office.stranger, Error::NotFound), (&office.learner, Error::Forbidden)] {
            let at = contract.clone();
            assert_eq!(office.look(who, move |ctx, call| get_contract(ctx, call, &at)).unwrap_err(), expected);
            let at = round.clone();
            assert_eq!(office.look(who, move |ctx, call| get_round_contract(ctx, call, &at)).unwrap_err(), expected);
        }
        let at = office.consortium.clone();
        let list =
            office.look(&office.contacts[0], move |ctx, call| list_contracts(ctx, call, &at, &PageQuery::default()));
        assert_eq!(list.unwrap().items[0].id, contract);
    });
}
