//! The lead paragraph (sapo, standfirst) that a page sets apart from the body.

use super::facts::letters;
use super::{noise, short_line};
use crate::extract::dom::{self, Descend, Node, NodeId, Page, Step};

/// How far behind the heading a lead begins, in characters of text.
const REACH: usize = 1500;
const SHORTEST: usize = 40;
const LONGEST: usize = 1500;
/// As many letters decide whether a block is what the description says.
const COMPARED: usize = 50;

/// The text of the block behind the heading that carries a lead's name or says what the page's description says.
pub(super) fn lead(page: &Page, heading: Option<NodeId>, described: &[String]) -> Option<String> {
    let openings: Vec<String> = described
        .iter()
        .map(|text| letters(text).chars().take(COMPARED).collect::<String>())
        .filter(|opening| opening.chars().count() >= SHORTEST)
        .collect();
    let mut reader =
        Reader { openings, heading, heading_seen: heading.is_none(), behind: 0, named: None, described: None };
    dom::walk(&page.root(), |node, step| reader.visit(node, step));
    reader.described.or(reader.named)
}

struct Reader {
    openings: Vec<String>,
    heading: Option<NodeId>,
    heading_seen: bool,
    /// Characters of text behind the heading so far.
    behind: usize,
    named: Option<String>,
    described: Option<String>,
}

impl Reader {
    fn visit(&mut self, node: &Node<'_>, step: Step) -> Descend {
        if self.behind > REACH {
            return Descend::No;
        }
        if node.is_text() {
            if self.heading_seen {
                self.behind += node.text().trim().chars().count();
            }
            return Descend::No;
        }
        if step == Step::Leave {
            self.heading_seen |= self.heading == Some(node.id);
            return Descend::Yes;
        }
        let name = node.node_name().unwrap_or_default();
        if dom::is_silent(&name) || noise::is_frame(node) {
            return Descend::No;
        }
        if self.heading_seen
            && matches!(&*name, "p" | "div" | "h2" | "h3" | "h4" | "section" | "span" | "header" | "strong")
        {
            self.consider(node);
        }
        Descend::Yes
    }

    fn consider(&mut self, node: &Node<'_>) {
        const FEW: usize = 60;
        let named = self.named.is_none() && is_named(node);
        if !named && self.openings.is_empty() || node.descendants_it().take(FEW).count() >= FEW {
            return;
        }
        let Some(line) = short_line(node, LONGEST).filter(|line| line.chars().count() >= SHORTEST) else { return };
        let letters = letters(&line);
        if self.openings.iter().any(|opening| letters.starts_with(opening.as_str())) {
            // a smaller block inside says it better
            self.described = Some(line);
        } else if named {
            self.named = Some(line);
        }
    }
}

/// Whether an element's class says that it is the lead.
pub(super) fn is_named(node: &Node<'_>) -> bool {
    const NAMES: &[&str] = &[
        "sapo",
        "standfirst",
        "chapeau",
        "chapo",
        "vorspann",
        "lead",
        "lede",
        "dek",
        "entradilla",
        "ingress",
        "bajada",
        "subheadline",
        "subhead",
        "subtitle",
        "subtitulo",
        "sommaire",
        "occhiello",
        "manchet",
        "perex",
        "spot",
        "excerpt",
    ];
    const PAIRS: &[(&str, &str)] = &[
        ("article", "summary"),
        ("story", "summary"),
        ("article", "intro"),
        ("article", "lead"),
        ("article", "description"),
        ("article", "abstract"),
        ("article", "teaser"),
        ("post", "excerpt"),
        ("sub", "title"),
        ("sub", "headline"),
        ("news", "summary"),
        ("detail", "sapo"),
        ("cms", "desc"),
    ];
    let words = noise::words(node);
    words.iter().any(|word| NAMES.contains(&word.as_str()))
        || words.windows(2).any(|pair| PAIRS.iter().any(|(one, two)| pair[0] == *one && pair[1] == *two))
}
