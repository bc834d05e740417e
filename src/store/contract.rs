//! What holds for every store: one conformance suite, run over each by `contract_tests!`.

pub(super) mod archive;
mod articles;
pub(super) mod bodies;
pub(super) mod choice;
pub(super) mod counts;
mod history;
mod identity;
pub(super) mod renamed;
mod search;
mod standing;
pub(super) mod stream;
pub(super) mod subscribers;
pub(super) mod webhooks;

pub(super) use articles::*;
pub(super) use history::*;
pub(super) use identity::*;
pub(super) use search::*;
pub(super) use standing::*;

use super::*;
use crate::model::{
    CategorySlug, DateOrigin, Enclosure, Format, HoldReason, Image, ItemKey, Permalink, Precision, Progress, PubDate,
    Refusal, SafeHtml, Standing, SubscriptionState, Terms,
};
use chrono::Duration as Span;
use std::collections::BTreeSet;
use std::sync::Arc;

pub(super) fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("a moment of the test")
}

pub(super) fn now() -> DateTime<Utc> {
    at("2026-02-14T10:00:00Z")
}

pub(super) fn paper() -> PaperId {
    PaperId::new("bao").expect("a slug")
}

pub(super) fn source(section: &str) -> SourceId {
    SourceId::new(&paper(), section).expect("a slug")
}

fn category(slug: &str, title: &str) -> Category {
    Category { slug: CategorySlug::new(slug).expect("a slug"), title: title.into() }
}

pub(super) fn all() -> Selection {
    Selection::of(paper(), None, 100)
}

fn of(slug: &str) -> Selection {
    Selection::of(paper(), CategorySlug::new(slug).ok(), 100)
}

fn url(text: &str) -> Url {
    Url::parse(text).expect("a URL of the test")
}

/// An undated entry of `bao/xa-hoi` at `https://bao.vn/PATH`, keyed by that address.
pub(super) fn draft(path: &str, title: &str) -> Draft {
    let link = url(&format!("https://bao.vn/{path}"));
    Draft {
        source: source("xa-hoi"),
        paper: paper(),
        keys: vec![ItemKey::Permalink(format!("bao.vn/{path}"))],
        permalink: Permalink::new(link).expect("a web address"),
        title: title.into(),
        summary: Some(format!("Tóm tắt của bài {title}.")),
        content: None,
        categories: vec![category("xa-hoi", "Xã hội")],
        authors: Vec::new(),
        language: None,
        image: None,
        enclosures: Vec::new(),
        published: None,
        updated: None,
        place: 0,
        fingerprint: 7,
    }
}

fn from(section: &str, mut draft: Draft) -> Draft {
    draft.source = source(section);
    draft
}

fn keyed(mut draft: Draft, key: ItemKey) -> Draft {
    draft.keys.insert(0, key);
    draft
}

fn origin_id(id: &str) -> ItemKey {
    ItemKey::OriginId(source("xa-hoi"), id.into())
}

fn site_id(id: &str) -> ItemKey {
    ItemKey::SiteId(format!("bao.vn|{id}"))
}

fn dated(mut draft: Draft, at: DateTime<Utc>, origin: DateOrigin) -> Draft {
    draft.published = Some(PubDate { at, precision: Precision::Second, origin });
    let words = crate::text::fold(&draft.title);
    draft.keys.push(ItemKey::TitleDay(format!("{words}|{}", at.date_naive())));
    draft
}

pub(super) fn batch(drafts: Vec<Draft>) -> Batch {
    let mut drafts = drafts;
    for (place, draft) in drafts.iter_mut().enumerate() {
        draft.place = place;
    }
    Batch {
        source: drafts.first().map_or_else(|| source("xa-hoi"), |d| d.source.clone()),
        paper: paper(),
        authority: "Bao.vn:8080".into(),
        now: now(),
        poll: None,
        memory: None,
        drafts: Arc::new(drafts),
        coverage: Coverage::Whole,
        arrival: Arrival::Ready,
        release: Vec::new(),
        article: None,
        origins: Vec::new(),
        body: None,
        anew: None,
    }
}

fn later(hours: i64, batch: Batch) -> Batch {
    Batch { now: now() + Span::hours(hours), ..batch }
}

fn arriving(arrival: Arrival, batch: Batch) -> Batch {
    Batch { arrival, ..batch }
}

fn read(item: ItemId, outcome: ArticleOutcome) -> Batch {
    Batch { article: Some(ArticleRead { item, outcome }), ..batch(Vec::new()) }
}

async fn put<S: Store>(store: &S, batch: Batch) -> Commit {
    store.commit(batch).await.expect("a commit")
}

async fn items<S: Store>(store: &S) -> Vec<Item> {
    store.items(&all()).await.expect("items")
}

async fn titles<S: Store>(store: &S) -> Vec<String> {
    items(store).await.into_iter().map(|item| item.title).collect()
}

async fn head<S: Store>(store: &S, selection: Selection) -> Revision {
    store.head(&selection).await.expect("a head")
}

/// One test a fact, each over a store that `$open` makes: `(store, what keeps it alive)`.
macro_rules! contract_tests {
    ($open:expr) => {
        contract_tests! { $open =>
            new_items_are_published_with_all_their_facts same_batch_twice_changes_nothing undated_items_keep_page_order
            equal_dates_keep_document_order one_article_in_three_sections_is_one_item
            sources_that_word_a_title_differently_do_not_flap edit_keeps_guid_and_date_and_moves_updated
            what_is_no_longer_stated_stays site_id_recognizes_a_renamed_article new_origin_ids_bring_no_new_item
            origin_id_recognizes_a_new_address numbered_ids_that_shift_take_no_other_item
            entries_that_share_an_address_stay_apart_by_id twins_in_a_document_are_one_item
            standing_title_on_other_days_is_another_article bulletins_and_parts_never_merge
            title_and_day_recognize_another_form_of_the_address papers_do_not_take_each_others_items
            awaited_item_is_published_with_its_article forbidden_article_is_published_at_once
            grace_publishes_and_a_late_read_fills_but_never_dates article_is_given_up_after_eight_failures
            postponed_article_is_no_failure newest_articles_are_due_first item_waits_no_more_where_no_page_is_read
            held_items_wait_for_release recognition_tells_old_titles_from_new_ones
            two_items_that_prove_one_are_joined_under_the_older_guid
            repairs_are_bounded_and_never_join_numbered_parts heads_move_only_where_something_changed
            labels_are_bounded_and_configured_categories_are_not configured_title_of_a_category_wins
            category_is_over_when_its_sections_left_and_labels_cannot_name_it
            states_memory_and_origins_come_back claim_holds_until_the_polls_own_state_follows
            renamed_source_is_told_once
            publications_come_back_until_they_are_gone retention_keeps_the_newest_and_takes_a_fifth_at_most
            what_a_source_still_shows_is_not_pruned better_witness_dates_an_item_until_it_is_ready
            nothing_is_published_without_a_title
            subscriptions_come_back_until_they_are_gone
            substantive_edit_keeps_the_version_before
            versions_of_an_item_are_bounded
            change_stream_tells_each_change_once_and_in_order
            item_that_proves_another_one_is_told_as_gone
            item_gone_twice_a_day_apart_is_withdrawn_and_comes_back
            what_falls_off_the_end_or_stands_elsewhere_is_not_absent
            absence_ends_when_the_item_is_shown_or_its_page_stands
            host_is_asked_for_few_absent_pages_a_day
            no_list_brings_back_what_the_operator_withdrew
            erased_item_never_comes_back
            more_than_a_fifth_goes_only_after_a_day
            wish_to_remove_much_is_forgotten_when_it_is_withdrawn
            database_beyond_its_bound_loses_the_oldest
            search_finds_folded_words_phrases_and_beginnings
            search_ranks_marks_as_typed_and_titles_first
            search_shows_the_text_as_the_paper_wrote_it
            nothing_that_is_typed_is_an_error
            search_follows_what_readers_see
            search_of_one_paper_finds_its_own_alone
            searched_items_are_whole_and_the_newest_first
            items_that_left_the_feeds_are_not_found_as_items
        }

        use crate::store::contract::{self, archive, bodies, choice, counts, renamed, stream, subscribers, webhooks};
        contract_tests! { $open, stream =>
            pages_follow_one_another_with_the_items_as_they_are page_of_long_items_ends_early
            channel_tells_what_left_it_until_it_is_back item_that_came_back_has_not_left
            items_of_a_renamed_category_stand_in_the_new_one
        }
        contract_tests! { $open, archive =>
            items_wait_oldest_first_until_a_page_has_them page_takes_only_what_waits
            erased_item_leaves_its_pages_at_once withdrawn_item_stays_on_its_page_until_that_is_made_anew
            pages_go_from_the_far_end_when_nothing_of_them_is_kept
            items_of_a_renamed_category_wait_for_pages_of_the_new_one page_of_what_proved_another_item_is_made_anew
        }
        contract_tests! { $open, choice =>
            several_places_are_one_list_newest_first words_choose_over_folded_text
            newest_of_a_series_takes_the_place_of_the_older_ones older_of_a_series_is_back_when_the_newest_is_withdrawn
            channel_tells_of_what_it_had_and_left_and_of_nothing_else chosen_items_are_as_many_as_asked_for
        }
        contract_tests! { $open, renamed =>
            article_at_a_new_address_is_found_by_its_text
            text_recognizes_nothing_that_is_told_apart
            text_that_several_items_have_recognizes_none
            text_of_yesterday_recognizes_nothing
        }
        contract_tests! { $open, counts =>
            held_items_are_counted_since_their_first_sight repairs_are_counted_a_paper
            what_is_held_back_is_kept_until_it_is_replaced
        }
        contract_tests! { $open, subscribers =>
            subscribers_come_back_until_they_are_gone subscribers_are_counted_with_those_that_fail
        }
        contract_tests! { $open, webhooks =>
            webhooks_come_back_until_they_are_gone alerts_come_back_until_they_are_gone
        }
        contract_tests! { $open, bodies =>
            kept_documents_come_back_oldest_first unchanged_document_is_not_kept_twice
            newest_readable_document_stays_among_the_last kept_documents_are_bounded_over_all_sources
            documents_that_name_an_article_are_forgotten what_is_read_anew_corrects_facts_and_is_no_edit
            what_is_read_anew_corrects_only_what_its_source_had_said what_was_overlooked_is_dated_by_when_it_was_seen
            newer_document_has_the_word what_is_read_anew_brings_nothing_back_that_was_withdrawn
        }

        #[tokio::test]
        async fn lost_database_mints_the_same_guids() {
            let ((one, _alive), (other, _alive_too)) = ($open, $open);
            crate::store::contract::lost_database_mints_the_same_guids(&one, &other).await;
        }
    };
    ($open:expr => $($fact:ident)*) => {
        contract_tests! { $open, contract => $($fact)* }
    };
    ($open:expr, $topic:ident => $($fact:ident)*) => {
        $(#[tokio::test]
        async fn $fact() {
            let (store, _alive) = $open;
            $topic::$fact(&store).await;
        })*
    };
}
pub(super) use contract_tests;
