//! Pages as they should be, and every way in which they should not.

use proptest::prelude::*;
use serde_json::json;

use super::*;

const FEED: &str = "https://core.example/rpde/items?set=a";

fn parsed(page: &str) -> Result<Page, Fault> {
    parse(page.as_bytes(), &FEED.parse().unwrap(), HttpShape::Core)
}

fn refused(page: &str) -> Fault {
    parsed(page).err().unwrap_or_else(|| panic!("not refused: {page}"))
}

fn page(items: &str) -> String {
    format!(r#"{{"next":"/rpde/items?afterChangeNumber=9","items":[{items}],"license":"x"}}"#)
}

fn item(id: &str, modified: &str, data: &str) -> String {
    format!(r#"{{"state":"updated","kind":"x","id":{id},"modified":{modified},"data":{data}}}"#)
}

#[test]
fn a_page_is_read() {
    let gone = r#"{"state":"deleted","kind":"x","id":"b","modified":9,"more":1}"#;
    let read = parsed(&page(&format!("{},{gone}", item("7", "3", r#"{"title":"x"}"#)))).unwrap();
    let ids: Vec<_> = read.items.iter().map(|item| item.id.reveal_core_id()).collect();
    assert_eq!(ids, ["7", "b"]);
    assert_eq!(read.items.iter().map(|item| item.row.is_some()).collect::<Vec<_>>(), [true, false]);
    assert_eq!(read.span(), Some((3, 9)));
    assert_eq!(read.next.query(), Some("afterChangeNumber=9"));
    assert_eq!(read.items[0].row.as_ref().unwrap().has.lacks(), Some("author_id"));
}

#[test]
fn the_last_page_is_empty_and_leads_to_itself() {
    let here = Cursor::new(Some("afterChangeNumber=9"));
    assert!(parsed(&page("")).unwrap().is_last(&here));
    assert!(!parsed(&page("")).unwrap().is_last(&Cursor::START));
    assert!(!parsed(&page(&item("1", "9", "{}"))).unwrap().is_last(&here));
    let first = parsed(r#"{"next":"https://core.example/rpde/items","items":[]}"#).unwrap();
    assert!(first.is_last(&Cursor::START));
}

#[test]
fn of_next_the_query_alone_counts_and_another_path_is_refused() {
    for (next, query) in [
        ("https://core.example/rpde/items?afterChangeNumber=1", Ok(Some("afterChangeNumber=1"))),
        ("http://10.0.0.1:8080/rpde/items?afterChangeNumber=1", Ok(Some("afterChangeNumber=1"))),
        ("?afterTimestamp=1&afterId=%61", Ok(Some("afterTimestamp=1&afterId=%61"))),
        ("/rpde/items#end", Ok(None)),
        ("/rpde/items?", Ok(None)),
        ("/rpde/others?afterChangeNumber=1", Err("another path")),
        ("https://core.example/?afterChangeNumber=1", Err("another path")),
        ("data:text/plain,x", Err("another path")),
        ("https://[", Err("not an address")),
        (&format!("?a={}", "1".repeat(QUERY_MAX)), Err("too long")),
    ] {
        let read = parsed(&json!({"next": next, "items": []}).to_string());
        match (read, query) {
            (Ok(page), Ok(query)) => assert_eq!(page.next.query(), query, "{next}"),
            (Err(fault), Err(part)) => assert!(fault.contains(part), "{next}: {fault}"),
            (read, _) => panic!("{next}: {read:?}"),
        }
    }
}

#[test]
fn what_is_not_rpde_is_refused_whole() {
    let good = item("1", "1", "{}");
    for (text, part) in [
        (String::new(), "not RPDE"),
        ("<html>Kanariestein</html>".to_owned(), "not RPDE"),
        ("[]".to_owned(), "not RPDE"),
        (r#"{"items":[]}"#.to_owned(), "not RPDE"),
        (r#"{"next":"?"}"#.to_owned(), "not RPDE"),
        (page(&format!("{good},")), "not RPDE"),
        (page("").replace("[]", "{}"), "not RPDE"),
        (page(&good.replace("updated", "changed")), "not RPDE"),
        (page(&good.replace(r#""state":"updated","#, "")), "not RPDE"),
        (page(&item("1", "-1", "{}")), "not RPDE"),
        (page(&item("1", "1.5", "{}")), "not RPDE"),
        (page(&item("1", r#""1""#, "{}")), "not RPDE"),
        (page(&item("null", "1", "{}")), "no id"),
        (page(&item("1.5", "1", "{}")), "no id"),
        (page(&item(r#""""#, "1", "{}")), "no id"),
        (page(&item("1", "1", "null")), "no data"),
        (page(&good.replace(r#","data":{}"#, "")), "no data"),
        (page(&format!("{},{good}", item("2", "2", "{}"))), "order"),
        (page("").replacen('{', r#"{"version":"2.0","#, 1), "version"),
        (page("").replacen('{', r#"{"version":[],"#, 1), "version"),
    ] {
        let fault = refused(&text);
        assert!(fault.contains(part), "{text}: {fault}");
    }
    for version in [r#""1.0""#, r#""1.1""#, "1.1", "1", "null"] {
        let text = page(&good).replacen('{', &format!(r#"{{"version":{version},"#), 1);
        assert!(parsed(&text).is_ok(), "{version}");
    }
}

#[test]
fn too_many_or_too_large_items_are_refused() {
    let many = |count: usize| page(&vec![item("1", "1", "{}"); count].join(","));
    assert_eq!(parsed(&many(ITEMS_MAX)).unwrap().items.len(), ITEMS_MAX);
    assert!(refused(&many(ITEMS_MAX + 1)).contains("too many"));
    let large = |size: usize| page(&item("1", "1", &format!(r#"{{"x":"{}"}}"#, "x".repeat(size))));
    assert!(parsed(&large(ITEM_BYTES_MAX - 8)).is_ok());
    assert!(refused(&large(ITEM_BYTES_MAX)).contains("too large"));
}

#[test]
fn columns_are_counted_by_name() {
    let all = Has::of(&Column::ALL);
    assert_eq!(all.lacks(), None);
    for column in Column::ALL {
        let rest: Vec<_> = Column::ALL.into_iter().filter(|one| *one != column).collect();
        assert_eq!(Has::of(&rest).lacks(), Some(column.name()));
        assert_eq!(Has::of(&rest).or(Has::of(&[column])), all);
    }
}

proptest! {
    #[test]
    fn no_bytes_break_the_reader(bytes: Vec<u8>) {
        prop_assert!(parse(&bytes, &FEED.parse().unwrap(), HttpShape::Luik).is_err());
    }

    #[test]
    fn no_cut_page_is_a_page(cut in 0_usize..200) {
        let whole = page(&item("1", "1", r#"{"id":"1","title":"é"}"#));
        prop_assume!(cut < whole.len());
        let bytes = &whole.as_bytes()[..cut];
        prop_assert!(parse(bytes, &FEED.parse().unwrap(), HttpShape::Core).is_err());
    }

    #[test]
    fn every_item_comes_through_in_order(mut numbers: Vec<u64>, data in "[a-z\"\\\\{}é]{0,20}") {
        numbers.sort_unstable();
        let data = json!({"title": data, "author_id": 7}).to_string();
        let items: Vec<_> =
            numbers.iter().map(|n| item(&n.to_string(), &n.to_string(), &data)).collect();
        let read = parsed(&page(&items.join(","))).unwrap();
        let back: Vec<_> = read.items.iter().map(|item| item.modified).collect();
        prop_assert_eq!(back, numbers);
        prop_assert!(read.items.iter().all(|item| item.row.as_ref().unwrap().bytes == data.len()));
    }
}
