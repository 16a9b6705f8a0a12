//! Names of tables and views, quoted so that they can not be anything else.

use std::fmt;

/// `schema.name`, each part exactly as the catalogue spells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) schema: Box<str>,
    pub(super) table: Box<str>,
}

impl Name {
    /// Splits at the first dot; without one the schema is `public`.
    pub(super) fn parse(text: &str) -> Self {
        let (schema, table) = text.split_once('.').unwrap_or(("public", text));
        Self { schema: schema.into(), table: table.into() }
    }
}

/// Quoted for SQL.
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", quoted(&self.schema), quoted(&self.table))
    }
}

/// One identifier, quoted.
pub(super) fn quoted(identifier: &str) -> String {
    format!("\"{}\"", identifier.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted() {
        for (text, sql) in [
            ("syndication.item", r#""syndication"."item""#),
            ("item", r#""public"."item""#),
            (r#"a.b"; DROP TABLE c; --"#, r#""a"."b""; DROP TABLE c; --""#),
        ] {
            assert_eq!(Name::parse(text).to_string(), sql);
        }
    }
}
