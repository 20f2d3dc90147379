//! Rounds: preparation, the stage table as a whole, and the wall between consortia.

use crate::demand::surveyed;
use crate::office::{Office, code, day, on_both, pointers};
use crate::pricing::{enter, quote, volume};
use crate::scenarios::{calculate, golden_demand, mixture, plan};
use app::rounds::{
    CreateRound, Mode, RoundBasis, RoundDetail, change_round, close_round, create_round, get_round, invite_member,
    list_rounds, uninvite_member,
};
use app::{Code, Error, PageQuery};
use domain::access::Action;
use domain::rounds::{Stage, Step};

pub fn basis() -> RoundBasis {
    RoundBasis {
        title: "令和8年度オンライン学習共同調達（架空）".to_owned(),
        product: "オンライン学習サービス".to_owned(),
        fiscal_year: 2026,
        contract_mode: Mode::LeadContract,
        census_year: 2020,
        seats_counted_on: day("2026-10-01"),
    }
}

pub fn with_members(basis: RoundBasis, member_ids: &[String]) -> CreateRound {
    CreateRound {
        title: basis.title,
        product: basis.product,
        fiscal_year: basis.fiscal_year,
        contract_mode: basis.contract_mode,
        census_year: basis.census_year,
        seats_counted_on: basis.seats_counted_on,
        member_ids: member_ids.to_vec(),
    }
}

/// A round of the five towns.
pub fn five_towns(office: &Office, mode: Mode) -> RoundDetail {
    let cmd = with_members(RoundBasis { contract_mode: mode, ..basis() }, &office.towns);
    let at = office.consortium.clone();
    office.act(&office.lead, move |ctx, call| create_round(ctx, call, &at, &cmd)).unwrap()
}

#[test]
fn a_round_is_prepared_by_the_lead_while_it_is_a_draft() {
    on_both(|office| {
        let round = five_towns(office, Mode::LeadContract);
        assert_eq!((round.round.stage.as_str(), round.round.fiscal_year_label.as_str()), ("draft", "令和8年度"));
        let codes: Vec<_> = round.members.iter().map(|member| member.municipality_code.as_str()).collect();
        assert_eq!(codes, ["143618", "143634", "143669", "143839", "144029"]);

        let (id, prefecture) = (round.round.id.clone(), office.prefecture.clone());
        let (at, member) = (id.clone(), prefecture.clone());
        let invited = office.act_on(&office.lead, Some(1), move |ctx, call| invite_member(ctx, call, &at, &member));
        assert_eq!(invited.unwrap().members.len(), 6);
        let (at, member) = (id.clone(), prefecture.clone());
        let again = office.act_on(&office.lead, Some(2), move |ctx, call| invite_member(ctx, call, &at, &member));
        assert_eq!(code(again), Code::RoundMemberInvited);
        let (at, member) = (id.clone(), prefecture.clone());
        let stale = office.act_on(&office.lead, Some(1), move |ctx, call| uninvite_member(ctx, call, &at, &member));
        assert_eq!(stale.unwrap_err(), Error::Stale);
        let (at, member) = (id.clone(), prefecture.clone());
        let unversioned = office.act(&office.lead, move |ctx, call| uninvite_member(ctx, call, &at, &member));
        assert_eq!(unversioned.unwrap_err(), Error::PreconditionRequired);
        let (at, member) = (id.clone(), prefecture);
        let out = office.act_on(&office.lead, Some(2), move |ctx, call| uninvite_member(ctx, call, &at, &member));
        assert_eq!(out.unwrap().members.len(), 5);

        let at = id.clone();
        let changed = office.act_on(&office.lead, Some(3), move |ctx, call| {
            change_round(ctx, call, &at, &RoundBasis { fiscal_year: 2027, ..basis() })
        });
        assert_eq!(changed.unwrap().round.fiscal_year_label, "令和9年度");
        let at = office.consortium.clone();
        let list =
            office.look(&office.contacts[0], move |ctx, call| list_rounds(ctx, call, &at, &PageQuery::default()));
        assert_eq!(list.unwrap().items.len(), 1);
        assert!(office.acts().contains(&"round.member_uninvited".to_owned()));
        office.verify();
    });
}

#[test]
fn every_illegal_step_is_refused_by_name_and_changes_nothing() {
    on_both(|office| {
        // each step has a round in which nothing but the stage stands in its way
        let quoting = surveyed(office, Mode::LeadContract, &golden_demand()).0;
        let quote_id = enter(office, &quoting, quote(volume())).unwrap().id;
        let scenario = calculate(office, &quoting, plan(&quote_id, mixture(0, 0, 100))).unwrap().scenario.id;
        let finalised = crate::contracts::finalised(office, Mode::LeadContract);
        let contracted = crate::contracts::finalised(office, Mode::LeadContract);
        let contract = crate::contracts::make(office, &contracted, crate::contracts::signed()).unwrap().id;
        let mut refused = 0;
        for stage in Stage::ALL {
            for step in Step::ALL.into_iter().filter(|step| stage.after(*step).is_err()) {
                let id = match step {
                    Step::Contract => &finalised,
                    Step::Publish => &contracted,
                    Step::OpenSurvey | Step::CloseSurvey | Step::Finalise | Step::Close => &quoting,
                };
                office.sql(&format!("UPDATE rounds SET stage = '{stage}' WHERE id = '{id}'"));
                let before = round(office, id);
                let refusal = match step {
                    Step::OpenSurvey | Step::CloseSurvey => crate::demand::force_survey(office, id, step),
                    Step::Finalise => code(crate::scenarios::finalise(office, &scenario)),
                    Step::Contract => code(crate::contracts::make(office, id, crate::contracts::signed())),
                    Step::Publish => code(crate::contracts::publish(office, &contract, Vec::new())),
                    Step::Close => {
                        let at = id.clone();
                        code(office.act(&office.lead, move |ctx, call| close_round(ctx, call, &at)))
                    }
                };
                assert_eq!(refusal, Code::RoundStage, "{stage} {step:?}");
                assert_eq!(round(office, id), before, "{stage} {step:?}");
                refused += 1;
            }
        }
        assert_eq!(refused, Stage::ALL.len() * Step::ALL.len() - 8);
    });
}

#[test]
fn nobody_outside_the_consortium_sees_a_round_and_only_the_lead_changes_it() {
    on_both(|office| {
        let id = five_towns(office, Mode::LeadContract).round.id;
        for (who, expected) in [
            (&office.stranger, Error::NotFound),
            (&office.contacts[0], Error::Forbidden),
            (&office.auditor, Error::Forbidden),
            (&office.learner, Error::Forbidden),
            (&office.admin, Error::Forbidden),
        ] {
            let at = id.clone();
            let closed = office.act(who, move |ctx, call| close_round(ctx, call, &at));
            assert_eq!(closed.unwrap_err(), expected, "{}", who.user_id);
            let at = id.clone();
            let changed = office.act_on(who, Some(1), move |ctx, call| change_round(ctx, call, &at, &basis()));
            assert_eq!(changed.unwrap_err(), expected, "{}", who.user_id);
        }
        let at = id.clone();
        let seen = office.look(&office.stranger, move |ctx, call| get_round(ctx, call, &at));
        let absent = office.look(&office.stranger, |ctx, call| get_round(ctx, call, "0"));
        assert_eq!(seen.unwrap_err(), absent.unwrap_err());
        assert!(office.learner.permit(Action::ReadRounds, &office.consortium, None).is_err());
    });
}

#[test]
fn members_of_another_consortium_look_like_members_that_do_not_exist() {
    on_both(|office| {
        for id in [office.other_member.clone(), "nobody".to_owned()] {
            let cmd = with_members(basis(), &[office.towns[0].clone(), id.clone()]);
            let at = office.consortium.clone();
            let refused = office.act(&office.lead, move |ctx, call| create_round(ctx, call, &at, &cmd));
            assert_eq!(pointers(refused), ["/member_ids/1"]);
            let round = five_towns(office, Mode::LeadContract).round.id;
            let refused = office.act_on(&office.lead, Some(1), move |ctx, call| invite_member(ctx, call, &round, &id));
            assert_eq!(refused.unwrap_err(), Error::NotFound);
        }
    });
}

#[test]
fn numbers_and_texts_out_of_range_are_named_together() {
    on_both(|office| {
        for year in [-1, 1999, 2101, 1 << 31, 1 << 53, i64::MAX] {
            let cmd = CreateRound {
                title: " ".to_owned(),
                census_year: year,
                ..with_members(RoundBasis { fiscal_year: year, ..basis() }, &[])
            };
            let cmd = CreateRound { product: "長".repeat(101), ..cmd };
            let at = office.consortium.clone();
            let refused = pointers(office.act(&office.lead, move |ctx, call| create_round(ctx, call, &at, &cmd)));
            assert_eq!(refused[..3], ["/title", "/product", "/fiscal_year"], "{year}");
        }
    });
}

fn round(office: &Office, id: &str) -> RoundDetail {
    let at = id.to_owned();
    office.look(&office.lead, move |ctx, call| get_round(ctx, call, &at)).unwrap()
}
