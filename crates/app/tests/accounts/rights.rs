//! What is taken away is gone with the next request, here at once and elsewhere within a second (S14, S15).

use crate::rig::{HOME, PASSWORD, Rig, grant, meta, on_both};
use app::accounts::{
    self, ChangePassword, Secret, change_password, disable_account, disable_user, enable_account, list_sessions,
    revoke_all_sessions, revoke_grant, revoke_session, revoke_user_sessions, sign_out,
};
use app::consortium::{ChangeMember, MemberClass, change_member};
use app::{Code, Error, PageQuery};
use chrono::NaiveDate;
use domain::access::{Action, Actor, Role};

const HANAKO: &str = "hanako@nakai.example.jp";

fn admin(rig: &Rig) -> Actor {
    rig.user("admin@service.example.jp", vec![grant(Role::Admin, None, None)]);
    rig.actor("admin@service.example.jp")
}

/// An access token issued before the event is refused after it, on the replica that had just seen it valid too.
fn ends_everywhere(rig: &Rig, event: impl Fn(&Actor)) {
    let session = rig.sign_in(HANAKO);
    let replica = rig.replica();
    let hanako = rig.try_actor(&session.access_token).unwrap();
    assert!(rig.run(accounts::authenticate(&replica, &session.access_token, &meta(HOME))).is_ok());
    event(&hanako);
    assert_eq!(rig.try_actor(&session.access_token), Err(Error::Unauthenticated));
    rig.pass(1);
    let elsewhere = rig.run(accounts::authenticate(&replica, &session.access_token, &meta(HOME)));
    assert_eq!(elsewhere, Err(Error::Unauthenticated));
}

#[test]
fn signing_out_ends_the_access_token() {
    on_both(|rig| {
        rig.contact(HANAKO);
        ends_everywhere(rig, |hanako| rig.write(hanako, sign_out).unwrap());
    });
}

#[test]
fn ending_all_sessions_ends_this_one_too() {
    on_both(|rig| {
        rig.contact(HANAKO);
        ends_everywhere(rig, |hanako| rig.write(hanako, revoke_all_sessions).unwrap());
    });
}

#[test]
fn an_administrator_ends_the_sessions_of_somebody() {
    on_both(|rig| {
        let (id, admin) = (rig.contact(HANAKO).id, admin(rig));
        ends_everywhere(rig, |_| {
            let id = id.clone();
            rig.write(&admin, move |ctx, call| revoke_user_sessions(ctx, call, &id)).unwrap();
        });
        let (id, hanako) = (id.clone(), rig.actor(HANAKO));
        let refused = rig.write(&hanako, move |ctx, call| revoke_user_sessions(ctx, call, &id));
        assert_eq!(refused, Err(Error::Forbidden));
    });
}

#[test]
fn a_disabled_account_is_out_and_comes_back_when_enabled() {
    on_both(|rig| {
        let (id, admin) = (rig.contact(HANAKO).id, admin(rig));
        ends_everywhere(rig, |_| {
            let id = id.clone();
            rig.write(&admin, move |ctx, call| disable_account(ctx, call, &id)).unwrap();
        });
        assert_eq!(rig.try_sign_in(HANAKO, PASSWORD, HOME).err(), Some(Error::rule(Code::SignInFailed)));
        let again = id.clone();
        let refused = rig.write(&admin, move |ctx, call| disable_account(ctx, call, &again));
        assert_eq!(refused, Err(Error::rule(Code::AccountState)));
        rig.write(&admin, move |ctx, call| enable_account(ctx, call, &id)).unwrap();
        rig.sign_in(HANAKO);
    });
}

#[test]
fn a_role_that_is_taken_away_is_gone() {
    on_both(|rig| {
        let me = rig.contact(HANAKO);
        let admin = admin(rig);
        ends_everywhere(rig, |_| {
            let (consortium, grant_id) = (rig.consortium.clone(), me.grants[0].id.clone());
            rig.write(&admin, move |ctx, call| revoke_grant(ctx, call, &consortium, &grant_id)).unwrap();
        });
        assert!(rig.actor(HANAKO).grants.is_empty());
    });
}

#[test]
fn who_acts_for_a_town_that_leaves_acts_no_more() {
    on_both(|rig| {
        rig.contact(HANAKO);
        let admin = admin(rig);
        let session = rig.sign_in(HANAKO);
        let before = rig.try_actor(&session.access_token).unwrap();
        assert!(before.permit(Action::ReadConsortium, &rig.consortium, None).is_ok());
        let (town, mut call) = (rig.town.clone(), rig.call(&admin));
        call.expected_version = Some(1);
        let cmd = ChangeMember {
            name: "中井町".to_owned(),
            kana: "なかいまち".to_owned(),
            population: 9_300,
            member_class: MemberClass::Full,
            left_on: NaiveDate::from_ymd_opt(2026, 4, 30),
        };
        rig.run(rig.service.write(call, move |ctx, call| change_member(ctx, call, &town, &cmd))).unwrap();
        let after = rig.try_actor(&session.access_token).unwrap();
        assert!(after.permit(Action::ReadConsortium, &rig.consortium, None).is_err());
    });
}

#[test]
fn a_session_is_ended_by_its_owner_only() {
    on_both(|rig| {
        rig.contact(HANAKO);
        rig.contact("jiro@nakai.example.jp");
        let (lost, hanako) = (rig.sign_in(HANAKO), rig.actor(HANAKO));
        let jiro = rig.actor("jiro@nakai.example.jp");
        let seen = rig.read(&hanako, |ctx, call| list_sessions(ctx, call, &PageQuery::default())).unwrap().items;
        assert_eq!(seen.iter().map(|one| one.current).collect::<Vec<_>>(), [true, false]);
        let id = lost.session_id.clone();
        assert_eq!(rig.write(&jiro, move |ctx, call| revoke_session(ctx, call, &id)), Err(Error::NotFound));
        let id = lost.session_id.clone();
        rig.write(&hanako, move |ctx, call| revoke_session(ctx, call, &id)).unwrap();
        assert_eq!(rig.try_actor(&lost.access_token), Err(Error::Unauthenticated));
        let left = rig.read(&hanako, |ctx, call| list_sessions(ctx, call, &PageQuery::default())).unwrap().items;
        assert_eq!(left.len(), 1);
    });
}

#[test]
fn a_new_password_ends_the_other_sessions_and_keeps_this_one() {
    on_both(|rig| {
        rig.contact(HANAKO);
        let other = rig.sign_in(HANAKO);
        let this = rig.sign_in(HANAKO);
        let hanako = rig.try_actor(&this.access_token).unwrap();
        let change = |new: &str| {
            let cmd = ChangePassword { current_password: Secret::new(PASSWORD), new_password: Secret::new(new) };
            rig.run(change_password(&rig.service, rig.call(&hanako), cmd))
        };
        // Context words: her name, her town, her prefecture, the product.
        for bad in ["short", "花子の静かな朝の散歩道です", "青い中井の海で泳ぐ夏の日", "神奈川を走る夜行列車の旅"]
        {
            assert!(matches!(change(bad), Err(Error::Invalid(_))), "{bad}");
        }
        change("夕焼けの丘で聞いた風の歌").unwrap();
        assert!(rig.try_actor(&this.access_token).is_ok());
        assert_eq!(rig.try_actor(&other.access_token), Err(Error::Unauthenticated));
        assert!(rig.try_sign_in(HANAKO, PASSWORD, HOME).is_err());
        assert!(rig.try_sign_in(HANAKO, "夕焼けの丘で聞いた風の歌", HOME).is_ok());
    });
}

#[test]
fn a_consortium_keeps_a_lead_who_can_go_on() {
    on_both(|rig| {
        let of = |email: &str| {
            let user = rig.user(email, vec![grant(Role::Lead, Some(&rig.consortium), Some(&rig.lead_member))]);
            (user.id, user.grants[0].id.clone())
        };
        let (first, first_grant) = of("lead@pref.example.jp");
        let lead = rig.actor("lead@pref.example.jp");
        let revoke = |grant_id: &str| {
            let (consortium, grant_id) = (rig.consortium.clone(), grant_id.to_owned());
            rig.write(&lead, move |ctx, call| revoke_grant(ctx, call, &consortium, &grant_id))
        };
        assert_eq!(revoke(&first_grant), Err(Error::rule(Code::LastLead)));
        let consortium = rig.consortium.clone();
        let disabled = rig.write(&lead, move |ctx, call| disable_user(ctx, call, &consortium, &first));
        assert_eq!(disabled, Err(Error::rule(Code::LastLead)));
        let (_, second_grant) = of("second@pref.example.jp");
        assert_eq!(revoke(&second_grant), Ok(()), "one is left");
        of("third@pref.example.jp");
        assert_eq!(revoke(&first_grant), Ok(()), "another goes on");
    });
}

#[test]
fn an_account_is_switched_off_only_by_who_could_take_away_every_role() {
    on_both(|rig| {
        let lead = grant(Role::Lead, Some(&rig.consortium), Some(&rig.lead_member));
        rig.user("lead@pref.example.jp", vec![lead]);
        let lead = rig.actor("lead@pref.example.jp");
        let (elsewhere, elsewhere_lead) = rig.new_consortium("130001", "東京都");
        let here = grant(Role::Contact, Some(&rig.consortium), Some(&rig.town));
        let there = grant(Role::Lead, Some(&elsewhere), Some(&elsewhere_lead));
        let both = rig.user("both@nakai.example.jp", vec![here.clone(), there]).id;
        let only = rig.user("only@nakai.example.jp", vec![here]).id;
        let stranger =
            rig.user("stranger@tokyo.example.jp", vec![grant(Role::Lead, Some(&elsewhere), Some(&elsewhere_lead))]).id;
        let disable = |id: String| {
            let consortium = rig.consortium.clone();
            rig.write(&lead, move |ctx, call| disable_user(ctx, call, &consortium, &id))
        };
        assert_eq!(disable(both), Err(Error::Forbidden));
        assert_eq!(disable(stranger), Err(Error::NotFound));
        assert_eq!(disable(only), Ok(()));
    });
}

#[test]
fn the_last_administrator_stays() {
    on_both(|rig| {
        let admin = admin(rig);
        let id = admin.user_id.clone();
        let refused = rig.write(&admin, move |ctx, call| disable_account(ctx, call, &id));
        assert_eq!(refused, Err(Error::rule(Code::LastAdministrator)));
    });
}
