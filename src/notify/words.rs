//! What notices say: Dutch first, then English. Names of partners, numbers and times alone.

use std::time::Duration;

use crate::mail::moment;
use crate::metrics::NoticeKind;

use super::due::Notice;

/// A line for the subject and a sentence or two, in Dutch and in English.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) subject: [&'static str; 2],
    pub(super) text: [String; 2],
}

/// An age as people say it, in both languages.
fn spoken(age: Duration) -> [String; 2] {
    let minutes = age.as_secs() / 60;
    let of = |number: u64, nl: [&str; 2], en: [&str; 2]| {
        let word =
            |words: [&str; 2]| if number == 1 { words[0].to_owned() } else { words[1].to_owned() };
        [format!("{number} {}", word(nl)), format!("{number} {}", word(en))]
    };
    match minutes {
        0..=119 => of(minutes, ["minuut", "minuten"], ["minute", "minutes"]),
        120..=2_879 => of(minutes / 60, ["uur", "uur"], ["hour", "hours"]),
        _ => of(minutes / 1_440, ["dag", "dagen"], ["day", "days"]),
    }
}

/// Of a notice about this partner, or about the gateway as a whole.
pub(super) fn said(notice: &Notice, name: &str) -> Said {
    let age = spoken(notice.age);
    match notice.kind {
        NoticeKind::RemovalOverdue | NoticeKind::Divergent | NoticeKind::AgreementEnding => {
            about_partner(notice, name, &age)
        }
        NoticeKind::JournalTrouble
        | NoticeKind::DiskLow
        | NoticeKind::SourceSilent
        | NoticeKind::FilesRefused => about_gateway(notice, &age),
        NoticeKind::EndpointGone
        | NoticeKind::EndpointFailing
        | NoticeKind::EndpointBack
        | NoticeKind::LeaseLapsing => to_partner(notice, name, &age),
    }
}

/// What we are told about a partner.
fn about_partner(notice: &Notice, name: &str, [nl, en]: &[String; 2]) -> Said {
    let n = notice.count;
    let id = notice.partner.as_ref().map(ToString::to_string).unwrap_or_default();
    let (subject, nl, en) = if notice.kind == NoticeKind::RemovalOverdue {
        (
            ["verwijdering te laat", "removal overdue"],
            format!(
                "Bij {name} ({id}) staan {n} verwijderingen open, de oudste al {nl}: langer dan \
                 beloofd. Bel de partner. Kijk op de console wat er nog staat."
            ),
            format!(
                "{n} removals are open at {name} ({id}), the oldest for {en}: longer than \
                 promised. Phone the partner. The console shows what is still out there."
            ),
        )
    } else if notice.kind == NoticeKind::Divergent {
        (
            ["partner heeft te veel", "partner holds too much"],
            format!("{name} ({id}) heeft {n} berichten die er niet meer horen te zijn."),
            format!("{name} ({id}) holds {n} items that should not be there any more."),
        )
    } else {
        (
            ["overeenkomst loopt af", "agreement ends"],
            format!(
                "De overeenkomst met {name} ({id}) loopt binnen {n} dagen af. Daarna wordt alles \
                 bij de partner weggehaald."
            ),
            format!(
                "The agreement with {name} ({id}) ends within {n} days. Then everything is taken \
                 back from the partner."
            ),
        )
    };
    Said { subject, text: [nl, en] }
}

/// What we are told about the gateway itself.
fn about_gateway(notice: &Notice, [nl, en]: &[String; 2]) -> Said {
    let n = notice.count;
    let (subject, nl, en) = if notice.kind == NoticeKind::JournalTrouble {
        (
            ["er kan niets worden opgeslagen", "nothing can be stored"],
            "De gateway kan niets opslaan. Kijk naar de schijf en het logboek.".to_owned(),
            "The gateway can store nothing. Look at the disk and the log.".to_owned(),
        )
    } else if notice.kind == NoticeKind::DiskLow {
        (
            ["schijf bijna vol", "disk nearly full"],
            format!("Op de schijf van de statusmap is nog {n}% vrij."),
            format!("On the disk of the state folder {n}% is free."),
        )
    } else if notice.kind == NoticeKind::SourceSilent {
        (
            ["de bron zwijgt", "the source is silent"],
            format!(
                "De kern is al {nl} niet bereikbaar. Wat daar wordt weggehaald, blijft bij \
                 partners staan tot zij er weer is."
            ),
            format!(
                "The core has been out of reach for {en}. What is taken away there stays with \
                 partners until it is back."
            ),
        )
    } else {
        (
            ["partnerbestanden geweigerd", "partner files refused"],
            "De partnerbestanden zijn gelezen en geweigerd; de oude gelden nog. Draai: luik check"
                .to_owned(),
            "The partner files were read and refused; the old ones are in force. Run: luik check"
                .to_owned(),
        )
    };
    Said { subject, text: [nl, en] }
}

/// What a partner's contact is told.
fn to_partner(notice: &Notice, name: &str, [nl, en]: &[String; 2]) -> Said {
    let (n, until) = (notice.count, notice.until.map(moment).unwrap_or_default());
    let (open_nl, open_en) = match n {
        0 => Default::default(),
        _ => (
            format!(" Er wachten {n} verwijderingen: haal die berichten zo mogelijk nu zelf weg."),
            format!(" {n} removals wait: if you can, take those messages away yourself now."),
        ),
    };
    let (subject, nl, en) = if notice.kind == NoticeKind::EndpointGone {
        (
            ["uw koppeling bestaat niet meer", "your endpoint is gone"],
            format!(
                "Het adres van de koppeling van {name} antwoordt dat het niet meer bestaat (410). \
                 Er komen geen nieuwe berichten meer.{open_nl} Laat ons weten wat het nieuwe adres \
                 is."
            ),
            format!(
                "The endpoint of {name} answers that it is gone (410). No new messages are \
                 sent.{open_en} Tell us the new address."
            ),
        )
    } else if notice.kind == NoticeKind::EndpointBack {
        (
            ["uw koppeling werkt weer", "your endpoint works again"],
            format!("De koppeling van {name} neemt weer alles aan. U hoeft niets te doen."),
            format!("The endpoint of {name} takes everything again. There is nothing to do."),
        )
    } else if notice.kind == NoticeKind::LeaseLapsing {
        (
            ["uw berichten verlopen", "your messages lapse"],
            format!(
                "{name} mag de berichten tonen tot {until}. Verlengen lukt ons niet. Haal ze dan \
                 weg, en kijk of de koppeling werkt en of alles bevestigd is."
            ),
            format!(
                "{name} may show the messages until {until}. We can not renew that. Take them away \
                 then, and see whether your endpoint works and everything is confirmed."
            ),
        )
    } else {
        (
            ["uw koppeling werkt niet", "your endpoint fails"],
            format!(
                "De koppeling van {name} neemt al {nl} niet alles aan.{open_nl} Wij blijven het \
                 proberen."
            ),
            format!(
                "The endpoint of {name} has not taken everything for {en}.{open_en} We keep trying."
            ),
        )
    };
    Said { subject, text: [nl, en] }
}

/// The text of a letter with these.
pub(super) fn text(said: &[Said]) -> String {
    let all = |place: usize| {
        let texts = said.iter().filter_map(|one| one.text.get(place));
        texts.map(|text| format!("{text}\n")).collect::<Vec<_>>().join("\n")
    };
    format!("{}\n---\n\n{}", all(0), all(1))
}

/// The subject of a letter with these.
pub(super) fn subject(said: &[Said], name: &str) -> String {
    let [nl, en] = said.first().map(|one| one.subject).unwrap_or_default();
    let more = if said.len() > 1 { format!(" (+{})", said.len() - 1) } else { String::new() };
    format!("Luik: {nl} / {en}{more} - {name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(kind: NoticeKind) -> Notice {
        let partner = Some("wijk".parse().unwrap());
        let until = Some("2026-11-25T12:00:00Z".parse().unwrap());
        Notice { kind, partner, count: 3, age: Duration::from_secs(7_200), until }
    }

    #[test]
    fn ages_are_said_as_people_say_them() {
        for (seconds, nl, en) in [
            (60, "1 minuut", "1 minute"),
            (7_140, "119 minuten", "119 minutes"),
            (7_200, "2 uur", "2 hours"),
            (172_800, "2 dagen", "2 days"),
        ] {
            assert_eq!(spoken(Duration::from_secs(seconds)), [nl, en]);
        }
    }

    #[test]
    fn everything_is_said_in_both_languages_and_to_the_point() {
        for kind in NoticeKind::ALL {
            let said = said(&notice(*kind), "Stichting Wijk");
            assert_ne!(said.text[0], said.text[1], "{}", kind.as_str());
            let text = text(&[said]);
            assert_eq!(text.matches("---").count(), 1, "{text}");
            assert!(!text.contains("  ") && !text.contains("{"), "{text}");
        }
        let two =
            [said(&notice(NoticeKind::DiskLow), "x"), said(&notice(NoticeKind::Divergent), "x")];
        assert_eq!(
            subject(&two, "luik.example"),
            "Luik: schijf bijna vol / disk nearly full (+1) - luik.example"
        );
    }
}
