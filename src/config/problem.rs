//! What is wrong with the settings: where it stands and how to mend it, never a secret.

use std::fmt;

/// One thing that a person has to mend.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file, or `environment LUIK__SECTION__KEY`.
    pub file: String,
    /// The line, where there is one.
    pub line: Option<usize>,
    /// The key, such as `listen.public`; empty when the file as a whole is at fault.
    pub key: String,
    /// What is wrong and how to mend it.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if !self.key.is_empty() {
            write!(f, ": {}", self.key)?;
        }
        write!(f, ": {}", self.message)
    }
}

/// Everything that is wrong, in order of file and line; as an error it is never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, problem) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_leaves_out_what_it_does_not_know() {
        let shown = |line, key: &str| {
            let problem = Problem {
                file: "luik.toml".to_owned(),
                line,
                key: key.to_owned(),
                message: "odd".to_owned(),
            };
            problem.to_string()
        };
        assert_eq!(shown(Some(12), "listen.public"), "luik.toml:12: listen.public: odd");
        assert_eq!(shown(None, "public_url"), "luik.toml: public_url: odd");
        assert_eq!(shown(Some(3), ""), "luik.toml:3: odd");
    }
}
