//! S06, S16, S59, S60: codes that count once everywhere, recovery codes, half a sign-in, proving to be there.

use crate::rig::{HOME, PASSWORD, Rig, grant, meta, on_both};
use app::accounts::{self, ConfirmSecondFactor, Entered, FinishSignIn, InviteUser, Proof, Secret, SignIn, StaffRole};
use app::{Code, Error, FieldCode, Service};
use domain::access::{Actor, Role};
use domain::clock::Clock as _;
use identity::second_factor::Seed;

const HANAKO: &str = "hanako@nakai.example.jp";

/// The seed that an account has, as its telephone knows it.
fn seed(rig: &Rig, user_id: &str) -> Seed {
    let id = user_id.to_owned();
    let row = rig.rows(move |db| store::accounts::second_factors::find(db, &id)).unwrap();
    Seed::open(&rig.service.env().secret, user_id, &row.sealed_seed).unwrap()
}

fn code(rig: &Rig, user_id: &str) -> String {
    seed(rig, user_id).code_at(rig.clock.now())
}

/// Enrols and waits for the next step of the clock; the recovery codes.
fn enrol(rig: &Rig, actor: &Actor) -> Vec<String> {
    rig.write(actor, accounts::begin_second_factor).map(drop).unwrap();
    let cmd = ConfirmSecondFactor { code: Secret::new(code(rig, &actor.user_id)) };
    let view = rig.write(actor, move |ctx, call| accounts::confirm_second_factor(ctx, call, &cmd)).unwrap();
    rig.pass(30);
    view.recovery_codes
}

fn hanako(rig: &Rig) -> (Actor, Vec<String>) {
    rig.contact(HANAKO);
    let actor = rig.actor(HANAKO);
    let codes = enrol(rig, &actor);
    rig.mails();
    (actor, codes)
}

fn enter(service: &Service, code: Option<&str>) -> impl Future<Output = Option<Error>> + Send + 'static {
    let cmd = SignIn { email: HANAKO.to_owned(), password: Secret::new(PASSWORD), code: code.map(Secret::new) };
    let service = service.clone();
    async move { accounts::sign_in(&service, &meta(HOME), cmd).await.err() }
}

#[test]
fn a_right_password_alone_opens_nothing() {
    on_both(|rig| {
        let (actor, _) = hanako(rig);
        let Some(Error::Rule(asked)) = rig.run(enter(&rig.service, None)) else { panic!("a rule") };
        assert_eq!((asked.code, asked.facts[0].0), (Code::SecondFactorRequired, "ticket"));
        assert_eq!(rig.run(enter(&rig.service, Some("000000"))), Some(Error::rule(Code::SecondFactorFailed)));
        assert_eq!(rig.run(enter(&rig.service, Some(&code(rig, &actor.user_id)))), None);
        assert_eq!(
            rig.try_sign_in(HANAKO, "まちがえたパスワードです", HOME).err(),
            Some(Error::rule(Code::SignInFailed)),
            "a wrong password never tells of a factor"
        );
    });
}

#[test]
fn who_has_just_enrolled_goes_on_at_once_on_every_replica() {
    on_both(|rig| {
        let address = "auditor@pref.example.jp";
        rig.user(address, vec![grant(Role::Auditor, Some(&rig.consortium), None)]);
        let session = rig.sign_in(address);
        let replicas = [rig.strict_replica(), rig.strict_replica()];
        let must = || {
            let asked = |service| rig.run(accounts::authenticate_bearer(service, &session.access_token, &meta(HOME)));
            replicas.each_ref().map(|service| asked(service).unwrap().must_enrol)
        };
        assert_eq!(must(), [true, true]);
        let actor = rig.try_actor(&session.access_token).unwrap();
        rig.write(&actor, accounts::begin_second_factor).map(drop).unwrap();
        let cmd = ConfirmSecondFactor { code: Secret::new(code(rig, &actor.user_id)) };
        rig.write(&actor, move |ctx, call| accounts::confirm_second_factor(ctx, call, &cmd)).unwrap();
        assert_eq!(must(), [false, false], "not a moment later");
    });
}

#[test]
fn of_sixteen_uses_of_one_code_on_two_replicas_exactly_one_enters() {
    on_both(|rig| {
        let (actor, _) = hanako(rig);
        let (shown, replica) = (code(rig, &actor.user_id), rig.replica());
        let tries: Vec<_> =
            (0..16).map(|n| rig.spawn(enter(if n % 2 == 0 { &rig.service } else { &replica }, Some(&shown)))).collect();
        let entered = tries.into_iter().map(|each| rig.run(each).unwrap()).filter(Option::is_none);
        assert_eq!(entered.count(), 1);
        rig.pass(16 * 60);
        let later = rig.run(enter(&replica, Some(&shown)));
        assert_eq!(later, Some(Error::rule(Code::SecondFactorFailed)), "nor later");
    });
}

#[test]
fn a_code_of_an_earlier_step_is_dead_once_a_later_one_was_used() {
    on_both(|rig| {
        let (actor, _) = hanako(rig);
        let earlier = code(rig, &actor.user_id);
        rig.pass(30);
        assert_eq!(rig.run(enter(&rig.service, Some(&code(rig, &actor.user_id)))), None);
        assert_eq!(rig.run(enter(&rig.service, Some(&earlier))), Some(Error::rule(Code::SecondFactorFailed)));
    });
}

#[test]
fn ten_recovery_codes_work_once_each_and_lie_hashed() {
    on_both(|rig| {
        let (actor, codes) = hanako(rig);
        assert_eq!(codes.len(), 10);
        assert_eq!(rig.run(enter(&rig.service, Some(&codes[0].to_uppercase()))), None);
        assert!(rig.mails().iter().any(|(_, _, body)| body.contains("回復コードの使用")));
        assert_eq!(rig.run(enter(&rig.service, Some(&codes[0]))), Some(Error::rule(Code::SecondFactorFailed)));
        let view = rig.read(&actor, accounts::get_second_factor).unwrap();
        assert_eq!(view.recovery_codes_left, 9);
        let (user, first) = (actor.user_id.clone(), codes[1].clone());
        let hash = identity::second_factor::recovery_hash(&rig.service.env().secret, &user, &first);
        let in_clear =
            rig.rows(move |db| store::accounts::second_factors::use_recovery(db, &user, &first, Default::default()));
        assert!(!in_clear && hash.len() == 64);
    });
}

#[test]
fn wrong_codes_count_as_failed_sign_ins() {
    on_both(|rig| {
        let (actor, _) = hanako(rig);
        let ticket = ticket(rig);
        let mut refused = 0;
        let waits = loop {
            let cmd = FinishSignIn { ticket: Secret::new(&ticket), code: Secret::new("000000") };
            match rig.run(accounts::finish_sign_in_browser(&rig.service, &meta(HOME), cmd)).err().unwrap() {
                Error::TooMany { retry_after } => break retry_after,
                other => assert_eq!(other, Error::rule(Code::SecondFactorFailed)),
            }
            refused += 1;
            assert!(refused < 20);
        };
        assert!(refused >= 5 && waits > 0, "{refused}");
        let right = rig.run(enter(&rig.service, Some(&code(rig, &actor.user_id))));
        assert!(matches!(right, Some(Error::TooMany { .. })), "also for who knows the password");
    });
}

fn ticket(rig: &Rig) -> String {
    let cmd = SignIn { email: HANAKO.to_owned(), password: Secret::new(PASSWORD), code: None };
    match rig.run(accounts::sign_in_browser(&rig.service, &meta(HOME), cmd)).unwrap() {
        Entered::CodeNeeded { ticket } => ticket,
        Entered::Session(_) => panic!("no code was asked for"),
    }
}

#[test]
fn half_a_sign_in_is_no_session_and_ends_after_five_minutes() {
    on_both(|rig| {
        let (actor, _) = hanako(rig);
        let half = ticket(rig);
        assert_eq!(rig.run(accounts::authenticate_browser(&rig.service, &half)).err(), Some(Error::Unauthenticated));
        let finish = |ticket: &str| {
            let cmd = FinishSignIn { ticket: Secret::new(ticket), code: Secret::new(code(rig, &actor.user_id)) };
            rig.run(accounts::finish_sign_in_browser(&rig.service, &meta(HOME), cmd))
        };
        let first = finish(&half).ok().unwrap();
        rig.pass(30);
        let second = finish(&half).ok().unwrap();
        assert_ne!(first.cookie, second.cookie, "every entry is a session of its own");
        rig.pass(300);
        assert_eq!(finish(&half).err(), Some(Error::rule(Code::SecondStepExpired)));
        assert_eq!(finish(&format!("A{half}")).err(), Some(Error::rule(Code::SecondStepExpired)));
        let renamed = ticket(rig);
        let id = actor.user_id.clone();
        rig.rows(move |db| store::accounts::users::rename(db, &id, 1, "別名", "べつめい", Default::default()));
        assert_eq!(finish(&renamed).err(), Some(Error::rule(Code::SecondStepExpired)), "the account changed");
    });
}

#[test]
fn an_enrolment_counts_only_after_its_first_code() {
    on_both(|rig| {
        rig.contact(HANAKO);
        let actor = rig.actor(HANAKO);
        let before = rig.write(&actor, accounts::begin_second_factor).unwrap();
        assert_eq!(rig.run(enter(&rig.service, None)), None, "not confirmed yet");
        let again = rig.write(&actor, accounts::begin_second_factor).unwrap();
        assert_ne!(before.secret, again.secret);
        let wrong = ConfirmSecondFactor { code: Secret::new("000000") };
        let refused = rig.write(&actor, move |ctx, call| accounts::confirm_second_factor(ctx, call, &wrong)).err();
        assert!(matches!(refused, Some(Error::Invalid(fields)) if fields[0].pointer == "/code"));
        enrol(rig, &actor);
        let second = rig.write(&actor, accounts::begin_second_factor).err();
        assert_eq!(second, Some(Error::rule(Code::SecondFactorState)));
        let changed = rig.mails();
        assert!(changed.iter().any(|(_, _, body)| body.contains("2段階認証の開始")), "{changed:?}");
    });
}

#[test]
fn taking_the_factor_away_needs_password_and_code() {
    on_both(|rig| {
        let (actor, codes) = hanako(rig);
        let disable = |password: &str, code: Option<String>| {
            let proof = Proof { password: Some(Secret::new(password)), code: code.map(Secret::new) };
            rig.run(accounts::disable_second_factor(&rig.service, rig.call(&actor), proof))
        };
        assert_eq!(disable(PASSWORD, None), Err(Error::field("/code", FieldCode::Required)));
        for (password, code, pointer) in
            [("ちがうパスワードです。", codes[0].clone(), "/password"), (PASSWORD, "000000".to_owned(), "/code")]
        {
            let refused = disable(password, Some(code)).unwrap_err();
            assert!(matches!(&refused, Error::Invalid(fields) if fields[0].pointer == pointer), "{refused:?}");
        }
        assert_eq!(disable(PASSWORD, Some(codes[0].clone())), Ok(()), "a refused proof used no code up");
        assert!(rig.mails().iter().any(|(_, _, body)| body.contains("2段階認証の停止")));
        assert_eq!(rig.run(enter(&rig.service, None)), None);
        let trail = rig.trail();
        for entry in ["second_factor.enabled/done", "session.step_up_failed/failed", "second_factor.disabled/done"] {
            assert!(trail.contains(&entry.to_owned()), "{entry} in {trail:?}");
        }
    });
}

#[test]
fn who_gives_power_to_others_proved_to_be_there_within_five_minutes() {
    on_both(|rig| {
        let place = (Some(rig.consortium.as_str()), Some(rig.lead_member.as_str()));
        rig.user("lead@pref.example.jp", vec![grant(Role::Lead, place.0, place.1)]);
        let lead = rig.actor("lead@pref.example.jp");
        let invite = |email: &str| {
            let (id, member) = (rig.consortium.clone(), rig.lead_member.clone());
            let cmd = InviteUser {
                email: email.to_owned(),
                display_name: "架空 次郎".to_owned(),
                kana: "かくう じろう".to_owned(),
                role: StaffRole::Lead,
                member_id: Some(member),
            };
            rig.write(&lead, move |ctx, call| accounts::invite_user(ctx, call, &id, &cmd)).map(drop)
        };
        assert_eq!(invite("jiro@pref.example.jp"), Ok(()), "signing in is a proof");
        rig.pass(300);
        assert_eq!(invite("saburo@pref.example.jp"), Err(Error::rule(Code::StepUpRequired)));
        let proof = Proof { password: Some(Secret::new("ちがうパスワードです。")), code: None };
        assert!(rig.run(accounts::step_up(&rig.service, rig.call(&lead), proof)).is_err());
        assert_eq!(invite("saburo@pref.example.jp"), Err(Error::rule(Code::StepUpRequired)));
        let proof = Proof { password: Some(Secret::new(PASSWORD)), code: None };
        assert_eq!(rig.run(accounts::step_up(&rig.service, rig.call(&lead), proof)), Ok(()));
        assert_eq!(invite("saburo@pref.example.jp"), Ok(()));
    });
}

#[test]
fn who_takes_rights_away_proved_to_be_there_within_five_minutes() {
    on_both(|rig| {
        rig.user("admin@service.example.jp", vec![grant(Role::Admin, None, None)]);
        let place = (Some(rig.consortium.as_str()), Some(rig.lead_member.as_str()));
        rig.user("lead@pref.example.jp", vec![grant(Role::Lead, place.0, place.1)]);
        let hanako = rig.contact(HANAKO);
        let (admin, lead) = (rig.actor("admin@service.example.jp"), rig.actor("lead@pref.example.jp"));
        rig.pass(300);
        let (here, user, granted) = (rig.consortium.clone(), hanako.id.clone(), hanako.grants[0].id.clone());
        let lead_acts = |what: fn(&mut app::Ctx<'_>, &app::Call, &str, &str) -> Result<(), Error>, id: &str| {
            let (here, id) = (here.clone(), id.to_owned());
            rig.write(&lead, move |ctx, call| what(ctx, call, &here, &id))
        };
        let admin_acts = |what: fn(&mut app::Ctx<'_>, &app::Call, &str) -> Result<(), Error>| {
            let id = user.clone();
            rig.write(&admin, move |ctx, call| what(ctx, call, &id))
        };
        let asked = Err(Error::rule(Code::StepUpRequired));
        assert_eq!(lead_acts(accounts::disable_user, &user), asked);
        assert_eq!(lead_acts(accounts::revoke_grant, &granted), asked);
        assert_eq!(admin_acts(accounts::disable_account), asked);
        assert_eq!(admin_acts(accounts::revoke_user_sessions), asked);
        assert_eq!(rig.read(&rig.actor(HANAKO), accounts::get_me).unwrap().grants.len(), 1, "nothing happened");
        for who in [&admin, &lead] {
            let proof = Proof { password: Some(Secret::new(PASSWORD)), code: None };
            assert_eq!(rig.run(accounts::step_up(&rig.service, rig.call(who), proof)), Ok(()));
        }
        assert_eq!(admin_acts(accounts::revoke_user_sessions), Ok(()));
        assert_eq!(lead_acts(accounts::revoke_grant, &granted), Ok(()));
        assert_eq!(admin_acts(accounts::disable_account), Ok(()));
    });
}

#[test]
fn proving_to_be_there_gives_a_browser_another_cookie() {
    on_both(|rig| {
        rig.contact(HANAKO);
        let cmd = SignIn { email: HANAKO.to_owned(), password: Secret::new(PASSWORD), code: None };
        let entered = rig.run(accounts::sign_in_browser(&rig.service, &meta(HOME), cmd)).ok().unwrap();
        let Entered::Session(session) = entered else { panic!("no factor yet") };
        let visit = rig.run(accounts::authenticate_browser(&rig.service, &session.cookie)).unwrap();
        let proof = Proof { password: Some(Secret::new(PASSWORD)), code: None };
        let fresh = rig.run(accounts::step_up_browser(&rig.service, rig.call(&visit.actor), proof)).unwrap();
        let dead = rig.run(accounts::authenticate_browser(&rig.replica(), &session.cookie)).err();
        assert_eq!(dead, Some(Error::Unauthenticated));
        let here = rig.run(accounts::authenticate_browser(&rig.service, &fresh)).unwrap();
        assert_eq!(here.actor.credential_id, visit.actor.credential_id, "the session goes on");
    });
}

#[test]
fn a_new_device_is_told_and_an_update_is_not() {
    on_both(|rig| {
        rig.contact(HANAKO);
        let from = |program: &str| {
            let meta = app::Meta { user_agent: program.to_owned(), ..meta(HOME) };
            let cmd = SignIn { email: HANAKO.to_owned(), password: Secret::new(PASSWORD), code: None };
            rig.run(accounts::sign_in(&rig.service, &meta, cmd)).map(drop).unwrap();
            rig.mails().into_iter().map(|(_, subject, _)| subject).collect::<Vec<_>>()
        };
        assert!(from("Browser/120.0").is_empty(), "the first one is no news");
        assert!(from("Browser/121.5").is_empty());
        let told = from("Telephone/9");
        assert!(told.len() == 1 && told[0].contains("新しい端末"), "{told:?}");
        assert!(from("Telephone/10").is_empty());
    });
}
