//! Lists for visitors, as a browser in a partner's page sees them.

use crate::journal::Flag;
use crate::partner::Embed;

use super::*;

const PAGE: &str = "/embed/wijk";
const FRAGMENT: &str = "/embed/wijk/fragment";
const ORIGINS: [&str; 2] = ["https://www.voorbeeldwijk.example", "https://wijk.example"];

/// The partner with a list alone.
pub(super) fn showing(status: Status) -> Partner {
    let origins = ORIGINS.map(str::to_owned).to_vec();
    Partner { pull: None, embed: Some(Embed { origins }), ..partner(status) }
}

impl World {
    async fn shown() -> Self {
        let world = Self::new().await;
        world.shows(showing(Status::Active)).await;
        world
    }

    pub(super) async fn shows(&self, partner: Partner) {
        self.agree(partner.status).await;
        self.tools.registry.replace(vec![partner]);
    }

    async fn see(&self, path: &str) -> Answer {
        self.ask("GET", path, &[]).await
    }

    /// Which of these are in it, by their referrals?
    fn linked<const N: usize>(&self, answer: &Answer, core_ids: [&str; N]) -> [bool; N] {
        core_ids.map(|core_id| {
            answer.body.contains(&format!("href=\"{BASE}/r/wijk/{}\"", self.id(core_id)))
        })
    }
}

fn numbered(count: u32) -> impl Iterator<Item = String> {
    (0..count).map(|number| format!("item-{number}"))
}

#[tokio::test]
async fn what_is_published_is_shown_and_what_is_removed_is_gone_on_the_next_load() {
    let world = World::shown().await;
    world.publish(["a", "b"].map(str::to_owned)).await;
    for path in [PAGE, FRAGMENT] {
        let answer = world.see(path).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.headers["content-type"], "text/html; charset=utf-8");
        assert_eq!(world.linked(&answer, ["a", "b"]), [true, true]);
        for part in ["Hulp in de tuin", "Wie helpt mij met het gras?", ">Anna<", " uit Meppel"] {
            assert!(answer.body.contains(part), "{part}");
        }
        // The one script is for WordPress alone.
        let script = format!("<script src=\"{BASE}/embed/wordpress.js\" defer></script>");
        let bare =
            if path == PAGE { answer.body.replacen(&script, "", 1) } else { answer.body.clone() };
        assert!(!bare.contains("<script") && !bare.contains("style="));
    }
    world.remove("a").await;
    for path in [PAGE, FRAGMENT] {
        assert_eq!(world.linked(&world.see(path).await, ["a", "b"]), [false, true]);
    }
    let page = world.metrics_page();
    for form in ["page", "fragment"] {
        let series = format!("luik_embed_requests_total{{form=\"{form}\",partner=\"wijk\"}} 2");
        assert!(page.contains(&series), "{page}");
    }
}

#[tokio::test]
async fn pages_of_twenty_lead_to_one_another() {
    let world = World::shown().await;
    world.publish(numbered(45)).await;
    let link = |answer: &Answer, rel: &str| {
        let (_, rest) = answer.body.split_once(&format!("rel=\"{rel}\" href=\""))?;
        let (query, _) = rest.split_once('"')?;
        Some(format!("{PAGE}{}", query.replace("&amp;", "&")))
    };
    let first = world.see("/embed/wijk?kind=request&lang=en").await;
    assert!(first.body.contains("45 requests for help"));
    assert_eq!(world.linked(&first, ["item-44", "item-25", "item-24"]), [true, true, false]);
    assert_eq!(link(&first, "prev"), None);
    let second = world.see(&link(&first, "next").unwrap()).await;
    assert_eq!(world.linked(&second, ["item-25", "item-24", "item-5"]), [false, true, true]);
    assert_eq!(link(&second, "prev").unwrap(), "/embed/wijk?kind=request&lang=en");
    let third = world.see(&link(&second, "next").unwrap()).await;
    assert_eq!(
        (world.linked(&third, ["item-4", "item-0"]), link(&third, "next")),
        ([true; 2], None)
    );
    assert_eq!(world.see(&link(&third, "prev").unwrap()).await.body, second.body);
    let fragment = world.see(FRAGMENT).await;
    let (_, rest) = fragment.body.split_once("class=\"luik-pages\"><a href=\"").unwrap();
    let (next, _) = rest.split_once('"').unwrap();
    let next = world.see(next.strip_prefix(BASE).unwrap()).await;
    assert_eq!(world.linked(&next, ["item-25", "item-24"]), [false, true]);
}

#[tokio::test]
async fn a_filter_narrows_and_an_empty_list_says_so() {
    let world = World::shown().await;
    world.publish(["a".to_owned()]).await;
    for (query, there, said) in [
        ("?region=GM0119&kind=", true, "1 bericht in Meppel"),
        ("?region=PV22", true, "1 bericht in Drenthe"),
        ("?kind=offer", false, "Er is nu geen hulpaanbod"),
        ("?region=GM0106&lang=fy", false, "Der binne no gjin berjochten"),
        ("?kind=request&before=1&lang=en", false, "There are no requests for help now"),
    ] {
        let answer = world.see(&format!("{PAGE}{query}")).await;
        assert_eq!((answer.status, world.linked(&answer, ["a"])), (200, [there]), "{query}");
        assert!(answer.body.contains(said), "{query}: {}", answer.body);
        assert!(answer.body.contains("href=\"?"), "other languages, and a way back");
        let fragment = world.see(&format!("{FRAGMENT}{query}")).await;
        assert_eq!(world.linked(&fragment, ["a"]), [there], "{query}");
    }
    world.remove("a").await;
    let empty = world.see(PAGE).await;
    assert!(empty.body.contains("Er zijn nu geen berichten") && !empty.body.contains("<form"));
}

#[tokio::test]
async fn a_fragment_is_bare_and_takes_its_place_under_the_headings_around_it() {
    let world = World::shown().await;
    world.publish(["a".to_owned()]).await;
    let fragment = world.see(&format!("{FRAGMENT}?heading=5&lang=en")).await;
    assert!(fragment.body.starts_with("<section class=\"luik\" lang=\"en\""));
    assert!(fragment.body.contains("<h5 class=\"luik-heading\" lang=\"nl\" dir=\"auto\">"));
    for odd in ["<html", "<head", "<style", "<script", "<form", "style=", "target=", " id="] {
        assert!(!fragment.body.contains(odd), "{odd}");
    }
    assert!(world.see(FRAGMENT).await.body.contains("<h3 "));
    let tag = fragment.headers["etag"].to_str().unwrap();
    let path = format!("{FRAGMENT}?heading=5&lang=en");
    let again = world.ask("GET", &path, &[("if-none-match", tag)]).await;
    assert_eq!((again.status, again.body.as_str()), (304, ""));
    world.remove("a").await;
    assert_eq!(world.ask("GET", &path, &[("if-none-match", tag)]).await.status, 200);
}

#[tokio::test]
async fn the_address_chooses_the_language_or_else_the_browser() {
    let world = World::shown().await;
    for (query, accept, language) in [
        ("", "", "nl"),
        ("", "en-GB,nl;q=0.5", "en"),
        ("?lang=fy", "en", "fy"),
        ("?lang=nl", "en", "nl"),
    ] {
        let path = format!("{PAGE}{query}");
        let answer = world.ask("GET", &path, &[("accept-language", accept)]).await;
        assert!(answer.body.contains(&format!("<html lang=\"{language}\">")), "{path} {accept}");
    }
}

#[tokio::test]
async fn only_the_sites_of_the_agreement_may_frame_or_read_it() {
    let world = World::shown().await;
    let [own, other] = ORIGINS;
    for (path, origin, reader) in [
        (PAGE, own, None),
        (FRAGMENT, own, Some(own)),
        (FRAGMENT, other, Some(other)),
        (FRAGMENT, "https://elsewhere.example", None),
        (FRAGMENT, "null", None),
        ("/embed/wijk/fragment?heading=9", own, Some(own)),
        ("/embed/nobody/fragment", own, None),
    ] {
        let answer = world.ask("GET", path, &[("origin", origin)]).await;
        let allowed = answer.headers.get("access-control-allow-origin");
        assert_eq!(allowed.map(|value| value.to_str().unwrap()), reader, "{path} {origin}");
        let varies = answer.headers.get_all("vary").iter().any(|value| value == "origin");
        assert_eq!(varies, path != PAGE, "{path}");
    }
    for path in [PAGE, FRAGMENT, "/embed/wijk?a=1", "/embed/wijk/nothing"] {
        let headers = world.see(path).await.headers;
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src https://luik.example; "));
        assert!(policy.ends_with(&format!("; frame-ancestors {own} {other}")), "{policy}");
        for absent in ["x-frame-options", "set-cookie", "api-version", "last-modified"] {
            assert!(!headers.contains_key(absent), "{absent}");
        }
        assert_eq!(headers["referrer-policy"], "no-referrer");
        assert_eq!(headers["x-robots-tag"], "noindex, noarchive, nosnippet");
        let permissions = headers["permissions-policy"].to_str().unwrap();
        assert!(permissions.split(", ").all(|one| one.ends_with("=()")), "{permissions}");
    }
    let caching = &world.see(PAGE).await.headers["cache-control"];
    assert_eq!(caching, "public, max-age=60, must-revalidate");
}

#[tokio::test]
async fn what_is_refused_is_a_page_in_the_same_look() {
    let world = World::shown().await;
    for (method, path, status, said) in [
        ("GET", "/embed", 404, "Deze lijst bestaat niet"),
        ("GET", "/embed/", 404, "Deze lijst bestaat niet"),
        ("GET", "/embed/nobody", 404, "Deze lijst bestaat niet"),
        ("GET", "/embed/Wijk", 404, "Deze lijst bestaat niet"),
        ("GET", "/embed/%FF", 404, "Deze lijst bestaat niet"),
        ("GET", "/embed/nobody?lang=en", 404, "This list does not exist"),
        ("GET", "/embed/wijk/", 404, "Dit adres klopt niet helemaal"),
        ("GET", "/embed/wijk?utm_source=x", 400, "Dit adres klopt niet helemaal"),
        ("GET", "/embed/wijk?before=x&lang=fy", 400, "Dit adres is net hielendal goed"),
        ("GET", "/embed/wijk?heading=3", 400, "Dit adres klopt niet helemaal"),
        ("POST", "/embed/wijk", 405, "Dit adres klopt niet helemaal"),
    ] {
        let answer = world.ask(method, path, &[]).await;
        assert_eq!(answer.status, status, "{method} {path}");
        assert_eq!(answer.headers["content-type"], "text/html; charset=utf-8");
        assert_eq!(answer.headers["cache-control"], "private, no-store");
        assert!(answer.body.contains(said) && answer.body.contains("<style>"), "{path}");
        assert!(!answer.body.contains("utm_source"));
        assert_eq!(answer.body.contains("/embed/wijk\""), path.starts_with("/embed/wijk"));
        assert_eq!(answer.headers.contains_key("allow"), status == 405);
    }
}

#[tokio::test]
async fn without_an_agreement_in_force_there_is_no_list() {
    let world = World::shown().await;
    world.publish(["a".to_owned()]).await;
    let agreed = |change: fn(&mut Agreement)| {
        let mut partner = showing(Status::Active);
        change(&mut partner.agreement);
        partner
    };
    for (partner, status, said) in [
        (showing(Status::Draft), 404, "Deze lijst bestaat niet"),
        (partner(Status::Active), 404, "Deze lijst bestaat niet"),
        (agreed(|terms| terms.starts = date(2026, 6, 2)), 404, "Deze lijst bestaat niet"),
        (showing(Status::Ended), 410, "Deze lijst is gestopt"),
        (agreed(|terms| terms.ends = date(2026, 5, 31)), 410, "Deze lijst is gestopt"),
    ] {
        world.tools.registry.replace(vec![partner]);
        for path in [PAGE, FRAGMENT] {
            let answer = world.see(path).await;
            assert_eq!((answer.status, world.linked(&answer, ["a"])), (status, [false]), "{said}");
            assert!(answer.body.contains(said));
        }
    }
    world.shows(showing(Status::Active)).await;
    assert_eq!(world.linked(&world.see(PAGE).await, ["a"]), [true]);
    // Ended by command, whatever the file says.
    let nothing = Enrolment {
        partner: wijk(),
        scope: Scope::NOTHING,
        agreement: "x".to_owned(),
        terms: None,
    };
    world.tools.journal.enrol(vec![nothing]).await.unwrap();
    let answer = world.see(PAGE).await;
    assert_eq!((answer.status, world.linked(&answer, ["a"])), (410, [false]));
    let policy = answer.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains(ORIGINS[0]), "the site around can show that it ended");
}

#[tokio::test]
async fn held_back_a_list_shows_nothing_until_it_may_again() {
    let world = World::shown().await;
    world.publish(["a".to_owned()]).await;
    let looks = async |shown: bool| {
        for path in [PAGE, FRAGMENT] {
            let answer = world.see(path).await;
            assert_eq!((answer.status, world.linked(&answer, ["a"])), (200, [shown]));
            assert_eq!(answer.body.contains("Deze lijst staat even stil"), !shown);
        }
    };
    looks(true).await;
    world.tools.journal.set_flag(&wijk(), Flag::Paused, true).await.unwrap();
    looks(false).await;
    world.tools.journal.set_flag(&wijk(), Flag::Paused, false).await.unwrap();
    looks(true).await;
    world.shows(showing(Status::Suspended)).await;
    looks(false).await;
}

#[tokio::test]
async fn a_journal_that_does_not_answer_is_a_page_with_a_way_back() {
    let world = World::shown().await;
    world.tools.journal.close().await;
    std::fs::remove_dir_all(world._folder.path()).unwrap();
    let answer = world.see("/embed/wijk?lang=en").await;
    assert_eq!((answer.status, &answer.headers["retry-after"]), (503, &"10".parse().unwrap()));
    assert!(answer.body.contains("Try again") && answer.body.contains("/embed/wijk\""));
}

#[tokio::test]
async fn on_paper_a_list_says_until_when_it_is_valid_and_where_it_is() {
    let world = World::shown().await;
    world.publish(["a".to_owned()]).await;
    let page = world.see(PAGE).await.body;
    assert!(page.contains("<svg class=\"luik-code\"") && page.contains("Stichting Voorbeeldwijk"));
    assert!(
        page.contains("Geldig tot 4 juni 2026")
            && page.contains("https://luik.example/embed/wijk<")
    );
    assert!(!world.see(FRAGMENT).await.body.contains("<svg"));
}

#[tokio::test]
async fn a_referral_to_what_is_gone_leads_on_to_the_list() {
    let world = World::shown().await;
    world.publish(["a".to_owned()]).await;
    world.remove("a").await;
    let path = format!("/r/wijk/{}", world.id("a"));
    let link = format!("href=\"{BASE}{PAGE}\"");
    for (language, said) in [
        ("nl", "Bekijk wie er nu hulp zoekt of biedt"),
        ("en", "See who is asking or offering now"),
        ("fy", "Sjoch wa't no help siket of oanbiedt"),
    ] {
        let gone = world.ask("GET", &path, &[("accept-language", language)]).await;
        assert_eq!(gone.status, 410);
        assert!(gone.body.contains(&link) && gone.body.contains(said), "{}", gone.body);
        assert_eq!(gone.headers["x-robots-tag"], "noindex, noarchive, nosnippet");
    }
    world.tools.registry.replace(vec![partner(Status::Active)]);
    assert!(!world.see(&path).await.body.contains("href="));
}
