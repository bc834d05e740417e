use super::*;
use crate::model::{Channel, Item, SafeHtml, Tombstone};
use crate::publish::stub::{StubStore, at};
use crate::publish::tests::settings;
use crate::publish::{Ready, configured_channels};
use crate::render::{lint::lint, render_all};
use proptest::prelude::*;

fn channel() -> Channel {
    let mut channel = configured_channels(&settings(&["bao"]), at(0)).remove(0);
    channel.full_content = true;
    channel.papers.iter_mut().for_each(|paper| paper.full_content = true);
    channel
}

/// So many items, the newest last.
fn items(count: i64) -> Vec<Item> {
    let store = StubStore::default();
    (1..=count).for_each(|second| store.add("bao", &[], second));
    store.items.into_inner().expect("lock")
}

/// The RSS and the Atom of these items.
fn documents(items: &[Item], gone: &[Tombstone]) -> [Publication; 2] {
    let [rss, atom, ..] = render_all(&channel(), items, gone);
    assert!(rss.path.ends_with(".rss") && atom.path.ends_with(".atom"));
    [rss, atom]
}

fn tombstone(guid: &str) -> Tombstone {
    Tombstone { guid: guid.to_owned(), at: at(9) }
}

fn cuts(publication: &Publication) -> Cuts {
    Cuts::of(publication, &RandomState::new(), None).expect("our own shape")
}

/// What is new in `after` since `before`, and how many entries that is.
fn delta(before: &Publication, after: &Publication) -> Option<(Vec<u8>, usize)> {
    let keyed = RandomState::new();
    let cuts = Cuts::of(after, &keyed, Cuts::of(before, &keyed, None).as_ref()).expect("our own shape");
    let version = cuts.version(before.etag.trim_matches('"')).expect("remembered");
    let delta = cuts.since(version, &after.body, Coding::Identity, after.body.len())?;
    let publication = Publication { body: delta.body.to_vec().into(), ..after.clone() };
    assert_eq!(lint(&publication), [], "{}", String::from_utf8_lossy(&delta.body));
    let count = Outline::of(&delta.body).expect("the same shape").starts.len();
    Some((delta.body.into(), count))
}

fn titles(document: &[u8]) -> Vec<&str> {
    let text = std::str::from_utf8(document).expect("UTF-8");
    text.split('\n').filter_map(|line| line.split_once("<title>")?.1.split_once("</title>")).map(|(t, _)| t).collect()
}

#[test]
fn delta_holds_what_is_new_or_different_in_its_order_and_nothing_else() {
    let (before, mut after) = (items(5), items(7));
    after[1].title = "Bài số 2, sửa".to_owned();
    for (before, after) in documents(&before, &[]).iter().zip(&documents(&after, &[])) {
        let (delta, count) = delta(before, after).expect("smaller");
        assert_eq!((count, &titles(&delta)[1..]), (3, &["Bài số 7", "Bài số 6", "Bài số 2, sửa"][..]));
        let foot = if after.path.ends_with("rss") { "\n</channel></rss>" } else { "\n</feed>" };
        let head = after.body.len() - foot.len();
        assert!(delta.ends_with(&after.body[head..]) && after.body.starts_with(&delta[..200]));
    }
}

#[test]
fn delta_of_what_only_lost_items_is_empty_in_rss_and_tells_who_left_in_atom() {
    let left = &items(5)[..1];
    let rest = &items(5)[1..];
    let older = [tombstone("tag:bao.example,2026:bao/older")];
    let gone = [tombstone(&left[0].guid), older[0].clone()];
    let ([rss, atom], [rss_after, atom_after]) = (documents(&items(5), &older), documents(rest, &gone));
    assert_eq!(delta(&rss, &rss_after).expect("smaller").1, 0);
    let (told, count) = delta(&atom, &atom_after).expect("smaller");
    let told = String::from_utf8(told).expect("UTF-8");
    assert_eq!((count, told.matches("<at:deleted-entry ").count(), told.contains(&left[0].guid)), (1, 1, true));
}

#[test]
fn delta_of_which_nothing_is_left_out_is_none() {
    let [rss, _] = documents(&[], &[]);
    let [all_new, _] = documents(&items(3), &[]);
    assert!(delta(&rss, &all_new).is_none());
}

#[test]
fn delta_is_packed_once_where_the_reader_takes_that_and_it_is_large() {
    let keyed = RandomState::new();
    let ([before, _], [after, _]) = (documents(&items(20), &[]), documents(&items(40), &[]));
    let cuts = Cuts::of(&after, &keyed, Some(&Cuts::of(&before, &keyed, None).expect("ours"))).expect("ours");
    let full = after.body.len();
    let of = |coding, full| cuts.since(0, &after.body, coding, full);
    let plain = of(Coding::Identity, full).expect("smaller");
    let packed = of(Coding::Gzip, full).expect("smaller");
    assert_eq!((plain.coding, packed.coding), (Coding::Identity, Coding::Gzip));
    assert!(packed.body.len() * 3 < plain.body.len());
    let mut unpacked = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&packed.body[..]), &mut unpacked).expect("gzip");
    assert_eq!(unpacked, plain.body);
    assert_eq!(of(Coding::Gzip, full).expect("smaller").body.as_ptr(), packed.body.as_ptr(), "made once");
    assert!(of(Coding::Gzip, packed.body.len()).is_none(), "all of it, packed better, is no larger");
    let [next, _] = documents(&items(21), &[]);
    let cuts = Cuts::of(&next, &keyed, Some(&Cuts::of(&before, &keyed, None).expect("ours"))).expect("ours");
    let small = cuts.since(0, &next.body, Coding::Gzip, full).expect("smaller");
    assert_eq!((small.coding, titles(&small.body).len()), (Coding::Identity, 2), "not worth it");
}

#[test]
fn large_delta_is_none() {
    let (keyed, mut large) = (RandomState::new(), items(3));
    let [before, _] = documents(&large[..2], &[]);
    large[2].content = Some(SafeHtml::vouch("<p>x</p>".repeat(MOST_DELTA_BYTES / 8)));
    large[1].content = large[2].content.clone();
    let [after, _] = documents(&large, &[]);
    let cuts = Cuts::of(&after, &keyed, Some(&Cuts::of(&before, &keyed, None).expect("ours"))).expect("ours");
    assert!(Coding::ALL.iter().all(|coding| cuts.since(0, &after.body, *coding, after.body.len()).is_none()));
}

#[test]
fn eight_versions_are_remembered_and_each_once() {
    let (keyed, mut cuts) = (RandomState::new(), None);
    let versions: Vec<Publication> = (1..=11).map(|count| documents(&items(count), &[])[1].clone()).collect();
    let tag = |version: usize| versions[version].etag.trim_matches('"');
    for version in versions.iter().chain([&versions[10], &versions[9]]) {
        cuts = Cuts::of(version, &keyed, cuts.as_ref());
    }
    let cuts = cuts.expect("ours");
    let known: Vec<Option<usize>> = (0..11).map(|version| cuts.version(tag(version))).collect();
    let expected = [None, None, Some(7), Some(6), Some(5), Some(4), Some(3), Some(2), Some(1), None, Some(0)];
    assert_eq!(known, expected, "the tenth is the present one");
}

#[test]
fn large_documents_remember_fewer_versions() {
    let (keyed, mut cuts) = (RandomState::new(), None);
    for version in 0..5 {
        let items = "\n<item></item>".repeat(MOST_REMEMBERED / 2 - version);
        let publication = Publication {
            body: format!("<rss><channel>{items}\n</channel></rss>").into_bytes().into(),
            etag: format!("\"{version}\""),
            ..documents(&[], &[])[0].clone()
        };
        cuts = Cuts::of(&publication, &keyed, cuts.as_ref());
    }
    assert_eq!(cuts.expect("ours").past.len(), 2);
}

#[test]
fn what_has_another_shape_is_not_cut() {
    let [rss, atom] = documents(&items(2), &[]);
    assert!(["bao/all.json", "bao/all.html", "feeds.opml", "search.rss", "rss"].iter().all(|path| !is_cut(path)));
    for whole in [&rss, &atom] {
        let text = std::str::from_utf8(&whole.body).expect("UTF-8");
        let shapes = [
            String::new(),
            "x".to_owned(),
            text[..text.len() - 1].to_owned(),
            format!("{text} "),
            text.replace('\n', ""),
            text.replace("</item>", "</item>x").replace("</entry>", "</entry>x"),
            text.replacen("</item>", "", 1).replacen("</entry>", "", 1),
            text.replacen("<description><![CDATA[", "<description><![CDATA", 1).replacen("]]>", "", 9) + "<",
        ];
        for shape in shapes {
            assert_eq!(Outline::of(shape.as_bytes()), None, "{shape}");
        }
        assert_eq!(cuts(whole).starts.len(), 2);
    }
}

#[test]
fn documents_of_no_target_have_no_deltas() {
    assert!(!Ready::of(&documents(&items(2), &[])[0]).expect("ready").has_deltas());
}

/// Pieces of text that look like the ends and beginnings of entries.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\n<item>"),
        Just("</item>"),
        Just("</item>\n<item>"),
        Just("\n<entry>"),
        Just("</entry>"),
        Just("\n<at:deleted-entry ref=\"x\"/>"),
        Just("\n</channel></rss>"),
        Just("\n</feed>"),
        Just("<![CDATA["),
        Just("]]>"),
        Just("]]"),
        Just("&lt;item&gt;"),
        Just("&"),
        Just("\"/>"),
        Just("tin"),
        Just("\n"),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

fn hostile_items() -> impl Strategy<Value = Vec<Item>> {
    let texts = (hostile(), hostile(), proptest::option::of(hostile()), hostile());
    prop::collection::vec(texts, 0..6).prop_map(|texts| {
        let mut made = items(6);
        made.truncate(texts.len());
        for (item, (title, summary, content, author)) in made.iter_mut().zip(texts) {
            item.title = format!("a {title}");
            item.summary = Some(summary);
            // as the sanitizer leaves text: no `]]>` and no element of a feed, but whatever else
            let markup = |text: String| text.replace("]]>", "]]&gt;").replace("<item", "&lt;item");
            item.content = content.map(|text| SafeHtml::vouch(format!("<p>{}</p>", markup(text))));
            item.authors = vec![author];
        }
        made
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn entries_are_found_whatever_they_say(items in hostile_items(), guids in prop::collection::vec(hostile(), 0..4)) {
        let gone: Vec<Tombstone> = guids.iter().map(|guid| tombstone(guid)).collect();
        for (document, count) in documents(&items, &gone).iter().zip([items.len(), items.len() + gone.len()]) {
            let outline = Outline::of(&document.body).expect("our own shape");
            prop_assert_eq!(outline.starts.len(), count);
            let empty = Version { tag: "".into(), entries: [].into() };
            let cuts = cuts(document);
            let parts = cuts.parts(&empty, &document.body);
            prop_assert_eq!(parts.len(), count + 2);
            prop_assert_eq!(&parts.concat()[..], &document.body[..]);
            let nothing = cuts.parts(&cuts.present, &document.body);
            prop_assert_eq!(nothing.len(), 2);
            let nothing = Publication { body: nothing.concat().into(), ..document.clone() };
            prop_assert_eq!(lint(&nothing), []);
        }
    }
}
