//! Refresh tokens work once; a stolen one ends its session (S13).

use crate::rig::{HOME, Rig, meta, on_both};
use app::accounts::{self, RefreshSession, Secret, SignedIn};
use app::{Error, Service};

fn refresh_on(rig: &Rig, service: &Service, token: &str) -> Result<SignedIn, Error> {
    let cmd = RefreshSession { refresh_token: Secret::new(token) };
    rig.run(accounts::refresh_session(service, &meta(HOME), cmd))
}

fn refresh(rig: &Rig, token: &str) -> Result<SignedIn, Error> {
    refresh_on(rig, &rig.service, token)
}

#[test]
fn a_chain_of_refreshes_carries_one_session() {
    on_both(|rig| {
        rig.contact("hanako@nakai.example.jp");
        let first = rig.sign_in("hanako@nakai.example.jp");
        let mut token = first.refresh_token.clone();
        for _ in 0..5 {
            rig.pass(11 * 3_600);
            let next = refresh(rig, &token).ok().unwrap();
            assert_eq!(next.session_id, first.session_id);
            assert_ne!(next.refresh_token, token);
            assert!(rig.try_actor(&next.access_token).is_ok());
            token = next.refresh_token;
        }
    });
}

#[test]
fn sixteen_refreshes_at_once_get_one_and_the_same_successor() {
    on_both(|rig| {
        rig.contact("hanako@nakai.example.jp");
        let session = rig.sign_in("hanako@nakai.example.jp");
        let replicas = [rig.service.clone(), rig.replica()];
        let tries: Vec<_> = (0..16)
            .map(|n| {
                let service = replicas[n % 2].clone();
                let cmd = RefreshSession { refresh_token: Secret::new(session.refresh_token.clone()) };
                rig.spawn(async move { accounts::refresh_session(&service, &meta(HOME), cmd).await })
            })
            .collect();
        let mut successors: Vec<String> =
            tries.into_iter().map(|each| rig.run(each).unwrap().ok().unwrap().refresh_token).collect();
        successors.dedup();
        assert_eq!(successors.len(), 1);
        assert!(refresh(rig, &successors[0]).is_ok());
    });
}

#[test]
fn within_ten_seconds_a_retry_gets_the_same_successor() {
    on_both(|rig| {
        rig.contact("hanako@nakai.example.jp");
        let session = rig.sign_in("hanako@nakai.example.jp");
        let first = refresh(rig, &session.refresh_token).ok().unwrap();
        rig.pass(10);
        let again = refresh(rig, &session.refresh_token).ok().unwrap();
        assert_eq!(again.refresh_token, first.refresh_token);
    });
}

#[test]
fn a_token_used_again_later_ends_the_session_everywhere_and_the_person_is_told() {
    on_both(|rig| {
        rig.contact("hanako@nakai.example.jp");
        let session = rig.sign_in("hanako@nakai.example.jp");
        let next = refresh(rig, &session.refresh_token).ok().unwrap();
        let replica = rig.replica();
        assert!(rig.run(accounts::authenticate(&replica, &next.access_token, &meta(HOME))).is_ok());
        rig.pass(11);
        assert_eq!(refresh(rig, &session.refresh_token).err(), Some(Error::Unauthenticated));
        // The thief's and the owner's tokens are dead alike: here at once, elsewhere within a second.
        assert_eq!(rig.try_actor(&next.access_token), Err(Error::Unauthenticated));
        assert_eq!(refresh(rig, &next.refresh_token).err(), Some(Error::Unauthenticated));
        rig.pass(1);
        let elsewhere = rig.run(accounts::authenticate(&replica, &next.access_token, &meta(HOME)));
        assert_eq!(elsewhere, Err(Error::Unauthenticated));
        let mails = rig.mails();
        assert_eq!((mails.len(), mails[0].0.as_str()), (1, "hanako@nakai.example.jp"));
        assert!(mails[0].1.contains("不正利用の可能性"), "{}", mails[0].1);
        assert!(rig.trail().contains(&"session.refresh_token_reused/denied".to_owned()));
    });
}

#[test]
fn an_idle_or_old_session_cannot_be_refreshed() {
    on_both(|rig| {
        rig.contact("hanako@nakai.example.jp");
        let idle = rig.sign_in("hanako@nakai.example.jp");
        rig.pass(12 * 3_600);
        assert_eq!(refresh(rig, &idle.refresh_token).err(), Some(Error::Unauthenticated));

        let mut token = rig.sign_in("hanako@nakai.example.jp").refresh_token;
        for _ in 0..15 {
            rig.pass(11 * 3_600);
            token = refresh(rig, &token).ok().unwrap().refresh_token;
        }
        rig.pass(3 * 3_600);
        assert_eq!(refresh(rig, &token).err(), Some(Error::Unauthenticated), "seven days are over");
    });
}

#[test]
fn what_is_no_refresh_token_is_refused() {
    on_both(|rig| {
        rig.contact("hanako@nakai.example.jp");
        let session = rig.sign_in("hanako@nakai.example.jp");
        let stranger = format!("yui_ref_{}", "A".repeat(43));
        for bad in ["", "yui_ref_", session.access_token.as_str(), stranger.as_str()] {
            assert_eq!(refresh(rig, bad).err(), Some(Error::Unauthenticated), "{bad}");
        }
        assert_eq!(rig.try_actor(&session.refresh_token), Err(Error::Unauthenticated));
    });
}
