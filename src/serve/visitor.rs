//! What a visitor sees instead of what was asked for: one small page in the visitor's language,
//! without script, cookies or anything from elsewhere, and a way on where there is one.

use axum::http::header::{CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, VARY};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use crate::http::Refusal;
use crate::model::Language;

use super::look;

/// Where a visitor was refused something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// On the way to an item. There is a list at this address, if there is one.
    Referral(Option<String>),
    /// At a partner's list, which has this address if there is one.
    List(Option<String>),
    /// At the link of a letter.
    Letter,
}

/// Heading and text.
type Words = (&'static str, &'static str);
/// Where to go on, and what that is called.
type Way<'p> = Option<(&'p str, &'static str)>;

fn removed(language: Language, has_way: bool) -> Words {
    match (language, has_way) {
        (Language::Dutch, true) => (
            "Dit bericht is er niet meer",
            "De hulpvraag of het hulpaanbod is weggehaald. Misschien is er al hulp gevonden.",
        ),
        (Language::Dutch, false) => (
            "Dit bericht is er niet meer",
            "De hulpvraag of het hulpaanbod is weggehaald. Misschien is er al hulp gevonden. \
             Op de site waar u vandaan kwam, staat wie er nu hulp zoekt of biedt.",
        ),
        (Language::English, true) => (
            "This message is no longer here",
            "The request for help, or the offer, has been taken away. Perhaps help has been \
             found already.",
        ),
        (Language::English, false) => (
            "This message is no longer here",
            "The request for help, or the offer, has been taken away. Perhaps help has been \
             found already. The site that you came from shows who is asking or offering now.",
        ),
        (Language::Frisian, true) => (
            "Dit berjocht is der net mear",
            "De helpfraach of it helpoanbod is fuorthelle. Miskien is der al help fûn.",
        ),
        (Language::Frisian, false) => (
            "Dit berjocht is der net mear",
            "De helpfraach of it helpoanbod is fuorthelle. Miskien is der al help fûn. \
             Op de side dêr't jo weikamen, stiet wa't no help siket of oanbiedt.",
        ),
    }
}

fn unknown(language: Language) -> Words {
    match language {
        Language::Dutch => (
            "Deze pagina bestaat niet",
            "Kijk of het adres klopt, of ga terug naar de site waar u vandaan kwam.",
        ),
        Language::English => (
            "This page does not exist",
            "Check the address, or go back to the site that you came from.",
        ),
        Language::Frisian => (
            "Dizze side bestiet net",
            "Sjoch oft it adres goed is, of gean werom nei de side dêr't jo weikamen.",
        ),
    }
}

fn no_list(language: Language) -> Words {
    match language {
        Language::Dutch => ("Deze lijst bestaat niet", "Kijk of het adres klopt."),
        Language::English => ("This list does not exist", "Check the address."),
        Language::Frisian => ("Dizze list bestiet net", "Sjoch oft it adres goed is."),
    }
}

fn odd(language: Language) -> Words {
    match language {
        Language::Dutch => ("Dit adres klopt niet helemaal", "De hele lijst is er wel."),
        Language::English => ("This address is not quite right", "The whole list is still here."),
        Language::Frisian => ("Dit adres is net hielendal goed", "De hiele list is der wol."),
    }
}

fn over(language: Language) -> Words {
    match language {
        Language::Dutch => (
            "Deze lijst is gestopt",
            "Hier staan geen hulpvragen en geen hulpaanbod meer. Alle berichten zijn weggehaald.",
        ),
        Language::English => (
            "This list has ended",
            "It shows no requests for help and no offers any more. All messages have been taken \
             away.",
        ),
        Language::Frisian => (
            "Dizze list is stoppe",
            "Hjir steane gjin helpfragen en gjin helpoanbod mear. Alle berjochten binne fuorthelle.",
        ),
    }
}

fn no_letter(language: Language) -> Words {
    match language {
        Language::Dutch => (
            "Deze link klopt niet",
            "Neem de hele link over uit de brief, zonder punten of spaties erachter.",
        ),
        Language::English => (
            "This link is not right",
            "Take the whole link from the letter, without dots or spaces behind it.",
        ),
        Language::Frisian => (
            "Dizze link is net goed",
            "Nim de hiele link oer út de brief, sûnder punten of spaasjes derefter.",
        ),
    }
}

fn old_letter(language: Language) -> Words {
    match language {
        Language::Dutch => (
            "Deze link is verlopen",
            "Is er nog iets te bevestigen? Dan krijgt u een nieuwe brief met een nieuwe link.",
        ),
        Language::English => (
            "This link has expired",
            "If there is still something to confirm, you get another letter with another link.",
        ),
        Language::Frisian => (
            "Dizze link is ferrûn",
            "Is der noch wat te befêstigjen? Dan krije jo in nije brief mei in nije link.",
        ),
    }
}

fn trouble(language: Language) -> Words {
    match language {
        Language::Dutch => ("Het lukt nu even niet", "Probeer het over een paar minuten nog eens."),
        Language::English => ("This does not work right now", "Try again in a few minutes."),
        Language::Frisian => ("It slagget no efkes net", "Besykje it oer in pear minuten nochris."),
    }
}

/// From an item that is gone to those that are there.
fn to_the_list(language: Language) -> &'static str {
    match language {
        Language::Dutch => "Bekijk wie er nu hulp zoekt of biedt",
        Language::English => "See who is asking or offering now",
        Language::Frisian => "Sjoch wa't no help siket of oanbiedt",
    }
}

fn once_more(language: Language) -> &'static str {
    match language {
        Language::Dutch => "Opnieuw proberen",
        Language::English => "Try again",
        Language::Frisian => "Nochris besykje",
    }
}

fn from_the_start(language: Language) -> &'static str {
    match language {
        Language::Dutch => "Naar de hele lijst",
        Language::English => "To the whole list",
        Language::Frisian => "Nei de hiele list",
    }
}

fn words<'p>(status: StatusCode, language: Language, place: &'p Place) -> (Words, Way<'p>) {
    let busy = status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error();
    match place {
        Place::Referral(list) if status == StatusCode::GONE => {
            let way = list.as_deref().map(|list| (list, to_the_list(language)));
            (removed(language, way.is_some()), way)
        }
        Place::List(_) if status == StatusCode::GONE => (over(language), None),
        Place::List(list) if busy => {
            (trouble(language), list.as_deref().map(|list| (list, once_more(language))))
        }
        Place::Letter if status == StatusCode::GONE => (old_letter(language), None),
        Place::Referral(_) | Place::Letter if busy => (trouble(language), None),
        Place::Letter => (no_letter(language), None),
        Place::List(Some(list)) => (odd(language), Some((list, from_the_start(language)))),
        Place::List(None) => (no_list(language), None),
        Place::Referral(_) => (unknown(language), None),
    }
}

fn page(language: Language, (heading, text): Words, way: Way<'_>) -> Markup {
    let body = html! {
        main class="luik luik-note" {
            h1 class="luik-title" { (heading) }
            p { (text) }
            @if let Some((to, name)) = way {
                p { a class="luik-way" href=(to) { (name) } }
            }
        }
    };
    look::page(language, heading, &html! {}, &body)
}

/// Turns a refusal into a page; its status and headers stay.
pub(super) fn show(
    refusal: &Refusal,
    language: Language,
    place: &Place,
    plain: Response,
) -> Response {
    let (said, way) = words(refusal.status(), language, place);
    let (mut head, _) = plain.into_parts();
    head.headers.remove(CONTENT_LENGTH);
    head.headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    head.headers.insert(VARY, HeaderValue::from_static("accept-language"));
    if let Some(policy) = look::ALONE.clone() {
        head.headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    (head, page(language, said, way).into_string()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_needs_nothing_from_elsewhere() {
        for language in Language::ALL {
            for status in [StatusCode::GONE, StatusCode::NOT_FOUND, StatusCode::BAD_GATEWAY] {
                for place in [Place::Referral(None), Place::List(None), Place::Letter] {
                    let (said, way) = words(status, language, &place);
                    let page = page(language, said, way).into_string();
                    assert!(page.contains(&format!("<html lang=\"{}\">", language.tag())));
                    for outside in ["http", "src=", "href=", "<script", "url("] {
                        assert!(!page.contains(outside), "{outside}");
                    }
                }
            }
        }
    }

    #[test]
    fn there_is_a_way_on_where_there_is_a_list() {
        let list = Some("/embed/wijk".to_owned());
        let (gone, busy) = (StatusCode::GONE, StatusCode::SERVICE_UNAVAILABLE);
        for (status, place, way) in [
            (gone, Place::Referral(list.clone()), Some("See who is asking or offering now")),
            (gone, Place::List(list.clone()), None),
            (busy, Place::Referral(list.clone()), None),
            (busy, Place::List(list.clone()), Some("Try again")),
            (StatusCode::BAD_REQUEST, Place::List(list.clone()), Some("To the whole list")),
            (StatusCode::NOT_FOUND, Place::Referral(list), None),
        ] {
            let (_, found) = words(status, Language::English, &place);
            assert_eq!(found, way.map(|way| ("/embed/wijk", way)), "{status} {place:?}");
        }
    }
}
