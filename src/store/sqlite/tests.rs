use super::*;
use crate::store::contract::{all, batch, contract_tests, draft, now};
use tempfile::TempDir;

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn opened(folder: &TempDir) -> SqliteStore {
    SqliteStore::open(folder.path(), now()).expect("a store")
}

fn fresh() -> (SqliteStore, TempDir) {
    let folder = folder();
    (opened(&folder), folder)
}

mod contract {
    use super::*;
    contract_tests!(fresh());
}

#[tokio::test]
async fn second_opener_is_told_who_holds_the_lock() {
    let (store, folder) = fresh();
    let error = SqliteStore::open(folder.path(), now()).expect_err("locked");
    let own = std::process::id().to_string();
    assert!(matches!(&error, StoreError::Locked { holder, .. } if *holder == own), "{error}");
    store.close();
    opened(&folder);
}
