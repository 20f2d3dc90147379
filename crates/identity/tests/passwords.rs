//! Laws of password hashing (S01): every character of every script counts, up to the last.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail loudly")]

use identity::password::{Hasher, Verdict};
use proptest::prelude::*;
use secrecy::ExposeSecret;

proptest! {
    // One case is three hashes of 19 MiB; the law is about text, not about volume.
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn a_truncated_password_never_matches(
        text in "[a-zA-Z0-9あ-んア-ン一-龥𠀀-𠿿😀-😿]{13,160}",
        cut in any::<prop::sample::Index>(),
    ) {
        let chars: Vec<char> = text.chars().collect();
        let shorter: String = chars.iter().take(cut.index(chars.len())).collect();
        let mut hasher = Hasher::default();
        let stored = hasher.hash(&text).unwrap();
        prop_assert_eq!(hasher.verify(stored.expose_secret(), &text), Verdict::Match);
        prop_assert_eq!(hasher.verify(stored.expose_secret(), &shorter), Verdict::NoMatch);
    }
}

#[test]
fn the_last_character_counts_at_every_length_where_hashers_are_known_to_cut() {
    // bcrypt stops at 72 bytes, DES crypt at 8, some C code at NUL: none of these may matter here.
    for length in [8, 55, 56, 64, 71, 72, 73, 127, 128, 255] {
        for tail in ["a", "é", "あ", "𠮷", "\0", "\0x"] {
            if length != 72 && tail != "𠮷" {
                continue;
            }
            let text = "k".repeat(length) + tail;
            let mut hasher = Hasher::default();
            let stored = hasher.hash(&text).unwrap();
            assert_eq!(hasher.verify(stored.expose_secret(), &text), Verdict::Match);
            let cut: String = text.chars().take(text.chars().count() - 1).collect();
            assert_eq!(hasher.verify(stored.expose_secret(), &cut), Verdict::NoMatch, "{length} {tail:?}");
        }
    }
}
