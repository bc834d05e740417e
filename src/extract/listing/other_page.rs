//! Pages in a list's place that are something else: an error page with status 200, the site's frame alone, a login form.
//!
//! Comes in: the outline and the page's own names. Goes out: what the page is instead. It does not look for stories.

use super::chunk;
use super::finding::{self, Names};
use super::outline::Outline;
use super::vocabulary::Marks;
use crate::model::ListFinding;
use crate::text;

/// A page with more text of its own than this, in letters, is more than a frame.
const MOST_FRAME_TEXT: usize = 200;

/// Names of pages that stand where a page is missing, folded; compared with a whole part of the page's name.
const ERROR_NAMES: &[&str] = &[
    "not found",
    "page not found",
    "file not found",
    "internal server error",
    "server error",
    "service unavailable",
    "temporarily unavailable",
    "bad gateway",
    "gateway timeout",
    "an error occurred",
    "something went wrong",
    "under maintenance",
    "site under maintenance",
    "da xay ra loi",
    "co loi xay ra",
    "khong tim thay",
    "khong tim thay trang",
    "trang khong tim thay",
    "trang khong ton tai",
    "trang ban tim khong ton tai",
    "he thong dang bao tri",
    "trang dang bao tri",
    "bao tri he thong",
    "trang dang duoc nang cap",
    "seite nicht gefunden",
    "page non trouvee",
    "page introuvable",
    "pagina no encontrada",
    "pagina nao encontrada",
    "pagina non trovata",
    "halaman tidak ditemukan",
    "strona nie znaleziona",
    "stranka nenalezena",
    "sayfa bulunamadi",
];

/// Names that a section could have as well: they count where the page shows next to nothing.
const DOUBTFUL_NAMES: &[&str] = &["error", "forbidden", "oops", "maintenance", "loi", "fehler", "erreur"];
/// A page with so many stories is a section of that name.
const LEAST_STORIES: usize = 3;

const LOGIN_WORDS: &[&str] = &["dang nhap", "login", "log in", "sign in", "anmelden", "iniciar sesion", "connexion"];

/// Whether the page names itself an error page, whatever it lists beside; `stories` were found on it.
pub(super) fn is_error(outline: &Outline<'_>, names: &Names, stories: usize) -> bool {
    let is_error_name = |name: &str| is_error_name(name, stories);
    let title = text::fold(&names.title);
    let mut parts = title.split(['|', '–', '—', '»', '·']).flat_map(|part| part.split(" - "));
    if parts.any(is_error_name) {
        return true;
    }
    let headings = outline.parts.iter().enumerate().filter(|(_, part)| part.tag == "h1").take(3);
    headings.map(|(place, part)| text::fold(&outline.line(place, part.end))).any(|line| is_error_name(&line))
}

fn is_error_name(name: &str, stories: usize) -> bool {
    let name = name.trim_matches(|c: char| !c.is_alphanumeric());
    let bare = name.trim_start_matches("error").trim_start_matches("loi").trim_start_matches("http").trim_start();
    let (code, rest) = bare.split_at(bare.bytes().take_while(u8::is_ascii_digit).count());
    let is_code = matches!(code, "400" | "401" | "403" | "404" | "410" | "500" | "502" | "503" | "504");
    let rest = rest.trim_matches(|c: char| !c.is_alphanumeric());
    let says = |names: &[&str], name: &str| names.contains(&name);
    let says_so = says(ERROR_NAMES, name) || stories < LEAST_STORIES && says(DOUBTFUL_NAMES, name);
    let explains = rest.is_empty() || says(ERROR_NAMES, rest) || says(DOUBTFUL_NAMES, rest);
    says_so || is_code && explains
}

/// What a page without stories is that is neither an empty list nor a wall.
pub(super) fn without_list(outline: &Outline<'_>) -> ListFinding {
    let lines = chunk::chunks(outline, (0, outline.parts.len()), &[], None);
    let own = lines.iter().filter(|line| {
        let mut around = std::iter::once(line.block).chain(outline.ancestors(line.block));
        line.linked_percent(|_| true) < 50 && !around.any(|at| outline.parts[at].marks.any(Marks::FRAME))
    });
    let letters: usize = own.map(|line| line.text.chars().filter(|c| c.is_alphanumeric()).count()).sum();
    if letters <= MOST_FRAME_TEXT { ListFinding::FrameOnly } else { ListFinding::Missing }
}

/// Which wall it is: a login form, else a captcha or a challenge.
pub(super) fn wall(outline: &Outline<'_>, names: &Names) -> ListFinding {
    let title = text::fold(&names.title);
    if finding::has_password(outline) || LOGIN_WORDS.iter().any(|word| title.contains(word)) {
        ListFinding::Login
    } else {
        ListFinding::Captcha
    }
}
