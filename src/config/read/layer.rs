//! The layers of a settings file: its text, and the environment over it.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use ::config::{Config, File, FileFormat, Value};

use super::lines::{Lines, line_of};

/// Overrides are called `LUIK__SECTION__KEY`.
const PREFIX: &str = "LUIK__";
/// Largest place in a list that the environment can name, in digits.
const PLACE_DIGITS: usize = 2;

/// The variables of the environment. `Debug` prints names only.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// The process's own. What is not Unicode is replaced, so that it fails where it is read.
    #[must_use]
    pub fn of_process() -> Self {
        let text = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
        std::env::vars_os().map(|(name, value)| (text(name), text(value))).collect()
    }

    /// The value of this variable.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    fn overrides(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .filter(|(name, _)| name.starts_with(PREFIX))
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Names of overrides that can not be a key at all.
    pub(super) fn odd_overrides(&self) -> impl Iterator<Item = &str> {
        self.overrides().map(|(name, _)| name).filter(|name| !is_plain(name))
    }
}

impl FromIterator<(String, String)> for Environment {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(variables: I) -> Self {
        Self(variables.into_iter().collect())
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Is every part of the name there and made of letters, digits and `_`?
fn is_plain(name: &str) -> bool {
    name.split("__").all(|part| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    })
}

fn is_bare(key: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    !key.is_empty() && key.bytes().all(plain)
}

/// `LUIK__SOURCE__WATCH__0__TABLE` as the `config` crate wants it: `LUIK__SOURCE__WATCH[0]__TABLE`.
fn with_places(name: &str) -> String {
    let mut out = String::new();
    for part in name.split("__") {
        if part.len() <= PLACE_DIGITS && part.bytes().all(|b| b.is_ascii_digit()) {
            out.push_str(&format!("[{part}]"));
        } else {
            out.push_str(if out.is_empty() { "" } else { "__" });
            out.push_str(part);
        }
    }
    out
}

/// The variable that overrides this key.
pub(super) fn variable(key: &str) -> String {
    let parts = key.replace('[', ".").replace(']', "").replace('.', "__");
    format!("{PREFIX}{}", parts.to_uppercase())
}

/// Does this value come from the environment? Values of the file have no origin of their own.
pub(super) fn is_override(value: &Value) -> bool {
    value.origin().is_some()
}

/// Text that is not TOML: the line, and what the parser expected there.
#[derive(Debug)]
pub(super) struct Syntax {
    pub(super) line: Option<usize>,
    pub(super) message: String,
}

/// Parses the text and lays the environment over it, if it may be overridden.
pub(super) fn parse(
    text: &str,
    overridden_by: Option<&Environment>,
) -> Result<(HashMap<String, Value>, Lines), Syntax> {
    let document = toml_edit::Document::parse(text).map_err(|error| Syntax {
        line: error.span().map(|span| line_of(text, span.start)),
        // The parser's message names what it expected; it does not quote the file.
        message: format!("not valid TOML: {}", error.message()),
    })?;
    if let Some((name, _)) = document.iter().find(|(name, _)| !is_bare(name)) {
        // The `config` crate would take such a key at the top for a path.
        let span = document.key(name).and_then(toml_edit::Key::span);
        return Err(Syntax {
            line: span.map(|span| line_of(text, span.start)),
            message: "a key holds letters, digits, - and _ only, without quotes".to_owned(),
        });
    }
    let lines = Lines::of(text, document.as_table());
    let mut builder = Config::builder().add_source(File::from_str(text, FileFormat::Toml));
    if let Some(environment) = overridden_by {
        let plain = environment.overrides().filter(|(name, _)| is_plain(name));
        let named = plain.map(|(name, value)| (with_places(name), value.to_owned()));
        let source = ::config::Environment::with_prefix("LUIK").separator("__");
        builder = builder.add_source(source.source(Some(named.collect())));
    }
    let layered = builder.build().and_then(|config| config.cache.into_table());
    let values = layered.map_err(|_| Syntax {
        line: None,
        message: "not valid TOML: a number is too large".to_owned(),
    })?;
    Ok((values, lines))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_lies_over_the_file() {
        let variables = [("LUIK__B__C", "7"), ("LUIK__D__1__E", "x"), ("LUIK_B__C", "other")];
        let environment: Environment = variables
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let text = "[b]\nc = 1\n[[d]]\ne = 'a'\n[[d]]\ne = 'b'\n";
        let (values, _) = parse(text, Some(&environment)).unwrap();
        let get = |path: &str| {
            let mut config = Config::default();
            config.cache = values.clone().into();
            config.get_string(path).unwrap()
        };
        assert_eq!(
            (get("b.c"), get("d[0].e"), get("d[1].e")),
            ("7".into(), "a".into(), "x".into())
        );
        assert_eq!(variable("d[1].e"), "LUIK__D__1__E");
        assert!(!format!("{environment:?}").contains("other"));
    }

    #[test]
    fn syntax_is_told_with_its_line_and_without_the_text() {
        let error = parse("a = 1\nb = \"hush-hush\nc = 2\n", None).unwrap_err();
        assert_eq!(error.line, Some(2));
        assert!(!error.message.contains("hush"));
        let twice = parse("a = 1\na = 'hush'\n", None).unwrap_err();
        assert_eq!(twice.line, Some(2));
        for key in ["'state.path'", "'a[999999999999]'", "''"] {
            let path = parse(&format!("a = 1\n{key} = 'hush'\n"), None).unwrap_err();
            assert_eq!(path.line, Some(2), "{key}");
        }
        assert!(!twice.message.contains("hush"));
    }
}
