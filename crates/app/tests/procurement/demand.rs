//! Demand: surveys, the answers of towns, the deadline, returns and reminders.

use crate::office::{Office, code, day, on_both, pointers};
use crate::rounds::five_towns;
use app::demand::answers::{
    AnswerContent, AnswerView, PricePoint, ReturnAnswer, fix_answer, get_answer, return_answer, save_answer,
    submit_answer,
};
use app::demand::overview::{get_answers, list_unanswered};
use app::demand::{
    ExtendSurvey, RemindTowns, SurveyContent, SurveyKind, SurveyView, change_survey, close_survey, create_survey,
    extend_survey, get_survey, list_reminders, open_survey, remind_towns,
};
use app::rounds::{Mode, get_round};
use app::{Code, Error};
use domain::access::Actor;
use domain::rounds::Step;

pub fn content() -> SurveyContent {
    SurveyContent {
        kind: SurveyKind::Intent,
        title: "意向調査（架空）".to_owned(),
        note: String::new(),
        deadline_on: day("2026-10-30"),
    }
}

pub fn wants(seats: i64) -> AnswerContent {
    AnswerContent {
        low_seats: seats,
        base_seats: seats,
        high_seats: seats,
        minimum_seats: 0,
        budget_cap_yen: None,
        price_points: Vec::new(),
        reason: "全庁研修のため（架空）".to_owned(),
    }
}

pub fn new_survey(office: &Office, round: &str) -> SurveyView {
    let at = round.to_owned();
    office.act(&office.lead, move |ctx, call| create_survey(ctx, call, &at, &content())).unwrap()
}

pub fn open(office: &Office, survey: &str) -> Result<SurveyView, Error> {
    let at = survey.to_owned();
    office.act(&office.lead, move |ctx, call| open_survey(ctx, call, &at))
}

pub fn close(office: &Office, survey: &str) -> Result<SurveyView, Error> {
    let at = survey.to_owned();
    office.act(&office.lead, move |ctx, call| close_survey(ctx, call, &at))
}

pub fn save(
    office: &Office,
    who: &Actor,
    version: Option<i64>,
    survey: &str,
    town: &str,
    cmd: AnswerContent,
) -> Result<AnswerView, Error> {
    let (survey, town) = (survey.to_owned(), town.to_owned());
    office.act_on(who, version, move |ctx, call| save_answer(ctx, call, &survey, &town, &cmd))
}

pub fn submit(office: &Office, who: &Actor, survey: &str, town: &str) -> Result<AnswerView, Error> {
    let (survey, town) = (survey.to_owned(), town.to_owned());
    office.act(who, move |ctx, call| submit_answer(ctx, call, &survey, &town))
}

/// A round of the five towns whose survey was answered with these seats and closed: round and survey.
pub fn surveyed(office: &Office, mode: Mode, seats: &[AnswerContent]) -> (String, String) {
    let round = five_towns(office, mode).round.id;
    let survey = new_survey(office, &round).id;
    open(office, &survey).unwrap();
    for (index, cmd) in seats.iter().enumerate() {
        let (contact, town) = (&office.contacts[index], &office.towns[index]);
        save(office, contact, None, &survey, town, cmd.clone()).unwrap();
        submit(office, contact, &survey, town).unwrap();
    }
    close(office, &survey).unwrap();
    (round, survey)
}

/// Opens or closes a survey that is ready for it, in a round that is not, and gives the code of the refusal.
pub fn force_survey(office: &Office, round: &str, step: Step) -> Code {
    if step == Step::OpenSurvey {
        fake_survey(office, round, "s-open", "draft");
        code(open(office, "s-open"))
    } else {
        fake_survey(office, round, "s-close", "open");
        code(close(office, "s-close"))
    }
}

/// A survey in a state that the use cases would not reach from the round's stage.
fn fake_survey(office: &Office, round: &str, id: &str, state: &str) {
    office.sql(&format!(
        "DELETE FROM surveys WHERE id = '{id}';
         INSERT INTO surveys (id, consortium_id, round_id, kind, title, note, deadline_on, state, created_at, updated_at, version)
         VALUES ('{id}', '{}', '{round}', 'intent', 't', '', '2026-10-30', '{state}', '2026-10-01 00:00:00', '2026-10-01 00:00:00', 1)",
        office.consortium
    ));
}

#[test]
fn an_answer_goes_from_draft_through_return_to_fixed() {
    on_both(|office| {
        let round = five_towns(office, Mode::LeadContract).round.id;
        let survey = new_survey(office, &round).id;
        assert_eq!(open(office, &survey).unwrap().state, "open");
        assert_eq!(office.mails("survey_opened").len(), 5);
        let (contact, town) = (&office.contacts[0], &office.towns[0]);

        assert_eq!(save(office, contact, None, &survey, town, wants(70)).unwrap().state, "draft");
        let blind = save(office, contact, None, &survey, town, wants(71));
        assert_eq!(blind.unwrap_err(), Error::PreconditionRequired);
        let saved = save(office, contact, Some(1), &survey, town, wants(71)).unwrap();
        assert_eq!((saved.base_seats, saved.version), (71, 2));
        let stale = save(office, contact, Some(1), &survey, town, wants(72));
        assert_eq!(stale.unwrap_err(), Error::Stale);
        assert_eq!(submit(office, contact, &survey, town).unwrap().state, "submitted");
        assert_eq!(code(submit(office, contact, &survey, town)), Code::AnswerState);

        let (at, whose) = (survey.clone(), town.clone());
        let returned = office.act(&office.lead, move |ctx, call| {
            return_answer(ctx, call, &at, &whose, &ReturnAnswer { reason: "席数の根拠を記載してください。".to_owned() })
        });
        assert_eq!(returned.unwrap().state, "returned");
        let letters = office.mails("survey_answer_returned");
        assert_eq!(letters.len(), 1);
        assert!(letters[0].0.starts_with("u-contact-0@") && letters[0].1.contains("席数の根拠を記載してください。"));
        let saved = save(office, contact, Some(4), &survey, town, wants(70)).unwrap();
        assert_eq!(saved.state, "returned");
        assert_eq!(submit(office, contact, &survey, town).unwrap().state, "submitted");
        let fixed = fix(office, &survey, town).unwrap();
        assert_eq!((fixed.state.as_str(), fixed.base_seats), ("fixed", 70));
        let changed = save(office, contact, Some(fixed.version), &survey, town, wants(1));
        assert_eq!(code(changed), Code::AnswerState);
        assert_eq!(code(fix(office, &survey, town)), Code::AnswerState);
        let acts = office.acts();
        for act in ["answer.saved", "answer.submitted", "answer.returned", "answer.fixed"] {
            assert!(acts.iter().any(|done| done == act), "{act}");
        }
        office.verify();
    });
}

#[test]
fn nothing_is_taken_after_the_deadline_until_the_lead_extends_it() {
    on_both(|office| {
        let round = five_towns(office, Mode::LeadContract).round.id;
        let survey = new_survey(office, &round).id;
        open(office, &survey).unwrap();
        let (contact, town) = (&office.contacts[4], &office.towns[4]);
        office.clock.set("2026-10-30T14:59:59Z".parse().unwrap());
        save(office, contact, None, &survey, town, wants(15)).unwrap();
        office.clock.set("2026-10-30T15:00:00Z".parse().unwrap());
        assert_eq!(code(submit(office, contact, &survey, town)), Code::SurveyDeadlinePassed);
        let late = save(office, contact, Some(1), &survey, town, wants(20));
        assert_eq!(code(late), Code::SurveyDeadlinePassed);

        assert_eq!(remind(office, &survey, None).unwrap(), 5);
        assert_eq!(office.mails("survey_reminder").len(), 5);
        for (date, ok) in [("2026-10-30", false), ("2026-10-29", false), ("2026-11-06", true)] {
            let at = survey.clone();
            let cmd = ExtendSurvey { deadline_on: day(date) };
            let extended = office.act(&office.lead, move |ctx, call| extend_survey(ctx, call, &at, &cmd));
            assert_eq!(extended.is_ok(), ok, "{date}");
        }
        assert_eq!(submit(office, contact, &survey, town).unwrap().state, "submitted");
        let other = office.towns[0].clone();
        assert_eq!(remind(office, &survey, Some(vec![other])).unwrap(), 6);
        let answered = office.towns[4].clone();
        let (at, cmd) = (survey.clone(), RemindTowns { member_ids: Some(vec![answered]) });
        let refused = office.act(&office.lead, move |ctx, call| remind_towns(ctx, call, &at, &cmd));
        assert_eq!(pointers(refused), ["/member_ids/0"]);
        let at = survey.clone();
        let waited = office.look(&office.lead, move |ctx, call| list_unanswered(ctx, call, &at)).unwrap();
        assert_eq!(waited.items.len(), 4);
        office.verify();
    });
}

#[test]
fn the_round_follows_its_survey() {
    on_both(|office| {
        let round = five_towns(office, Mode::LeadContract).round.id;
        let survey = new_survey(office, &round);
        let second = new_survey(office, &round).id;
        let early = save(office, &office.contacts[0], None, &survey.id, &office.towns[0], wants(1));
        assert_eq!(early.unwrap_err(), Error::NotFound, "a draft is not shown to towns");
        open(office, &survey.id).unwrap();
        assert_eq!(stage(office, &round), "surveying");
        assert_eq!(code(open(office, &second)), Code::RoundStage);
        let at = survey.id.clone();
        let changed = office.act_on(&office.lead, Some(2), move |ctx, call| change_survey(ctx, call, &at, &content()));
        assert_eq!(code(changed), Code::SurveyState);
        close(office, &survey.id).unwrap();
        assert_eq!(stage(office, &round), "quoting");
        assert_eq!(code(close(office, &survey.id)), Code::SurveyState);
        let late = save(office, &office.contacts[0], None, &survey.id, &office.towns[0], wants(1));
        assert_eq!(code(late), Code::SurveyNotOpen);
        open(office, &second).unwrap();
        assert_eq!(stage(office, &round), "surveying");
        assert_eq!(code(remind_nobody(office, &survey.id)), Code::SurveyState);
    });
}

#[test]
fn a_contact_sees_its_own_answer_and_no_other() {
    on_both(|office| {
        let round = five_towns(office, Mode::LeadContract).round.id;
        let survey = new_survey(office, &round).id;
        open(office, &survey).unwrap();
        for index in 0..2 {
            let (contact, town) = (&office.contacts[index], &office.towns[index]);
            save(office, contact, None, &survey, town, wants(70 + index as i64)).unwrap();
            submit(office, contact, &survey, town).unwrap();
        }
        let overview = |who: &Actor| {
            let at = survey.clone();
            office.look(who, move |ctx, call| get_answers(ctx, call, &at))
        };
        let own = overview(&office.contacts[0]).unwrap();
        assert_eq!((own.lines.len(), own.lines[0].member_id.as_str(), own.totals), (1, office.towns[0].as_str(), None));
        for who in [&office.lead, &office.auditor] {
            let all = overview(who).unwrap();
            let totals = all.totals.unwrap();
            assert_eq!((all.lines.len(), totals.answered, totals.unanswered, totals.base_seats), (5, 2, 3, 141));
            assert_eq!(all.lines[0].last_year_seats, None);
        }
        assert_eq!(overview(&office.learner).unwrap_err(), Error::Forbidden);
        assert_eq!(overview(&office.stranger).unwrap_err(), Error::NotFound);
        let read = |who: &Actor, town: &str| {
            let (at, town) = (survey.clone(), town.to_owned());
            office.look(who, move |ctx, call| get_answer(ctx, call, &at, &town))
        };
        assert_eq!(read(&office.contacts[0], &office.towns[1]).unwrap_err(), Error::NotFound);
        assert_eq!(read(&office.contacts[0], "nobody").unwrap_err(), Error::NotFound);
        assert_eq!(read(&office.lead, &office.other_member).unwrap_err(), Error::NotFound);
        let foreign = save(office, &office.contacts[0], None, &survey, &office.towns[1], wants(1));
        assert_eq!(foreign.unwrap_err(), Error::NotFound);
        let at = (survey.clone(), office.towns[0].clone());
        let fixed = office.act(&office.contacts[0], move |ctx, call| fix_answer(ctx, call, &at.0, &at.1));
        assert_eq!(fixed.unwrap_err(), Error::Forbidden);
        let at = survey.clone();
        let hidden = office.look(&office.contacts[0], move |ctx, call| list_unanswered(ctx, call, &at));
        assert_eq!(hidden.unwrap_err(), Error::Forbidden);
        let at = survey.clone();
        assert_eq!(
            office.look(&office.stranger, move |ctx, call| get_survey(ctx, call, &at)).unwrap_err(),
            Error::NotFound
        );
    });
}

#[test]
fn unsound_numbers_are_refused_field_by_field() {
    on_both(|office| {
        let round = five_towns(office, Mode::LeadContract).round.id;
        let survey = new_survey(office, &round).id;
        open(office, &survey).unwrap();
        let (contact, town) = (&office.contacts[0], &office.towns[0]);
        let refused = |cmd: AnswerContent| pointers(save(office, contact, None, &survey, town, cmd));
        assert_eq!(refused(AnswerContent { low_seats: 80, ..wants(70) }), ["/low_seats"]);
        assert_eq!(refused(AnswerContent { high_seats: 69, ..wants(70) }), ["/base_seats"]);
        assert_eq!(refused(AnswerContent { minimum_seats: 71, ..wants(70) }), ["/minimum_seats"]);
        for bad in [-1, 1 << 31, 1 << 53, i64::MAX, i64::MIN] {
            let pointers = refused(AnswerContent { base_seats: bad, ..wants(70) });
            assert!(pointers.contains(&"/base_seats".to_owned()), "{bad}");
        }
        for bad in [-1, 1 << 53, i64::MAX] {
            assert_eq!(refused(AnswerContent { budget_cap_yen: Some(bad), ..wants(70) }), ["/budget_cap_yen"]);
        }
        let point = |yen, seats| PricePoint { unit_price_at_most_yen: yen, seats };
        let unordered = vec![point(24_000, 80), point(27_000, 90), point(20_000, 10)];
        assert_eq!(
            refused(AnswerContent { price_points: unordered, ..wants(70) }),
            ["/price_points/1", "/price_points/2"]
        );
        assert_eq!(
            refused(AnswerContent { price_points: vec![point(1, 1); 11], reason: " ".to_owned(), ..wants(70) })[0],
            "/price_points"
        );
    });
}

fn fix(office: &Office, survey: &str, town: &str) -> Result<AnswerView, Error> {
    let (survey, town) = (survey.to_owned(), town.to_owned());
    office.act(&office.lead, move |ctx, call| fix_answer(ctx, call, &survey, &town))
}

fn remind_nobody(office: &Office, survey: &str) -> Result<usize, Error> {
    remind(office, survey, None)
}

/// Reminds and gives the number of reminders recorded so far.
fn remind(office: &Office, survey: &str, member_ids: Option<Vec<String>>) -> Result<usize, Error> {
    let at = survey.to_owned();
    let sent = office.act(&office.lead, move |ctx, call| {
        remind_towns(ctx, call, &at, &RemindTowns { member_ids: member_ids.clone() })
    })?;
    let at = survey.to_owned();
    let seen = office.look(&office.contacts[0], move |ctx, call| list_reminders(ctx, call, &at))?;
    assert!(seen.items.iter().all(|reminder| reminder.member_id == office.towns[0]));
    Ok(sent.items.len())
}

fn stage(office: &Office, round: &str) -> String {
    let at = round.to_owned();
    office.look(&office.lead, move |ctx, call| get_round(ctx, call, &at)).unwrap().round.stage
}
