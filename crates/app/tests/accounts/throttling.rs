//! Guessing is slow, whoever is guessed and from wherever, and nobody is locked out by strangers (S05).

use crate::rig::{HOME, PASSWORD, Rig, meta, on_both};
use app::accounts::{self, ChangePassword, Secret, SignIn, change_password};
use app::{Code, Error};

const WRONG: &str = "wrong password 77";

fn refused(rig: &Rig, email: &str, ip: &str) -> Error {
    rig.try_sign_in(email, WRONG, ip).err().unwrap()
}

#[test]
fn a_hundred_tries_on_one_account_are_twenty_and_a_lock() {
    on_both(|rig| {
        rig.contact("hanako@nakai.example.jp");
        let (mut compared, mut waited) = (0, Vec::new());
        for n in 0..100 {
            // From many networks, waiting as told: the account's own count decides.
            let ip = format!("198.51.{n}.1");
            match refused(rig, "hanako@nakai.example.jp", &ip) {
                Error::TooMany { retry_after } => {
                    waited.push(retry_after);
                    if retry_after < 900 {
                        rig.pass(i64::from(retry_after));
                    }
                }
                error => {
                    assert_eq!(error, Error::rule(Code::SignInFailed));
                    compared += 1;
                }
            }
        }
        assert_eq!(compared, 20);
        assert_eq!(waited[..6], [2, 4, 8, 16, 32, 60], "the pauses grow");
        assert_eq!(waited.last(), Some(&900));
        // Locked also for the right password from an unknown place, and open again after fifteen minutes.
        let answer = rig.try_sign_in("hanako@nakai.example.jp", PASSWORD, "203.0.113.9").err();
        assert_eq!(answer, Some(Error::TooMany { retry_after: 900 }));
        rig.pass(900);
        assert!(rig.try_sign_in("hanako@nakai.example.jp", PASSWORD, "203.0.113.9").is_ok());
    });
}

#[test]
fn a_hundred_accounts_once_each_from_one_address_are_caught() {
    on_both(|rig| {
        rig.contact("right@nakai.example.jp");
        let answers: Vec<Error> =
            (0..100).map(|n| refused(rig, &format!("person{n}@nakai.example.jp"), "203.0.113.5")).collect();
        let compared = answers.iter().filter(|error| **error == Error::rule(Code::SignInFailed)).count();
        assert_eq!(compared, 6, "the seventh has to wait");
        // Also from its neighbour in the same /24, and also with the right password.
        assert!(matches!(refused(rig, "person0@nakai.example.jp", "203.0.113.77"), Error::TooMany { .. }));
        let right = rig.try_sign_in("right@nakai.example.jp", PASSWORD, "203.0.113.5").err();
        assert!(matches!(right, Some(Error::TooMany { .. })));
        assert!(rig.try_sign_in("right@nakai.example.jp", PASSWORD, "203.0.112.5").is_ok());
    });
}

#[test]
fn guesses_in_parallel_get_no_more_tries_than_guesses_in_turn() {
    on_both(|rig| {
        rig.contact("hanako@nakai.example.jp");
        let tries: Vec<_> = (0..32)
            .map(|n| {
                let service = rig.service.clone();
                // The right password is among the last: it must not stick out.
                let password = Secret::new(if n == 31 { PASSWORD } else { WRONG });
                let cmd = SignIn { email: "hanako@nakai.example.jp".to_owned(), password, code: None };
                rig.spawn(async move { accounts::sign_in(&service, &meta("203.0.113.5"), cmd).await.err() })
            })
            .collect();
        let answers: Vec<Option<Error>> = tries.into_iter().map(|each| rig.run(each).unwrap()).collect();
        let compared = answers.iter().filter(|answer| **answer == Some(Error::rule(Code::SignInFailed))).count();
        let waiting = answers.iter().filter(|answer| matches!(answer, Some(Error::TooMany { .. }))).count();
        let signed_in = answers.iter().filter(|answer| answer.is_none()).count();
        assert!(
            compared <= 6 + 6 * signed_in && compared + waiting + signed_in == 32,
            "{compared} {waiting} {signed_in}"
        );
        assert!(compared >= 6);
    });
}

#[test]
fn a_stranger_cannot_lock_a_person_out_of_a_familiar_place() {
    on_both(|rig| {
        rig.contact("hanako@nakai.example.jp");
        let session = rig.sign_in("hanako@nakai.example.jp");
        for n in 0..60 {
            refused(rig, "hanako@nakai.example.jp", &format!("198.51.{n}.1"));
            rig.pass(1);
        }
        assert!(rig.try_actor(&session.access_token).is_ok(), "a session that lives goes on");
        assert!(rig.try_sign_in("hanako@nakai.example.jp", PASSWORD, HOME).is_ok());
        assert!(matches!(
            rig.try_sign_in("hanako@nakai.example.jp", PASSWORD, "203.0.113.9").err(),
            Some(Error::TooMany { .. })
        ));
    });
}

#[test]
fn a_reset_by_mail_stays_open_and_lifts_the_lock() {
    on_both(|rig| {
        rig.contact("hanako@nakai.example.jp");
        for n in 0..40 {
            refused(rig, "hanako@nakai.example.jp", &format!("198.51.{n}.1"));
            rig.pass(3);
        }
        let asked = accounts::RequestPasswordReset { email: "hanako@nakai.example.jp".to_owned() };
        rig.run(accounts::request_password_reset(&rig.service, &meta("203.0.113.9"), asked)).unwrap();
        let token = Secret::new(rig.mailed_token());
        let cmd =
            accounts::ConfirmPasswordReset { token, password: Secret::new("夕焼けの丘で聞いた風の歌") };
        rig.run(accounts::confirm_password_reset(&rig.service, &meta("203.0.113.9"), cmd)).unwrap();
        let answer = rig.try_sign_in("hanako@nakai.example.jp", "夕焼けの丘で聞いた風の歌", "203.0.113.9");
        assert!(answer.is_ok());
    });
}

#[test]
fn guessing_the_present_password_in_a_stolen_session_is_slow_too() {
    on_both(|rig| {
        rig.contact("hanako@nakai.example.jp");
        let hanako = rig.actor("hanako@nakai.example.jp");
        rig.pass(1);
        let attempt = |current: &str| {
            let cmd = ChangePassword {
                current_password: Secret::new(current),
                new_password: Secret::new("夕焼けの丘で聞いた風の歌"),
            };
            rig.run(change_password(&rig.service, rig.call(&hanako), cmd))
        };
        for _ in 0..6 {
            assert!(matches!(attempt(WRONG), Err(Error::Invalid(_))));
        }
        assert_eq!(attempt(PASSWORD), Err(Error::TooMany { retry_after: 2 }));
    });
}
