//! A secret by reference: `{ env = "NAME" }` or `{ file = "path" }`; those of partners may say until
//! when they are to be used: `{ env = "NAME", expires = 2027-01-31 }`.

use std::path::PathBuf;

use ::config::ValueKind;

use super::document::{Fault, read_text};
use super::given::Given;
use super::lines::join;
use super::value::date;
use crate::config::secret::Secret;

/// The last day of a secret.
const EXPIRES: &str = "expires";
const REFERENCE: &str = r#"write { env = "NAME" } or { file = "path" }"#;

/// What a reference leads to.
pub(crate) enum Resolved {
    /// The secret is there.
    Known(Secret),
    /// The variable or the file is not there, or empty.
    Absent(Fault),
}

/// Where a secret stands.
pub(crate) enum Reference<'d> {
    /// In this variable of the environment.
    Variable(&'d str),
    /// In this file.
    File(PathBuf),
    /// Given by the environment in the place of the reference.
    Override(&'d str),
}

impl<'d> Given<'d> {
    /// The reference, unread.
    pub(crate) fn reference(&self) -> Result<Reference<'d>, Fault> {
        self.refer(None)
    }

    /// With this key beside it.
    fn refer(&self, beside: Option<&str>) -> Result<Reference<'d>, Fault> {
        if self.is_override() {
            return self.text().map(Reference::Override);
        }
        let malformed = || Fault::from(format!("must be a reference: {REFERENCE}"));
        let Ok(table) = self.table() else {
            return Err(format!("a secret may not stand in the file: {REFERENCE}").into());
        };
        let mut entries = table.iter().filter(|(key, _)| Some(key.as_str()) != beside);
        let (Some((key, value)), None) = (entries.next(), entries.next()) else {
            return Err(malformed());
        };
        let ValueKind::String(text) = &value.kind else {
            return Err(malformed());
        };
        match key.as_str() {
            "env" if is_variable_name(text) => Ok(Reference::Variable(text)),
            "file" if is_file_name(text) => Ok(Reference::File(self.beside(text))),
            _ => Err(malformed()),
        }
    }

    /// The secret of a partner, or why it is not there. Its last day is noted, and only warns.
    pub(crate) fn resolve(&self) -> Result<Resolved, Fault> {
        let reference = self.refer(Some(EXPIRES))?;
        let table = self.table().ok();
        if let Some(value) = table.and_then(|table| table.get(EXPIRES)) {
            let (document, path) = (self.document, join(&self.path, EXPIRES));
            let day = date(&Given { document, path, value });
            self.document.expires(day.map_err(|Fault(why)| format!("{EXPIRES} {why}"))?);
        }
        self.find(&reference)
    }

    fn find(&self, reference: &Reference) -> Result<Resolved, Fault> {
        let found = match reference {
            Reference::Override(text) => Ok((*text).to_owned()),
            Reference::Variable(name) => match self.environment().get(name) {
                None => Err(format!("the environment variable {name} is not set").into()),
                Some("") => Err(format!("the environment variable {name} is empty").into()),
                Some(text) => Ok(text.to_owned()),
            },
            Reference::File(path) => match read_text(path) {
                Err(Fault(why)) => Err(format!("the file {} {why}", path.display()).into()),
                Ok(text) => match text.trim_end_matches(['\r', '\n']) {
                    "" => Err(format!("the file {} is empty", path.display()).into()),
                    text => Ok(text.to_owned()),
                },
            },
        };
        Ok(match found {
            Err(fault) => Resolved::Absent(fault),
            Ok(text) => {
                let secret = Secret::new(&text);
                self.remember(&secret);
                Resolved::Known(secret)
            }
        })
    }

    /// The secret; it must be there.
    pub(crate) fn secret(&self) -> Result<Secret, Fault> {
        match self.find(&self.reference()?)? {
            Resolved::Known(secret) => Ok(secret),
            Resolved::Absent(fault) => Err(fault),
        }
    }
}

/// A secret written in the place of a name must not come back in a message.
fn is_variable_name(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    (1..=64).contains(&text.len()) && text.bytes().all(plain) && !text.starts_with("whsec_")
}

fn is_file_name(text: &str) -> bool {
    let odd = text.starts_with("whsec_") || text.contains("://");
    !text.is_empty() && !odd
}
