//! The running service checks itself by and by: every rule each time, the hashes a part at a time.

use crate::world;
use acceptance::run;
use app::verify::{CHAIN_RULE, Walk};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use store::fixtures;
use testkit::app::on_both;

#[test]
fn a_walk_comes_round_to_every_entry_and_ends_when_told() {
    on_both(|app| {
        let world = world(app);
        let turn = |walk: Walk| run(app::upkeep::verify(&app.service, walk, Arc::default())).unwrap();
        let (_, whole) = turn(Walk::whole());
        assert!(whole.findings.is_empty(), "{:#?}", whole.findings);
        let (mut walk, mut walked, mut turns) = (Walk::of(10, 1), 0, 0);
        while walked < whole.audit_entries {
            let (further, report) = turn(walk);
            assert!(report.findings.is_empty() && report.audit_entries <= 10, "{report:#?}");
            assert!(report.audit_entries > 0, "it goes on");
            (walk, walked, turns) = (further, walked + report.audit_entries, turns + 1);
        }
        assert!(turns > 2, "{turns}");

        // An old entry is edited: whoever walks comes by.
        let edit = format!(
            "UPDATE audit_entries SET details = '{{}}' WHERE scope = '{}' AND sequence = 3",
            world.ids["consortium_id"]
        );
        fixtures::damage(app.database(), &edit).unwrap();
        let mut found = Vec::new();
        for _ in 0..=turns {
            let (further, report) = turn(walk);
            walk = further;
            found.extend(report.findings);
        }
        assert!(!found.is_empty() && found.iter().all(|finding| finding.rule == CHAIN_RULE), "{found:#?}");

        let stopping = Arc::new(AtomicBool::new(true));
        assert_eq!(run(app::upkeep::verify(&app.service, walk, stopping)), Err(app::Error::Busy));
    });
}
