//! The keys turn without anybody noticing, and a revoked one is dead within a second (S12).

use crate::rig::{HOME, PASSWORD, Rig, grant, meta, on_both};
use app::accounts::{self, Proof, Secret, jwks, list_signing_keys, prepare, revoke_signing_key, rotate_signing_key};
use app::{Code, Error};
use domain::access::{Actor, Role};

fn admin(rig: &Rig) -> Actor {
    rig.user("admin@service.example.jp", vec![grant(Role::Admin, None, None)]);
    rig.actor("admin@service.example.jp")
}

fn kid(token: &str) -> String {
    use base64::Engine as _;
    let header = token.split('.').next().unwrap();
    let header = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(header).unwrap();
    let header: serde_json::Value = serde_json::from_slice(&header).unwrap();
    header["kid"].as_str().unwrap().to_owned()
}

#[test]
fn the_first_start_makes_one_key_and_later_starts_none() {
    on_both(|rig| {
        for service in [rig.service.clone(), rig.replica(), rig.service.clone()] {
            rig.run(prepare(&service)).unwrap();
        }
        let keys = rig.run(jwks(&rig.service)).unwrap().keys;
        assert_eq!(keys.len(), 1);
        assert_eq!((keys[0].kty.as_str(), keys[0].crv.as_str(), keys[0].alg.as_str()), ("OKP", "Ed25519", "EdDSA"));
    });
}

#[test]
fn after_a_rotation_old_tokens_verify_until_they_end_and_new_ones_everywhere() {
    on_both(|rig| {
        let admin = admin(rig);
        rig.contact("hanako@nakai.example.jp");
        let (replica, old) = (rig.replica(), rig.sign_in("hanako@nakai.example.jp"));
        let on_replica = |token: &str| rig.run(accounts::authenticate(&replica, token, &meta(HOME)));
        assert!(on_replica(&old.access_token).is_ok());
        let new_key = rig.write(&admin, rotate_signing_key).unwrap();
        rig.clock.advance(chrono::TimeDelta::milliseconds(100));
        let new = rig.sign_in("hanako@nakai.example.jp");
        assert_eq!(kid(&new.access_token), new_key.kid);
        assert_ne!(kid(&old.access_token), new_key.kid);
        // The replica still believes the table without the new key: it looks again and finds it.
        for token in [&old.access_token, &new.access_token] {
            assert!(on_replica(token).is_ok());
            assert!(rig.try_actor(token).is_ok());
        }
        assert_eq!(rig.run(jwks(&rig.service)).unwrap().keys.len(), 2);
        rig.pass(17 * 60);
        assert_eq!(rig.run(jwks(&rig.service)).unwrap().keys.len(), 1);
    });
}

#[test]
fn keys_turn_under_load_without_a_single_error() {
    on_both(|rig| {
        let admin = admin(rig);
        rig.contact("hanako@nakai.example.jp");
        let token = rig.sign_in("hanako@nakai.example.jp").access_token;
        let (service, replica) = (rig.service.clone(), rig.replica());
        let load = rig.spawn(async move {
            let mut refused = 0;
            for n in 0..400 {
                let each = if n % 2 == 0 { &service } else { &replica };
                refused += usize::from(accounts::authenticate(each, &token, &meta(HOME)).await.is_err());
                tokio::task::yield_now().await;
            }
            refused
        });
        for _ in 0..5 {
            rig.write(&admin, rotate_signing_key).unwrap();
            rig.clock.advance(chrono::TimeDelta::milliseconds(400));
        }
        assert_eq!(rig.run(load).unwrap(), 0);
    });
}

#[test]
fn every_token_of_a_revoked_key_is_dead_within_a_second() {
    on_both(|rig| {
        let admin = admin(rig);
        rig.contact("hanako@nakai.example.jp");
        let (replica, old) = (rig.replica(), rig.sign_in("hanako@nakai.example.jp"));
        assert!(rig.run(accounts::authenticate(&replica, &old.access_token, &meta(HOME))).is_ok());
        let key = kid(&old.access_token);
        let revoked = key.clone();
        let view = rig.write(&admin, move |ctx, call| revoke_signing_key(ctx, call, &revoked)).unwrap();
        assert_eq!(view.state, "revoked");
        assert_eq!(rig.try_actor(&old.access_token), Err(Error::Unauthenticated));
        rig.pass(1);
        let elsewhere = rig.run(accounts::authenticate(&replica, &old.access_token, &meta(HOME)));
        assert_eq!(elsewhere, Err(Error::Unauthenticated));
        // A new key took its place, and the dead one is not revoked twice.
        assert_ne!(kid(&rig.sign_in("hanako@nakai.example.jp").access_token), key);
        let again = rig.write(&admin, move |ctx, call| revoke_signing_key(ctx, call, &key)).err();
        assert_eq!(again, Some(Error::rule(Code::SigningKeyState)));
    });
}

/// S16: a session left open on a desk does not turn the keys of the service.
#[test]
fn who_turns_the_keys_proved_to_be_there_within_five_minutes() {
    on_both(|rig| {
        let admin = admin(rig);
        let key = rig.read(&admin, list_signing_keys).unwrap().items[0].kid.clone();
        rig.pass(300);
        let revoke = |kid: String| rig.write(&admin, move |ctx, call| revoke_signing_key(ctx, call, &kid)).err();
        assert_eq!(rig.write(&admin, rotate_signing_key).err(), Some(Error::rule(Code::StepUpRequired)));
        assert_eq!(revoke(key.clone()), Some(Error::rule(Code::StepUpRequired)));
        let keys = rig.read(&admin, list_signing_keys).unwrap();
        assert_eq!(
            keys.items.iter().map(|key| key.state.as_str()).collect::<Vec<_>>(),
            ["signing"],
            "nothing happened"
        );
        let proof = Proof { password: Some(Secret::new(PASSWORD)), code: None };
        assert_eq!(rig.run(accounts::step_up(&rig.service, rig.call(&admin), proof)), Ok(()));
        assert!(rig.write(&admin, rotate_signing_key).is_ok());
        assert_eq!(revoke(key), None);
    });
}

#[test]
fn only_an_administrator_turns_the_keys() {
    on_both(|rig| {
        rig.contact("hanako@nakai.example.jp");
        let hanako = rig.actor("hanako@nakai.example.jp");
        assert_eq!(rig.write(&hanako, rotate_signing_key).err(), Some(Error::Forbidden));
        assert_eq!(rig.read(&hanako, list_signing_keys).err(), Some(Error::Forbidden));
    });
}
