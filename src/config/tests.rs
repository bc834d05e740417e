use super::*;
use crate::model::{Recipe, RobotsPolicy};

/// A good paper, to which the tests add what they are about.
const PAPER: &str = "[[paper]]\nid = \"bao\"\ntitle = \"Báo\"\nhome = \"https://a.vn/\"\n";

fn loaded(text: &str) -> Config {
    load_text("bantin.toml", text, &Environment::default()).expect("a good configuration")
}

fn refused(text: &str) -> String {
    load_text("bantin.toml", text, &Environment::default()).expect_err(text).to_string()
}

/// A paper with sections written as `title|url`, an empty title left out.
fn sections(sections: &[&str]) -> String {
    let mut text = PAPER.to_owned();
    for section in sections {
        let (title, url) = section.split_once('|').expect("title|url");
        text.push_str("[[paper.section]]\n");
        if !title.is_empty() {
            text.push_str(&format!("title = \"{title}\"\n"));
        }
        text.push_str(&format!("url = \"{url}\"\n"));
    }
    text
}

fn ids(text: &str) -> Vec<String> {
    loaded(text).sections().map(|section| section.source.id.section().to_owned()).collect()
}

#[test]
fn the_source_that_was_meant_is_of_the_paper_that_was_named() {
    let known = ["bao/xa-hoi", "bao/kinh-te", "bao-khac/xa-hoi"];
    let near = |id: &str| nearest_source(&id.to_owned().try_into().expect("an id"), &known);
    assert_eq!(["bao/xa-hio", "bao/nope", "boa/kinh-te"].map(near), [Some(known[0]), None, Some(known[1])]);
}

#[test]
fn defaults_are_those_of_the_contract() {
    let config = loaded(&sections(&["Xã hội|https://a.vn/xa-hoi.html"]));
    assert_eq!(config.state_dir, Path::new("bantin-data"));
    assert_eq!(config.publish_dir, None);
    assert_eq!(config.listen, Listen::Tcp("127.0.0.1:8080".into()));
    assert_eq!(config.base_url, None);
    assert_eq!(config.fetch.user_agent, format!("bantin/{}", env!("CARGO_PKG_VERSION")));
    assert_eq!(config.fetch.per_host_delay, Duration::from_secs(2));
    assert_eq!(config.fetch.max_body_bytes, 8 << 20);
    assert_eq!(config.fetch.timeout, Duration::from_secs(30));
    assert_eq!((config.cadence.min_interval.as_secs(), config.cadence.max_interval.as_secs()), (600, 86_400));
    assert_eq!((config.retention.keep.as_secs(), config.retention.keep_least), (1095 * 86_400, 1000));
    assert_eq!(config.kept_bytes, 256 << 20);
    assert_eq!(config.backup.dir, Path::new("bantin-data/backups"));
    assert_eq!((config.backup.every.as_secs(), config.backup.keep), (86_400, 7));
    let paper = &config.papers[0];
    assert_eq!((paper.language.as_str(), paper.timezone), ("vi", chrono_tz::Asia::Ho_Chi_Minh));
    assert_eq!((paper.read_articles, paper.full_content, paper.item_limit), (true, false, 50));
    assert_eq!(paper.article_grace, Duration::from_secs(3600));
    let section = &paper.sections[0];
    assert!(matches!(section.rhythm, Rhythm::Every(time) if time == Duration::from_secs(900)));
    assert_eq!((section.rhythm_text.as_str(), section.source.article_grace), ("every 15m", paper.article_grace));
    assert_eq!((&section.source.recipe, section.source.robots), (&Recipe::Auto, RobotsPolicy::Obey));
    assert_eq!(config.warnings.len(), 1, "{:?}", config.warnings);
}

#[test]
fn hub_is_in_the_box_where_others_reach_it_unless_another_is_named() {
    for (base, hub, expected) in [
        ("", "", None),
        ("http://localhost:8080/", "", None),
        ("https://f.vn/feeds", "", Some("https://f.vn/feeds/hub")),
        ("https://f.vn/", "enabled = false", None),
        ("https://f.vn/", "url = \"https://hub.vn/x\"", Some("https://hub.vn/x")),
        ("https://f.vn/", "enabled = false\nurl = \"https://hub.vn/x\"", None),
    ] {
        let config = loaded(&format!("base-url = \"{base}\"\n[hub]\n{hub}\n{PAPER}"));
        assert_eq!(config.publishing().hub.as_ref().map(Url::as_str), expected, "{base} {hub}");
    }
    let unreachable = loaded(&format!("contact = \"a@f.vn\"\nhub.url = \"https://hub.vn/\"\n{PAPER}"));
    assert!(unreachable.warnings[0].to_string().contains("the hub is told of no feed"), "{:?}", unreachable.warnings);
    assert_eq!(unreachable.hub, Hub::Off);
}

#[test]
fn documents_are_kept_within_a_size_or_not_at_all() {
    let kept = |size: &str| loaded(&format!("history.bodies = \"{size}\"\n{PAPER}")).kept_bytes;
    assert_eq!((kept("0"), kept("64MiB")), (0, 64 << 20));
}

#[test]
fn hubs_are_given_an_address_only_where_it_is_public_and_they_are_wanted() {
    for (top, fetch, callbacks) in [
        ("", "", None),
        ("base-url = \"https://f.vn/feeds\"", "", Some("https://f.vn/feeds/")),
        ("base-url = \"https://f.vn/\"", "websub = true", Some("https://f.vn/")),
        ("base-url = \"https://f.vn/\"", "websub = false", None),
        ("base-url = \"http://localhost:8080/\"", "", None),
        ("base-url = \"http://192.168.1.7/\"", "", None),
        ("base-url = \"http://192.168.1.7/\"", "allow-networks = [\"192.168.0.0/16\"]", Some("http://192.168.1.7/")),
    ] {
        let config = loaded(&format!("{top}\n[fetch]\n{fetch}\n{PAPER}"));
        assert_eq!(config.callback_base.as_ref().map(Url::as_str), callbacks, "{top} {fetch}");
    }
}

#[test]
fn reference_states_every_key_and_its_default() {
    let reference = include_str!("../../config/reference.toml");
    for schema in schema::ALL {
        for (key, _) in schema.keys {
            let stands = reference.lines().any(|line| {
                let line = line.trim_start_matches("# ");
                let table = |brackets: String| line.starts_with(&brackets);
                line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('='))
                    || table(format!("[{key}]"))
                    || table(format!("[[{key}]]"))
                    || table(format!("[[paper.{key}]]"))
                    || (schema.table == "selectors" && line.contains(&format!(" {key} = \"")))
                    || (schema.table == "a secret" && line.contains(&format!("{{ {key} = \"")))
            });
            assert!(stands, "{key} of {} is missing", schema.table);
        }
    }
    let stated = loaded(reference);
    let least = "contact = \"https://feeds.example.vn/\"\n[[paper]]\nid = \"bao-son-la\"\ntitle = \"Báo Sơn La\"\n\
        home = \"https://baosonla.vn/\"\n[[paper.section]]\ntitle = \"Xã hội\"\nurl = \"https://baosonla.vn/xa-hoi.html\"\n\
        [[channel]]\nid = \"thoi-tiet\"\ntitle = \"Thời tiết\"\n";
    let mut defaults = loaded(least);
    defaults.papers[0].sections.push(stated.papers[0].sections[1].clone());
    assert_eq!(format!("{stated:#?}"), format!("{defaults:#?}"));
}

#[test]
fn shipped_configurations_are_good() {
    let built_in = loaded(BUILT_IN);
    assert_eq!(built_in.papers[0].sections.len(), 27);
    for section in built_in.sections().skip(1) {
        let slug = section.source.category.as_ref().map(|category| category.slug.as_str()).unwrap_or_default();
        assert_eq!(section.source.id.section(), slug);
        assert_eq!(section.source.url.path(), format!("/{slug}.html"), "the title's slug is that of the address");
        assert_eq!(section.source.recipe, Recipe::Auto);
    }
    assert_eq!(built_in.papers[0].sections[0].source.category, None);
    assert!(loaded(include_str!("../../config/minimal.toml")).warnings.is_empty());
}

#[test]
fn everything_that_is_written_arrives() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("login"), "Bearer abc\n").expect("written");
    let environment = Environment {
        state_directory: Some("/var/lib/bantin".into()),
        credentials_directory: Some(folder.path().into()),
    };
    let text = format!(
        "publish-dir = \"out\"\nlisten = \"unix:/run/x.sock\"\nbase-url = \"https://f.vn/feeds\"\ncontact = \"a@f.vn\"\n\
         [fetch]\nallow-networks = [\"127.1.0.0/16\"]\nmin-interval = \"1s\"\nper-host-delay = \"0s\"\n\
         {PAPER}read-articles = false\narticle-grace = \"0s\"\ncontent = \"full\"\nitem-limit = 10000\ntimezone = \"UTC\"\n\
         [[paper.section]]\nurl = \"https://a.vn/rss/\"\ncron = \"0 0 6 * * *\"\nrobots = \"own-site\"\n\
         selectors = {{ item = \"article\" }}\nheaders = {{ Authorization = {{ credential = \"login\" }} }}\n"
    );
    let config = load_text("bantin.toml", &text, &environment).expect("a good configuration");
    assert_eq!(config.state_dir, Path::new("/var/lib/bantin"));
    assert_eq!(config.backup.dir, Path::new("/var/lib/bantin/backups"));
    assert_eq!(config.publish_dir.as_deref(), Some(Path::new("out")));
    assert_eq!(config.listen, Listen::Unix("/run/x.sock".into()));
    assert_eq!(config.base_url.as_ref().map(Url::as_str), Some("https://f.vn/feeds/"));
    assert!(config.fetch.user_agent.ends_with(" (+a@f.vn)"), "{}", config.fetch.user_agent);
    assert!(config.fetch.allow_networks[0].contains("127.1.2.3".parse().expect("an address")));
    let paper = &config.papers[0];
    assert_eq!((paper.read_articles, paper.full_content, paper.item_limit), (false, true, 10_000));
    let Section { source, rhythm, rhythm_text } = &paper.sections[0];
    assert_eq!(source.id.as_str(), "bao/rss");
    assert!(matches!(rhythm, Rhythm::Cron(_)));
    assert_eq!(rhythm_text, "cron 0 0 6 * * * (UTC)");
    assert_eq!(source.robots, RobotsPolicy::OwnSite);
    assert!(matches!(&source.recipe, Recipe::Listing(selectors) if selectors.item.as_deref() == Some("article")));
    assert_eq!((source.headers[0].0.as_str(), source.headers[0].1.reveal()), ("authorization", "Bearer abc"));
    assert!(!format!("{config:?}").contains("Bearer"), "a secret is printed");
    assert!(config.warnings.is_empty(), "{:?}", config.warnings);
}

#[test]
fn every_mistake_has_its_place_cause_and_remedy() {
    let section = |line: &str| format!("{PAPER}[[paper.section]]\nurl = \"https://a.vn/\"\n{line}\n");
    let top = |line: &str| format!("{line}\n{PAPER}");
    let cases = [
        (top("lisetn = \"a:1\""), "1:1", "unknown key `lisetn`", "did you mean `listen`?"),
        (top("every = \"1h\""), "1:1", "unknown key `every`", "`every` is a key of [backup]"),
        (top("listen = 8080"), "1:10", "`listen` must be a text in quotes", "listen = \"127.0.0.1:8080\""),
        (top("listen = \"8080\""), "1:10", "`listen` has no port", "write HOST:PORT"),
        (top("listen = \"[::]:80\""), "1:10", "needs a `base-url`", "base-url = \""),
        (top("base-url = \"feeds.vn\""), "1:12", "`base-url` is no address", "write an absolute address"),
        (top("contact = \"me\""), "1:11", "`contact` is neither", "write a web or mail address"),
        (top("state-dir = \"\""), "1:13", "`state-dir` names no folder", "write a path"),
        (top("fetch.timeout = \"soon\""), "1:17", "`timeout` is no duration", "a unit (s, m, h or d)"),
        (top("fetch.min-interval = \"0s\""), "1:22", "`min-interval` is less than 1s", "not be that short"),
        (top("fetch.max-interval = \"1m\""), "1:22", "less than `min-interval`", "as long or longer"),
        (top("fetch.max-body = \"8MB\""), "1:18", "`max-body` is no size", "B, KiB, MiB or GiB"),
        (top("fetch.allow-networks = [\"::1\"]"), "1:25", "is an address, not a network", "\"::1/128\""),
        (top("history.keep-least = -1"), "1:22", "`keep-least` is out of range", "from 0 to"),
        (top("history.bodies = \"0MB\""), "1:18", "`bodies` is no size", "B, KiB, MiB or GiB"),
        (top("backup.keep = 0"), "1:15", "`keep` is out of range", "from 1 to 10000"),
        (top("paper = 3"), "2:3", "this stands twice", "leave one of them out"),
        (format!("{PAPER}timezone = \"Asia/HoChiMinh\"\n"), "5:12", "is no timezone", "\"Asia/Ho_Chi_Minh\"?"),
        (format!("{PAPER}language = \"tiếng Việt\"\n"), "5:12", "is no language tag", "such as \"vi\""),
        (format!("{PAPER}content = \"all\"\n"), "5:11", "neither \"summary\" nor \"full\"", "where the paper agrees"),
        (format!("{PAPER}read-articles = \"yes\"\n"), "5:17", "must be `true` or `false`", "read-articles = true"),
        (PAPER.replace("\"bao\"", "\"Báo\""), "2:6", "`id` is no id", "write it like \"bao\""),
        (PAPER.replace("\"bao\"", "\"status\""), "2:6", "the server's own", "\"bao-status\""),
        (PAPER.replace("id = \"bao\"\n", ""), "1:1", "[[paper]] has no `id`", "`id = \"bao-son-la\"`"),
        (section("id = \"a b\""), "7:6", "`id` is no id", "write it like \"a-b\""),
        (section("every = \"15\""), "7:9", "`every` has no unit", "\"15m\""),
        (section("cron = \"*/5 * * * *\""), "7:8", "`cron` has five fields", "\"0 */5 * * * *\""),
        (section("cron = \"0 0 0 30 2 *\""), "7:8", "no moment ever fits", "six fields"),
        (section("cron = \"x * * * * *\""), "7:8", "`cron` cannot be used", "six fields"),
        (section("cron = \"0 0 0 1 1 * 2030\""), "7:8", "`cron` has 7 fields", "six fields"),
        (section("every = \"1h\"\nquiet-every = \"30m\""), "8:15", "`quiet-every` is less than `every`", "longer"),
        (
            section("cron = \"0 0 0 * * *\"\nquiet-every = \"3h\""),
            "8:15",
            "`quiet-every` goes with `every`",
            "leave one",
        ),
        (section("cron = \"0 0 0 * * *\"\nevery = \"1h\""), "8:9", "either `every` or `cron`", "leave one"),
        (section("title = \"All\""), "7:9", "would be `all`", "leave the title out"),
        (section("title = \"…\""), "7:9", "no letter or digit", "Latin"),
        (section("robots = \"ignore\""), "7:10", "neither \"obey\" nor", "your own"),
        (section("selectors = { item = \"a[\" }"), "7:22", "`item` is no CSS selector", "article.story"),
        (section("selectors = { link = \"a\" }"), "7:13", "`selectors` has no `item`", "item = \"article.story\""),
        (section("headers = { x = { credential = \"c\" } }"), "7:32", "names no credential", "LoadCredential=c:"),
        (section("headers = { host = { file = \"/x\" } }"), "7:13", "bantin sets itself", "leave `host` out"),
        (
            section("headers = { x = { file = \"/no/such\" } }"),
            "7:26",
            "/no/such cannot be read",
            "put the value there",
        ),
        (section("headers = { x = {} }"), "7:17", "either in a `file` or in a `credential`", "{ file = "),
        (section("login = { file = \"/no/such\" }"), "7:18", "/no/such cannot be read", "put the value there"),
        (section("login = \"me:x\""), "7:9", "`login` stands in the configuration itself", "login = { file = "),
        (format!("{PAPER}login = {{}}\n"), "5:9", "either in a `file` or in a `credential`", "{ file = "),
        (top("fetch.proxy = \"proxy:3128\""), "1:15", "names no host", "http://proxy.example:3128"),
        (top("fetch.proxy = \"ftp://proxy\""), "1:15", "does not speak, `ftp`", "socks5h://"),
        (top("fetch.proxy = \"socks5://proxy:1080\""), "1:15", "look names up here", "write socks5h"),
        (top("fetch.proxy = \"http://proxy:3128/x\""), "1:15", "more than scheme, host and port", "proxy.example"),
        (top("fetch.proxy = \"http://a:b@proxy:1\""), "1:15", "user name or password", "proxy-login = { file"),
        (top("fetch.no-proxy = [\"a b\"]"), "1:19", "neither a host nor a network", "intranet.vn"),
        (top("fetch.ca-file = \"/no/such.pem\""), "1:17", "cannot be read: No such file", "in PEM form"),
        (top("fetch.ca-file = \"/dev/null\""), "1:17", "holds no certificate", "in PEM form"),
        (section("url2 = 1").replace("https:", "ftp:"), "4:8", "begins with `ftp:`", "https://"),
        (top("include = [\"no-such.toml\"]"), "1:12", "no-such.toml cannot be read", "check the path"),
        (top("include = [\"*/a.toml\"]"), "1:12", "last part of a path alone", "one by one"),
        (top("include = [\"\"]"), "1:12", "must name files", "papers/*.toml"),
        ("x = 1 2\n".to_owned(), "1:5", "this is not TOML", "in double quotes"),
        ("x\n".to_owned(), "1:2", "this is not TOML", "`key = value`"),
        ("x = \"a\n".to_owned(), "1:7", "this is not TOML", "in double quotes"),
        ("[fetch\n".to_owned(), "1:7", "this is not TOML", "[fetch], or [[paper]]"),
        (String::new(), "1:1", "the configuration is empty", "add a [[paper]]"),
        ("# nothing\n".to_owned(), "1:1", "the configuration has no paper", "add a [[paper]]"),
    ];
    for (text, place, cause, remedy) in cases {
        let said = refused(&text);
        assert!(said.contains(&format!("bantin.toml:{place}\n")), "no {place} in:\n{said}");
        assert!(said.contains(cause), "no {cause:?} in:\n{said}");
        assert!(said.contains(remedy), "no {remedy:?} in:\n{said}");
        assert!(!said.contains('\u{1b}'), "colors in:\n{said}");
    }
}

#[test]
fn all_problems_are_told_at_once_in_their_order() {
    let text =
        format!("{PAPER}item-limit = 0\nlanguage = 7\n\n[[paper]]\nid = \"bao\"\n\n[[paper.section]]\nurl = 1\n");
    let error = load_text("bantin.toml", &format!("listen = \"x\"\npollls = 3\n{text}"), &Environment::default())
        .expect_err("eight problems");
    let said = error.to_string();
    let places: Vec<_> = said.lines().filter_map(|line| line.trim_start().strip_prefix("--> bantin.toml:")).collect();
    assert_eq!(places, ["1:10", "2:1", "7:14", "8:12", "10:1", "10:1", "11:6", "14:7"], "{said}");
    assert_eq!(error.count(), 8);
    assert!(said.ends_with("8 problems in the configuration"), "{said}");
}

#[test]
fn caret_stands_below_the_mistake() {
    let said = refused(&format!("{PAPER}language = \"tiếng Việt\"\n"));
    assert_eq!(
        said,
        "error: `language` is no language tag (BCP 47)\n --> bantin.toml:5:12\n  |\n\
         5 | language = \"tiếng Việt\"\n  |            ^^^^^^^^^^^^\n  |\n\
         \x20 = help: write one such as \"vi\", \"en\" or \"zh-Hans\"\n\n1 problem in the configuration"
    );
}

#[test]
fn one_slip_of_syntax_is_one_problem() {
    let said = refused(&format!("[fetch]\n{PAPER}\n[fetch\n"));
    assert!(said.contains("bantin.toml:7:7") && said.ends_with("\n1 problem in the configuration"), "{said}");
}

#[test]
fn ids_stand_once() {
    let twice = format!("{PAPER}{PAPER}");
    let said = refused(&twice);
    assert!(said.contains("two papers have the id `bao`") && said.contains("first given at bantin.toml:2:6"), "{said}");
    let section = "[[paper.section]]\nid = \"x\"\nurl = \"https://a.vn/\"\n";
    let said = refused(&format!("{PAPER}{section}{section}"));
    assert!(said.contains("two sections of `bao` have the id `x`"), "{said}");
    assert!(said.contains("first given at bantin.toml:6:6"), "{said}");
}

#[test]
fn titles_that_fold_alike_are_one_category_or_a_mistake() {
    let said = refused(&sections(&["Xã hội|https://a.vn/1", "Xa hoi|https://a.vn/2"]));
    assert!(said.contains("two categories of the paper would have the slug `xa-hoi`"), "{said}");
    let config = loaded(&sections(&["Xã hội|https://a.vn/1", "Xã  hội|https://a.vn/2"]));
    let slugs: Vec<_> = config.sections().map(|s| s.source.category.clone().map(|c| c.title)).collect();
    assert_eq!(slugs, [Some("Xã hội".to_owned()), Some("Xã hội".to_owned())]);
}

#[test]
fn default_ids_never_collide() {
    assert_eq!(
        ids(&sections(&[
            "Xã hội|https://a.vn/xa-hoi.html",
            "Xã hội|https://a.vn/rss/xa-hoi.rss",
            "Xã hội|https://a.vn/tin.html",
            "Xã hội|https://a.vn/?muc=xa-hoi",
            "|https://a.vn/",
            "|https://b.vn/",
            "|https://a.vn/kinh-te.html",
        ])),
        ["xa-hoi", "xa-hoi-rss", "xa-hoi-tin", "xa-hoi-muc-xa-hoi", "home", "home-b-vn", "kinh-te"]
    );
    let many: Vec<_> = (0..300).map(|_| "Xã hội|https://a.vn/x").collect();
    let mut ids = ids(&sections(&many));
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 300);
}

#[test]
fn a_given_id_wins_over_a_default() {
    let text = format!(
        "{}[[paper.section]]\nid = \"xa-hoi\"\nurl = \"https://a.vn/b\"\n",
        sections(&["Xã hội|https://a.vn/a.html"])
    );
    assert_eq!(ids(&text), ["xa-hoi-a", "xa-hoi"]);
}

#[test]
fn secrets_are_never_shown() {
    let said = refused(&format!(
        "{PAPER}[[paper.section]]\nurl = \"https://me:geheim@a.vn/\"\n\
         headers = {{ authorization = \"geheim\", 'b d' = {{ file = \"/x\" }} }}\n"
    ));
    assert!(said.contains("`url` holds a user name or password"), "{said}");
    assert!(said.contains("the header `authorization` stands in the configuration itself"), "{said}");
    assert!(!said.contains("geheim"), "{said}");
}

#[test]
fn a_papers_login_and_headers_are_its_sections_unless_they_have_their_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let secret = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("written");
        format!("{{ file = \"{}\" }}", path.display())
    };
    let (paper, own, partner) = (secret("a", "bantin:geheim\n"), secret("b", "bot:pass:word"), secret("c", "42"));
    let text = format!(
        "{PAPER}login = {paper}\nheaders = {{ X-Partner = {partner} }}\n\
         [[paper.section]]\nurl = \"https://a.vn/a\"\n[[paper.section]]\nurl = \"https://b.vn/b\"\nlogin = {own}\n"
    );
    let config = loaded(&text);
    let headers = |n: usize| -> Vec<(String, String)> {
        let source = &config.papers[0].sections[n].source;
        source.headers.iter().map(|(name, value)| (name.clone(), value.reveal().to_owned())).collect()
    };
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let (partner, shared) = (header("x-partner", "42"), header("authorization", "Basic YmFudGluOmdlaGVpbQ=="));
    assert_eq!(headers(0), [partner.clone(), shared]);
    assert_eq!(headers(1), [header("authorization", "Basic Ym90OnBhc3M6d29yZA=="), partner]);
    assert!(!format!("{config:?}").contains("YmFudGlu"), "a secret is printed");
    let elsewhere = |url: &str| config.papers[0].sections[0].source.headers_for(&Url::parse(url).expect("a URL")).len();
    assert_eq!(
        (elsewhere("https://a.vn/tin.html"), elsewhere("https://www.a.vn/"), elsewhere("http://a.vn/")),
        (2, 0, 0)
    );

    let said = loaded(&text.replace("https://b.vn", "http://b.vn").replace("https://a.vn/a", "http://127.0.0.1/a"));
    let said = said.warnings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    assert!(said.contains("the login of bao/b goes over http") && !said.contains("the login of bao/a"), "{said}");

    let said = refused(&text.replace("X-Partner", "Authorization"));
    assert!(said.contains("sets `authorization`, and so does `login`"), "{said}");
    std::fs::write(folder.path().join("a"), "geheim").expect("written");
    let said = refused(&text);
    assert!(said.contains("the login there has no colon") && !said.contains("geheim"), "{said}");
}

#[test]
fn a_proxy_has_a_login_and_exceptions() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("login"), "bantin:geheim\n").expect("written");
    let environment = Environment { credentials_directory: Some(folder.path().into()), ..Environment::default() };
    let fetch = "[fetch]\nproxy = \"http://10.0.0.1:3128\"\nproxy-login = { credential = \"login\" }\nno-proxy = [\"a.vn\", \"10.0.0.0/8\"]\n";
    let config = load_text("bantin.toml", &format!("{fetch}{PAPER}"), &environment).expect("a good configuration");
    let proxy = config.fetch.proxy.as_ref().expect("a proxy");
    assert_eq!((proxy.url.as_str(), proxy.except.len()), ("http://10.0.0.1:3128/", 2));
    assert_eq!(proxy.login.as_ref().map(crate::model::Secret::reveal), Some("bantin:geheim"));
    assert!(!format!("{config:?}").contains("geheim"), "a secret is printed");
    let config = loaded(&format!("[fetch]\nno-proxy = [\"a.vn\"]\n{PAPER}"));
    let said = config.warnings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    assert!(said.contains("bantin.toml:2:13: `no-proxy` and `proxy-login` mean nothing without a `proxy`"), "{said}");
}

#[test]
fn own_authorities_are_read_from_their_file() {
    let key = rcgen::KeyPair::generate().expect("a key");
    let authority =
        rcgen::CertificateParams::new(Vec::<String>::new()).and_then(|p| p.self_signed(&key)).expect("signed");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ca.pem");
    std::fs::write(&path, authority.pem()).expect("written");
    let text = format!("fetch.ca-file = \"{}\"\n{PAPER}", path.display());
    assert_eq!(loaded(&text).fetch.own_authorities.len(), 1);
    std::fs::write(&path, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").expect("written");
    assert!(refused(&text).contains("`ca-file` names a file that has a certificate, number 1, that cannot be read"));
}

#[test]
fn included_files_bring_papers() {
    let folder = tempfile::tempdir().expect("a folder");
    let papers = folder.path().join("papers");
    std::fs::create_dir(&papers).expect("made");
    let paper = |id: &str| sections(&["Xã hội|https://a.vn/x"]).replace("\"bao\"", &format!("\"{id}\""));
    std::fs::write(papers.join("b.toml"), paper("hai")).expect("written");
    std::fs::write(papers.join("a.toml"), paper("mot")).expect("written");
    std::fs::write(papers.join("c.txt"), "no").expect("written");
    let main = folder.path().join("bantin.toml");
    std::fs::write(&main, "include = [\"papers/*.toml\", \"papers/a.toml\"]\n").expect("written");
    let config = load(Some(&main)).expect("a good configuration");
    let ids: Vec<_> = config.papers.iter().map(|paper| paper.id.as_str()).collect();
    assert_eq!(ids, ["mot", "hai"]);

    std::fs::write(papers.join("a.toml"), "listen = \"a:1\"\n[[paper]]\nid = \"hai\"\n").expect("written");
    let said = load(Some(&main)).expect_err("refused").to_string();
    assert!(said.contains("papers/a.toml:1:1") && said.contains("holds papers only"), "{said}");
    assert!(said.contains("papers/a.toml:2:1") && said.contains("two papers have the id `hai`"), "{said}");
}

#[test]
fn a_pattern_without_files_is_a_warning() {
    let config = loaded(&format!("include = [\"no-such-folder/*.toml\"]\n{PAPER}"));
    let said = config.warnings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    assert!(said.contains("bantin.toml:1:12: `include` finds no file"), "{said}");
    assert!(said.contains("the paper `bao` has no section"), "{said}");
    assert!(said.contains("no `contact`"), "{said}");
}

#[test]
fn files_that_cannot_be_read_say_why() {
    let folder = tempfile::tempdir().expect("a folder");
    let said = |path: &Path| load(Some(path)).expect_err("refused").to_string();
    assert!(said(folder.path()).contains("it is a folder"));
    assert!(said(&folder.path().join("x.toml")).contains("x.toml cannot be read: there is no such file"));
    let latin = folder.path().join("latin.toml");
    std::fs::write(&latin, b"# tin\n# \xff\xfe\n").expect("written");
    let said = said(&latin);
    assert!(
        said.contains("latin.toml:2:3") && said.contains("0xff") && said.contains("save the file as UTF-8"),
        "{said}"
    );
}

#[test]
fn a_wide_open_listener_needs_a_base() {
    let mut config = loaded(PAPER);
    assert!(config.listen_on("0.0.0.0:80").is_err_and(|why| why.contains("base-url")));
    assert!(config.listen_on("nowhere").is_err());
    assert_eq!(config.listen_on("127.0.0.1:0"), Ok(()));
    assert_eq!(config.listen, Listen::Tcp("127.0.0.1:0".into()));
    let mut config = loaded(&format!("base-url = \"https://f.vn/\"\n{PAPER}"));
    assert_eq!(config.listen_on("unix:/x"), Ok(()));
}

#[test]
fn nonsense_ends_in_an_error() {
    for text in
        ["x=[".repeat(50_000), "[".repeat(100_000), "a.".repeat(100_000), format!("x = {{{}", "a={".repeat(10_000))]
    {
        assert!(load_text("bantin.toml", &text, &Environment::default()).is_err());
    }
    let many = (0..5_000).map(|n| format!("key{n} = 1\n")).collect::<String>();
    assert!(refused(&many).ends_with("… and 4500 more\n\n5000 problems in the configuration"));
}

#[test]
fn publishing_needs_a_base_and_knows_the_papers() {
    let mut config = loaded(&sections(&["Xã hội|https://a.vn/xa-hoi.html", "|https://a.vn/"]));
    assert_eq!(config.publishing().base_url.as_str(), "http://127.0.0.1:8080/");
    config.base_url_or("http://127.0.0.1:4711/");
    config.base_url_or("http://127.0.0.1:4712/");
    let publishing = config.publishing();
    assert_eq!((publishing.base_url.as_str(), publishing.ttl_minutes), ("http://127.0.0.1:4711/", 15));
    let sections = &publishing.papers[0].sections;
    assert_eq!(sections[0].category.as_ref().map(|category| category.title.as_str()), Some("Xã hội"));
    assert_eq!(sections[1].category, None);
}

#[test]
fn renamed_categories_lead_to_those_of_now_and_never_to_two() {
    let section = |title: &str, path: &str, was: &str| {
        format!("[[paper.section]]\n{title}url = \"https://a.vn/{path}\"\nwas = [{was}]\n")
    };
    let (new, other) = ("title = \"Văn hóa - Xã hội\"\n", "title = \"Kinh tế\"\n");
    let good = loaded(&format!("{PAPER}{}", section(new, "vh", "\"van-hoa\", \"xa-hoi\"")));
    let stems: Vec<_> = good.renamed().into_iter().map(|of| format!("{}/{}>{}", of.paper, of.from, of.to)).collect();
    assert_eq!(stems, ["bao/van-hoa>van-hoa-xa-hoi", "bao/xa-hoi>van-hoa-xa-hoi"]);
    for (sections, told) in [
        (section(new, "vh", "\"van-hoa-xa-hoi\""), "which the category is called now"),
        (section(new, "vh", "\"kinh-te\"") + &section(other, "kt", ""), "which is a category of the paper"),
        (section(new, "vh", "\"cu\"") + &section(other, "kt", "\"cu\""), "two `was` of the paper name `cu`"),
        (section(new, "vh", "\"cu\", \"cu\""), "two `was` of the paper name `cu`"),
        (section(new, "vh", "\"all\""), "which no category ever had"),
        (section(new, "vh", "\"Văn hóa\""), "which no category ever had"),
        (section("", "vh", "\"van-hoa\""), "the section has no category"),
    ] {
        let refusal = refused(&format!("{PAPER}{sections}"));
        assert!(refusal.contains(told) && refusal.contains("bantin.toml:"), "{told}: {refusal}");
    }
}
