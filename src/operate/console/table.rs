//! Tables, all in one way. On a small screen each row becomes a card, so each cell says of which
//! column it is.

use maud::{Markup, html};

use super::say::Say;

/// A column with its name.
#[derive(Debug, Clone, Copy)]
pub(super) enum Column {
    /// Says what the row is about.
    Head(&'static str),
    Text(&'static str),
    Number(&'static str),
}

impl Column {
    fn name(self) -> &'static str {
        match self {
            Self::Head(name) | Self::Text(name) | Self::Number(name) => name,
        }
    }

    fn class(self) -> Option<&'static str> {
        matches!(self, Self::Number(_)).then_some("number")
    }

    fn cell(self, content: &Markup) -> Markup {
        html! {
            @match self {
                Self::Head(_) => th scope="row" { (content) },
                Self::Text(name) | Self::Number(name) => td class=[self.class()] data-label=(name) {
                    div { (content) }
                },
            }
        }
    }
}

/// A table under a caption; one that only repeats the heading above it is for the ear alone.
pub(super) fn table(
    (caption, is_seen): (&str, bool),
    columns: &[Column],
    rows: impl IntoIterator<Item = Vec<Markup>>,
) -> Markup {
    html! {
        div class="scroll" { table {
            caption class=[(!is_seen).then_some("unseen")] { (caption) }
            thead { tr { @for column in columns { th scope="col" class=[column.class()] { (column.name()) } } } }
            tbody { @for row in rows {
                tr { @for (column, content) in columns.iter().zip(&row) { (column.cell(content)) } }
            } }
        } }
    }
}

/// A number of items; none is told quietly.
pub(super) fn number(say: Say, items: u32) -> Markup {
    html! { span class=[(items == 0).then_some("zero")] { (say.number(u64::from(items))) } }
}

/// Nothing to tell.
pub(super) fn dash() -> Markup {
    html! { span class="soft" { "–" } }
}
