//! Referrals as a visitor follows them.

use super::*;

#[tokio::test]
async fn a_referral_leads_to_the_page_until_the_item_is_removed() {
    let world = World::new().await;
    world.publish(["a".to_owned()]).await;
    let path = format!("/r/wijk/{}", world.id("a"));
    let answer = world.ask("GET", &path, &[]).await;
    assert_eq!(answer.status, 303);
    assert_eq!(answer.headers["location"], "https://platform.example/vraag");
    assert_eq!(answer.body, "");
    world.remove("a").await;
    let gone = world.ask("GET", &path, &[]).await;
    assert_eq!(gone.status, 410);
    assert!(gone.body.contains(r#"<html lang="nl">"#) && gone.body.contains("is er niet meer"));
    let english = world.ask("GET", &path, &[("accept-language", "en-GB,nl;q=0.5")]).await;
    assert!(english.body.contains(r#"<html lang="en">"#));
    for answer in [answer, gone, english] {
        assert_eq!(answer.headers["referrer-policy"], "no-referrer");
        assert_eq!(answer.headers["x-robots-tag"], "noindex, noarchive, nosnippet");
        assert_eq!(answer.headers["cache-control"], "private, no-store");
        assert!(!answer.headers.contains_key("api-version"));
    }
    assert!(world.metrics_page().contains(r#"luik_referrals_total{partner="wijk"} 1"#));
}

#[tokio::test]
async fn what_is_refused_under_r_is_a_page() {
    let world = World::new().await;
    world.publish(["a".to_owned()]).await;
    let live = format!("/r/wijk/{}", world.id("a"));
    let unknown = world.id("unknown");
    for (method, path, status) in [
        ("GET", "/r".to_owned(), 404),
        ("GET", "/r/wijk".to_owned(), 404),
        ("GET", format!("/r/wijk/{unknown}"), 404),
        ("GET", "/r/wijk/not-an-id".to_owned(), 404),
        ("GET", "/r/wijk/%FF".to_owned(), 404),
        ("GET", live.replace("wijk", "nobody"), 404),
        ("GET", live.replace("wijk", "Wijk"), 404),
        ("GET", format!("{live}/"), 404),
        ("GET", format!("{live}?to=elsewhere"), 400),
        ("POST", live, 405),
    ] {
        let answer = world.ask(method, &path, &[]).await;
        assert_eq!(answer.status, status, "{method} {path}");
        assert_eq!(answer.headers["content-type"], "text/html; charset=utf-8");
        assert!(answer.body.contains("Deze pagina bestaat niet"));
        assert!(!answer.body.contains("elsewhere"));
        assert_eq!(answer.headers.contains_key("allow"), status == 405);
        let policy = answer.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"));
    }
    assert!(world.metrics_page().contains("luik_referrals_total{partner=\"wijk\"} 0"));
}
