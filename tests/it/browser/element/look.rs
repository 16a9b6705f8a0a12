//! What it looks like, in every width and colour; how it reads, weighs and sounds.

use serde_json::json;

use crate::browser::WIDTHS;
use crate::kit::door::{Act, Door};

use super::{FALLBACK, LONG, STYLE, Street, page};

#[test]
fn it_is_light_still_and_open_to_all_in_every_width_and_colour() {
    let mut street = Street::full();
    let url = street.page("limit=\"6\"", &[]);
    for width in WIDTHS {
        for scheme in ["light", "dark"] {
            street.browser.open(&url, &json!({ "width": width, "scheme": scheme }));
            street.browser.see("luik-items .items .card");
            street.browser.is_accessible(&format!("element-{width}-{scheme}"));
            let record = street.browser.is_quiet_but_for(&[]);
            let script = record.requests.iter().find(|one| one.url == street.script()).unwrap();
            assert!(script.status == 200 && script.bytes < 12_000, "{record:?}");
            let whole: u64 = record.requests.iter().map(|one| one.bytes).sum();
            assert!(whole < 30_000 && record.requests.len() == 3, "{record:?}");
        }
    }
}

#[test]
fn without_script_there_is_the_way_that_stands_inside() {
    let mut street = Street::full();
    let url = street.page("", &[]);
    for (width, scheme) in WIDTHS.map(|width| (width, "light")).into_iter().chain([(320, "dark")]) {
        let how = json!({ "width": width, "scheme": scheme, "script": false });
        street.browser.open(&url, &how);
        street.browser.see("luik-items a");
        assert_eq!(street.browser.read("luik-items"), [FALLBACK]);
        street.browser.is_accessible(&format!("element-{width}-{scheme}-scriptless"));
        assert_eq!(street.browser.is_quiet_but_for(&[]).requests.len(), 1);
    }
}

#[test]
fn the_keyboard_reaches_every_item_once_and_says_which_and_where_to() {
    let mut street = Street::full();
    street.visit("limit=\"7\"");
    let mut wanted = Vec::new();
    for title in street.browser.read("luik-items h3") {
        if title == LONG {
            wanted.push(format!("Lees verder – {title}"));
        }
        wanted.push(format!("Reageer op “{title}” – opent op luik.voorbeeld.example"));
    }
    wanted.push("Bekijk alle 8 berichten".to_owned());
    let stops = street.browser.walk(u8::try_from(wanted.len()).unwrap());
    assert!(stops.iter().all(|stop| stop.ring), "{stops:?}");
    let said: Vec<_> = stops.into_iter().map(|stop| stop.name).collect();
    assert_eq!(said, wanted);
}

#[test]
fn a_long_text_unfolds() {
    let mut street = Street::full();
    street.visit("");
    let long = format!("luik-items .card:has-text('{LONG}')");
    assert!(!street.browser.read(&format!("{long} .text"))[0].contains("hartelijk dank"));
    street.browser.ask(&json!({ "do": "click", "what": format!("{long} summary") }));
    street.browser.see(&format!("{long} .text :text('hartelijk dank')"));
    street.browser.is_accessible("element-unfolded");
}

#[test]
fn it_speaks_the_language_of_the_page_or_the_one_that_is_wished() {
    let mut street = Street::full();
    for (attributes, language, kind, count) in [
        ("", "nl", "Hulpvraag", "8 berichten"),
        ("language=\"en-GB\"", "en", "Help wanted", "8 messages"),
        ("language=\"fy\"", "fy", "Helpfraach", "8 berjochten"),
        ("language=\"de\" kind=\"request\"", "nl", "Hulpvraag", "4 hulpvragen"),
    ] {
        street.visit(attributes);
        assert_eq!(street.browser.attribute("luik-items .body", "lang"), [Some(language.into())]);
        assert_eq!(street.browser.read("luik-items .kind")[0], kind);
        assert_eq!(street.browser.read("luik-items [role=status]"), [count]);
        street.browser.is_accessible(&format!("element-language-{language}"));
    }
    // What people write keeps its own language, whatever that of the page.
    let own = street.browser.attribute("luik-items h3", "lang");
    assert!(own.contains(&Some("fy".to_owned())), "{own:?}");
}

#[test]
fn it_shows_what_its_attributes_ask_for() {
    let mut street = Street::full();
    street.visit("kind=\"offer\" region=\"PV22\" limit=\"2\" heading=\"4\"");
    assert_eq!(street.browser.read("luik-items h4").len(), 2);
    assert_eq!(street.browser.read("luik-items .kind"), ["Hulpaanbod"; 2]);
    assert_eq!(street.browser.read("luik-items [role=status]"), ["4 keer hulpaanbod"]);
    let all = street.browser.attribute("luik-items .more a", "href");
    let address =
        format!("http://{}/embed/wijk?kind=offer&region=PV22&lang=nl", street.gateway.public);
    assert_eq!(all, [Some(address)]);
    let url = street.page("region=\"GM0344\"", &[]);
    street.browser.open(&url, &json!({}));
    street.browser.see("luik-items .empty");
    let said = street.browser.read("luik-items [role=status]");
    assert_eq!(said, ["Er zijn nu geen berichten. Kijk later nog eens."]);
    // What stands inside is still a way on.
    street.browser.see("luik-items > a");
    street.browser.is_accessible("element-empty");
}

#[test]
fn a_theme_reaches_in_and_nothing_else_does() {
    let mut street = Street::full();
    let script = street.script();
    let html = |style: &str| {
        let style = format!("<style>{style}</style><script src=\"{script}\"></script>");
        super::page(&style, "limit=\"2\"")
    };
    let hostile = "* { color: red !important; text-transform: uppercase } html { font-size: 4px }";
    let municipal = ":root { --utrecht-link-color: rgb(0, 80, 160) }";
    let own = format!("{municipal} luik-items {{ --luik-link: rgb(120, 20, 80) }}");
    for (style, link, name) in [
        ("", "rgb(37, 96, 74)", "plain"),
        (hostile, "rgb(37, 96, 74)", "hostile"),
        (municipal, "rgb(0, 80, 160)", "municipal"),
        (&own, "rgb(120, 20, 80)", "own"),
    ] {
        let url = street.host.page("/", &[], &html(style));
        street.browser.open(&url, &json!({}));
        street.browser.see("luik-items .items .card");
        assert_eq!(street.browser.style("luik-items .way", "color"), link, "{name}");
        assert_eq!(street.browser.style("luik-items .way", "text-transform"), "none");
        assert_eq!(street.browser.style("luik-items .text p", "font-size"), "16px");
        street.browser.ask(&json!({ "do": "picture", "name": format!("element-theme-{name}") }));
    }
}

#[test]
fn while_nothing_is_known_there_are_cards_without_words() {
    let mut street = Street::full();
    let public = street.gateway.public;
    let door = Door::open(move |path| match path.contains("items.json") {
        true => Act::Hang,
        false => Act::Forward(public),
    });
    let script = format!("{STYLE}<script src=\"{}/embed/luik.js\"></script>", door.url());
    let url = street.host.page("/", &[], &page(&script, ""));
    assert_eq!(street.browser.open(&url, &json!({})), 200);
    street.browser.see("luik-items .card .bone");
    street.browser.is_accessible("element-skeleton");
    assert!(street.browser.read("luik-items .card").iter().all(|text| text.trim().is_empty()));
    assert_eq!(street.browser.read("luik-items h3"), [""; 0]);
}
