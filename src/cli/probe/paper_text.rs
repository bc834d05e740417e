//! A proposal as configuration text; guesses and what is left out stand in comments.

use crate::cli::columns::wrapped;
use crate::cli::toml_key::{quoted, write_key};
use crate::daemon::probe::{Proposal, ProposedSection, Value};
use crate::text;

/// Sections that are mentioned and not proposed.
const MOST_OTHERS: usize = 40;

/// The `[[paper]]`. Without a section that is proposed it is a comment as a whole: there is nothing to poll.
pub(super) fn paper(of: &Proposal) -> String {
    let mut out = String::from("[[paper]]\n");
    write_key(&mut out, "id", &of.id);
    out.push_str(&guess("title", &of.title));
    write_key(&mut out, "title", &of.title.value);
    write_key(&mut out, "home", of.home.as_str());
    out.push_str(&guess("language", &of.language));
    write_key(&mut out, "language", &of.language.value);
    out.push_str(&guess("timezone", &of.timezone));
    write_key(&mut out, "timezone", &of.timezone.value);
    out.push_str(&comment(&of.read_articles.why));
    out.push_str(&format!("read-articles = {}\n", of.read_articles.value));
    let mut others = 0;
    for section in &of.sections {
        others += usize::from(!section.is_active);
        if section.is_active || others <= MOST_OTHERS {
            out.push('\n');
            out.push_str(&section_text(section));
        }
    }
    if others > MOST_OTHERS {
        out.push_str(&format!("\n# and {} more, which --json names\n", others - MOST_OTHERS));
    }
    if of.sections.iter().any(|section| section.is_active) { out } else { commented(&out) }
}

fn section_text(section: &ProposedSection) -> String {
    let mut out = String::from("[[paper.section]]\n");
    if let Some(title) = &section.title {
        write_key(&mut out, "title", title);
    }
    out.push_str(&format!("url = {}\n", quoted(section.url.as_str())));
    let note = section.note.as_deref().map(comment).unwrap_or_default();
    note + &if section.is_active { out } else { commented(&out) }
}

fn guess<T>(key: &str, value: &Value<T>) -> String {
    if value.is_guess { comment(&format!("{key} is a guess: {}", value.why)) } else { String::new() }
}

/// Lines of comment: whatever stands in the text, it stays one.
fn comment(text: &str) -> String {
    wrapped("# ", "# ", &text::log_safe(text))
}

fn commented(text: &str) -> String {
    text.lines()
        .map(
            |line| {
                if line.starts_with('#') { format!("{line}\n") } else { format!("# {line}\n").replace("# \n", "#\n") }
            },
        )
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use url::Url;

    fn value(text: &str, is_guess: bool) -> Value<String> {
        Value { value: text.to_owned(), is_guess, why: "because\n[[paper]]".to_owned() }
    }

    #[test]
    fn guesses_and_what_is_left_out_are_comments_and_no_text_escapes_them() {
        let home = Url::parse("https://bao.example/").expect("valid");
        let section = |title: &str, is_active| ProposedSection {
            title: Some(title.to_owned()),
            url: home.clone(),
            is_active,
            note: Some("a\nurl = \"x\"".to_owned()),
        };
        let proposal = Proposal {
            id: "bao".to_owned(),
            title: value("Báo \"Mẫu\"", true),
            home: home.clone(),
            language: value("vi", false),
            timezone: value("Asia/Ho_Chi_Minh", true),
            read_articles: Value { value: true, is_guess: false, why: "dates".to_owned() },
            sections: vec![section("Xã hội", true), section("Trống", false)],
        };
        assert_eq!(
            paper(&proposal),
            "[[paper]]\nid = \"bao\"\n# title is a guess: because\\n[[paper]]\ntitle = \"Báo \\\"Mẫu\\\"\"\n\
             home = \"https://bao.example/\"\nlanguage = \"vi\"\n# timezone is a guess: because\\n[[paper]]\n\
             timezone = \"Asia/Ho_Chi_Minh\"\n# dates\nread-articles = true\n\n\
             # a\\nurl = \"x\"\n[[paper.section]]\ntitle = \"Xã hội\"\nurl = \"https://bao.example/\"\n\n\
             # a\\nurl = \"x\"\n# [[paper.section]]\n# title = \"Trống\"\n# url = \"https://bao.example/\"\n"
        );
    }
}
