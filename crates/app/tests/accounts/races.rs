//! Negative controls of the account races: a refresh token and an invitation are guarded by one conditional
//! update each. With the guard one of sixteen wins; the same race without it lets several through.

use crate::rig::{Rig, on_both};
use app::accounts::{InviteUser, StaffRole, invite_user};
use chrono::NaiveDateTime;
use domain::access::Role;
use domain::clock::Clock as _;
use identity::token::{Purpose, Token};
use std::sync::{Arc, Barrier};
use store::accounts::{sessions, tokens};
use store::{Db, StoreError};

const CROWD: usize = 16;

type Look = fn(&mut Db, &str, NaiveDateTime) -> Result<bool, StoreError>;
type Take = fn(&mut Db, &str, NaiveDateTime) -> Result<bool, StoreError>;

/// Everybody looks, waits until all have looked, and then takes what was seen; answers who believes to have it.
fn race(rig: &Rig, hash: &str, look: Look, take: Take) -> usize {
    let now = rig.clock.now().naive_utc();
    let looked = Arc::new(Barrier::new(CROWD));
    let crowd: Vec<_> = (0..CROWD)
        .map(|_| {
            let (service, looked, hash) = (rig.service.clone(), Arc::clone(&looked), hash.to_owned());
            std::thread::spawn(move || {
                let asked = hash.clone();
                let usable = service.store().read_now(move |db| look(db, &asked, now)).unwrap();
                looked.wait();
                usable && service.store().write_now(move |db| take(db, &hash, now)).unwrap()
            })
        })
        .collect();
    crowd.into_iter().map(|each| usize::from(each.join().unwrap())).sum()
}

/// What a writer does that trusts its own look.
fn mark(db: &mut Db, table: &str, hash: &str, now: NaiveDateTime) -> Result<bool, StoreError> {
    let statement = format!("UPDATE {table} SET used_at = '{now}' WHERE token_hash = '{hash}'");
    store::fixtures::execute(db, &statement)?;
    Ok(true)
}

fn look_at_refresh(db: &mut Db, hash: &str, _: NaiveDateTime) -> Result<bool, StoreError> {
    Ok(sessions::find_token(db, hash)?.is_some_and(|(token, _)| token.used_at.is_none()))
}

fn look_at_invitation(db: &mut Db, hash: &str, now: NaiveDateTime) -> Result<bool, StoreError> {
    Ok(tokens::find_one_time(db, "invite", hash, now)?.is_some())
}

/// A refresh token that nobody has used.
fn refresh_token(rig: &Rig, email: &str) -> String {
    rig.contact(email);
    let session = rig.sign_in(email);
    Token::parse(Purpose::Refresh, &session.refresh_token).unwrap().hash().to_string()
}

/// An invitation that nobody has accepted.
fn invitation(rig: &Rig, lead: &domain::access::Actor, email: &str) -> String {
    let cmd = InviteUser {
        email: email.to_owned(),
        display_name: "架空 次郎".to_owned(),
        kana: "かくう じろう".to_owned(),
        role: StaffRole::Contact,
        member_id: Some(rig.town.clone()),
    };
    let consortium = rig.consortium.clone();
    rig.write(lead, move |ctx, call| invite_user(ctx, call, &consortium, &cmd)).unwrap();
    Token::parse(Purpose::Invite, &rig.mailed_token()).unwrap().hash().to_string()
}

#[test]
fn a_refresh_token_is_used_by_one_of_sixteen_and_without_its_guard_by_many() {
    on_both(|rig| {
        let guarded = refresh_token(rig, "hanako@nakai.example.jp");
        assert_eq!(race(rig, &guarded, look_at_refresh, sessions::use_token), 1);
        let unguarded = refresh_token(rig, "jiro@nakai.example.jp");
        let took = race(rig, &unguarded, look_at_refresh, |db, hash, now| mark(db, "refresh_tokens", hash, now));
        assert!(took > 1, "the negative control must let several through");
    });
}

#[test]
fn an_invitation_is_used_by_one_of_sixteen_and_without_its_guard_by_many() {
    on_both(|rig| {
        let here = Some(rig.consortium.as_str());
        rig.user("lead@pref.example.jp", vec![crate::rig::grant(Role::Lead, here, Some(&rig.lead_member))]);
        let lead = rig.actor("lead@pref.example.jp");
        let guarded = invitation(rig, &lead, "jiro@nakai.example.jp");
        let take: Take = |db, hash, now| tokens::use_one_time(db, "invite", hash, now);
        assert_eq!(race(rig, &guarded, look_at_invitation, take), 1);
        let unguarded = invitation(rig, &lead, "saburo@nakai.example.jp");
        let took = race(rig, &unguarded, look_at_invitation, |db, hash, now| mark(db, "one_time_tokens", hash, now));
        assert!(took > 1, "the negative control must let several through");
    });
}
