//! Reading one section key by key: nothing stops at the first problem, and what nobody asked for
//! is unknown.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;

use ::config::Value;

use super::document::{Document, Fault};
use super::given::Given;
use super::lines::join;

/// One section of a file.
pub(crate) struct Section<'d> {
    document: &'d Document<'d>,
    table: Option<&'d HashMap<String, Value>>,
    path: String,
    asked: RefCell<BTreeSet<String>>,
}

impl<'d> Section<'d> {
    pub(super) fn read<T>(
        document: &'d Document<'d>,
        table: Option<&'d HashMap<String, Value>>,
        path: String,
        read: impl FnOnce(&Self) -> Option<T>,
    ) -> Option<T> {
        let section = Self { document, table, path, asked: RefCell::default() };
        let outcome = read(&section);
        section.close();
        outcome
    }

    fn close(self) {
        let asked = self.asked.into_inner();
        for (key, value) in self.table.into_iter().flatten() {
            if !asked.contains(key) {
                let path = join(&self.path, key);
                self.document.unknown(&path, value, &asked);
            }
        }
    }

    /// A path relative to the folder of the file.
    pub(crate) fn beside(&self, path: &str) -> PathBuf {
        self.document.beside(path)
    }

    /// Asks for nothing in particular any more: all that is left counts as known.
    pub(crate) fn ignore_rest(&self) {
        let keys = self.table.into_iter().flat_map(HashMap::keys).cloned();
        self.asked.borrow_mut().extend(keys);
    }

    fn given(&self, key: &str) -> Option<Given<'d>> {
        self.asked.borrow_mut().insert(key.to_owned());
        self.find(key)
    }

    fn find(&self, key: &str) -> Option<Given<'d>> {
        let value = self.table?.get(key)?;
        Some(self.value(join(&self.path, key), value))
    }

    fn value(&self, path: String, value: &'d Value) -> Given<'d> {
        Given { document: self.document, path, value }
    }

    /// Records that something is wrong with this key of the section.
    pub(crate) fn fault(&self, key: &str, message: impl Into<Fault>) {
        match self.find(key) {
            Some(given) => given.fault(message.into()),
            None => self.document.fault(&join(&self.path, key), message),
        }
    }

    /// A value that must be there.
    pub(crate) fn required<T>(
        &self,
        key: &str,
        parse: impl FnOnce(&Given<'d>) -> Result<T, Fault>,
    ) -> Option<T> {
        let value = self.optional(key, parse)?;
        if value.is_none() {
            self.fault(key, "is missing");
        }
        value
    }

    /// A value that has a default.
    pub(crate) fn or<T>(
        &self,
        key: &str,
        default: T,
        parse: impl FnOnce(&Given<'d>) -> Result<T, Fault>,
    ) -> Option<T> {
        Some(self.optional(key, parse)?.unwrap_or(default))
    }

    /// A value that may be left out; the outer option is none when it is at fault.
    pub(crate) fn optional<T>(
        &self,
        key: &str,
        parse: impl FnOnce(&Given<'d>) -> Result<T, Fault>,
    ) -> Option<Option<T>> {
        match self.given(key) {
            None => Some(None),
            Some(given) => given.parse(parse).map(Some),
        }
    }

    /// A list with at least one value; every value at fault is a problem of its own.
    pub(crate) fn list<T>(
        &self,
        key: &str,
        parse: impl Fn(&Given<'d>) -> Result<T, Fault>,
    ) -> Option<Vec<T>> {
        let values = self.required(key, Given::array)?;
        let path = join(&self.path, key);
        let parsed: Vec<Option<T>> = values
            .iter()
            .enumerate()
            .map(|(place, value)| self.value(format!("{path}[{place}]"), value).parse(&parse))
            .collect();
        parsed.into_iter().collect()
    }

    /// A list that may be left out, or empty.
    pub(crate) fn list_or<T>(
        &self,
        key: &str,
        default: Vec<T>,
        parse: impl Fn(&Given<'d>) -> Result<T, Fault>,
    ) -> Option<Vec<T>> {
        match self.find(key) {
            None => self.given(key).is_none().then_some(default),
            Some(given) if given.is_empty_list() => self.given(key).map(|_| Vec::new()),
            Some(_) => self.list(key, parse),
        }
    }

    /// A list of sections, `[[…]]`, with at least one in it.
    pub(crate) fn sections<T>(
        &self,
        key: &str,
        read: impl Fn(&Section) -> Option<T>,
    ) -> Option<Vec<T>> {
        let values = self.required(key, Given::array)?;
        let path = join(&self.path, key);
        let parsed: Vec<Option<T>> = values
            .iter()
            .enumerate()
            .map(|(place, value)| {
                let given = self.value(format!("{path}[{place}]"), value);
                let table = given.parse(Given::table)?;
                Section::read(self.document, Some(table), given.path, &read)
            })
            .collect();
        parsed.into_iter().collect()
    }

    /// A section; when it is not there, every key of it that must be is missing.
    pub(crate) fn section<T>(
        &self,
        key: &str,
        read: impl FnOnce(&Section) -> Option<T>,
    ) -> Option<T> {
        let table = self.optional(key, Given::table)?;
        let path = join(&self.path, key);
        Section::read(self.document, table, path, read)
    }

    /// A section that may be left out; the outer option is none when it is at fault.
    pub(crate) fn optional_section<T>(
        &self,
        key: &str,
        read: impl FnOnce(&Section) -> Option<T>,
    ) -> Option<Option<T>> {
        match self.given(key) {
            None => Some(None),
            Some(_) => self.section(key, read).map(Some),
        }
    }
}
