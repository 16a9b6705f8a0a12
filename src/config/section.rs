//! Reading a file of settings key by key: nothing stops at the first problem, and what nobody
//! asked for is unknown.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use ::config::{Value, ValueKind};

use super::layer::{self, Environment, Lines, Syntax};
use super::problem::Problem;
use super::secret::Secret;

/// Largest file of settings, in bytes.
const FILE_BYTES_MAX: u64 = 1 << 20;
/// Longest list in a file of settings.
const LIST_MAX: usize = 1_000;

/// What is wrong with one value. Never quotes a secret.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault(pub(super) Cow<'static, str>);

impl From<&'static str> for Fault {
    fn from(message: &'static str) -> Self {
        Self(message.into())
    }
}

impl From<String> for Fault {
    fn from(message: String) -> Self {
        Self(message.into())
    }
}

/// One file of settings, with the problems found so far.
pub(crate) struct Document<'e> {
    name: String,
    folder: PathBuf,
    values: HashMap<String, Value>,
    lines: Lines,
    environment: &'e Environment,
    problems: RefCell<Vec<Problem>>,
    secrets: RefCell<Vec<(String, Secret)>>,
}

impl<'e> Document<'e> {
    /// Reads the file; with `overridden`, the environment's `LUIK__…` lies over it.
    pub(crate) fn open(
        path: &Path,
        environment: &'e Environment,
        overridden: bool,
    ) -> Result<Self, Problem> {
        let name = path.display().to_string();
        let at = |line, message| Problem {
            file: name.clone(),
            line,
            key: String::new(),
            message,
        };
        let text = read_text(path).map_err(|fault| at(None, fault.0.into_owned()))?;
        let (values, lines) = layer::parse(&text, overridden.then_some(environment))
            .map_err(|Syntax { line, message }| at(line, message))?;
        let document = Self {
            folder: path.parent().map(Path::to_owned).unwrap_or_default(),
            name,
            values,
            lines,
            environment,
            problems: RefCell::default(),
            secrets: RefCell::default(),
        };
        if overridden {
            for variable in environment.odd_overrides() {
                document.unknown_variable(variable, "");
            }
        }
        Ok(document)
    }

    /// Reads the whole file, and reports the keys that were not asked for.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&Section) -> Option<T>) -> Option<T> {
        Section::read(self, Some(&self.values), String::new(), read)
    }

    fn beside(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }

    /// The values as they stand, for a digest over them.
    pub(crate) fn values(&self) -> &HashMap<String, Value> {
        &self.values
    }

    /// Every secret that was read, with its key.
    pub(crate) fn secrets(&self) -> Vec<(String, Secret)> {
        self.secrets.borrow().clone()
    }

    /// All problems so far, in order of line.
    pub(crate) fn into_problems(self) -> Vec<Problem> {
        let mut problems = self.problems.into_inner();
        problems.sort_by_key(|problem| problem.line);
        problems
    }

    /// Records that something is wrong with this key.
    pub(crate) fn fault(&self, key: &str, message: impl Into<Fault>) {
        self.record(self.name.clone(), self.lines.near(key), key, message.into());
    }

    fn record(&self, file: String, line: Option<usize>, key: &str, Fault(message): Fault) {
        self.problems.borrow_mut().push(Problem {
            file,
            line,
            key: key.to_owned(),
            message: message.into_owned(),
        });
    }

    fn unknown_variable(&self, variable: &str, key: &str) {
        let message = "no setting has this name; unset the variable or correct its name";
        self.record(format!("environment {variable}"), None, key, message.into());
    }

    /// Reports a key that nobody asked for, where it stands: in the file, the environment or both.
    fn unknown(&self, key: &str, value: &Value, known: &BTreeSet<String>) {
        if self.lines.exact(key).is_some() {
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            let message = format!("unknown key; known here: {}", known.join(", "));
            self.fault(key, message);
        }
        self.unknown_overrides(key, value);
    }

    fn unknown_overrides(&self, key: &str, value: &Value) {
        if layer::is_override(value) {
            self.unknown_variable(&layer::variable(key), key);
        } else if let ValueKind::Table(table) = &value.kind {
            for (name, value) in table {
                self.unknown_overrides(&layer::join(key, name), value);
            }
        } else if let ValueKind::Array(values) = &value.kind {
            for (place, value) in values.iter().enumerate() {
                self.unknown_overrides(&format!("{key}[{place}]"), value);
            }
        }
    }
}

/// The text of a file of bounded size.
pub(super) fn read_text(path: &Path) -> Result<String, Fault> {
    let unreadable =
        |error: std::io::Error| Fault(format!("can not be read: {}", error.kind()).into());
    let mut text = String::new();
    File::open(path)
        .map_err(unreadable)?
        .take(FILE_BYTES_MAX + 1)
        .read_to_string(&mut text)
        .map_err(unreadable)?;
    if u64::try_from(text.len()).is_ok_and(|length| length > FILE_BYTES_MAX) {
        return Err("is larger than 1 MiB".into());
    }
    Ok(text)
}

/// One section of a file.
pub(crate) struct Section<'d> {
    document: &'d Document<'d>,
    table: Option<&'d HashMap<String, Value>>,
    path: String,
    asked: RefCell<BTreeSet<String>>,
}

impl<'d> Section<'d> {
    fn read<T>(
        document: &'d Document<'d>,
        table: Option<&'d HashMap<String, Value>>,
        path: String,
        read: impl FnOnce(&Self) -> Option<T>,
    ) -> Option<T> {
        let section = Self {
            document,
            table,
            path,
            asked: RefCell::default(),
        };
        let outcome = read(&section);
        section.close();
        outcome
    }

    fn close(self) {
        let asked = self.asked.into_inner();
        for (key, value) in self.table.into_iter().flatten() {
            if !asked.contains(key) {
                let path = layer::join(&self.path, key);
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
        let value = self.table?.get(key)?;
        Some(self.value(layer::join(&self.path, key), value))
    }

    fn value(&self, path: String, value: &'d Value) -> Given<'d> {
        Given {
            document: self.document,
            path,
            value,
        }
    }

    /// Records that something is wrong with this key of the section.
    pub(crate) fn fault(&self, key: &str, message: impl Into<Fault>) {
        let path = layer::join(&self.path, key);
        match self.given(key) {
            Some(given) => given.fault(message.into()),
            None => self.document.fault(&path, message),
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
        let values = self.required(key, array)?;
        let path = layer::join(&self.path, key);
        let parsed: Vec<Option<T>> = values
            .iter()
            .enumerate()
            .map(|(place, value)| self.value(format!("{path}[{place}]"), value).parse(&parse))
            .collect();
        parsed.into_iter().collect()
    }

    /// A list of sections, `[[…]]`, with at least one in it.
    pub(crate) fn sections<T>(
        &self,
        key: &str,
        read: impl Fn(&Section) -> Option<T>,
    ) -> Option<Vec<T>> {
        let values = self.required(key, array)?;
        let path = layer::join(&self.path, key);
        let parsed: Vec<Option<T>> = values
            .iter()
            .enumerate()
            .map(|(place, value)| {
                let given = self.value(format!("{path}[{place}]"), value);
                let table = given.parse(table)?;
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
        let table = self.optional(key, table)?;
        let path = layer::join(&self.path, key);
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

fn table<'d>(given: &Given<'d>) -> Result<&'d HashMap<String, Value>, Fault> {
    given.table().ok_or("must be a section".into())
}

fn array<'d>(given: &Given<'d>) -> Result<&'d Vec<Value>, Fault> {
    let ValueKind::Array(values) = &given.value.kind else {
        return Err("must be a list".into());
    };
    match values.len() {
        0 => Err("must not be empty".into()),
        1..=LIST_MAX => Ok(values),
        _ => Err(format!("must not be longer than {LIST_MAX}").into()),
    }
}

/// One value as it stands in the file or the environment.
pub(crate) struct Given<'d> {
    pub(super) document: &'d Document<'d>,
    pub(super) path: String,
    pub(super) value: &'d Value,
}

impl<'d> Given<'d> {
    fn parse<T>(&self, parse: impl FnOnce(&Self) -> Result<T, Fault>) -> Option<T> {
        parse(self).map_err(|fault| self.fault(fault)).ok()
    }

    fn fault(&self, fault: Fault) {
        if self.is_override() {
            let file = format!("environment {}", layer::variable(&self.path));
            self.document.record(file, None, &self.path, fault);
        } else {
            self.document.fault(&self.path, fault);
        }
    }

    /// Does it come from the environment, where everything is text?
    pub(super) fn is_override(&self) -> bool {
        layer::is_override(self.value)
    }

    /// The value as text.
    pub(crate) fn text(&self) -> Result<&'d str, Fault> {
        if let ValueKind::String(text) = &self.value.kind {
            Ok(text)
        } else {
            Err("must be text in quotes".into())
        }
    }

    pub(super) fn table(&self) -> Option<&'d HashMap<String, Value>> {
        if let ValueKind::Table(table) = &self.value.kind {
            Some(table)
        } else {
            None
        }
    }

    /// A path, relative to the folder of the file.
    pub(crate) fn path(&self) -> Result<PathBuf, Fault> {
        match self.text()? {
            "" => Err("must not be empty".into()),
            text => Ok(self.beside(text)),
        }
    }

    /// A path relative to the folder of the file.
    pub(super) fn beside(&self, path: &str) -> PathBuf {
        self.document.beside(path)
    }

    pub(super) fn environment(&self) -> &'d Environment {
        self.document.environment
    }

    /// Remembers a secret that was read, so that two partners with the same one are found.
    pub(super) fn remember(&self, secret: &Secret) {
        let mut secrets = self.document.secrets.borrow_mut();
        secrets.push((self.path.clone(), secret.clone()));
    }
}
