//! The golden example of the product at the scenario lab: five towns of Kanagawa with their real populations, fictional
//! seats and prices, and the published shares to the yen.

use crate::world;
use acceptance::people::{PASSWORD, email};
use acceptance::world::{demand, quote, round, survey};
use domain::access::Role;
use serde_json::json;
use testkit::app::{Face, on_both_with};
use testkit::pages::{Browser, encode};

/// Code, name, population of 2020, seats.
const TOWNS: [(&str, &str, i64, i64); 5] = [
    ("143618", "中井町", 9_300, 70),
    ("143634", "松田町", 10_836, 80),
    ("143669", "開成町", 18_329, 90),
    ("143839", "真鶴町", 6_722, 45),
    ("144029", "清川村", 3_038, 15),
];

/// Equal and population part in percent, the shares in the order of the towns, who pays more than alone, and how much more.
type Split = (i64, i64, [&'static str; 5], Option<(&'static str, &'static str)>);

const SPLITS: [Split; 4] = [
    (0, 0, ["1,848,000", "2,112,000", "2,376,000", "1,188,000", "396,000"], None),
    (10, 0, ["1,821,600", "2,059,200", "2,296,800", "1,227,600", "514,800"], Some(("清川村", "19,800"))),
    (20, 30, ["1,699,002", "1,906,679", "2,407,853", "1,241,987", "664,479"], Some(("清川村", "169,479"))),
    (50, 50, ["1,555,670", "1,681,799", "2,297,087", "1,343,978", "1,041,466"], Some(("清川村", "546,466"))),
];

#[test]
fn the_lab_shows_the_published_shares_to_the_yen_and_the_largest_safe_equal_part() {
    on_both_with(Face::whole, |app| {
        let (_, mut people) = world(app);
        let lead = json!({"municipality_code": "140007", "name": "神奈川県", "kana": "かながわけん", "kind": "prefecture",
            "population": 9_237_337, "member_class": "full", "joined_on": "2026-04-01"});
        let made = people.post("admin", "/consortia", &json!({"name": "架空の黄金例", "lead": lead}));
        let consortium = made["id"].as_str().unwrap().to_owned();
        let members = format!("/consortia/{consortium}/members");
        let prefecture = people.all("admin", &members)[0]["id"].as_str().unwrap().to_owned();
        people.enter("golden_lead", Role::Lead, Some(&consortium), Some(&prefecture));
        let mut ids = Vec::new();
        for (code, name, population, _) in TOWNS {
            let kind = if name.ends_with('村') { "village" } else { "town" };
            let town = json!({"municipality_code": code, "name": name, "kana": "かくうのよみ", "kind": kind,
                "population": population, "member_class": "full", "joined_on": "2026-04-01"});
            let id = people.post("admin", &members, &town)["id"].as_str().unwrap().to_owned();
            people.enter(&format!("golden_{code}"), Role::Contact, Some(&consortium), Some(&id));
            ids.push(id);
        }
        let invited: Vec<&str> = ids.iter().map(String::as_str).collect();
        let made = people.post("golden_lead", &format!("/consortia/{consortium}/rounds"), &round(&invited));
        let round = format!("/rounds/{}", made["id"].as_str().unwrap());
        let asked = people.post("golden_lead", &format!("{round}/surveys"), &survey("2026-05-20"));
        let asked = format!("/surveys/{}", asked["id"].as_str().unwrap());
        people.act("golden_lead", &format!("{asked}/open"));
        for ((code, _, _, seats), id) in TOWNS.iter().zip(&ids) {
            let who = format!("golden_{code}");
            people.put(&who, &format!("{asked}/answers/{id}"), None, &demand(*seats, *seats, *seats));
            people.act(&who, &format!("{asked}/answers/{id}/submit"));
        }
        people.act("golden_lead", &format!("{asked}/close"));
        let tiers =
            json!([{"up_to": 99, "unit": "30000"}, {"up_to": 299, "unit": "27000"}, {"up_to": null, "unit": "24000"}]);
        let offered = people.post(
            "golden_lead",
            &format!("{round}/quotes"),
            &quote("見積", &json!({"mode": "volume", "tiers": tiers})),
        );
        let offered = offered["id"].as_str().unwrap();

        let browser = Browser::signed_in(app, &email("golden_lead"), PASSWORD);
        for (equal, population, shares, more) in SPLITS {
            let fields = [
                ("name", "案".to_owned()),
                ("quote_id", offered.to_owned()),
                ("demand", "base".to_owned()),
                ("sharing/rule/kind", "mixture".to_owned()),
                ("sharing/rule/equal", equal.to_string()),
                ("sharing/rule/population", population.to_string()),
                ("sharing/rounding/mode", "largest_remainder".to_owned()),
                ("sharing/rounding/unit_yen", "1".to_owned()),
            ];
            let query: Vec<String> =
                fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
            let page = browser.get(&format!("{round}/scenarios/new?{}", query.join("&"))).text;
            let split = format!("{equal}/{population}");
            let rows: Vec<&str> = page.split("<tr ").filter(|row| row.contains("scope=\"row\"")).collect();
            let row = |town: &str, what: &str| rows.iter().any(|row| row.contains(town) && row.contains(what));
            for ((_, town, ..), share) in TOWNS.iter().zip(shares) {
                assert!(row(town, &format!("<strong>{share}円</strong>")), "{split}: {town} {share} in {page}");
            }
            assert!(page.contains("7,920,000"), "the bill");
            assert!(page.contains("均等割の上限は<strong>8.33％</strong>"), "{split}: {page}");
            let dearer: Vec<&str> = rows.iter().filter(|row| row.contains("単独より高い</span>")).copied().collect();
            match more {
                None => assert!(dearer.is_empty(), "{split}: {dearer:?}"),
                Some((town, yen)) => {
                    assert_eq!(dearer.len(), 1, "{split}: {dearer:?}");
                    assert!(
                        dearer[0].contains(town) && dearer[0].contains(&format!("{yen}円 増")),
                        "{split}: {dearer:?}"
                    );
                }
            }
        }
        assert!(people.all("golden_lead", &format!("{round}/scenarios")).is_empty(), "to try keeps nothing");
    });
}
