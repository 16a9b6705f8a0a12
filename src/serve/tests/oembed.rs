//! oEmbed, as WordPress asks for it.

use url::Url;
use url::form_urlencoded::byte_serialize;

use super::embed::showing;
use super::*;

impl World {
    async fn framed(&self, url: &str, more: &str) -> Answer {
        let url: String = byte_serialize(url.as_bytes()).collect();
        self.ask("GET", &format!("/oembed?url={url}{more}"), &[]).await
    }
}

async fn world() -> World {
    let world = World::new().await;
    world.shows(showing(Status::Active)).await;
    world.publish(["a"].map(str::to_owned)).await;
    world
}

#[tokio::test]
async fn an_address_becomes_a_frame_without_a_word_of_an_item() {
    let world = world().await;
    let asked = "&maxwidth=645&maxheight=1000&dnt=1&format=json";
    let answer = world.framed("https://luik.example/embed/wijk", asked).await;
    assert_eq!(
        (answer.status, &answer.headers["content-type"]),
        (200, &"application/json".parse().unwrap())
    );
    let json = answer.json();
    assert_eq!((&json["version"], &json["type"]), (&"1.0".into(), &"rich".into()));
    assert_eq!((&json["width"], &json["height"]), (&645.into(), &600.into()));
    let html = json["html"].as_str().unwrap();
    let link =
        r#"<blockquote class="wp-embedded-content"><a href="https://luik.example/embed/wijk">"#;
    assert!(html.starts_with(link), "{html}");
    assert!(
        html.contains(r#" src="https://luik.example/embed/wijk" title="Hulp gevraagd"#),
        "{html}"
    );
    // WordPress keeps it for ever.
    for word in ["Anna", "tuin", "gras", "Meppel", &world.id("a").to_string()] {
        assert!(!answer.body.contains(word), "{word}: {}", answer.body);
    }
    let small =
        world.framed("https://luik.example/embed/wijk", "&maxwidth=9&maxheight=8").await.json();
    assert_eq!((&small["width"], &small["height"]), (&9.into(), &8.into()));
    let series = "luik_embed_requests_total{form=\"oembed\",partner=\"wijk\"} 2";
    assert!(world.metrics_page().contains(series));
}

#[tokio::test]
async fn a_page_says_where_it_is_described_and_that_leads_back_to_it() {
    let world = world().await;
    for (path, wanted) in [
        ("/embed/wijk", "https://luik.example/embed/wijk"),
        ("/embed/wijk?lang=fy&kind=offer", "https://luik.example/embed/wijk?kind=offer&lang=fy"),
        ("/embed/wijk?before=9&region=GM0119", "https://luik.example/embed/wijk?region=GM0119"),
    ] {
        let page = world.ask("GET", path, &[]).await;
        let start = r#"<link rel="alternate" type="application/json+oembed" href=""#;
        let (_, found) = page.body.split_once(start).expect(&page.body);
        let found = found.split('"').next().unwrap().replace("&amp;", "&");
        let header = format!("<{found}>; rel=\"alternate\"; type=\"application/json+oembed\"");
        assert_eq!(page.headers["link"], header.as_str());
        let to = Url::parse(&found).unwrap();
        let json = world.ask("GET", &format!("/oembed?{}", to.query().unwrap()), &[]).await.json();
        let src = format!("src=\"{}\"", wanted.replace('&', "&amp;"));
        assert!(json["html"].as_str().unwrap().contains(&src), "{json}");
    }
}

#[tokio::test]
async fn only_lists_of_ours_are_described() {
    let world = world().await;
    for url in [
        "https://elsewhere.example/embed/wijk",
        "http://luik.example/embed/wijk",
        "https://luik.example:8443/embed/wijk",
        "https://luik.example@elsewhere.example/embed/wijk",
        "https://anna@luik.example/embed/wijk",
        "https://luik.example/embed/other",
        "https://luik.example/embed/",
        "https://luik.example/embed/wijk/",
        "https://luik.example/embed/wijk/fragment",
        "https://luik.example/embed/wijk?before=x",
        "https://luik.example/embed/wijk?utm_source=a",
        "https://luik.example/r/wijk/x",
        "javascript:alert(1)",
        "wijk",
    ] {
        let answer = world.framed(url, "").await;
        assert_eq!((answer.status, answer.json()["status"].clone()), (404, 404.into()), "{url}");
        assert_eq!(answer.headers["content-type"], "application/problem+json");
    }
    world.shows(showing(Status::Ended)).await;
    assert_eq!(world.framed("https://luik.example/embed/wijk", "").await.status, 410);
    world.shows(showing(Status::Draft)).await;
    assert_eq!(world.framed("https://luik.example/embed/wijk", "").await.status, 404);
}

#[tokio::test]
async fn a_question_is_read_strictly() {
    let world = world().await;
    let list = "https://luik.example/embed/wijk";
    for (more, status) in [
        ("", 200),
        ("&format=xml", 501),
        ("&format=yaml", 400),
        ("&maxwidth=0", 400),
        ("&maxwidth=", 400),
        ("&maxheight=%2B9", 400),
        ("&maxheight=65536", 400),
        ("&maxwidth=9&maxwidth=9", 400),
        ("&callback=x", 400),
    ] {
        assert_eq!(world.framed(list, more).await.status, status, "{more}");
    }
    assert_eq!(world.ask("GET", "/oembed", &[]).await.status, 400);
}

#[tokio::test]
async fn the_script_is_for_all_and_asked_for_once() {
    let world = world().await;
    let answer = world.ask("GET", "/embed/wordpress.js", &[]).await;
    assert_eq!(
        (answer.status, answer.headers["content-type"].to_str().unwrap()),
        (200, "text/javascript; charset=utf-8")
    );
    assert_eq!(answer.headers["cache-control"], "public, max-age=3600");
    let tag = answer.headers["etag"].to_str().unwrap();
    let again = world.ask("GET", "/embed/wordpress.js", &[("if-none-match", tag)]).await;
    assert_eq!(again.status, 304);
    assert_eq!(world.ask("GET", "/embed/wordpress.js?a=1", &[]).await.status, 400);
}
