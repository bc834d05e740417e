//! How SQLite goes about the statements: a history of any length must cost the same.

use super::*;

fn plan(db: &Connection, query: &str) -> String {
    let mut statement = db.prepare(&format!("explain query plan {query}")).expect("a statement");
    let count = statement.parameter_count();
    let nothing: Vec<rusqlite::types::Null> = vec![rusqlite::types::Null; count];
    let steps =
        statement.query_map(rusqlite::params_from_iter(nothing), |row| row.get::<_, String>(3)).expect("a plan");
    steps.map(|step| step.expect("a step")).collect::<Vec<_>>().join("; ")
}

/// A store whose statistics say that its tables are large.
async fn large() -> (SqliteStore, TempDir) {
    let (store, folder) = fresh();
    store.commit(list(0..3_000)).await.expect("a commit");
    store.optimize().await.expect("house work");
    (store, folder)
}

#[tokio::test]
async fn no_statement_walks_a_whole_table() {
    let (store, _folder) = large().await;
    let walks = store.read("looking", |db| {
        let of_all = [
            absence::PLANNED,
            archive::PLANNED,
            article::PLANNED,
            category::PLANNED,
            change::PLANNED,
            choice::PLANNED,
            stream::PLANNED,
            erase::PLANNED,
            item::PLANNED,
            key::PLANNED,
            prune::PLANNED,
            recognize::PLANNED,
            renamed::PLANNED,
            revision::PLANNED,
            search::PLANNED,
            sighting::PLANNED,
        ];
        let plans = of_all.concat().into_iter().map(|query| (query, plan(db, query)));
        Ok(plans
            .filter(|(_, plan)| plan.split("; ").any(|step| step.starts_with("SCAN") && !is_small(step)))
            .collect::<Vec<_>>())
    });
    assert_eq!(walks.await.expect("plans"), []);
}

/// The row that `select 1` makes, and what a step before has gathered.
fn is_small(step: &str) -> bool {
    step == "SCAN CONSTANT ROW"
        || step.starts_with("SCAN (subquery")
        || step.starts_with("SCAN absence")
        || step == "SCAN archive USING INDEX archive_broken"
}

#[tokio::test]
async fn newest_items_of_a_channel_are_read_off_an_index_in_order() {
    let (store, _folder) = large().await;
    let plans = store.read("looking", |db| Ok(item::PLANNED.iter().map(|query| plan(db, query)).collect::<Vec<_>>()));
    let plans = plans.await.expect("plans");
    assert!(plans.iter().all(|plan| !plan.contains("TEMP B-TREE")), "{plans:?}");
    assert!(plans.iter().any(|plan| plan.contains("item_category_by_date")), "{plans:?}");
}

#[tokio::test]
async fn what_waits_for_the_archives_is_read_off_an_index_of_its_own() {
    let (store, _folder) = fresh();
    let plans =
        store.read("looking", |db| Ok(archive::PLANNED[..2].iter().map(|query| plan(db, query)).collect::<Vec<_>>()));
    let plans = plans.await.expect("plans");
    let is_short = |plan: &String| plan.contains("unarchived (");
    assert!(plans.iter().all(is_short), "{plans:?}");
}

#[tokio::test]
async fn retention_walks_along_the_dates() {
    let (store, _folder) = large().await;
    let plans = store.read("looking", |db| Ok(prune::PLANNED.iter().map(|query| plan(db, query)).collect::<Vec<_>>()));
    let plans = plans.await.expect("plans");
    assert!(plans.iter().all(|plan| !plan.contains("TEMP B-TREE")), "{plans:?}");
}
