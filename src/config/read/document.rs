//! One file of settings: its values, the place of each, and the problems found so far.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use ::config::{Value, ValueKind};
use jiff::civil::Date;

use super::layer::{self, Environment, Syntax};
use super::lines::{Lines, join};
use super::section::Section;
use crate::config::problem::Problem;
use crate::config::secret::Secret;

/// Largest file of settings, in bytes.
const FILE_BYTES_MAX: u64 = 1 << 20;

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
    first_expiry: Cell<Option<Date>>,
}

impl<'e> Document<'e> {
    /// Reads the file; with `overridden`, the environment's `LUIK__…` lies over it.
    pub(crate) fn open(
        path: &Path,
        environment: &'e Environment,
        overridden: bool,
    ) -> Result<Self, Problem> {
        let name = path.display().to_string();
        let at = |line, message| Problem { file: name.clone(), line, key: String::new(), message };
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
            first_expiry: Cell::default(),
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

    pub(super) fn beside(&self, path: &str) -> PathBuf {
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

    pub(super) fn remember(&self, key: &str, secret: &Secret) {
        let entry = (key.to_owned(), secret.clone());
        self.secrets.borrow_mut().push(entry);
    }

    /// The last day of the secret that is the first to expire, of those read so far.
    pub(crate) fn first_expiry(&self) -> Option<Date> {
        self.first_expiry.get()
    }

    pub(super) fn expires(&self, day: Date) {
        let first = self.first_expiry.get().map_or(day, |first| first.min(day));
        self.first_expiry.set(Some(first));
    }

    pub(super) fn environment(&self) -> &'e Environment {
        self.environment
    }

    /// All problems so far, in order of line and key.
    pub(crate) fn into_problems(self) -> Vec<Problem> {
        let mut problems = self.problems.into_inner();
        problems.sort_by(|a, b| (a.line, &a.key).cmp(&(b.line, &b.key)));
        problems
    }

    /// Records that something is wrong with this key.
    pub(crate) fn fault(&self, key: &str, message: impl Into<Fault>) {
        self.record(self.name.clone(), self.lines.near(key), key, message.into());
    }

    pub(super) fn record(
        &self,
        file: String,
        line: Option<usize>,
        key: &str,
        Fault(message): Fault,
    ) {
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
    pub(super) fn unknown(&self, key: &str, value: &Value, known: &BTreeSet<String>) {
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
                self.unknown_overrides(&join(key, name), value);
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
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text))
        .map_err(|error| unreadable(error.kind()))?;
    if u64::try_from(text.len()).is_ok_and(|length| length > FILE_BYTES_MAX) {
        return Err("is larger than 1 MiB".into());
    }
    Ok(text)
}

fn unreadable(kind: ErrorKind) -> Fault {
    if kind == ErrorKind::NotFound {
        "is not there".into()
    } else {
        format!("can not be read: {kind}").into()
    }
}
