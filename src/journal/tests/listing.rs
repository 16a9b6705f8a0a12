//! What a visitor looks through, page by page.

use super::*;

const LIMIT: usize = 3;

impl Bench {
    async fn listing(&self, search: Search) -> Listing {
        self.journal.listing(&self.partner, search).await.unwrap()
    }
}

fn search() -> Search {
    Search { limit: LIMIT, ..Search::default() }
}

fn within(code: &str) -> Option<RegionSet> {
    Some([Region::from_code(code).unwrap()].into_iter().collect())
}

fn names(listing: &Listing) -> Vec<PublicId> {
    listing.live.iter().map(|entry| entry.item.id).collect()
}

#[tokio::test]
async fn the_newest_come_first_and_pages_lead_to_one_another() {
    let bench = Bench::new(&[MEPPEL, ASSEN]).await;
    let place = |n: u32| if n.is_multiple_of(2) { MEPPEL } else { ASSEN };
    bench.append((0..8).map(|n| publish(&n.to_string(), place(n), "een")).collect()).await;
    bench.append(vec![publish("elders", "GM0014", "een"), publish("0", MEPPEL, "twee")]).await;
    let first = bench.listing(search()).await;
    assert_eq!(names(&first), ["0", "7", "6"].map(id));
    assert_eq!((first.found, first.newer), (8, Newer::Nothing));
    let second = bench.listing(Search { before: first.older, ..search() }).await;
    assert_eq!((names(&second), second.newer), (["5", "4", "3"].map(id).into(), Newer::First));
    let third = bench.listing(Search { before: second.older, ..search() }).await;
    assert_eq!((names(&third), third.older), (["2", "1"].map(id).into(), None));
    let Newer::Before(before) = third.newer else { panic!("a page between: {third:?}") };
    assert_eq!(bench.listing(Search { before: Some(before), ..search() }).await, second);
    let empty = bench.listing(Search { before: Some(Sequence::new(1)), ..search() }).await;
    assert_eq!((empty.live.len(), empty.older, empty.found), (0, None, 8));
}

#[tokio::test]
async fn a_search_finds_its_kind_and_regions_and_says_where_anything_is() {
    let bench = Bench::new(&[MEPPEL, ASSEN]).await;
    bench.append(vec![publish("1", MEPPEL, "een"), publish("2", ASSEN, "twee")]).await;
    let meppel = bench.listing(Search { within: within(MEPPEL), ..search() }).await;
    assert_eq!((names(&meppel), meppel.found), (vec![id("1")], 1));
    assert_eq!(meppel.inhabited, [ASSEN, MEPPEL].map(|code| Region::from_code(code).unwrap()));
    let offers = bench.listing(Search { kind: Some(Kind::Offer), ..search() }).await;
    assert_eq!((offers.live.len(), offers.found, offers.inhabited.len()), (0, 0, 2));
    let outside = bench.listing(Search { within: within("GM0014"), ..search() }).await;
    assert_eq!(outside.live, []);
}

#[tokio::test]
async fn what_is_removed_or_left_the_scope_is_gone_at_once() {
    let bench = Bench::new(&[MEPPEL, ASSEN]).await;
    bench.append(vec![publish("1", MEPPEL, "een"), publish("2", ASSEN, "twee")]).await;
    bench.append(vec![publish("3", MEPPEL, "drie"), Change::Remove(id("1"))]).await;
    assert_eq!(names(&bench.listing(search()).await), ["3", "2"].map(id));
    bench.scope(&[ASSEN]).await;
    assert_eq!(names(&bench.listing(search()).await), [id("2")]);
    bench.scope(&[MEPPEL, ASSEN]).await;
    assert_eq!(names(&bench.listing(search()).await), ["3", "2"].map(id), "in the order of change");
    bench.scope(&[]).await;
    assert_eq!(bench.listing(search()).await, Listing::default());
    let stranger = "niemand".parse().unwrap();
    assert_eq!(bench.journal.listing(&stranger, search()).await.unwrap(), Listing::default());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    /// All pages together are what is live, each once, and back is the way there.
    #[test]
    fn pages_together_are_everything(
        steps in proptest::collection::vec((0_u8..4, 0_u32..12, any::<bool>()), 1..40),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build();
        runtime.unwrap().block_on(leafed(&steps))?;
    }
}

async fn leafed(steps: &[(u8, u32, bool)]) -> Result<(), TestCaseError> {
    let bench = Bench::new(&[MEPPEL, ASSEN]).await;
    for (turn, (step, item, second)) in steps.iter().enumerate() {
        let region = if *second { ASSEN } else { MEPPEL };
        let change = match step {
            0 => Change::Remove(id(&item.to_string())),
            _ => publish(&item.to_string(), region, &turn.to_string()),
        };
        bench.append(vec![change]).await;
    }
    let whole = bench.listing(Search { limit: 100, ..search() }).await.live;
    let (mut pages, mut before) = (Vec::new(), None);
    loop {
        let page = bench.listing(Search { before, ..search() }).await;
        prop_assert_eq!(page.found, u64::try_from(whole.len()).unwrap());
        let newer = match (pages.len(), pages.last()) {
            (2.., Some((Some(before), _))) => Newer::Before(*before),
            (1, _) => Newer::First,
            _ => Newer::Nothing,
        };
        prop_assert_eq!(page.newer, newer);
        pages.push((before, page.live));
        before = page.older;
        if before.is_none() {
            break;
        }
    }
    let leafed: Vec<Entry> = pages.into_iter().flat_map(|(_, live)| live).collect();
    prop_assert_eq!(leafed, whole);
    Ok(())
}
