//! What is wrong with a configuration: collected while it is read, shown all at once.
//!
//! Comes in: places, causes and remedies. Goes out: text with `FILE:LINE:COLUMN` and the line itself. Lines that hold a
//! secret are never shown.

use super::place::{Place, SourceFile};
use crate::text;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use serde::Serialize;
use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt;

/// More problems than this are counted, not shown: nobody reads them.
const MOST_SHOWN: usize = 500;

/// One thing that is wrong.
#[derive(Debug, Clone)]
pub(super) struct Problem {
    place: Option<Place>,
    what: String,
    label: String,
    help: Vec<String>,
}

impl Problem {
    /// Something wrong at a place; `what` names the cause.
    pub(super) fn at(place: Place, what: impl Into<String>) -> Self {
        Self { place: Some(place), what: what.into(), label: String::new(), help: Vec::new() }
    }

    /// Something wrong with no place in a file.
    pub(super) fn anywhere(what: impl Into<String>) -> Self {
        Self { place: None, what: what.into(), label: String::new(), help: Vec::new() }
    }

    /// Says beside the caret what is wrong with this very text.
    pub(super) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Says what to do.
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }
}

/// Where problems and warnings are collected while a configuration is read.
#[derive(Debug, Default)]
pub(super) struct Report {
    files: RefCell<Vec<SourceFile>>,
    problems: RefCell<Vec<Problem>>,
    warnings: RefCell<Vec<Problem>>,
    secrets: RefCell<Vec<Place>>,
}

impl Report {
    /// Takes a file in; its number is what places refer to.
    pub(super) fn add_file(&self, name: &str, text: &str) -> usize {
        let mut files = self.files.borrow_mut();
        files.push(SourceFile::new(name, text));
        files.len() - 1
    }

    /// Collects a problem: the configuration is refused.
    pub(super) fn problem(&self, problem: Problem) {
        self.problems.borrow_mut().push(problem);
    }

    /// Collects a warning: the configuration is taken.
    pub(super) fn warning(&self, warning: Problem) {
        self.warnings.borrow_mut().push(warning);
    }

    /// Marks a text that must never be shown.
    pub(super) fn secret(&self, place: Place) {
        self.secrets.borrow_mut().push(place);
    }

    /// `FILE:LINE:COLUMN` of a place.
    pub(super) fn position(&self, place: Place) -> String {
        self.files.borrow().get(place.file).map_or_else(String::new, |file| file.position(place))
    }

    /// Whether nothing is wrong so far.
    pub(super) fn is_clean(&self) -> bool {
        self.problems.borrow().is_empty()
    }

    /// The warnings, or everything that is wrong, in the order of the files.
    pub(super) fn finish(self) -> Result<Vec<Warning>, ConfigError> {
        if !self.is_clean() {
            return Err(self.into_error());
        }
        let files = self.files.into_inner();
        let mut warnings = self.warnings.into_inner();
        warnings.sort_by_key(|warning| warning.place);
        Ok(warnings.into_iter().map(|warning| Warning::of(warning, &files)).collect())
    }

    /// Everything that is wrong, in the order of the files.
    pub(super) fn into_error(self) -> ConfigError {
        let mut problems = self.problems.into_inner();
        problems.sort_by_key(|problem| problem.place);
        ConfigError { files: self.files.into_inner(), problems, secrets: self.secrets.into_inner() }
    }
}

/// One problem, for programs. What does not apply is `null`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatedProblem {
    /// The file.
    pub file: Option<String>,
    /// Its line, from 1.
    pub line: Option<usize>,
    /// The column, from 1, in characters.
    pub column: Option<usize>,
    /// The key with its table: `fetch.timeout`.
    pub key: Option<String>,
    /// What is wrong.
    pub problem: String,
    /// What to do about it.
    pub help: String,
}

impl StatedProblem {
    fn of(problem: &Problem, files: &[SourceFile], with_label: bool) -> Self {
        let at = problem.place.and_then(|place| files.get(place.file).map(|file| (place, file)));
        let line = at.map(|(place, file)| file.line(place));
        let label = Some(&problem.label).filter(|label| with_label && !label.is_empty());
        let label = label.map_or_else(String::new, |label| format!(": {}", text::log_safe(label)));
        Self {
            file: at.map(|(_, file)| file.name.clone()),
            line: line.as_ref().map(|line| line.number),
            column: line.as_ref().map(|line| line.column),
            key: at.and_then(|(place, file)| file.key(place)).map(|key| text::log_safe(&key)),
            problem: text::log_safe(&problem.what) + &label,
            help: text::log_safe(&problem.help.join("; ")),
        }
    }
}

/// Something that the operator should know although the configuration is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// `FILE:LINE:COLUMN`, where there is one.
    pub place: Option<String>,
    /// What.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
    /// The same for programs.
    pub stated: StatedProblem,
}

impl Warning {
    /// One that no file can be blamed for.
    #[must_use]
    pub fn anywhere(what: String, remedy: String) -> Self {
        Self::of(Problem::anywhere(what).help(remedy), &[])
    }

    fn of(problem: Problem, files: &[SourceFile]) -> Self {
        let stated = StatedProblem::of(&problem, files, true);
        let place = problem.place.and_then(|place| files.get(place.file).map(|file| file.position(place)));
        Self { place, what: text::log_safe(&problem.what), remedy: text::log_safe(&problem.help.join("; ")), stated }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        f.write_str(&self.what)?;
        if self.remedy.is_empty() { Ok(()) } else { write!(f, ": {}", self.remedy) }
    }
}

/// A configuration that is refused, with every problem of its files. `Display` shows them without color, and so does
/// `Debug`: what it holds besides are whole files.
pub struct ConfigError {
    files: Vec<SourceFile>,
    problems: Vec<Problem>,
    secrets: Vec<Place>,
}

impl std::error::Error for ConfigError {}

impl fmt::Debug for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl ConfigError {
    /// How many problems there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.problems.len()
    }

    /// All problems with colors, for a terminal.
    #[must_use]
    pub fn colored(&self) -> String {
        self.rendered(&Renderer::styled())
    }

    /// All problems, for programs.
    #[must_use]
    pub fn problems(&self) -> Vec<StatedProblem> {
        let secret = self.secret_lines();
        let stated = |problem: &Problem| {
            let at = problem.place.and_then(|place| Some((place.file, self.files.get(place.file)?.line_number(place))));
            StatedProblem::of(problem, &self.files, at.is_none_or(|at| !secret.contains(&at)))
        };
        self.problems.iter().map(stated).collect()
    }

    fn rendered(&self, renderer: &Renderer) -> String {
        let (mut out, secret) = (String::new(), self.secret_lines());
        for problem in self.problems.iter().take(MOST_SHOWN) {
            out.push_str(&self.shown(problem, renderer, &secret));
            out.push_str("\n\n");
        }
        if let Some(more) = self.count().checked_sub(MOST_SHOWN).filter(|more| *more > 0) {
            out.push_str(&format!("… and {more} more\n\n"));
        }
        let problems = if self.count() == 1 { "problem" } else { "problems" };
        out.push_str(&format!("{} {problems} in the configuration", self.count()));
        out
    }

    fn shown(&self, problem: &Problem, renderer: &Renderer, secret: &HashSet<(usize, usize)>) -> String {
        let title = text::log_safe(&problem.what);
        let group = Level::ERROR.primary_title(title.as_str());
        let helps = problem.help.iter().map(|help| Level::HELP.message(help.as_str()));
        let Some((place, file)) = problem.place.and_then(|place| self.files.get(place.file).map(|file| (place, file)))
        else {
            return renderer.render(&[Group::with_title(group).elements(helps)]);
        };
        let line = file.line(place);
        if secret.contains(&(place.file, line.number)) {
            let origin = Origin::path(file.name.as_str()).line(line.number).char_column(line.column);
            return renderer.render(&[Group::with_title(group).element(origin).elements(helps)]);
        }
        let annotation = AnnotationKind::Primary.span(line.span).label(problem.label.as_str());
        let snippet =
            Snippet::source(line.text).line_start(line.number).path(file.name.as_str()).annotation(annotation);
        renderer.render(&[Group::with_title(group).element(snippet).elements(helps)])
    }

    /// The files and lines where a secret stands.
    fn secret_lines(&self) -> HashSet<(usize, usize)> {
        let line = |place: &Place| Some((place.file, self.files.get(place.file)?.line_number(*place)));
        self.secrets.iter().filter_map(line).collect()
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rendered(&Renderer::plain()))
    }
}
