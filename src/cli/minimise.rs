//! `luik minimise`: rows in, verdicts out, one line each and in order.

use std::io::{self, BufRead, Read, Write};
use std::path::PathBuf;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::app;
use crate::clock::Clock;
use crate::config::{self, Environment};
use crate::minimise::{CoreRow, Finding, Policy, Verdict, minimise};
use crate::source;

use super::Failure;

/// Longest line that is read, in bytes.
const LINE_BYTES_MAX: u64 = 1 << 20;

/// Arguments of `luik minimise`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Take the privacy section from this configuration; otherwise the defaults apply.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Say what was taken out: field, type, position and length.
    #[arg(long)]
    explain: bool,
}

/// Reads rows on standard input and prints their verdicts.
pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    // No id leaves by this way, so the key behind public ids is not needed.
    let mut policy = Policy::new([0; 32]);
    if let Some(file) = &arguments.config {
        let settings = config::load(file, &Environment::of_process()).map_err(Failure::wrong)?;
        policy = app::shaped(policy, &settings.privacy);
    }
    let (input, output) = (io::stdin().lock(), io::BufWriter::new(io::stdout().lock()));
    let now = Clock::system().now();
    match verdicts(input, output, &policy, now, arguments.explain) {
        Ok(true) => Ok(()),
        Ok(false) => Err(Failure::failed("at least one line was not a row")),
        Err(error) => Err(Failure::failed(error.kind())),
    }
}

/// One line of output (design §10).
#[derive(Serialize)]
struct Line<'a> {
    row: Option<&'a str>,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    findings: Option<Vec<FindingLine>>,
}

#[derive(Serialize)]
struct FindingLine {
    field: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    start: usize,
    length: usize,
}

/// Reads rows and writes their verdicts; says whether every line was a row.
///
/// # Errors
/// When reading or writing fails.
pub(super) fn verdicts(
    mut input: impl BufRead,
    mut output: impl Write,
    policy: &Policy,
    now: Timestamp,
    explain: bool,
) -> io::Result<bool> {
    let mut all_rows = true;
    let mut line = Vec::new();
    while read_line(&mut input, &mut line)? {
        let text = std::str::from_utf8(&line).ok().filter(|_| !is_too_long(&line));
        match text.and_then(|text| source::row(text).ok()) {
            Some(row) => write_verdict(&mut output, &row, minimise(&row, policy, now), explain)?,
            None => {
                all_rows = false;
                let error = Line {
                    row: None,
                    verdict: "error",
                    reason: Some("not_a_row"),
                    data: None,
                    findings: explain.then(Vec::new),
                };
                write_line(&mut output, &error)?;
            }
        }
    }
    output.flush()?;
    Ok(all_rows)
}

/// Reads the next line, false at the end. Of a line that is too long only its head is kept.
fn read_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    if input.by_ref().take(LINE_BYTES_MAX + 2).read_until(b'\n', line)? == 0 {
        return Ok(false);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
    } else if is_too_long(line) {
        input.skip_until(b'\n')?;
    }
    Ok(true)
}

fn is_too_long(line: &[u8]) -> bool {
    u64::try_from(line.len()).unwrap_or(u64::MAX) > LINE_BYTES_MAX
}

fn write_verdict(
    output: &mut impl Write,
    row: &CoreRow,
    verdict: Verdict,
    explain: bool,
) -> io::Result<()> {
    let id = Some(row.id().reveal_core_id());
    match verdict {
        Verdict::Publish(published, findings) => write_line(
            output,
            &Line {
                row: id,
                verdict: "publish",
                reason: None,
                data: Some(serde_json::from_str(published.data())?),
                findings: explain.then(|| findings.iter().map(FindingLine::new).collect()),
            },
        ),
        Verdict::Withhold(reason) => write_line(
            output,
            &Line {
                row: id,
                verdict: "withhold",
                reason: Some(reason.as_str()),
                data: None,
                findings: explain.then(Vec::new),
            },
        ),
    }
}

fn write_line(output: &mut impl Write, line: &Line<'_>) -> io::Result<()> {
    serde_json::to_writer(&mut *output, line)?;
    output.write_all(b"\n")
}

impl FindingLine {
    fn new(finding: &Finding) -> Self {
        Self {
            field: finding.field,
            kind: finding.kind.as_str(),
            start: finding.start,
            length: finding.length,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: &str = r#"{"id":7,"author_id":"a","kind":"offer","first_name":"Anna","region_code":"NL",
"region_name":"x","title":"Mail p@q.nl","body":"Ik help","language":null,"url":"https://x.example/",
"published_at":"2026-11-20T00:00:00Z","expires_at":null,"share":true,"approved":null,
"visibility":"public","of_age":true,"withhold":[]}"#;

    fn lines(input: &[u8], explain: bool) -> (bool, Vec<String>) {
        let mut output = Vec::new();
        let now = "2026-11-22T00:00:00Z".parse().unwrap();
        let fine = verdicts(input, &mut output, &Policy::new([1; 32]), now, explain).unwrap();
        let text = String::from_utf8(output).unwrap();
        (fine, text.lines().map(str::to_owned).collect())
    }

    #[test]
    fn each_row_gets_one_line() {
        let row = ROW.replace('\n', "");
        let input = format!("{row}\n{}", row.replace("\"share\":true", "\"share\":false"));
        let data = r#"{"firstName":"Anna","region":{"code":"NL","name":"Nederland"},"title":"Mail […]","text":"Ik help","published":"2026-11-20"}"#;
        let (fine, out) = lines(input.as_bytes(), false);
        assert!(fine);
        assert_eq!(
            out,
            [
                format!(r#"{{"row":"7","verdict":"publish","data":{data}}}"#),
                r#"{"row":"7","verdict":"withhold","reason":"no_consent"}"#.to_owned(),
            ]
        );
        let (_, out) = lines(row.as_bytes(), true);
        let findings = r#","findings":[{"field":"title","type":"email","start":5,"length":6}]}"#;
        assert!(out[0].ends_with(findings));
    }

    #[test]
    fn what_is_no_row_is_an_error_line() {
        let mut input = b"{}\n\xff\n".to_vec();
        input.extend(vec![b' '; 3 << 20]);
        input.push(b'\n');
        input.extend(ROW.replace('\n', "").bytes());
        let (fine, out) = lines(&input, false);
        assert!(!fine);
        assert_eq!(out.len(), 4);
        let error = r#"{"row":null,"verdict":"error","reason":"not_a_row"}"#;
        assert!(out[..3].iter().all(|line| line == error));
        assert!(out[3].contains("publish"));
    }
}
