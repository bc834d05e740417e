//! Names of people, from the many forms that feeds have them in.

use super::namespace::Namespace;
use super::tree::Element;
use crate::text;

/// The name in `mail (Name)`, `Name <mail>`, `Name (mail)` or a name; an address alone where there is no name.
pub(super) fn name(stated: &str) -> Option<String> {
    let line = text::clean_line(stated);
    let line = line.trim_start_matches("mailto:");
    let (before, inside) = match (line.find('('), line.find('<')) {
        (Some(at), _) => (&line[..at], line[at + 1..].split(')').next().unwrap_or_default()),
        (None, Some(at)) => (&line[..at], line[at + 1..].split('>').next().unwrap_or_default()),
        (None, None) => (line, ""),
    };
    let parts = [before, inside].map(|part| part.trim().trim_matches('"').trim());
    let named = parts.iter().find(|part| !part.is_empty() && !is_mail(part));
    let found = named.or_else(|| parts.iter().find(|part| !part.is_empty()))?;
    // `Name mail` without brackets
    let without_mail: Vec<&str> = found.split(' ').filter(|word| !is_mail(word)).collect();
    Some(if without_mail.is_empty() { (*found).to_owned() } else { without_mail.join(" ") })
}

fn is_mail(word: &str) -> bool {
    word.split_once('@')
        .is_some_and(|(user, host)| !user.is_empty() && host.contains('.') && !word.contains(char::is_whitespace))
}

/// The person that an element names: an Atom person construct (RFC 4287 §3.2), RDF inside Dublin Core, or text.
pub(super) fn person(element: &Element) -> Option<String> {
    let part = |wanted: &[&str]| {
        let found = element.elements().find(|child| wanted.contains(&child.name.as_str()));
        found.map(Element::text).filter(|text| !text.trim().is_empty())
    };
    if element.elements().any(|child| matches!(child.namespace, Namespace::Core | Namespace::Itunes)) {
        return part(&["name", "title"]).or_else(|| part(&["email"])).and_then(|text| name(&text));
    }
    name(&element.text())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_every_form() {
        for stated in
            ["a@b.vn (Lò Văn Én)", "Lò Văn Én <a@b.vn>", "Lò Văn Én (a@b.vn)", " Lò  Văn Én ", "Lò Văn Én a@b.vn"]
        {
            assert_eq!(name(stated).as_deref(), Some("Lò Văn Én"), "{stated}");
        }
        assert_eq!(name("a@b.vn").as_deref(), Some("a@b.vn"));
        assert_eq!(name("Lò Văn Én (ảnh)").as_deref(), Some("Lò Văn Én"));
        assert_eq!(name(" ()"), None);
    }
}
