//! The items of a list as semantic HTML, without a style of its own. What an item says is text here
//! and nothing else: the template escapes it.

use jiff::civil::Date;
use maud::{Markup, PreEscaped, html};

use crate::journal::Entry;
use crate::model::{Kind, Language, PublicId, State};

use super::super::data::Data;
use super::query::Heading;
use super::words::Words;

/// Texts of up to so many characters are shown whole.
const WHOLE: usize = 420;
/// Of longer ones so many are shown at first, at most.
const BEGINNING: usize = 300;

/// One item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Card {
    pub(super) id: PublicId,
    pub(super) kind: Kind,
    pub(super) data: Data,
}

impl Card {
    /// None if the item is not as it is kept.
    pub(super) fn of(entry: &Entry) -> Option<Self> {
        let State::Updated(data) = &entry.item.state else { return None };
        Some(Self { id: entry.item.id, kind: entry.item.kind, data: Data::parse(data)? })
    }

    /// The day on which it was placed.
    pub(super) fn published(&self) -> Date {
        self.data.published
    }
}

/// What is the same for all cards.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setting<'s> {
    pub(super) words: &'static Words,
    pub(super) language: Language,
    pub(super) today: Date,
    pub(super) heading: Heading,
    /// The address under which the partner's referrals live.
    pub(super) referral: &'s str,
    /// What is told of where they lead.
    pub(super) host: &'s str,
    /// Links leave the frame.
    pub(super) is_framed: bool,
}

impl Setting<'_> {
    /// The cards, in order.
    pub(super) fn list(&self, cards: &[Card]) -> Markup {
        // A list without marks is none to some screen readers, unless it says so.
        html! {
            ul class="luik-list" role="list" {
                @for card in cards { li class="luik-item" { (self.card(card)) } }
            }
        }
    }

    fn card(&self, Card { id, kind, data }: &Card) -> Markup {
        let language = data.language.as_deref().unwrap_or(Language::Dutch.tag());
        let words = self.words;
        html! {
            article class="luik-card" {
                p class="luik-top" {
                    span class=(format!("luik-kind luik-{}", kind.as_str())) { (words.one(*kind)) }
                    " "
                    time datetime=(data.published) {
                        span class="luik-unseen" { (words.placed) " " }
                        (words.day(data.published, self.today))
                    }
                }
                (self.heading(language, &data.title))
                div class="luik-text" lang=(language) dir="auto" { (self.text(&data.text, &data.title)) }
                div class="luik-foot" {
                    p class="luik-who" { (self.who(data)) }
                    p class="luik-respond" { (self.way(*id, language, &data.title)) }
                }
            }
        }
    }

    fn heading(&self, language: &str, title: &str) -> Markup {
        let level = self.heading.level();
        html! {
            (PreEscaped(format!("<h{level} class=\"luik-heading\" ")))
            (PreEscaped("lang=\"")) (language) (PreEscaped("\" dir=\"auto\">"))
            (title)
            (PreEscaped(format!("</h{level}>")))
        }
    }

    /// Who placed it, and where.
    fn who(&self, data: &Data) -> Markup {
        let region = &data.region.name;
        match &data.first_name {
            None => html! { (self.language.someone_from(region)) },
            Some(name) => html! {
                bdi class="luik-name" { (name) } " " (self.words.from) " " (region)
            },
        }
    }

    /// The one link: its name says to what, and where it opens.
    fn way(&self, id: PublicId, language: &str, title: &str) -> Markup {
        let words = self.words;
        html! {
            a class="luik-way" href={ (self.referral) "/" (id) }
                target=[self.is_framed.then_some("_top")] rel="noreferrer nofollow" {
                span class="luik-verb" { (words.respond) }
                span class="luik-unseen" {
                    " " (words.to) " “" bdi lang=(language) { (title) } "” – "
                }
                " "
                span class="luik-where" { (words.opens_on) " " (self.host) }
            }
        }
    }

    /// Of a long text the rest unfolds.
    fn text(&self, text: &str, title: &str) -> Markup {
        let (beginning, rest) = cut(text);
        html! {
            (paragraphs(beginning, !rest.is_empty()))
            @if !rest.is_empty() {
                details class="luik-more" {
                    summary lang=(self.language.tag()) {
                        (self.words.read_on)
                        span class="luik-unseen" { ": " bdi { (title) } }
                    }
                    (paragraphs(rest, false))
                }
            }
        }
    }
}

/// Blank lines part paragraphs, and lines stay lines.
fn paragraphs(text: &str, goes_on: bool) -> Markup {
    let paragraphs: Vec<&str> =
        text.split("\n\n").map(str::trim).filter(|one| !one.is_empty()).collect();
    let last = paragraphs.len().saturating_sub(1);
    html! {
        @for (place, paragraph) in paragraphs.into_iter().enumerate() {
            p {
                @for (number, line) in paragraph.lines().enumerate() {
                    @if number > 0 { br; }
                    (line)
                }
                @if goes_on && place == last { span class="luik-cut" { " …" } }
            }
        }
    }
}

/// The beginning and the rest of a text, cut between words; all of it if it is not long.
fn cut(text: &str) -> (&str, &str) {
    if text.chars().nth(WHOLE).is_none() {
        return (text, "");
    }
    let near = text.char_indices().take(BEGINNING);
    let space = near.filter(|(_, c)| c.is_whitespace()).last().map(|(at, _)| at);
    let hard = || text.char_indices().nth(BEGINNING).map(|(at, _)| at);
    let at = space.filter(|at| *at > 0).or_else(hard);
    at.and_then(|at| text.split_at_checked(at)).unwrap_or((text, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn setting(language: Language) -> Setting<'static> {
        Setting {
            words: Words::of(language),
            language,
            today: "2026-11-25".parse().unwrap(),
            heading: Heading::SECOND,
            referral: "https://luik.example/r/wijk",
            host: "luik.example",
            is_framed: true,
        }
    }

    fn card(data: serde_json::Value) -> Card {
        let kept = serde_json::json!({
            "firstName": "Anna", "region": {"code": "GM0119", "name": "Meppel"},
            "title": "Hulp in de tuin", "text": "Wie helpt mij?", "language": "nl",
            "published": "2026-11-24",
        });
        let mut kept = kept.as_object().unwrap().clone();
        kept.extend(data.as_object().unwrap().clone());
        kept.retain(|_, value| !value.is_null());
        let data = Data::parse(&serde_json::Value::from(kept).to_string()).unwrap();
        Card { id: PublicId::from_bytes([7; 16]), kind: Kind::Request, data }
    }

    fn shown(language: Language, data: serde_json::Value) -> String {
        setting(language).list(&[card(data)]).into_string()
    }

    #[test]
    fn a_card_says_who_where_when_and_what_and_has_one_way_on() {
        let english = shown(Language::English, serde_json::json!({}));
        for part in [
            "<span class=\"luik-kind luik-request\">Help wanted</span>",
            "<time datetime=\"2026-11-24\"><span class=\"luik-unseen\">Placed: </span>yesterday",
            "<h2 class=\"luik-heading\" lang=\"nl\" dir=\"auto\">Hulp in de tuin</h2>",
            "lang=\"nl\" dir=\"auto\"><p>Wie helpt mij?</p></div>",
            "<bdi class=\"luik-name\">Anna</bdi> from Meppel",
            "target=\"_top\" rel=\"noreferrer nofollow\"",
            "Respond</span><span class=\"luik-unseen\"> to “<bdi lang=\"nl\">Hulp in de tuin</bdi>” – ",
            "opens on luik.example</span></a>",
        ] {
            assert!(english.contains(part), "{part}\n{english}");
        }
        assert_eq!(english.matches("<a ").count(), 1);
        let id = PublicId::from_bytes([7; 16]);
        assert!(english.contains(&format!("href=\"https://luik.example/r/wijk/{id}\"")));
    }

    #[test]
    fn whoever_is_anonymous_is_someone_in_the_language_of_the_visitor() {
        let nobody = serde_json::json!({ "firstName": null, "language": null });
        assert!(shown(Language::Frisian, nobody.clone()).contains(">Immen út Meppel<"));
        assert!(shown(Language::Dutch, nobody).contains("Iemand uit Meppel"));
    }

    #[test]
    fn what_is_hostile_is_text() {
        for hostile in [
            "<script>alert(1)</script>",
            "\"><img src=x onerror=alert(1)>",
            "' onmouseover='alert(1)",
            "javascript:alert(1)",
            "\u{202e}edoc\u{2066}",
            "a\u{200b}b\u{feff}",
            "</article></ul></main><iframe src=//x>",
            "{{7*7}}${7*7}<%= 7 %>",
        ] {
            let page = shown(
                Language::Dutch,
                serde_json::json!({ "firstName": hostile, "title": hostile, "text": hostile,
                    "region": {"code": "GM0119", "name": hostile}, "language": hostile }),
            );
            let plain = shown(Language::Dutch, serde_json::json!({}));
            for sign in ["<script", "<img", "<iframe", "onerror=alert(1)>"] {
                assert!(!page.contains(sign), "{sign} of {hostile}");
            }
            // As many elements, and as many attributes, as with harmless words.
            for sign in ["<", ">", "\""] {
                assert_eq!(page.matches(sign).count(), plain.matches(sign).count(), "{hostile}");
            }
        }
    }

    #[test]
    fn a_long_text_unfolds_and_loses_nothing() {
        for text in ["woord ".repeat(700), "é".repeat(4_000), "a\n\nb\n".repeat(400)] {
            let (beginning, rest) = cut(&text);
            assert_eq!(format!("{beginning}{rest}"), text);
            assert!(!rest.is_empty() && beginning.chars().count() <= BEGINNING);
            let page = shown(Language::Dutch, serde_json::json!({ "text": text }));
            assert!(page.contains("<details") && page.contains(">Lees verder<"));
            assert_eq!(page.matches("woord").count(), text.matches("woord").count());
        }
        assert!(!shown(Language::Dutch, serde_json::json!({})).contains("<details"));
        let lines = shown(Language::Dutch, serde_json::json!({ "text": "een\ntwee\n\n\n\ndrie" }));
        assert!(lines.contains("<p>een<br>twee</p><p>drie</p>"), "{lines}");
    }
}
