//! One-time links: invitations, resets, and the first administrator (S04, S07, S08).

use crate::rig::{HOME, PASSWORD, Rig, grant, meta, on_both};
use app::accounts::{
    self, AcceptInvitation, Bootstrap, ConfirmPasswordReset, InviteUser, RequestPasswordReset, Secret, StaffRole,
    bootstrap_token, invite_user,
};
use app::{Code, Error};
use domain::access::{Actor, Role};

const NEW: &str = "夕焼けの丘で聞いた風の歌";

fn lead(rig: &Rig) -> Actor {
    rig.user("lead@pref.example.jp", vec![grant(Role::Lead, Some(&rig.consortium), Some(&rig.lead_member))]);
    rig.actor("lead@pref.example.jp")
}

fn invite(rig: &Rig, actor: &Actor, email: &str) -> accounts::InvitationView {
    let (consortium, cmd) = (rig.consortium.clone(), invitation(rig, email));
    rig.write(actor, move |ctx, call| invite_user(ctx, call, &consortium, &cmd)).unwrap()
}

fn invitation(rig: &Rig, email: &str) -> InviteUser {
    InviteUser {
        email: email.to_owned(),
        display_name: "架空 次郎".to_owned(),
        kana: "かくう じろう".to_owned(),
        role: StaffRole::Contact,
        member_id: Some(rig.town.clone()),
    }
}

fn accept(rig: &Rig, token: &str, password: &str) -> Result<accounts::AcceptedView, Error> {
    let cmd = AcceptInvitation { token: Secret::new(token), password: Secret::new(password) };
    rig.run(accounts::accept_invitation(&rig.service, &meta(HOME), cmd))
}

fn ask_reset(rig: &Rig, email: &str) {
    let cmd = RequestPasswordReset { email: email.to_owned() };
    rig.run(accounts::request_password_reset(&rig.service, &meta(HOME), cmd)).unwrap();
}

fn confirm(rig: &Rig, token: &str, password: &str) -> Result<accounts::AcceptedView, Error> {
    let cmd = ConfirmPasswordReset { token: Secret::new(token), password: Secret::new(password) };
    rig.run(accounts::confirm_password_reset(&rig.service, &meta(HOME), cmd))
}

#[test]
fn an_invited_person_sets_a_password_and_signs_in() {
    on_both(|rig| {
        let lead = lead(rig);
        invite(rig, &lead, "jiro@nakai.example.jp");
        assert!(rig.try_sign_in("jiro@nakai.example.jp", "", HOME).is_err());
        let token = rig.mailed_token();
        assert!(token.starts_with("yui_inv_"));
        // A password that is refused leaves the link usable.
        assert!(matches!(accept(rig, &token, "jiro-nakai-2026"), Err(Error::Invalid(_))));
        assert_eq!(accept(rig, &token, NEW).unwrap().email, "jiro@nakai.example.jp");
        assert!(rig.try_sign_in("jiro@nakai.example.jp", NEW, HOME).is_ok());
        assert_eq!(accept(rig, &token, NEW), Err(Error::rule(Code::LinkUnusable)));
    });
}

#[test]
fn of_sixteen_who_use_one_link_at_once_one_succeeds() {
    on_both(|rig| {
        let lead = lead(rig);
        invite(rig, &lead, "jiro@nakai.example.jp");
        let token = rig.mailed_token();
        let replicas = [rig.service.clone(), rig.replica()];
        let tries: Vec<_> = (0..16)
            .map(|n| {
                let service = replicas[n % 2].clone();
                let cmd = AcceptInvitation { token: Secret::new(token.clone()), password: Secret::new(NEW) };
                rig.spawn(async move { accounts::accept_invitation(&service, &meta(HOME), cmd).await })
            })
            .collect();
        let answers: Vec<_> = tries.into_iter().map(|each| rig.run(each).unwrap()).collect();
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
        let others = answers.iter().filter(|answer| **answer == Err(Error::rule(Code::LinkUnusable)));
        assert_eq!(others.count(), 15, "{answers:?}");
    });
}

#[test]
fn an_invitation_ends_after_seven_days_and_a_newer_one_replaces_it() {
    on_both(|rig| {
        let lead = lead(rig);
        let first = invite(rig, &lead, "jiro@nakai.example.jp");
        let old = rig.mailed_token();
        rig.pass(7 * 86_400);
        assert_eq!(accept(rig, &old, NEW), Err(Error::rule(Code::LinkUnusable)));
        // Who invites a contact has proved to be there a moment ago.
        let lead = rig.actor("lead@pref.example.jp");
        let second = invite(rig, &lead, "jiro@nakai.example.jp");
        assert_eq!(first.grant_id, second.grant_id, "no role is granted twice");
        let (older, newer) = (rig.mailed_token(), {
            invite(rig, &lead, "jiro@nakai.example.jp");
            rig.mailed_token()
        });
        assert_eq!(accept(rig, &older, NEW), Err(Error::rule(Code::LinkUnusable)));
        assert!(accept(rig, &newer, NEW).is_ok());
    });
}

#[test]
fn who_invites_cannot_tell_whether_an_address_has_an_account() {
    on_both(|rig| {
        let lead = lead(rig);
        let (elsewhere, elsewhere_lead) = rig.new_consortium("130001", "東京都");
        rig.user("known@tokyo.example.jp", vec![grant(Role::Lead, Some(&elsewhere), Some(&elsewhere_lead))]);
        let view = |email: &str| {
            let view = serde_json::to_value(invite(rig, &lead, email)).unwrap();
            let keys: Vec<String> = view.as_object().unwrap().keys().cloned().collect();
            (keys, view["display_name"].clone(), view["expires_at"].clone())
        };
        assert_eq!(view("known@tokyo.example.jp"), view("unknown@tokyo.example.jp"));
        let mails = rig.mails();
        assert!(mails[0].2.contains("新しい役割") && !mails[0].2.contains("#token="), "{}", mails[0].2);
        assert!(mails[1].2.contains("#token=yui_inv_"), "{}", mails[1].2);
        // The account keeps its password and its name.
        let known = rig.sign_in("known@tokyo.example.jp");
        assert_eq!((known.user.grants.len(), known.user.display_name.as_str()), (2, "架空 花子"));
    });
}

#[test]
fn a_reset_link_sets_a_new_password_and_ends_every_session_and_token() {
    on_both(|rig| {
        rig.contact("hanako@nakai.example.jp");
        let before = rig.sign_in("hanako@nakai.example.jp");
        assert!(rig.try_actor(&before.access_token).is_ok());
        ask_reset(rig, "HANAKO@nakai.example.jp");
        let token = rig.mailed_token();
        assert!(token.starts_with("yui_rst_"));
        assert_eq!(accept(rig, &token, NEW), Err(Error::rule(Code::LinkUnusable)), "a link opens one door only");
        confirm(rig, &token, NEW).unwrap();
        assert_eq!(rig.try_actor(&before.access_token), Err(Error::Unauthenticated));
        assert!(rig.try_sign_in("hanako@nakai.example.jp", PASSWORD, HOME).is_err());
        assert!(rig.try_sign_in("hanako@nakai.example.jp", NEW, HOME).is_ok());
        assert_eq!(confirm(rig, &token, NEW), Err(Error::rule(Code::LinkUnusable)));
    });
}

#[test]
fn a_reset_link_ends_after_ten_minutes() {
    on_both(|rig| {
        rig.contact("hanako@nakai.example.jp");
        ask_reset(rig, "hanako@nakai.example.jp");
        let token = rig.mailed_token();
        rig.pass(600);
        assert_eq!(confirm(rig, &token, NEW), Err(Error::rule(Code::LinkUnusable)));
    });
}

/// S04: the same answer after the same work; only the mailbox tells. And no mailbox is flooded.
#[test]
fn asking_for_a_reset_tells_nothing_and_floods_nobody() {
    on_both(|rig| {
        rig.contact("hanako@nakai.example.jp");
        ask_reset(rig, "nobody@nakai.example.jp");
        assert!(rig.mails().is_empty());
        for _ in 0..10 {
            ask_reset(rig, "hanako@nakai.example.jp");
        }
        assert_eq!(rig.mails().len(), 3);
        let trail = rig.trail();
        let asked = trail.iter().filter(|entry| entry.starts_with("password.reset_requested/"));
        assert_eq!(asked.count(), 11);
    });
}

#[test]
fn the_bootstrap_token_makes_one_administrator_and_then_nothing() {
    on_both(|rig| {
        let first = rig.run(bootstrap_token(&rig.service)).unwrap().unwrap();
        let second = rig.run(bootstrap_token(&rig.service)).unwrap().unwrap();
        let bootstrap = |token: &str, email: &str| {
            let cmd = Bootstrap {
                token: Secret::new(token),
                email: email.to_owned(),
                display_name: "架空 太郎".to_owned(),
                kana: "かくう たろう".to_owned(),
                password: Secret::new(PASSWORD),
            };
            rig.run(accounts::bootstrap(&rig.service, &meta(HOME), cmd))
        };
        let rows = rig
            .rows(|db| store::fixtures::number(db, "SELECT CAST(COUNT(*) AS BIGINT) AS number FROM one_time_tokens"));
        assert_eq!(rows, 1, "starting often leaves one row");
        let unusable = Err(Error::rule(Code::LinkUnusable));
        assert_eq!(bootstrap(first.reveal(), "a@service.example.jp"), unusable, "only the last one printed");
        assert_eq!(bootstrap("yui_bst_guess", "a@service.example.jp"), unusable);
        let made = bootstrap(second.reveal(), "admin@service.example.jp").unwrap();
        assert_eq!(made.grants[0].role, "admin");
        assert!(rig.actor("admin@service.example.jp").is_admin());
        assert_eq!(bootstrap(second.reveal(), "b@service.example.jp"), unusable);
        assert!(rig.run(bootstrap_token(&rig.service)).unwrap().is_none());
    });
}

#[test]
fn old_rows_are_forgotten() {
    on_both(|rig| {
        rig.contact("hanako@nakai.example.jp");
        rig.sign_in("hanako@nakai.example.jp");
        ask_reset(rig, "hanako@nakai.example.jp");
        let forget = || rig.run(rig.service.work("forget_expired", accounts::forget_expired)).unwrap();
        assert_eq!(forget(), 0);
        rig.pass(60 * 86_400);
        assert_eq!(forget(), 3, "one attempt, one link, one refresh token");
    });
}
