use super::*;
use crate::model::{HoldReason, Precision};
use crate::store::contract::{draft, now, paper, source};

fn candidate(id: i64, keys: &[&str], title: &str) -> Candidate {
    Candidate {
        item: ItemId(id),
        standing: Standing::Ready,
        keys: keys.iter().map(|key| (*key).to_owned()).collect(),
        title: title.into(),
        summary: None,
        fingerprint: 0,
        published: PubDate { at: now(), precision: Precision::Second, origin: DateOrigin::FirstSeen },
        first_seen: now(),
        sightings: Vec::new(),
        statement: None,
    }
}

fn judged(keys: &[&str], title: &str, candidates: &[Candidate], claimed: &[i64]) -> Verdict {
    let draft = draft("a", title);
    let mut unique = Unique::of(&draft);
    unique.keys = keys.iter().map(|key| (*key).to_owned()).collect();
    let statement = Statement::of(&draft, &unique.keys);
    judge(&unique, &statement, candidates, &claimed.iter().map(|id| ItemId(*id)).collect(), now())
}

fn merge_into(item: i64, twins: &[i64]) -> Verdict {
    Verdict::Merge { item: ItemId(item), twins: twins.iter().map(|id| ItemId(*id)).collect() }
}

const TITLE: &str = "Khánh thành cầu Nậm La sau hai năm";

#[test]
fn no_shared_key_is_new_however_alike() {
    assert_eq!(judged(&["p:a"], TITLE, &[candidate(1, &["p:b"], TITLE)], &[]), Verdict::New);
}

#[test]
fn what_was_said_before_is_the_same() {
    let draft = draft("a", TITLE);
    let unique = Unique::of(&draft);
    let statement = Statement::of(&draft, &unique.keys);
    let known = Candidate { statement: Some(statement), ..candidate(1, &["p:bao.vn/a"], TITLE) };
    assert_eq!(judge(&unique, &statement, &[known], &HashSet::new(), now()), Verdict::Same(ItemId(1)));
}

#[test]
fn address_wins_over_origin_id_where_they_disagree() {
    let known = [candidate(1, &["o:bao/xa-hoi:7"], "Giá cà phê tăng mạnh"), candidate(2, &["p:a"], TITLE)];
    assert_eq!(judged(&["o:bao/xa-hoi:7", "p:a"], TITLE, &known, &[]), merge_into(2, &[]));
}

#[test]
fn origin_id_needs_title_or_ids_that_do_not_speak_against_it() {
    let other = "Giá cà phê tăng mạnh";
    let known = |title: &str| [candidate(1, &["o:bao/xa-hoi:7", "s:X1"], title)];
    let asked = |title: &str, claimed: &[i64]| judged(&["o:bao/xa-hoi:7", "s:X2"], TITLE, &known(title), claimed);
    assert_eq!(asked(TITLE, &[]), merge_into(1, &[]));
    assert_eq!(asked(other, &[]), Verdict::New);
    assert_eq!(asked(TITLE, &[1]), Verdict::New, "the same document shows that item elsewhere");
    assert_eq!(judged(&["o:bao/xa-hoi:7"], TITLE, &known(other), &[]), merge_into(1, &[]));
}

#[test]
fn title_and_day_need_that_nothing_tells_the_two_apart() {
    let title = "t:cau|2026-02-14";
    let asked = |mine: &str, theirs: &str| judged(&[mine, title], TITLE, &[candidate(1, &[theirs, title], TITLE)], &[]);
    assert_eq!(asked("p:a", "p:b"), merge_into(1, &[]));
    assert_eq!(asked("s:X1", "s:X2"), Verdict::New);
    assert_eq!(asked("o:bao/xa-hoi:1", "o:bao/xa-hoi:2"), Verdict::New);
    assert_eq!(asked("o:bao/xa-hoi:1", "o:bao/rss:2"), merge_into(1, &[]));
}

#[test]
fn stored_twins_are_joined_only_where_all_agrees() {
    let first = || candidate(1, &["p:a"], TITLE);
    let asked = |other: Candidate| judged(&["p:a", "p:b"], TITLE, &[first(), other], &[]);
    assert_eq!(asked(candidate(2, &["p:b"], TITLE)), merge_into(1, &[2]));
    assert_eq!(asked(candidate(2, &["p:b"], "Giá cà phê tăng mạnh")), merge_into(1, &[]));
    let held = Standing::Held { why: HoldReason::Unlike };
    assert_eq!(asked(Candidate { standing: held, ..candidate(2, &["p:b"], TITLE) }), merge_into(1, &[]));
    let long_ago = now() - Duration::days(60);
    let old = |id, key| Candidate { first_seen: long_ago, ..candidate(id, &[key], TITLE) };
    assert_eq!(judged(&["p:a", "p:b"], TITLE, &[old(1, "p:a"), old(2, "p:b")], &[]), merge_into(1, &[]));
}

#[test]
fn what_one_source_showed_side_by_side_is_two_by_title_and_day() {
    let shown = |from: i64, until: i64| Shown {
        by: source("xa-hoi"),
        from: now() + Duration::hours(from),
        until: now() + Duration::hours(until),
    };
    let asked = |first: Shown, second: Shown| {
        let with = |id, keys: &[&str], shown| Candidate { sightings: vec![shown], ..candidate(id, keys, TITLE) };
        let known = [with(1, &["p:a"], first), with(2, &["t:cau|2026-02-14"], second)];
        judged(&["p:a", "t:cau|2026-02-14"], TITLE, &known, &[])
    };
    assert_eq!(asked(shown(2, 3), shown(0, 1)), merge_into(1, &[2]));
    assert_eq!(asked(shown(1, 3), shown(0, 1)), merge_into(1, &[]));
}

#[test]
fn keys_are_told_by_kind_and_bounded() {
    assert_eq!(paper().as_str(), "bao");
    assert_eq!(key_text(&ItemKey::OriginId(source("xa-hoi"), "urn:1".into())), "o:bao/xa-hoi:urn:1");
    let long = |end: &str| key_text(&ItemKey::Permalink(format!("bao.vn/{}{end}", "đ".repeat(5000))));
    assert!(long("a").len() <= LONGEST_KEY && long("a").starts_with("p:bao.vn/") && long("a") != long("b"));
}
