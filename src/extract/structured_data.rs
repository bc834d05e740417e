//! JSON-LD and microdata of a page, as plain JSON objects (schema.org).
//!
//! Comes in: a page. Goes out: its objects in document order, microdata in the same form as JSON-LD (`@type` without the
//! vocabulary's address, a property as a text, an object or a list). It does not know which object a reader wants.

use super::dom::{self, Descend, Node, Page, Step};
use serde_json::{Map, Value};
use url::Url;

/// One described thing.
pub(super) type Object = Map<String, Value>;

/// Most objects that are read of one page.
const MOST_OBJECTS: usize = 20_000;
/// Most nodes that are looked at for the texts of all microdata properties together: they may contain one another.
const MOST_TEXT_NODES: usize = 1_000_000;

/// The types of schema.org that are articles.
pub(super) const ARTICLE_TYPES: &[&str] = &[
    "Article",
    "NewsArticle",
    "BlogPosting",
    "ReportageNewsArticle",
    "AnalysisNewsArticle",
    "OpinionNewsArticle",
    "BackgroundNewsArticle",
    "ReviewNewsArticle",
    "LiveBlogPosting",
    "Report",
    "TechArticle",
    "ScholarlyArticle",
    "SocialMediaPosting",
];

/// The JSON-LD of a page (JSON-LD 1.1 §7.1). What is no JSON is left out.
#[derive(Debug, Default)]
pub(super) struct JsonLd {
    roots: Vec<Value>,
}

impl JsonLd {
    /// Reads all of a page's scripts.
    pub(super) fn of(page: &Page) -> Self {
        let is_json_ld = |script: &Node<'_>| {
            dom::attr(script, "type").is_some_and(|kind| kind.to_ascii_lowercase().starts_with("application/ld+json"))
        };
        let scripts = dom::elements(page, "script").into_iter().filter(is_json_ld).take(256);
        Self { roots: scripts.flat_map(|script| tolerant_json(&script.text())).collect() }
    }

    /// All objects that state a type, in document order; nested ones follow the one that holds them.
    pub(super) fn objects(&self) -> Vec<&Object> {
        let mut pending: Vec<&Value> = self.roots.iter().rev().collect();
        let mut found = Vec::new();
        while let Some(value) = pending.pop() {
            match value {
                Value::Array(list) => pending.extend(list.iter().rev()),
                Value::Object(object) => {
                    if object.contains_key("@type") && found.len() < MOST_OBJECTS {
                        found.push(object);
                    }
                    // the posts of a live blog are parts of the article, with addresses and dates of their own
                    let others =
                        object.iter().filter(|(key, v)| *key != "liveBlogUpdate" && (v.is_object() || v.is_array()));
                    pending.extend(others.map(|(_, value)| value).rev());
                }
                _ => {}
            }
        }
        found
    }
}

/// Whether an object is of one of these types.
pub(super) fn is_a(object: &Object, types: &[&str]) -> bool {
    let matches =
        |value: &Value| value.as_str().is_some_and(|t| types.contains(&t.rsplit(['/', '#', ':']).next().unwrap_or(t)));
    match object.get("@type") {
        Some(Value::Array(list)) => list.iter().any(matches),
        Some(value) => matches(value),
        None => false,
    }
}

/// A property as one clean line: the text itself, the `name` of the object that stands there, or the first of a list.
pub(super) fn text(object: &Object, property: &str) -> Option<String> {
    texts(object, property).into_iter().next()
}

/// All texts of a property, as [`text`].
pub(super) fn texts(object: &Object, property: &str) -> Vec<String> {
    each(object, property)
        .iter()
        .filter_map(|value| match value {
            Value::String(text) => Some(dom::fragment_line(text)),
            Value::Number(number) => Some(number.to_string()),
            Value::Object(inner) => {
                ["name", "@value", "headline"].iter().find_map(|key| inner.get(*key)?.as_str()).map(dom::fragment_line)
            }
            _ => None,
        })
        .filter(|text| !text.is_empty())
        .collect()
}

/// A property as an absolute address: a text, or the `url`, `contentUrl` or `@id` of the object that stands there.
pub(super) fn url(object: &Object, property: &str, base: &Url) -> Option<Url> {
    each(object, property).iter().find_map(|value| {
        let stated = match value {
            Value::String(text) => Some(text.as_str()),
            Value::Object(inner) => ["url", "contentUrl", "@id"].iter().find_map(|key| inner.get(*key)?.as_str()),
            _ => None,
        }?;
        (!stated.trim().is_empty()).then(|| dom::resolve(base, stated)).flatten()
    })
}

/// The values of a property; one value is a list of one.
pub(super) fn each<'a>(object: &'a Object, property: &str) -> &'a [Value] {
    match object.get(property) {
        Some(Value::Array(list)) => list,
        Some(value) => std::slice::from_ref(value),
        None => &[],
    }
}

/// The objects of a property.
pub(super) fn objects<'a>(object: &'a Object, property: &str) -> impl Iterator<Item = &'a Object> {
    each(object, property).iter().filter_map(Value::as_object)
}

/// Reads JSON as pages have it: in a comment or CDATA section, with raw line breaks in texts, with commas too many.
/// `serde_json` ends at 128 levels; that stays.
fn tolerant_json(text: &str) -> Vec<Value> {
    let text = unwrapped(text);
    if let Some(values) = stream(text) {
        return values;
    }
    stream(&repaired(text)).unwrap_or_default()
}

fn stream(text: &str) -> Option<Vec<Value>> {
    let values =
        serde_json::Deserializer::from_str(text.trim_end_matches([';', ' ', '\n', '\r', '\t'])).into_iter::<Value>();
    values.take(64).collect::<Result<Vec<_>, _>>().ok()
}

fn unwrapped(text: &str) -> &str {
    let mut text = text.trim().trim_start_matches('\u{feff}').trim();
    for open in ["<!--", "//<![CDATA[", "/*<![CDATA[*/", "/* <![CDATA[ */", "// <![CDATA[", "<![CDATA["] {
        text = text.strip_prefix(open).unwrap_or(text).trim();
    }
    for close in ["-->", "//]]>", "/*]]>*/", "/* ]]> */", "// ]]>", "]]>"] {
        text = text.strip_suffix(close).unwrap_or(text).trim();
    }
    text
}

/// Control characters become spaces, a comma before a closing bracket goes. Linear.
fn repaired(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut in_string, mut escaped) = (false, false);
    for c in text.chars() {
        if !in_string && matches!(c, '}' | ']') {
            let end = out.trim_end().len();
            if out[..end].ends_with(',') {
                out.truncate(end - 1);
            }
        }
        match c {
            '"' if !escaped => in_string = !in_string,
            _ => {}
        }
        escaped = in_string && c == '\\' && !escaped;
        out.push(if c.is_control() { ' ' } else { c });
    }
    out
}

/// The page's microdata items (HTML §5) that are no property of another, in document order; others stand in their owner.
pub(super) fn microdata(page: &Page, base: &Url) -> Vec<Object> {
    let mut reader = Microdata { base, open: Vec::new(), found: Vec::new(), text_nodes: 0 };
    // most pages have none, and one look at each element is cheaper than a walk
    if !page.root().descendants_it().any(|node| node.has_attr("itemscope")) {
        return reader.found;
    }
    dom::walk(&page.root(), |node, step| {
        if node.is_element() {
            reader.element(node, step);
        }
        Descend::Yes
    });
    reader.found
}

struct Scope {
    object: Object,
    /// The properties of the owner that this item is the value of; empty: it stands for itself.
    properties: Vec<String>,
}

struct Microdata<'a> {
    base: &'a Url,
    open: Vec<Scope>,
    found: Vec<Object>,
    text_nodes: usize,
}

impl Microdata<'_> {
    fn element(&mut self, node: &Node<'_>, step: Step) {
        let is_item = node.has_attr("itemscope");
        match step {
            Step::Enter if is_item => {
                let properties = if self.open.is_empty() { Vec::new() } else { properties(node) };
                self.open.push(Scope { object: described(node), properties });
            }
            Step::Enter if self.open.is_empty() => {}
            Step::Enter => {
                let names = properties(node);
                if !names.is_empty() {
                    let value = self.value(node);
                    self.add(&names, &Value::String(value));
                }
            }
            Step::Leave if is_item => {
                let Some(Scope { object, properties }) = self.open.pop() else { return };
                if self.open.is_empty() || properties.is_empty() {
                    if self.found.len() < MOST_OBJECTS {
                        self.found.push(object);
                    }
                } else {
                    self.add(&properties, &Value::Object(object));
                }
            }
            Step::Leave => {}
        }
    }

    fn add(&mut self, names: &[String], value: &Value) {
        let Some(scope) = self.open.last_mut() else { return };
        for name in names {
            match scope.object.get_mut(name) {
                Some(Value::Array(list)) => list.push(value.clone()),
                Some(known) => *known = Value::Array(vec![known.take(), value.clone()]),
                None => {
                    scope.object.insert(name.clone(), value.clone());
                }
            }
        }
    }

    fn value(&mut self, node: &Node<'_>) -> String {
        if let Some(content) = dom::attr(node, "content") {
            return content;
        }
        let name = node.node_name();
        let stated = match name.as_deref().unwrap_or_default() {
            "a" | "area" | "link" => dom::attr(node, "href").map(|href| self.absolute(&href)),
            "img" => dom::picture(node, self.base).map(|picture| picture.url.into()),
            "audio" | "embed" | "iframe" | "source" | "track" | "video" => {
                dom::attr(node, "src").map(|src| self.absolute(&src))
            }
            "time" => dom::attr(node, "datetime"),
            "data" | "meter" => dom::attr(node, "value"),
            "meta" => Some(String::new()),
            _ => None,
        };
        stated.unwrap_or_else(|| {
            self.text_nodes += node.descendants_it().take(MOST_TEXT_NODES).count();
            if self.text_nodes > MOST_TEXT_NODES { String::new() } else { dom::line(node) }
        })
    }

    fn absolute(&self, address: &str) -> String {
        dom::resolve(self.base, address).map_or_else(|| address.to_owned(), String::from)
    }
}

fn properties(node: &Node<'_>) -> Vec<String> {
    let names = dom::attr(node, "itemprop").unwrap_or_default();
    let mut names: Vec<String> = names.split_whitespace().take(8).map(str::to_owned).collect();
    names.dedup();
    names
}

fn described(node: &Node<'_>) -> Object {
    let mut object = Object::new();
    if let Some(types) = dom::attr(node, "itemtype") {
        let short = |t: &str| Value::String(t.trim_end_matches('/').rsplit(['/', '#']).next().unwrap_or(t).to_owned());
        let mut list: Vec<Value> = types.split_whitespace().take(4).map(short).collect();
        let value = if list.len() == 1 { list.remove(0) } else { Value::Array(list) };
        object.insert("@type".into(), value);
    }
    if let Some(id) = dom::attr(node, "itemid") {
        object.insert("@id".into(), Value::String(id));
    }
    object
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base() -> Url {
        Url::parse("https://bao.example/").expect("valid")
    }

    fn ld(json: &str) -> Vec<Object> {
        let read = JsonLd::of(&Page::from(format!("<script type='application/ld+json'>{json}</script>")));
        read.objects().into_iter().cloned().collect()
    }

    #[test]
    fn graphs_and_lists_are_flattened() {
        let objects = ld(r#"{"@graph":[{"@type":"WebPage"},{"@type":["Thing","NewsArticle"],"headline":"A &amp; B",
            "author":[{"@type":"Person","name":"Lan"},{"@type":"Person","name":"Hùng"}],"image":{"url":"/1.jpg"}}]}"#);
        let article = objects.iter().find(|o| is_a(o, ARTICLE_TYPES)).expect("an article");
        assert_eq!(text(article, "headline").as_deref(), Some("A & B"));
        assert_eq!(texts(article, "author"), ["Lan", "Hùng"]);
        assert_eq!(url(article, "image", &base()).map(String::from).as_deref(), Some("https://bao.example/1.jpg"));
    }

    #[test]
    fn broken_json_is_mended() {
        for json in [
            "//<![CDATA[\n{\"@type\":\"NewsArticle\",\"headline\":\"x\",}\n//]]>",
            "<!-- {\"@type\":\"NewsArticle\",\"headline\":\"x\"} -->",
            "[{\"@type\":\"NewsArticle\",\"headline\":\"x\n\"},];",
        ] {
            assert_eq!(ld(json).first().and_then(|o| text(o, "headline")).as_deref(), Some("x"), "{json}");
        }
        assert!(ld("{not json").is_empty());
    }

    #[test]
    fn endless_nesting_is_no_data() {
        assert!(ld(&"{\"a\":[".repeat(50_000)).is_empty());
    }

    #[test]
    fn microdata_reads_like_json_ld() {
        let page = Page::from(
            "<div itemscope itemtype='https://schema.org/NewsArticle'><h2 itemprop='headline'>Chợ phiên</h2>
             <a itemprop='url' href='/cho-phien.html'>x</a><time itemprop='datePublished' datetime='2026-02-14'>hôm nay</time>
             <span itemprop='author' itemscope itemtype='https://schema.org/Person'><b itemprop='name'>Lan</b></span></div>",
        );
        let items = microdata(&page, &base());
        assert_eq!(items.len(), 1);
        assert!(is_a(&items[0], ARTICLE_TYPES));
        assert_eq!(text(&items[0], "author").as_deref(), Some("Lan"));
        assert_eq!(text(&items[0], "datePublished").as_deref(), Some("2026-02-14"));
        assert_eq!(
            url(&items[0], "url", &base()).map(String::from).as_deref(),
            Some("https://bao.example/cho-phien.html")
        );
    }
}
