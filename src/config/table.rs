//! A parsed table, read key by key against its schema: unknown keys and wrong types are collected, never the end.

use super::error::{Problem, Report};
use super::place::{Place, Text, Written};
use super::schema::Schema;
use crate::text;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A table of one file.
#[derive(Clone, Copy)]
pub(super) struct Table<'a> {
    entries: &'a DeTable<'a>,
    schema: &'static Schema,
    file: usize,
    /// Where the table is opened.
    pub(super) place: Place,
    report: &'a Report,
}

impl<'a> Table<'a> {
    /// Opens a table; keys that the schema has not are problems.
    pub(super) fn open(entries: &'a DeTable<'a>, schema: &'static Schema, place: Place, report: &'a Report) -> Self {
        for key in entries.keys().filter(|key| schema.spelled(key.get_ref()).is_none()) {
            let (name, span) = (key.get_ref(), key.span());
            let shown = text::log_safe(name);
            let unknown = Problem::at(Place { file: place.file, start: span.start, end: span.end }, {
                format!("unknown key `{shown}`")
            });
            let unknown = unknown.label(format!("not a key of {}", schema.table));
            report.problem(schema.advice(name).into_iter().fold(unknown, Problem::help));
        }
        Self { entries, schema, file: place.file, place, report }
    }

    /// A text.
    pub(super) fn text(&self, key: &'static str) -> Option<Text> {
        let (value, place) = self.value(key)?;
        match value {
            DeValue::String(text) => Some(Written { key, value: text.to_string(), place }),
            other => self.wrong_type(key, "a text in quotes", other, place),
        }
    }

    /// `true` or `false`.
    pub(super) fn flag(&self, key: &'static str) -> Option<Written<bool>> {
        let (value, place) = self.value(key)?;
        match value {
            DeValue::Boolean(flag) => Some(Written { key, value: *flag, place }),
            other => self.wrong_type(key, "`true` or `false`", other, place),
        }
    }

    /// A whole number; one beyond 64 bits becomes the greatest, which no range allows.
    pub(super) fn integer(&self, key: &'static str) -> Option<Written<i64>> {
        let (value, place) = self.value(key)?;
        match value {
            DeValue::Integer(number) => {
                let value = i64::from_str_radix(number.as_str(), number.radix()).unwrap_or(i64::MAX);
                Some(Written { key, value, place })
            }
            other => self.wrong_type(key, "a whole number", other, place),
        }
    }

    /// A list of texts; an element of another type is left out with a problem.
    pub(super) fn texts(&self, key: &'static str) -> Vec<Text> {
        let Some((value, place)) = self.value(key) else { return Vec::new() };
        let DeValue::Array(elements) = value else {
            return self.wrong_type(key, "a list of texts", value, place).unwrap_or_default();
        };
        let mut texts = Vec::new();
        for element in elements.iter() {
            let place = self.place_of(element);
            match element.get_ref() {
                DeValue::String(text) => texts.push(Written { key, value: text.to_string(), place }),
                other => drop(self.wrong_type::<()>(key, "a list of texts", other, place)),
            }
        }
        texts
    }

    /// A table below this one.
    pub(super) fn table(&self, key: &'static str, schema: &'static Schema) -> Option<Table<'a>> {
        let (value, place) = self.value(key)?;
        match value {
            DeValue::Table(entries) => Some(Table::open(entries, schema, place, self.report)),
            other => self.wrong_type(key, "a table", other, place),
        }
    }

    /// A table that says where a secret stands. A text in its place is a secret in the configuration itself, and never
    /// shown.
    pub(super) fn secret(&self, key: &'static str, schema: &'static Schema) -> Option<Table<'a>> {
        let (value, place) = self.value(key)?;
        if matches!(value, DeValue::Table(_)) {
            return self.table(key, schema);
        }
        self.report.secret(place);
        self.report.problem(
            Problem::at(place, format!("the value of `{key}` stands in the configuration itself"))
                .help(format!("put it into a file that only bantin reads: {key} = {{ file = \"/etc/bantin/{key}\" }}"))
                .help(format!("or, under systemd, into a credential: {key} = {{ credential = \"{key}\" }}")),
        );
        None
    }

    /// A list of tables below this one: `[[paper]]`.
    pub(super) fn tables(&self, key: &'static str, schema: &'static Schema) -> Vec<Table<'a>> {
        let Some((value, place)) = self.value(key) else { return Vec::new() };
        let DeValue::Array(elements) = value else {
            return self.wrong_type(key, "a list of tables", value, place).unwrap_or_default();
        };
        let mut tables = Vec::new();
        for element in elements.iter() {
            let place = self.place_of(element);
            match element.get_ref() {
                DeValue::Table(entries) => tables.push(Table::open(entries, schema, place, self.report)),
                other => drop(self.wrong_type::<()>(key, "a list of tables", other, place)),
            }
        }
        tables
    }

    /// A table with names of the operator's own choice: each name with its place, and its value as a table of `schema`.
    /// A value of another type is `None`, with its place, and reported by the caller, who knows what it would mean.
    pub(super) fn named(&self, key: &'static str, schema: &'static Schema) -> Vec<Named<'a>> {
        let Some((value, place)) = self.value(key) else { return Vec::new() };
        let DeValue::Table(entries) = value else {
            return self.wrong_type(key, "a table", value, place).unwrap_or_default();
        };
        let named = |(name, value): (&'a Spanned<_>, &'a Spanned<DeValue<'a>>)| {
            let place = self.place_of(value);
            let table = match value.get_ref() {
                DeValue::Table(entries) => Ok(Table::open(entries, schema, place, self.report)),
                _ => Err(place),
            };
            let name: &Spanned<toml::de::DeString<'a>> = name;
            Named { name: Written { key, value: name.get_ref().to_string(), place: self.place_of(name) }, table }
        };
        entries.iter().map(named).collect()
    }

    /// Whether a key stands there, of whatever type.
    pub(super) fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    /// A problem for a key that must be there.
    pub(super) fn missing(&self, key: &str, what: &str) {
        self.report.problem(
            Problem::at(self.place, format!("{} has no `{key}`", self.schema.table))
                .label(format!("`{key}` is missing here"))
                .help(format!("add {what}, such as `{}`", self.schema.example(key))),
        );
    }

    fn value(&self, key: &'static str) -> Option<(&'a DeValue<'a>, Place)> {
        debug_assert!(self.schema.spelled(key).is_some(), "{key} is not in the schema");
        let value = self.entries.get(key)?;
        Some((value.get_ref(), self.place_of(value)))
    }

    fn place_of<T>(&self, spanned: &Spanned<T>) -> Place {
        Place { file: self.file, start: spanned.span().start, end: spanned.span().end }
    }

    fn wrong_type<T>(&self, key: &str, wanted: &str, found: &DeValue<'_>, place: Place) -> Option<T> {
        self.report.problem(
            Problem::at(place, format!("`{key}` must be {wanted}"))
                .label(format!("this is {}", type_name(found)))
                .help(format!("write it like `{}`", self.schema.example(key))),
        );
        None
    }
}

/// An entry of a table with free names.
pub(super) struct Named<'a> {
    /// The name and its place.
    pub(super) name: Text,
    /// The table behind it, or the place of what stands there instead.
    pub(super) table: Result<Table<'a>, Place>,
}

fn type_name(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a point",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
