//! A list as bare semantic HTML, to be put into a page by that page's own server: so its visitors
//! never meet this gateway. No head, no style, no script.

use maud::{Markup, html};

use super::list::List;

pub(super) fn of(list: &List<'_>) -> Markup {
    let words = list.words();
    // The page around may be indexed, but a removal must not linger in what a search shows.
    html! {
        section class="luik" lang=(list.language.tag()) aria-label=(words.title) data-nosnippet {
            @if list.is_withheld {
                p class="luik-empty" { (words.paused) ". " (words.paused_text) }
            } @else if list.cards.is_empty() {
                p class="luik-empty" { (words.nothing(list.asked.kind)) ". " (words.later) }
            } @else {
                (list.items(false))
                @if let Some(older) = list.found.older {
                    @let next = super::Asked { before: Some(older), ..list.asked };
                    p class="luik-pages" {
                        a href={ (list.address()) (next.query()) } rel="noreferrer nofollow" {
                            (words.older)
                        }
                    }
                }
            }
        }
    }
}
