use super::*;
use crate::model::{AlertKind, AlertWay};

fn telling(what: &str) -> Telling {
    let since = DateTime::from_timestamp(1_771_032_600, 0).expect("a moment");
    let alert = Alert {
        id: "storage/1".to_owned(),
        kind: AlertKind::Storage,
        source: None,
        since,
        until: None,
        stage: None,
        what: what.to_owned(),
        url: None,
        expected: None,
        remedy: "bantin doctor".to_owned(),
    };
    let way = AlertWay { key: "k".to_owned(), kinds: vec![AlertKind::Storage], way: Way::Command(Vec::new()) };
    Telling { way, alerts: vec![alert] }
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_771_032_700, 0).expect("a moment")
}

#[test]
fn nothing_that_a_page_says_becomes_a_header_of_the_mail() {
    let hostile = "đĩa đầy\r\nBcc: thief@x.vn\r\n\r\n.\r\nmore";
    let mail = mail("bantin@b.vn", &["a@b.vn".to_owned(), "c@d.vn".to_owned()], &telling(hostile), now());
    let mail = String::from_utf8(mail.expect("a mail")).expect("UTF-8");
    let (head, body) = mail.split_once("\n\n").expect("a head");
    assert!(!mail.lines().any(|line| line.starts_with("Bcc")) && !mail.contains('\r'), "{mail}");
    assert!(
        head.contains("a@b.vn") && head.contains("c@d.vn") && head.contains("Auto-Submitted: auto-generated"),
        "{head}"
    );
    assert!(head.contains("Subject: =?utf-8?") && head.is_ascii(), "{head}");
    assert!(mail.lines().all(|line| line.len() <= 998), "RFC 5322 §2.1.1");
    assert!(body.lines().all(|line| line != "."), "{body}");
}

#[test]
fn message_is_the_same_for_every_way_and_says_what_to_do() {
    let bytes = message(&telling("full"), now());
    let json: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
    assert_eq!((&json["type"], &json["timestamp"]), (&"alerts".into(), &"2026-02-14T01:31:40Z".into()));
    let alert = &json["data"]["alerts"][0];
    assert_eq!(
        (&alert["kind"], &alert["remedy"], &alert["until"]),
        (&"storage".into(), &"bantin doctor".into(), &serde_json::Value::Null)
    );
}

#[tokio::test]
async fn program_reads_the_message_and_its_exit_status_counts() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("told");
    let argv =
        |script: &str| ["/bin/sh", "-c", script, "sh", file.to_str().expect("a path")].map(str::to_owned).to_vec();
    run(&argv("cat > \"$1\""), b"tin\n").await.expect("it works");
    assert_eq!(std::fs::read(&file).expect("a file"), b"tin\n");
    run(&argv("exit 0"), &vec![b'x'; 1 << 20]).await.expect("it need not read all");
    assert!(run(&argv("exit 3"), b"").await.expect_err("it fails").contains("exit status: 3"));
    let absent = vec!["/nonexistent/program".to_owned()];
    assert!(run(&absent, b"").await.expect_err("it is not there").contains("cannot be started"));
    std::fs::write(&file, "#!/bin/sh\n").expect("a file");
    let forbidden = vec![file.to_str().expect("a path").to_owned()];
    assert!(run(&forbidden, b"").await.expect_err("it may not run").contains("ExecPaths="));
}
