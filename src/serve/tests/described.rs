//! The descriptions, and whether they tell of every route and of no other.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::*;
use crate::describe;
use crate::serve::page::ITEMS_MAX;

type Routes = BTreeSet<(String, String)>;

/// What OpenAPI tells of, as method and path.
fn told() -> Routes {
    let openapi = describe::openapi(BASE);
    let paths = openapi["paths"].as_object().unwrap().iter();
    let of_path = |(path, item): (&String, &Value)| {
        let methods: Vec<String> = item.as_object().unwrap().keys().cloned().collect();
        methods.into_iter().map(move |method| (method, path.clone())).collect::<Vec<_>>()
    };
    paths.flat_map(of_path).collect()
}

/// What the code routes: each `.route("path", method(…))` under `src/serve`, by plain text.
fn routed() -> Routes {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/serve");
    let (mut folders, mut found) = (vec![folder], Routes::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                folders.extend((!entry.ends_with("tests")).then_some(entry));
                continue;
            }
            let text = fs::read_to_string(entry).unwrap();
            for call in text.split(".route(").skip(1) {
                // The second address of the script is known at run time, and told of by the first.
                if call.starts_with("&fixed_path") {
                    continue;
                }
                let mut quoted = call.trim_start().splitn(3, '"').skip(1);
                let (path, rest) = (quoted.next().unwrap(), quoted.next().unwrap());
                let method = rest.trim_start_matches([',', ' ', '\n']).split('(').next().unwrap();
                found.insert((method.to_owned(), path.to_owned()));
            }
        }
    }
    found
}

#[test]
fn every_route_is_told_of_and_no_other() {
    assert_eq!(told(), routed());
}

#[tokio::test]
async fn every_path_that_is_told_of_takes_the_methods_that_are() {
    let world = World::new().await;
    let told = told();
    for (_, path) in &told {
        let takes = |method: &str| told.contains(&(method.to_owned(), path.clone()));
        let methods = [("get", "GET,HEAD"), ("post", "POST")].into_iter();
        let methods: Vec<&str> = methods.filter(|(m, _)| takes(m)).map(|(_, all)| all).collect();
        let methods = methods.join(",");
        let path = path.replace("{name}", "item.json").replace("{partner}", "wijk");
        let path = path.replace("{id}", "x").replace("{ticket}", "x");
        let answer = world.ask("ZOEK", &path, &[]).await;
        assert_eq!((answer.status, &answer.headers["allow"]), (405, &methods.parse().unwrap()));
    }
}

#[tokio::test]
async fn descriptions_are_open_to_all_and_asked_for_once() {
    let world = World::new().await;
    for (path, form) in [
        ("/v1/openapi.json", "application/json"),
        ("/schemas/item.json", "application/schema+json"),
        ("/schemas/asyncapi.json", "application/json"),
    ] {
        let answer = world.ask("GET", path, &[]).await;
        assert_eq!((answer.status, &answer.headers["content-type"]), (200, &form.parse().unwrap()));
        assert_eq!(answer.headers["cache-control"], "public, max-age=3600");
        assert_eq!(answer.headers["access-control-allow-origin"], "*");
        assert_eq!(answer.headers.contains_key("api-version"), path.starts_with("/v1"));
        let tag = answer.headers["etag"].to_str().unwrap();
        let again = world.ask("GET", path, &[("if-none-match", tag)]).await;
        assert_eq!((again.status, again.body.len()), (304, 0));
        assert_eq!(world.ask("HEAD", path, &[]).await.body.len(), 0);
        for (path, status) in [(format!("{path}?a=1"), 400), (format!("{path}/"), 404)] {
            let refused = world.ask("GET", &path, &[]).await;
            assert_eq!((refused.status, &refused.json()["status"]), (status, &status.into()));
        }
    }
    assert_eq!(world.ask("GET", "/schemas/person.json", &[]).await.status, 404);
}

#[tokio::test]
async fn each_schema_is_served_under_its_own_name_and_is_closed() {
    let world = World::new().await;
    for (name, schema) in describe::schemas() {
        let served = world.ask("GET", &format!("/schemas/{name}"), &[]).await.json();
        assert_eq!((&served["$id"], &served), (&name.into(), &schema));
        none_is_open(&schema, name);
    }
    let page = world.ask("GET", "/schemas/page.json", &[]).await.json();
    assert_eq!(page["properties"]["items"]["maxItems"], ITEMS_MAX);
}

/// Fails on an object that more could be in.
fn none_is_open(schema: &Value, place: &str) {
    if schema["type"] == "object" {
        assert_eq!(schema["additionalProperties"], false, "{place}");
    }
    for (key, part) in schema.as_object().into_iter().flatten() {
        none_is_open(part, &format!("{place}/{key}"));
    }
    for part in schema.as_array().into_iter().flatten() {
        none_is_open(part, place);
    }
}
