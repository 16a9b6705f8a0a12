//! Every text of a list, in the languages of its visitors. Short plain sentences.

use jiff::civil::Date;

use crate::model::{Kind, Language};

/// The texts of one language.
#[derive(Debug)]
pub(super) struct Words {
    /// What the list is called.
    pub(super) title: &'static str,
    /// What an item of each kind is called.
    pub(super) request: &'static str,
    pub(super) offer: &'static str,
    /// Behind a number of them, and of items of any kind: behind one, and behind many.
    requests: [&'static str; 2],
    offers: [&'static str; 2],
    messages: [&'static str; 2],
    /// The search.
    pub(super) search: &'static str,
    pub(super) kind: &'static str,
    pub(super) any_kind: &'static str,
    pub(super) region: &'static str,
    pub(super) any_region: &'static str,
    /// In front of the name of a region, of a title, of a host, of who placed it.
    pub(super) within: &'static str,
    pub(super) respond: &'static str,
    pub(super) to: &'static str,
    pub(super) opens_on: &'static str,
    pub(super) from: &'static str,
    pub(super) placed: &'static str,
    pub(super) read_on: &'static str,
    /// Between the thousands of a number.
    thousands: char,
    /// Days.
    pub(super) today: &'static str,
    pub(super) yesterday: &'static str,
    language: Language,
    /// Pages.
    pub(super) pages: &'static str,
    pub(super) newer: &'static str,
    pub(super) older: &'static str,
    /// Nothing there.
    pub(super) no_requests: &'static str,
    pub(super) no_offers: &'static str,
    pub(super) no_messages: &'static str,
    pub(super) later: &'static str,
    pub(super) show_all: &'static str,
    /// Nothing may be shown.
    pub(super) paused: &'static str,
    pub(super) paused_text: &'static str,
    /// On paper.
    pub(super) valid_until: &'static str,
    pub(super) latest_at: &'static str,
    /// The languages.
    pub(super) languages: &'static str,
}

const DUTCH: Words = Words {
    language: Language::Dutch,
    title: "Hulp gevraagd en aangeboden",
    request: "Hulpvraag",
    offer: "Hulpaanbod",
    requests: ["hulpvraag", "hulpvragen"],
    offers: ["keer hulpaanbod", "keer hulpaanbod"],
    messages: ["bericht", "berichten"],
    search: "Zoeken",
    kind: "Soort",
    any_kind: "Vraag en aanbod",
    region: "Gemeente",
    any_region: "Alle gemeenten",
    within: "in",
    respond: "Reageer",
    to: "op",
    opens_on: "opent op",
    from: "uit",
    placed: "Geplaatst:",
    read_on: "Lees verder",
    thousands: '.',
    today: "vandaag",
    yesterday: "gisteren",
    pages: "Bladeren",
    newer: "Nieuwere",
    older: "Oudere",
    no_requests: "Er zijn nu geen hulpvragen",
    no_offers: "Er is nu geen hulpaanbod",
    no_messages: "Er zijn nu geen berichten",
    later: "Kijk later nog eens. Zodra iemand hulp vraagt of aanbiedt, staat het hier.",
    show_all: "Toon alles",
    paused: "Deze lijst staat even stil",
    paused_text: "Er worden nu geen berichten getoond. Kijk later nog eens.",
    valid_until: "Geldig tot",
    latest_at: "De nieuwste berichten staan op",
    languages: "Taal",
};

const ENGLISH: Words = Words {
    language: Language::English,
    title: "Help wanted and offered",
    request: "Help wanted",
    offer: "Help offered",
    requests: ["request for help", "requests for help"],
    offers: ["offer of help", "offers of help"],
    messages: ["message", "messages"],
    search: "Search",
    kind: "Kind",
    any_kind: "Requests and offers",
    region: "Municipality",
    any_region: "All municipalities",
    within: "in",
    respond: "Respond",
    to: "to",
    opens_on: "opens on",
    from: "from",
    placed: "Placed:",
    read_on: "Read on",
    thousands: ',',
    today: "today",
    yesterday: "yesterday",
    pages: "Pages",
    newer: "Newer",
    older: "Older",
    no_requests: "There are no requests for help now",
    no_offers: "There are no offers of help now",
    no_messages: "There are no messages now",
    later: "Come back later. As soon as somebody asks for help or offers it, you will find it here.",
    show_all: "Show everything",
    paused: "This list is paused",
    paused_text: "No messages are shown now. Come back later.",
    valid_until: "Valid until",
    latest_at: "The latest messages are at",
    languages: "Language",
};

const FRISIAN: Words = Words {
    language: Language::Frisian,
    title: "Help frege en oanbean",
    request: "Helpfraach",
    offer: "Helpoanbod",
    requests: ["helpfraach", "helpfragen"],
    offers: ["kear helpoanbod", "kear helpoanbod"],
    messages: ["berjocht", "berjochten"],
    search: "Sykje",
    kind: "Soarte",
    any_kind: "Fraach en oanbod",
    region: "Gemeente",
    any_region: "Alle gemeenten",
    within: "yn",
    respond: "Reagearje",
    to: "op",
    opens_on: "iepenet op",
    from: "út",
    placed: "Pleatst:",
    read_on: "Lês fierder",
    thousands: '.',
    today: "hjoed",
    yesterday: "juster",
    pages: "Blêdzje",
    newer: "Nijere",
    older: "Aldere",
    no_requests: "Der binne no gjin helpfragen",
    no_offers: "Der is no gjin helpoanbod",
    no_messages: "Der binne no gjin berjochten",
    later: "Sjoch letter nochris. Sa gau't immen help freget of oanbiedt, stiet it hjir.",
    show_all: "Lit alles sjen",
    paused: "Dizze list stiet efkes stil",
    paused_text: "Der binne no gjin berjochten te sjen. Sjoch letter nochris.",
    valid_until: "Jildich oant",
    latest_at: "De nijste berjochten steane op",
    languages: "Taal",
};

impl Words {
    /// Those of a language.
    pub(super) fn of(language: Language) -> &'static Self {
        match language {
            Language::Dutch => &DUTCH,
            Language::English => &ENGLISH,
            Language::Frisian => &FRISIAN,
        }
    }

    /// One of a kind.
    pub(super) fn one(&self, kind: Kind) -> &'static str {
        match kind {
            Kind::Request => self.request,
            Kind::Offer => self.offer,
        }
    }

    /// How many there are: `3 hulpvragen`.
    pub(super) fn count(&self, kind: Option<Kind>, found: u64) -> String {
        let [one, many] = match kind {
            None => self.messages,
            Some(Kind::Request) => self.requests,
            Some(Kind::Offer) => self.offers,
        };
        let what = if found == 1 { one } else { many };
        format!("{} {what}", grouped(found, self.thousands))
    }

    /// That there is nothing.
    pub(super) fn nothing(&self, kind: Option<Kind>) -> &'static str {
        match kind {
            None => self.no_messages,
            Some(Kind::Request) => self.no_requests,
            Some(Kind::Offer) => self.no_offers,
        }
    }

    /// A day as people say it; the year only of another one.
    pub(super) fn day(&self, day: Date, today: Date) -> String {
        if day == today {
            return self.today.to_owned();
        }
        if today.yesterday().is_ok_and(|yesterday| day == yesterday) {
            return self.yesterday.to_owned();
        }
        let date = self.date(day);
        if day.year() == today.year() { date } else { format!("{date} {}", day.year()) }
    }

    /// Day and month.
    pub(super) fn date(&self, day: Date) -> String {
        self.language.day_of(day)
    }
}

/// A number as people read it.
fn grouped(number: u64, mark: char) -> String {
    let (rest, last) = (number / 1_000, number % 1_000);
    if rest == 0 { last.to_string() } else { format!("{}{mark}{last:03}", grouped(rest, mark)) }
}

/// What a language calls itself.
pub(super) fn own_name(language: Language) -> &'static str {
    match language {
        Language::Dutch => "Nederlands",
        Language::English => "English",
        Language::Frisian => "Frysk",
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_day_is_said_as_people_say_it() {
        let today = date(2026, 1, 1);
        for (language, day, said) in [
            (Language::Dutch, today, "vandaag"),
            (Language::Dutch, date(2025, 12, 31), "gisteren"),
            (Language::Dutch, date(2025, 12, 30), "30 december 2025"),
            (Language::Dutch, date(2026, 1, 2), "2 januari"),
            (Language::English, date(2025, 11, 3), "3 November 2025"),
            (Language::English, date(2025, 12, 31), "yesterday"),
            (Language::Frisian, today, "hjoed"),
            (Language::Frisian, date(2026, 5, 3), "3 maaie"),
            (Language::Frisian, date(2025, 12, 31), "juster"),
        ] {
            assert_eq!(Words::of(language).day(day, today), said);
        }
    }

    #[test]
    fn one_is_not_many() {
        let (request, offer) = (Some(Kind::Request), Some(Kind::Offer));
        for (language, kind, found, said) in [
            (Language::Dutch, None, 1, "1 bericht"),
            (Language::Dutch, None, 20, "20 berichten"),
            (Language::Frisian, None, 1_020_003, "1.020.003 berjochten"),
            (Language::English, None, 60_034, "60,034 messages"),
            (Language::Dutch, request, 1, "1 hulpvraag"),
            (Language::Dutch, offer, 1, "1 keer hulpaanbod"),
            (Language::Dutch, offer, 2, "2 keer hulpaanbod"),
            (Language::English, request, 1, "1 request for help"),
            (Language::English, offer, 1, "1 offer of help"),
            (Language::Frisian, request, 0, "0 helpfragen"),
        ] {
            assert_eq!(Words::of(language).count(kind, found), said);
        }
    }
}
