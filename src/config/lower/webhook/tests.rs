use crate::config::{Config, Environment, load_text};

const PAPERS: &str = "contact = \"a@b.vn\"\n\
    [[paper]]\nid = \"bao\"\ntitle = \"Báo\"\nhome = \"https://a.vn/\"\n[[paper.section]]\nurl = \"https://a.vn/\"\n\
    [[paper]]\nid = \"khac\"\ntitle = \"Khác\"\nhome = \"https://b.vn/\"\n[[paper.section]]\nurl = \"https://b.vn/\"\n";
const GOOD: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";

/// One webhook a text, all with the same secret.
fn load(secret: &str, webhooks: &[&str]) -> Result<Config, String> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("secret");
    std::fs::write(&path, secret).expect("written");
    let tables =
        webhooks.iter().map(|keys| format!("[[webhook]]\nsecret = {{ file = \"{}\" }}\n{keys}\n", path.display()));
    let text = format!("{PAPERS}{}", tables.collect::<String>());
    load_text("bantin.toml", &text, &Environment::default()).map_err(|error| error.to_string())
}

#[test]
fn webhook_is_told_of_new_items_of_all_papers_unless_it_says_otherwise() {
    let config = load(
        GOOD,
        &["url = \"https://c.vn/1\"", "url = \"https://c.vn/2\"\npapers = [\"khac\"]\nkinds = [\"erase\", \"create\"]"],
    );
    let webhooks = config.expect("a configuration").webhooks;
    let papers = |n: usize| webhooks[n].papers.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!((papers(0), papers(1)), (vec!["bao".to_owned(), "khac".to_owned()], vec!["khac".to_owned()]));
    assert_eq!((&webhooks[0].kinds[..], &webhooks[1].kinds[..]), (&["create"][..], &["create", "erase"][..]));
    assert_ne!(webhooks[0].key, webhooks[1].key);
    let shown = format!("{webhooks:?}");
    assert!(!shown.contains("AAEC") && !shown.contains("c.vn/1"), "{shown}");
}

#[test]
fn mistakes_are_told_with_what_to_do() {
    let url = "url = \"https://c.vn/\"";
    for (secret, webhooks, cause) in [
        (GOOD, vec![url, url], "two webhooks have this `url`"),
        (GOOD, vec!["url = \"http://127.0.0.1/\""], "`url` may not be called"),
        (GOOD, vec!["url = \"https://c.vn/\"\nkinds = [\"creates\"]"], "did you mean \"create\"?"),
        (GOOD, vec!["url = \"https://c.vn/\"\nkinds = []"], "nothing would ever be delivered"),
        (GOOD, vec!["url = \"https://c.vn/\"\npapers = [\"ba\"]"], "which is no paper's id"),
        ("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRY", vec![url], "no secret of a webhook"),
        ("AAECAwQFBgcICQoLDA0ODxAREhMUFRYX", vec![url], "no secret of a webhook"),
    ] {
        let said = load(secret, &webhooks).expect_err(cause);
        assert!(said.contains(cause) && said.contains("bantin.toml:"), "{cause} in {said}");
        assert!(!said.contains("AAEC"), "a secret is shown: {said}");
    }
    let keyless = load(GOOD, &[""]).expect_err("no url");
    assert!(keyless.contains("`url`"), "{keyless}");
}
