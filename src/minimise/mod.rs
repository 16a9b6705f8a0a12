//! The privacy boundary (promises P1 and P2): pure, synchronous, no clock, no input or output.
//!
//! Anybody may fill a [`CoreRow`]; only this folder may read one. Only [`minimise`] makes a
//! [`Published`], and nothing else ever leaves.
//!
//! ```text
//! row → gate → first_name ─────────────────────────────┐
//!        └─── text (HTML, space) → detect → redact → cut ┴→ seal
//! ```

mod canary;
mod detect;
mod fields;
mod first_name;
mod gate;
mod policy;
mod published;
mod reason;
mod redact;
mod row;
mod text;
mod verdict;

pub use canary::{Canary, Edition};
pub use fields::{Fate, Field, fields};
pub use policy::{PLACEHOLDER, Policy, TEXT_MAX};
pub use published::Published;
pub use reason::Reason;
pub use row::{AuthorKey, Column, CoreId, CoreRow, Value};
pub use verdict::{Finding, Verdict};

use jiff::{Timestamp, tz::TimeZone};

use detect::Person;
use published::Content;

/// Longest title that leaves, in characters.
const TITLE_MAX: usize = 200;

/// Decides about a row: it leaves with these findings taken out, or it does not leave.
pub fn minimise(row: &CoreRow, policy: &Policy, now: Timestamp) -> Verdict {
    let permitted = match gate::permit(row, now) {
        Ok(permitted) => permitted,
        Err(reason) => return Verdict::Withhold(reason),
    };
    let person = author(&permitted, now.to_zoned(TimeZone::UTC).year());
    let name = (!permitted.anonymous)
        .then(|| first_name::first_name(permitted.first_name, &person))
        .flatten();
    let person = person.named(name.as_deref().unwrap_or_default());
    let placeholder = policy.placeholder(permitted.language);
    let title = redact::redact(permitted.title, &person, placeholder);
    let text = redact::redact(permitted.body, &person, placeholder);
    let mut seen = title.seen.iter().chain(&text.seen);
    if let Some(kind) = seen.find(|kind| policy.holds(**kind)) {
        return Verdict::Withhold(Reason::Held(*kind));
    }
    if title.text.is_empty() && text.text.is_empty() {
        return Verdict::Withhold(Reason::Empty);
    }
    let content = Content {
        first_name: name,
        title: text::cut(&one_line(&title.text), TITLE_MAX, placeholder),
        text: text::cut(&text.text, policy.text_max, placeholder),
    };
    let findings = [("title", title.found), ("body", text.found)];
    let findings = findings.into_iter().flat_map(|(field, found)| {
        found.into_iter().map(move |(kind, range)| Finding {
            field,
            kind,
            start: range.start,
            length: range.len(),
        })
    });
    let findings = findings.collect();
    let published = Published::seal(row, &permitted, content, policy);
    Verdict::Publish(Box::new(published), findings)
}

/// A title has no lines.
fn one_line(title: &str) -> String {
    title.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whose text it is. Of somebody anonymous the first name may not be in the text either.
fn author(permitted: &gate::Permitted<'_>, year: i16) -> Person {
    if !permitted.anonymous {
        return Person::new(permitted.first_name, permitted.withhold, year);
    }
    let mut literals = permitted.withhold.to_vec();
    literals.push(permitted.first_name.to_owned());
    Person::new("", &literals, year)
}

#[cfg(test)]
mod tests;
