use crate::config::{Config, Environment, load_text};
use crate::model::{AlertKind, Way};

const PAPER: &str = "contact = \"a@b.vn\"\n[[paper]]\nid = \"bao\"\ntitle = \"Báo\"\nhome = \"https://a.vn/\"\n\
    [[paper.section]]\nurl = \"https://a.vn/\"\n";
const GOOD: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";

/// `SECRET` in a text is a secret that stands in a file.
fn load(alerts: &[&str]) -> Result<Config, String> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("secret");
    std::fs::write(&path, GOOD).expect("written");
    let secret = format!("{{ file = \"{}\" }}", path.display());
    let tables = alerts.iter().map(|keys| format!("[[alert]]\n{}\n", keys.replace("SECRET", &secret)));
    let text = format!("{PAPER}{}", tables.collect::<String>());
    load_text("bantin.toml", &text, &Environment::default()).map_err(|error| error.to_string())
}

#[test]
fn each_way_is_told_of_everything_unless_it_says_otherwise() {
    let config = load(&[
        "url = \"https://c.vn/hush\"\nsecret = SECRET",
        "command = [\"/usr/bin/logger\", \"-t\", \"bantin\"]\nkinds = [\"storage\", \"drift\"]",
        "mail = [\"a@b.vn\", \"b+c@d.vn\"]\nfrom = \"bantin@b.vn\"",
    ]);
    let ways = config.expect("a configuration").alerts;
    assert_eq!(ways[0].kinds, AlertKind::ALL);
    assert_eq!(ways[1].kinds, [AlertKind::Drift, AlertKind::Storage]);
    assert_eq!(ways[1].way, Way::Command(["/usr/bin/logger", "-t", "bantin"].map(str::to_owned).to_vec()));
    let Way::Mail { sendmail, from, to } = &ways[2].way else { panic!("{ways:?}") };
    assert_eq!(
        (sendmail.join(" "), from.as_str(), to.len()),
        ("/usr/sbin/sendmail -i -t".to_owned(), "bantin@b.vn", 2)
    );
    let shown = format!("{ways:?}");
    assert!(!shown.contains("AAEC") && !shown.contains("hush"), "{shown}");
}

#[test]
fn mistakes_are_told_with_what_to_do() {
    let command = "command = [\"/bin/true\"]";
    for (alerts, cause) in [
        (vec![""], "an [[alert]] names one way"),
        (vec!["command = [\"/bin/true\"]\nmail = [\"a@b.vn\"]\nfrom = \"a@b.vn\""], "an [[alert]] names one way"),
        (vec![command, command], "two [[alert]] tables tell the same `command`"),
        (vec!["command = [\"true\"]"], "the whole path of a program"),
        (vec!["command = []"], "the whole path of a program"),
        (vec!["command = [\"/bin/true\"]\nkinds = [\"drifts\"]"], "did you mean \"drift\"?"),
        (vec!["command = [\"/bin/true\"]\nkinds = []"], "nothing would ever be told"),
        (vec!["url = \"https://c.vn/\""], "`secret`"),
        (vec!["url = \"http://10.0.0.1/\"\nsecret = SECRET"], "`url` may not be called"),
        (vec!["mail = [\"a@b.vn\"]"], "`from`"),
        (vec!["mail = []\nfrom = \"a@b.vn\""], "1 to 20 receivers"),
        (vec!["mail = [\"a@b.vn\\nBcc: c@d.vn\"]\nfrom = \"a@b.vn\""], "is no mail address"),
        (vec!["mail = [\"-oQ/tmp@b.vn\"]\nfrom = \"a@b.vn\""], "is no mail address"),
        (vec!["mail = [\"a@b.vn\"]\nfrom = \"A <a@b.vn>\""], "is no mail address"),
    ] {
        let said = load(&alerts).expect_err(cause);
        assert!(said.contains(cause) && said.contains("bantin.toml:"), "{cause} in {said}");
    }
}
