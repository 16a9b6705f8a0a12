//! An address on a line of its own.

use super::site::{WordPress, free};

#[test]
fn a_site_without_us_is_as_it_was() {
    let site = WordPress::install(free(), &[]);
    let post = site.post("Hallo buren");
    let page = site.page(&post);
    assert!(page.contains("<p>Hallo buren</p>"), "{page}");
    assert_eq!(site.complaints(), "");
}
