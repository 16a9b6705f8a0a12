//! A letter: plain text to one reader or several, in headers that nothing can be smuggled into.

use jiff::Timestamp;
use lettre::Address;
use lettre::address::Envelope;
use lettre::message::header::{self, ContentTransferEncoding, ContentType, Header, HeaderName};
use lettre::message::{Body, Mailbox, Message};

/// Longest subject, in characters.
const SUBJECT_MAX: usize = 120;
/// Who letters are from, by name.
const SENDER: &str = "Luik";

/// A letter that nobody is to answer automatically.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Its readers, who may see each other.
    pub to: Vec<Address>,
    /// The same for the same letter, however often it is brought: letters, digits and dots.
    pub id: String,
    /// When it was written.
    pub written: Timestamp,
    /// What it is about, in a line.
    pub subject: String,
    /// The text; lines end with a line feed.
    pub text: String,
}

/// `Auto-Submitted` (RFC 3834): no out-of-office is to answer.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> header::HeaderValue {
        header::HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

impl Letter {
    /// The letter as it travels, with its envelope; none without a reader.
    pub(super) fn sealed(&self, from: &Address) -> Option<(Envelope, Vec<u8>)> {
        let envelope = Envelope::new(Some(from.clone()), self.to.clone()).ok()?;
        let mut message = Message::builder()
            .from(Mailbox::new(Some(SENDER.to_owned()), from.clone()))
            .subject(line(&self.subject))
            .date(self.written.into())
            .message_id(Some(format!("<{}@{}>", line(&self.id), from.domain())))
            .header(AutoSubmitted)
            .header(ContentType::TEXT_PLAIN);
        for to in &self.to {
            message = message.to(Mailbox::new(None, to.clone()));
        }
        let text = self.text.replace("\r\n", "\n").replace('\r', "\n");
        let encoding = ContentTransferEncoding::QuotedPrintable;
        let body = Body::new_with_encoding(text, encoding).ok()?;
        Some((envelope, message.body(body).ok()?.formatted()))
    }
}

/// One line, without a control character, and no longer than a subject.
fn line(text: &str) -> String {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().map(plain).take(SUBJECT_MAX).collect()
}

/// A moment as letters write it, the same in every language.
#[must_use]
pub fn moment(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(subject: &str, text: &str) -> String {
        let letter = Letter {
            to: vec!["beheer@wijk.example".parse().unwrap(), "fg@wijk.example".parse().unwrap()],
            id: "abc.def".to_owned(),
            written: "2026-11-22T12:00:00Z".parse().unwrap(),
            subject: subject.to_owned(),
            text: text.to_owned(),
        };
        let (envelope, bytes) = letter.sealed(&"luik@platform.example".parse().unwrap()).unwrap();
        assert_eq!(envelope.to().len(), 2);
        String::from_utf8(bytes).unwrap()
    }

    /// Names of the headers, folded lines left out.
    fn headers(sealed: &str) -> Vec<&str> {
        let (head, _) = sealed.split_once("\r\n\r\n").unwrap();
        let names = head.split("\r\n").filter(|line| !line.starts_with([' ', '\t']));
        names.map(|line| line.split_once(':').unwrap().0).collect()
    }

    #[test]
    fn nothing_is_smuggled_into_the_headers() {
        assert_eq!(line("a\r\nBcc: b\u{85}c"), "a  Bcc: b c");
        assert_eq!(line(&"é".repeat(500)).chars().count(), SUBJECT_MAX);
        let usual = headers(&letter("Hulp", "tekst")).join(" ");
        for hostile in [
            "a\r\nBcc: iedereen@elders.example",
            "a\nX-Spam: no",
            "a\r\n\r\n<script>",
            "Stichting \u{2028} Bcc: x@y.example",
            "é\r\nSubject: twee",
            &"lang ".repeat(500),
        ] {
            let sealed = letter(hostile, "tekst");
            assert_eq!(headers(&sealed).join(" "), usual, "{hostile:?}");
            assert!(sealed.lines().all(|line| line.len() <= 998), "{hostile:?}");
        }
    }

    #[test]
    fn any_text_travels_in_short_lines_of_ascii() {
        let sealed = letter("Énkel 1 été", &format!(".\nhoi\r\n.\rFrom me\n{}", "é".repeat(3_000)));
        assert!(sealed.is_ascii() && sealed.lines().all(|line| line.len() <= 78), "{sealed}");
        assert!(sealed.contains("Message-ID: <abc.def@platform.example>"));
        assert!(sealed.contains("Auto-Submitted: auto-generated"));
        assert!(sealed.contains("Date: Sun, 22 Nov 2026 12:00:00"));
    }
}
