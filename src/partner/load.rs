//! The folder of partner files → all partners, or every problem of all files.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::config::{Document, Environment, Problem, Problems, Secret, Settings, attempt};
use crate::model::PartnerId;

use super::profile::Partner;
use super::read;

/// Reads and checks `luik.toml` and every partner file. Makes nothing, connects to nothing.
///
/// # Errors
/// With every problem of all files. The partner files are checked whenever their folder is known,
/// whatever else is wrong with `luik.toml`.
pub fn check(path: &Path, environment: &Environment) -> Result<(Settings, Vec<Partner>), Problems> {
    let attempt = attempt(path, environment);
    let partners = attempt.partners.map_or(Ok(Vec::new()), |folder| load_all(&folder, environment));
    match (attempt.settings, partners) {
        (Ok(settings), Ok(partners)) => {
            let problems = unreachable(&settings, &partners);
            if problems.is_empty() { Ok((settings, partners)) } else { Err(Problems(problems)) }
        }
        (settings, partners) => {
            let lists = [settings.err(), partners.err()];
            let problems = lists.into_iter().flatten().flat_map(|list| list.0);
            Err(Problems(problems.collect()))
        }
    }
}

/// Partners that get letters, where there is no mail server to send them by.
#[must_use]
pub fn unreachable(settings: &Settings, partners: &[Partner]) -> Vec<Problem> {
    let mails = |partner: &&Partner| partner.mail.is_some() && settings.notify.smtp.is_none();
    let problem = |partner: &Partner| Problem {
        file: settings.partners.join(format!("{}.toml", partner.id)).display().to_string(),
        line: None,
        key: "mail".to_owned(),
        message: "needs a mail server: add [notify.smtp] to luik.toml".to_owned(),
    };
    partners.iter().filter(mails).map(problem).collect()
}

/// Reads and checks every `*.toml` of the folder, in order of name.
///
/// # Errors
/// With every problem of all files.
pub fn load_all(folder: &Path, environment: &Environment) -> Result<Vec<Partner>, Problems> {
    let files = files(folder).map_err(|error| {
        let message = format!("the folder of partner files can not be read: {}", error.kind());
        Problems(vec![whole(folder, message)])
    })?;
    let mut reading = Reading::default();
    for file in files {
        reading.file(&file, environment);
    }
    if reading.problems.is_empty() { Ok(reading.partners) } else { Err(Problems(reading.problems)) }
}

fn files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if !hidden && path.extension().is_some_and(|ending| ending == "toml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn whole(path: &Path, message: String) -> Problem {
    Problem { file: path.display().to_string(), line: None, key: String::new(), message }
}

/// What was read so far.
#[derive(Default)]
struct Reading {
    partners: Vec<Partner>,
    problems: Vec<Problem>,
    /// Who was first with a secret: file and key.
    owners: HashMap<String, (PathBuf, String)>,
}

impl Reading {
    fn file(&mut self, path: &Path, environment: &Environment) {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let id = stem.parse::<PartnerId>().map_err(|_| {
            let message =
                "the name of the file is the partner's id: use a-z, 0-9 and -, at most 63";
            self.problems.push(whole(path, message.to_owned()));
        });
        let document = match Document::open(path, environment, false) {
            Ok(document) => document,
            Err(problem) => {
                self.problems.push(problem);
                return;
            }
        };
        let partner = read::partner(&document, id.ok());
        for (key, secret) in document.secrets() {
            self.own(path, &key, &secret, &document);
        }
        self.problems.extend(document.into_problems());
        self.partners.extend(partner);
    }

    /// Two partners with the same secret could pass for one another.
    fn own(&mut self, path: &Path, key: &str, secret: &Secret, document: &Document) {
        let place = (path.to_owned(), key.to_owned());
        let (first, first_key) = self.owners.entry(secret.reveal().to_owned()).or_insert(place);
        if first != path {
            let first = first.display();
            let message =
                format!("is the same secret as {first} has in {first_key}; make a new one");
            document.fault(key, message);
        }
    }
}

#[cfg(test)]
mod tests;
