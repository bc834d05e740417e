//! What any store recognizes by its text alone.

use super::*;

const TITLE: &str = "Khánh thành cầu Nậm La sau hai năm thi công";
const TEXT: &str = "Sáng nay, người dân hai bên bờ suối Nậm La vui mừng đi qua cây cầu mới dài bốn mươi mét.";

fn told(path: &str, title: &str) -> Draft {
    Draft { summary: Some(TEXT.to_owned()), ..draft(path, title) }
}

async fn count<S: Store>(store: &S) -> usize {
    items(store).await.len()
}

pub(in crate::store) async fn article_at_a_new_address_is_found_by_its_text<S: Store>(store: &S) {
    put(store, batch(vec![told("cau", TITLE), draft("b", "Giá cà phê tăng mạnh")])).await;
    let before = items(store).await;
    let edited = told("cau-moi", &format!("{TITLE} (bổ sung)"));
    let commit = put(store, later(3, batch(vec![edited.clone(), draft("b", "Giá cà phê tăng mạnh")]))).await;
    assert_eq!((commit.new, commit.changed), (0, 1));
    let after = items(store).await;
    let known =
        |items: &[Item]| items.iter().map(|item| (item.guid.clone(), item.published.at)).collect::<BTreeSet<_>>();
    assert_eq!(known(&before), known(&after));
    assert!(after.iter().any(|item| item.title == edited.title && item.permalink == edited.permalink));
    assert_eq!(put(store, later(4, batch(vec![edited]))).await.same, 1, "its new address is its own from now on");
}

pub(in crate::store) async fn text_recognizes_nothing_that_is_told_apart<S: Store>(store: &S) {
    let first = keyed(keyed(told("cau", TITLE), origin_id("7")), site_id("Ab3dEf9hK"));
    put(store, batch(vec![first.clone()])).await;
    for (hours, other) in [
        (1, keyed(keyed(told("a-1", TITLE), origin_id("9")), site_id("Xy3dEf9hK"))),
        (2, keyed(told("a-2", TITLE), origin_id("8"))),
        (3, told("a-3", "Khánh thành cầu Nậm La sau ba năm thi công")),
        (4, told("a-4", "Khánh thành cầu Nậm Păm sau hai năm thi công")),
        (5, told("a-5", "Khánh thành cầu Nậm La sau hai năm thi công (Kỳ cuối)")),
    ] {
        assert_eq!(put(store, later(hours, batch(vec![other.clone()]))).await.new, 1, "{}", other.title);
    }
    let beside = batch(vec![told("a-9", "Khánh thành cầu Nậm La sau hai năm xây dựng"), first]);
    assert_eq!(put(store, later(6, beside)).await.new, 1, "the same document shows the item at its address");
    assert_eq!(count(store).await, 7);
}

pub(in crate::store) async fn text_that_several_items_have_recognizes_none<S: Store>(store: &S) {
    let forms = ["Lễ trao quà ở bản", "Lễ trao quà ở xã", "Lễ trao quà ở làng"]
        .map(|title| told(&title.replace(' ', "-"), title));
    put(store, batch(forms[..2].to_vec())).await;
    assert_eq!(put(store, later(1, batch(forms[2..].to_vec()))).await.new, 1);
    let both = vec![told("x-1", TITLE), told("x-2", TITLE)];
    assert_eq!(put(store, later(2, batch(vec![told("x", TITLE)]))).await.new, 1);
    assert_eq!(put(store, later(3, batch(both))).await.new, 2, "which of the two it is, nobody knows");
}

pub(in crate::store) async fn text_of_yesterday_recognizes_nothing<S: Store>(store: &S) {
    put(store, batch(vec![told("cau", TITLE)])).await;
    assert_eq!(put(store, later(25, batch(vec![told("cau-moi", TITLE)]))).await.new, 1);
}
