//! What the reads of one petition are checked against: grants, purposes, two people, recusal.

use super::*;

fn read(seen: Seen) -> Read {
    Read {
        unit: UnitId(uuid::Uuid::nil()),
        level: Level::County,
        roles: BTreeSet::from([Role::Handler]),
        seen,
    }
}

fn words(sealed: &[u8]) -> SealedWords {
    SealedWords { id: ContentId(uuid::Uuid::nil()), sealed: sealed.to_vec() }
}

fn asked(by_words: &[u8]) -> Read {
    let field = IdentityField::Name;
    read(Seen::Asked { field, purpose: Purpose::Serve, words: words(by_words) })
}

fn agreed(ask: u64, field: IdentityField) -> Read {
    read(Seen::Agreed { ask, field, under: false })
}

/// A sealed petition, from which one official is kept since the tenth minute.
fn sealed() -> Reads {
    let kept = BTreeMap::from([(OfficialId(uuid::Uuid::from_u128(7)), 600_000)]);
    Reads::of(Timeline { sealed: vec![(0, true)], kept, ..Timeline::default() })
}

#[test]
fn dual_1_in_a_sealed_matter_one_asks_and_another_agrees() {
    let mut reads = sealed();
    let name = IdentityField::Name;
    assert!(reads.follow(0, 90_000, "a", &revealed(name)).is_some_and(|what| what.contains("DUAL-1")));
    assert_eq!(reads.follow(1, 90_000, "a", &asked(b"x")), None);
    for (actor, ask, field, at, why) in [
        ("a", 1, name, 91_000, "oneself"),
        ("b", 9, name, 91_000, "nothing"),
        ("b", 1, IdentityField::Phone, 91_000, "another field"),
        ("b", 1, name, 89_000, "before it"),
        ("b", 1, name, 90_000 + 86_400_000 + 60_001, "a day later"),
    ] {
        let found = reads.follow(2, at, actor, &agreed(ask, field));
        assert!(found.is_some_and(|what| what.contains("DUAL-1")), "{why}");
    }
    assert_eq!(reads.follow(3, 100_000, "b", &agreed(1, name)), None);
    let again = reads.follow(8, 100_500, "c", &agreed(1, name));
    assert!(again.is_some_and(|what| what.contains("twice")), "{again:?}");
    assert_eq!(reads.follow(4, 110_000, "a", &named(3)), None, "open to whoever asked");
    assert!(reads.follow(5, 110_000, "b", &named(3)).is_some(), "not to whoever agreed");
    assert!(reads.follow(6, 100_000 + 660_001, "a", &named(3)).is_some(), "too late");
    assert!(reads.follow(7, 120_000, "a", &asked(b"")).is_some(), "no words");
}

#[test]
fn i7_nobody_reads_what_they_are_kept_from() {
    let kept = uuid::Uuid::from_u128(7).to_string();
    let case = read(Seen::Case);
    assert_eq!(sealed().follow(0, 660_000, &kept, &case), None, "recorded within a minute");
    assert!(sealed().follow(0, 660_001, &kept, &case).is_some_and(|what| what.contains("I7")));
    let other = uuid::Uuid::from_u128(8).to_string();
    assert_eq!(sealed().follow(0, 660_001, &other, &case), None);
}

fn revealed(field: IdentityField) -> Read {
    read(Seen::Identity { field, purpose: Purpose::Serve, words: words(b"x") })
}

fn named(grant: u64) -> Read {
    read(Seen::Letter { letter: 0, grant: Some(grant) })
}

#[test]
fn i8_a_name_is_shown_only_inside_what_its_reader_asked_for() {
    let mut reads = Reads::default();
    assert_eq!(reads.follow(0, 1_000, "a", &revealed(IdentityField::Name)), None);
    assert_eq!(reads.follow(1, 1_000, "a", &revealed(IdentityField::Phone)), None);
    assert_eq!(reads.follow(2, 1_000, "a", &named(0)), None);
    assert_eq!(reads.follow(3, 661_000, "a", &named(0)), None, "the tenth minute, recorded within the next");
    for (at, actor, grant, why) in [
        (661_001, "a", 0, "too late"),
        (999, "a", 0, "before it"),
        (2_000, "b", 0, "another reader's"),
        (2_000, "a", 1, "another field's"),
        (2_000, "a", 9, "none"),
    ] {
        assert!(reads.follow(4, at, actor, &named(grant)).is_some_and(|what| what.contains("I8")), "{why}");
    }
    assert_eq!(reads.follow(5, 0, "b", &read(Seen::Letter { letter: 0, grant: None })), None);
}

#[test]
fn i8_a_paper_shows_only_what_its_reader_had_asked_for() {
    let mut reads = Reads::default();
    let paper = |grants: &[u64]| {
        read(Seen::Paper { paper: "registration-1".into(), grants: grants.iter().copied().collect() })
    };
    assert_eq!(reads.follow(0, 1_000, "a", &revealed(IdentityField::Name)), None);
    assert_eq!(reads.follow(1, 1_000, "a", &revealed(IdentityField::Phone)), None);
    assert_eq!(reads.follow(2, 661_000, "a", &paper(&[0, 1])), None);
    assert_eq!(reads.follow(3, 661_001, "b", &paper(&[])), None, "nothing of who filed it");
    for (at, actor, grants) in [(661_001, "a", &[0][..]), (2_000, "b", &[0]), (2_000, "a", &[0, 9])] {
        assert!(
            reads.follow(4, at, actor, &paper(grants)).is_some_and(|what| what.contains("I8")),
            "{grants:?}"
        );
    }
}

#[test]
fn acc_1_a_purpose_has_words() {
    let silent = Seen::Identity { field: IdentityField::Name, purpose: Purpose::Serve, words: words(b"") };
    assert!(Reads::default().follow(0, 0, "a", &read(silent)).is_some());
    assert!(Reads::default().follow(0, 0, "a", &read(Seen::Code { words: words(b"") })).is_some());
    assert_eq!(Reads::default().follow(0, 0, "a", &read(Seen::Code { words: words(b"x") })), None);
}

#[test]
fn words_of_fields_and_purposes_are_read_back() {
    for field in IdentityField::ALL {
        assert_eq!(IdentityField::parse(field.word()), Some(field));
    }
    for purpose in Purpose::ALL {
        assert_eq!(Purpose::parse(purpose.word()), Some(purpose));
    }
    assert_eq!(Purpose::parse("curiosity"), None);
}
