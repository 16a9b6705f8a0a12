//! Atom (RFC 4287) that is complete (RFC 5005), with tombstones (RFC 6721).

use std::borrow::Cow;
use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::post::{Document, Post};

pub(super) const MEDIA_TYPE: &str = "application/atom+xml; charset=utf-8";

const ATOM: &str = "http://www.w3.org/2005/Atom";
const TOMBSTONES: &str = "http://purl.org/atompub/tombstones/1.0";
const HISTORY: &str = "http://purl.org/syndication/history/1.0";
/// Relative to where the document was fetched.
const SELF: &str = "items.atom";

type Xml = Writer<Vec<u8>>;

/// Writes the document.
///
/// # Errors
/// None: it is written to memory.
pub(super) fn write(document: &Document) -> io::Result<String> {
    let mut xml = Xml::new(Vec::new());
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
    let feed = xml.create_element("feed").with_attribute(("xmlns", ATOM));
    let feed = feed.with_attributes([("xmlns:at", TOMBSTONES), ("xmlns:fh", HISTORY)]);
    feed.write_inner_content(|xml| {
        text(xml, "id", &document.id)?;
        let title = legal(&document.title);
        let element = xml.create_element("title").with_attribute(("xml:lang", "nl"));
        element.write_text_content(BytesText::new(&title))?;
        text(xml, "updated", &document.updated.to_string())?;
        empty(xml, "link", &[("rel", "self"), ("type", "application/atom+xml"), ("href", SELF)])?;
        xml.create_element("fh:complete").write_empty()?;
        for post in &document.posts {
            entry(xml, post)?;
        }
        for (id, when) in &document.gone {
            empty(xml, "at:deleted-entry", &[("ref", id), ("when", &when.to_string())])?;
        }
        Ok(())
    })?;
    String::from_utf8(xml.into_inner()).map_err(io::Error::other)
}

fn entry(xml: &mut Xml, post: &Post) -> io::Result<()> {
    let data = &post.data;
    let language = data.language.as_deref().map(|tag| ("xml:lang", tag));
    xml.create_element("entry").with_attributes(language).write_inner_content(|xml| {
        text(xml, "id", &post.url)?;
        text(xml, "title", &data.title)?;
        text(xml, "published", &data.published_at())?;
        text(xml, "updated", &post.updated.to_string())?;
        xml.create_element("author").write_inner_content(|xml| text(xml, "name", &post.author))?;
        empty(xml, "link", &[("rel", "alternate"), ("type", "text/html"), ("href", &post.url)])?;
        empty(xml, "category", &[("term", post.kind.as_str())])?;
        let region = &data.region;
        empty(xml, "category", &[("term", &region.code), ("label", &legal(&region.name))])?;
        let content = legal(&data.text);
        let element = xml.create_element("content").with_attribute(("type", "text"));
        element.write_text_content(BytesText::new(&content))?;
        Ok(())
    })?;
    Ok(())
}

fn text(xml: &mut Xml, name: &str, text: &str) -> io::Result<()> {
    xml.create_element(name).write_text_content(BytesText::new(&legal(text)))?;
    Ok(())
}

fn empty(xml: &mut Xml, name: &str, attributes: &[(&str, &str)]) -> io::Result<()> {
    xml.create_element(name).with_attributes(attributes.iter().copied()).write_empty()?;
    Ok(())
}

/// XML 1.0 has no way to write some characters (§2.2): one of them would break the document.
fn legal(text: &str) -> Cow<'_, str> {
    let illegal = |c: char| !matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    if text.contains(illegal) {
        Cow::Owned(text.replace(illegal, "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use quick_xml::Reader;

    use super::super::post::sample;
    use super::*;

    /// Texts and attribute values of the document, as a parser reads them.
    fn read(xml: &str) -> Vec<String> {
        let mut reader = Reader::from_str(xml);
        reader.config_mut().expand_empty_elements = true;
        let (mut read, mut text) = (Vec::new(), String::new());
        loop {
            match reader.read_event().unwrap() {
                Event::Start(element) => {
                    let values = element.attributes().map(|one| {
                        let value = one.unwrap().value.into_owned();
                        quick_xml::escape::unescape(&value).unwrap().into_owned()
                    });
                    read.extend(values);
                }
                Event::Text(part) => text.push_str(&part),
                Event::GeneralRef(name) => {
                    let name = format!("&{};", &*name);
                    text.push_str(&quick_xml::escape::unescape(&name).unwrap());
                }
                Event::End(_) => read.push(std::mem::take(&mut text)),
                Event::Eof => return read,
                Event::Decl(_) => {}
                Event::Empty(_)
                | Event::CData(_)
                | Event::Comment(_)
                | Event::PI(_)
                | Event::DocType(_) => panic!("nothing of the sort is written"),
            }
        }
    }

    #[test]
    fn hostile_texts_are_read_as_they_were_meant() {
        for hostile in [
            "]]> <script>alert('1')</script> & &amp; \"quoted\"",
            "<!-- --><![CDATA[x]]><?php ?><!DOCTYPE x>&unknown;&#0;",
            "مرحبا \u{202e}gnitsiwt\u{202c} 🌷 e\u{301}",
            "twee\nregels",
        ] {
            let document = sample(hostile);
            let xml = write(&document).unwrap();
            let read = read(&xml);
            let times = read.iter().filter(|text| *text == hostile).count();
            assert_eq!(times, 5, "title, author, region, text and title of the feed: {xml}");
        }
    }

    #[test]
    fn what_xml_can_not_write_becomes_a_replacement_character() {
        let illegal = "a\0b\u{1b}c\u{fffe}d\u{7f}e\tf";
        let xml = write(&sample(illegal)).unwrap();
        let written = "a\u{fffd}b\u{fffd}c\u{fffd}d\u{7f}e\tf";
        assert!(read(&xml).iter().any(|text| text == written), "{xml:?}");
        assert!(!xml.contains(['\0', '\u{1b}', '\u{fffe}']));
        assert!(matches!(legal("gewoon"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_document_says_where_it_is_and_what_is_gone() {
        let xml = write(&sample("tekst")).unwrap();
        assert!(xml.starts_with("<?xml version=\"1.0\" encoding=\"utf-8\"?><feed xmlns=\""));
        for part in [
            "<link rel=\"self\" type=\"application/atom+xml\" href=\"items.atom\"/><fh:complete/>",
            "<entry><id>https://luik.example/r/wijk/1</id>",
            "<at:deleted-entry ref=\"https://luik.example/r/wijk/2\" when=\"2026-06-01T00:00:00Z\"/>",
        ] {
            assert!(xml.contains(part), "{part}: {xml}");
        }
    }
}
