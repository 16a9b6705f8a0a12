//! One value as it stands in the file or the environment, with its place.

use std::collections::HashMap;
use std::path::PathBuf;

use ::config::{Value, ValueKind};

use super::document::{Document, Fault};
use super::layer::{self, Environment};
use crate::config::secret::Secret;

/// Longest list in a file of settings.
const LIST_MAX: usize = 1_000;

/// One value as it stands in the file or the environment.
pub(crate) struct Given<'d> {
    pub(super) document: &'d Document<'d>,
    pub(super) path: String,
    pub(super) value: &'d Value,
}

impl<'d> Given<'d> {
    pub(super) fn parse<T>(&self, parse: impl FnOnce(&Self) -> Result<T, Fault>) -> Option<T> {
        parse(self).map_err(|fault| self.fault(fault)).ok()
    }

    pub(super) fn fault(&self, fault: Fault) {
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

    /// The value as a section.
    pub(super) fn table(&self) -> Result<&'d HashMap<String, Value>, Fault> {
        if let ValueKind::Table(table) = &self.value.kind {
            Ok(table)
        } else {
            Err("must be a section".into())
        }
    }

    /// The value as a list with at least one value in it.
    pub(super) fn array(&self) -> Result<&'d [Value], Fault> {
        let ValueKind::Array(values) = &self.value.kind else {
            return Err("must be a list".into());
        };
        match values.len() {
            0 => Err("must not be empty".into()),
            1..=LIST_MAX => Ok(values),
            _ => Err(format!("must not be longer than {LIST_MAX}").into()),
        }
    }

    pub(super) fn is_empty_list(&self) -> bool {
        matches!(&self.value.kind, ValueKind::Array(values) if values.is_empty())
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
        self.document.environment()
    }

    /// Remembers a secret that was read, so that two partners with the same one are found.
    pub(super) fn remember(&self, secret: &Secret) {
        self.document.remember(&self.path, secret);
    }
}
