//! Who may invite and see whom (S20, S23).

use crate::rig::{PASSWORD, Rig, grant, on_both};
use app::accounts::{
    ChangeMe, InviteUser, NewUser, Secret, StaffQuery, StaffRole, change_me, create_user, get_user, invite_user,
    list_users,
};
use app::{Error, FieldCode, FieldError};
use domain::access::{Actor, Role};

struct Cast {
    admin: Actor,
    lead: Actor,
    contact: Actor,
    learner: Actor,
    auditor: Actor,
    stranger: Actor,
}

fn cast(rig: &Rig) -> Cast {
    let here = Some(rig.consortium.as_str());
    let (elsewhere, elsewhere_lead) = rig.new_consortium("130001", "東京都");
    let make = |email: &str, role, consortium: Option<&str>, member: Option<&str>| {
        rig.user(email, vec![grant(role, consortium, member)]);
        rig.actor(email)
    };
    Cast {
        admin: make("admin@service.example.jp", Role::Admin, None, None),
        lead: make("lead@pref.example.jp", Role::Lead, here, Some(&rig.lead_member)),
        contact: make("contact@nakai.example.jp", Role::Contact, here, Some(&rig.town)),
        learner: make("learner@nakai.example.jp", Role::Learner, here, Some(&rig.town)),
        auditor: make("auditor@pref.example.jp", Role::Auditor, here, None),
        stranger: make("stranger@tokyo.example.jp", Role::Lead, Some(&elsewhere), Some(&elsewhere_lead)),
    }
}

fn try_invite(rig: &Rig, actor: &Actor, role: StaffRole, member_id: Option<&str>) -> Result<(), Error> {
    let cmd = InviteUser {
        email: "new@nakai.example.jp".to_owned(),
        display_name: "架空 三郎".to_owned(),
        kana: "かくう さぶろう".to_owned(),
        role,
        member_id: member_id.map(Into::into),
    };
    let consortium = rig.consortium.clone();
    rig.write(actor, move |ctx, call| invite_user(ctx, call, &consortium, &cmd)).map(drop)
}

#[test]
fn each_role_invites_those_below_it_and_nobody_else() {
    on_both(|rig| {
        let cast = cast(rig);
        let (town, other, lead_member) =
            (Some(rig.town.as_str()), Some(rig.other_town.as_str()), Some(rig.lead_member.as_str()));
        let (ok, no, absent) = (Ok(()), Err(Error::Forbidden), Err(Error::NotFound));
        let table = [
            ("admin: lead", &cast.admin, StaffRole::Lead, lead_member, &ok),
            ("admin: contact", &cast.admin, StaffRole::Contact, town, &ok),
            ("admin: learner", &cast.admin, StaffRole::Learner, town, &absent),
            ("lead: auditor", &cast.lead, StaffRole::Auditor, None, &ok),
            ("lead: contact", &cast.lead, StaffRole::Contact, other, &ok),
            ("lead: learner", &cast.lead, StaffRole::Learner, town, &absent),
            ("contact: learner", &cast.contact, StaffRole::Learner, town, &ok),
            ("contact: learner elsewhere", &cast.contact, StaffRole::Learner, other, &absent),
            ("contact: contact", &cast.contact, StaffRole::Contact, town, &no),
            ("contact: lead", &cast.contact, StaffRole::Lead, lead_member, &no),
            ("learner: learner", &cast.learner, StaffRole::Learner, town, &absent),
            ("auditor: contact", &cast.auditor, StaffRole::Contact, town, &no),
            ("stranger: contact", &cast.stranger, StaffRole::Contact, town, &absent),
        ];
        for (name, actor, role, member, wanted) in table {
            assert_eq!(&try_invite(rig, actor, role, member), wanted, "{name}");
        }
    });
}

#[test]
fn an_auditors_look_at_people_stands_in_the_access_log_and_a_contacts_at_its_own_town_does_not() {
    on_both(|rig| {
        let cast = cast(rig);
        let viewed = || {
            let scope = rig.consortium.clone();
            let entries = rig.rows(move |db| store::audit::entries_after(db, &scope, 0, 10_000));
            entries.into_iter().filter(|entry| entry.action == "personal.viewed").collect::<Vec<_>>()
        };
        let list = |actor: &Actor| {
            let consortium = rig.consortium.clone();
            let query = StaffQuery::default();
            rig.read(actor, move |ctx, call| list_users(ctx, call, &consortium, &query)).unwrap().items.len()
        };
        list(&cast.contact);
        list(&cast.lead);
        assert_eq!(viewed(), []);
        let seen = list(&cast.auditor);
        let (consortium, learner) = (rig.consortium.clone(), cast.learner.user_id.clone());
        rig.read(&cast.auditor, move |ctx, call| get_user(ctx, call, &consortium, &learner)).unwrap();
        let entries = viewed();
        assert_eq!(entries.len(), 2);
        for entry in &entries {
            assert_eq!((entry.actor_id.as_ref(), entry.actor_role.as_str()), (Some(&cast.auditor.user_id), "auditor"));
        }
        assert!(entries[0].details.contains(&format!("\"people\":{seen}")), "{}", entries[0].details);
        assert_eq!(
            (entries[1].subject_id.as_str(), entries[1].member_id.as_ref()),
            (cast.learner.user_id.as_str(), Some(&rig.town))
        );
    });
}

#[test]
fn a_role_and_its_member_must_fit() {
    on_both(|rig| {
        let cast = cast(rig);
        let (_, foreign) = rig.new_consortium("110001", "埼玉県");
        let at_member = |code| Err(Error::Invalid(vec![FieldError { pointer: "/member_id".to_owned(), code }]));
        let lead = |role, member: Option<&str>| try_invite(rig, &cast.lead, role, member);
        assert_eq!(lead(StaffRole::Contact, None), at_member(FieldCode::Required));
        assert_eq!(lead(StaffRole::Contact, Some(&foreign)), at_member(FieldCode::NoSuchThing));
        assert_eq!(lead(StaffRole::Contact, Some("absent")), at_member(FieldCode::NoSuchThing));
        assert!(lead(StaffRole::Lead, Some(&rig.town)).is_err());
        assert!(lead(StaffRole::Auditor, Some(&rig.town)).is_err());
    });
}

#[test]
fn everybody_sees_the_people_that_are_theirs_to_see() {
    on_both(|rig| {
        let cast = cast(rig);
        rig.user("other@matsuda.example.jp", vec![grant(Role::Contact, Some(&rig.consortium), Some(&rig.other_town))]);
        rig.user("staff@matsuda.example.jp", vec![grant(Role::Learner, Some(&rig.consortium), Some(&rig.other_town))]);
        let seen = |actor: &Actor, query: StaffQuery| {
            let consortium = rig.consortium.clone();
            let page = rig.read(actor, move |ctx, call| list_users(ctx, call, &consortium, &query));
            page.map(|page| {
                page.items.into_iter().map(|user| user.email.split('@').next().unwrap().to_owned()).collect::<Vec<_>>()
            })
        };
        let all = StaffQuery::default;
        let names = |names: &[&str]| Ok(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        assert_eq!(seen(&cast.admin, all()), names(&["lead", "contact", "auditor", "other"]));
        assert_eq!(seen(&cast.lead, all()), names(&["lead", "contact", "auditor", "other"]));
        assert_eq!(seen(&cast.contact, all()), names(&["contact", "learner"]));
        assert_eq!(seen(&cast.auditor, all()), names(&["lead", "contact", "learner", "auditor", "other", "staff"]));
        assert_eq!(seen(&cast.learner, all()), Err(Error::NotFound));
        assert_eq!(seen(&cast.stranger, all()), Err(Error::NotFound));
        let contacts = StaffQuery { role: Some(StaffRole::Contact), ..all() };
        assert_eq!(seen(&cast.lead, contacts), names(&["contact", "other"]));
        let town = StaffQuery { member_id: Some(rig.other_town.clone()), ..all() };
        assert_eq!(seen(&cast.contact, town.clone()), names(&[]));
        assert_eq!(seen(&cast.auditor, town), names(&["other", "staff"]));
    });
}

#[test]
fn a_list_is_read_page_by_page() {
    on_both(|rig| {
        let cast = cast(rig);
        let mut cursor = None;
        let mut seen = Vec::new();
        loop {
            let (consortium, query) =
                (rig.consortium.clone(), StaffQuery { limit: Some(2), cursor, ..StaffQuery::default() });
            let page = rig.read(&cast.auditor, move |ctx, call| list_users(ctx, call, &consortium, &query)).unwrap();
            seen.extend(page.items.into_iter().map(|user| user.email));
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen.len(), 4);
    });
}

#[test]
fn people_stand_by_their_reading_however_it_was_typed() {
    on_both(|rig| {
        let cast = cast(rig);
        for (name, kana) in [
            ("c", "ワタナベ"),
            ("a", "あおき"),
            ("b", "ｶﾄｳ"),
            ("d", "さとう"),
            ("e", "かとう　じろう"),
            ("f", "かどう"),
        ] {
            let new = NewUser {
                email: format!("{name}@auditors.example.jp"),
                display_name: format!("架空 {name}"),
                kana: kana.to_owned(),
                password: Secret::new(PASSWORD),
                grants: vec![grant(Role::Learner, Some(&rig.consortium), Some(&rig.other_town))],
            };
            rig.run(create_user(&rig.service, new)).unwrap();
        }
        let page = |query: StaffQuery| {
            let query = StaffQuery { role: Some(StaffRole::Learner), member_id: Some(rig.other_town.clone()), ..query };
            let consortium = rig.consortium.clone();
            rig.read(&cast.auditor, move |ctx, call| list_users(ctx, call, &consortium, &query))
        };
        let walked = |sort: Option<&str>, filters: &[(&str, &str)]| {
            let filters: Vec<_> = filters.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
            let (mut seen, mut cursor) = (String::new(), None);
            loop {
                let (sort, filters) = (sort.map(str::to_owned), filters.clone());
                let read = page(StaffQuery { limit: Some(2), cursor, sort, filters, ..StaffQuery::default() }).unwrap();
                seen.extend(read.items.iter().filter_map(|user| user.email.chars().next()));
                cursor = read.next_cursor;
                if cursor.is_none() {
                    return seen;
                }
            }
        };
        assert_eq!(walked(None, &[]), "abefdc", "NFKC and hiragana, not the order of the code points");
        assert_eq!(walked(Some("-kana"), &[]), "cdfeba");
        assert_eq!(walked(Some("email"), &[]), "abcdef");
        assert_eq!(walked(Some("created"), &[]), "cabdef");
        assert_eq!(walked(None, &[("q", "カトウ")]), "be");
        assert_eq!(walked(None, &[("q", "架空 d"), ("state", "active")]), "d");
        assert_eq!(walked(None, &[("q", "100%_\\")]), "");
        let sorted = |sort: &str, cursor: Option<String>| {
            page(StaffQuery { limit: Some(2), sort: Some(sort.to_owned()), cursor, ..StaffQuery::default() })
        };
        let cursor = sorted("kana", None).unwrap().next_cursor;
        let refused = |page: Result<app::Page<app::accounts::UserView>, Error>| match page.unwrap_err() {
            Error::Rule(rule) => rule.code,
            other => panic!("{other:?}"),
        };
        assert_eq!(refused(sorted("-kana", cursor.clone())), app::Code::InvalidCursor, "a cursor belongs to its order");
        assert!(sorted("kana", cursor).is_ok());
        assert_eq!(refused(sorted("users.password_hash", None)), app::Code::UnknownSort);
    });
}

#[test]
fn somebody_hidden_answers_as_somebody_absent() {
    on_both(|rig| {
        let cast = cast(rig);
        let get = |actor: &Actor, user: &str| {
            let (consortium, user) = (rig.consortium.clone(), user.to_owned());
            rig.read(actor, move |ctx, call| get_user(ctx, call, &consortium, &user)).map(|user| user.grants.len())
        };
        assert_eq!(get(&cast.contact, &cast.learner.user_id), Ok(1));
        for (actor, user) in [
            (&cast.contact, &cast.lead.user_id),
            (&cast.contact, &cast.stranger.user_id),
            (&cast.learner, &cast.contact.user_id),
            (&cast.stranger, &cast.contact.user_id),
        ] {
            assert_eq!(get(actor, user), Err(Error::NotFound));
            assert_eq!(get(actor, "absent"), Err(Error::NotFound));
        }
    });
}

#[test]
fn a_name_is_changed_against_the_version_that_was_seen() {
    on_both(|rig| {
        let cast = cast(rig);
        let change = |version: Option<i64>| {
            let mut call = rig.call(&cast.contact);
            call.expected_version = version;
            let cmd = ChangeMe { display_name: "髙﨑 𠮷子".to_owned(), kana: "たかさき よしこ".to_owned() };
            rig.run(rig.service.write(call, move |ctx, call| change_me(ctx, call, &cmd)))
        };
        assert_eq!(change(None), Err(Error::PreconditionRequired));
        let changed = change(Some(1)).unwrap();
        assert_eq!((changed.display_name.as_str(), changed.version), ("髙﨑 𠮷子", 2));
        assert_eq!(change(Some(1)), Err(Error::Stale));
    });
}

#[test]
fn the_operator_adds_an_address_once() {
    on_both(|rig| {
        rig.contact("hanako@nakai.example.jp");
        let add = |email: &str, password: &str| {
            let new = NewUser {
                email: email.to_owned(),
                display_name: "架空 花子".to_owned(),
                kana: "かくう はなこ".to_owned(),
                password: Secret::new(password),
                grants: vec![],
            };
            rig.run(create_user(&rig.service, new)).err()
        };
        let duplicate = Error::field("/email", FieldCode::Duplicate);
        assert_eq!(add("hanako@nakai.example.jp", PASSWORD), Some(duplicate));
        assert!(matches!(add("x@nakai.example.jp", "password123456"), Some(Error::Invalid(_))));
        assert!(matches!(add("no address", PASSWORD), Some(Error::Invalid(_))));
    });
}
