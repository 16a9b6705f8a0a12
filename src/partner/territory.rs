//! Where copies may be stored and which regions an agreement covers.

use crate::config::{Fault, Given, Section};
use crate::model::{Region, RegionSet};

/// The European Union, and Iceland, Liechtenstein and Norway (ISO 3166-1).
const EEA: [&str; 30] = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS",
    "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
];
/// Longest code that is quoted in a message.
const QUOTED_MAX: usize = 30;

/// A country of the EEA.
pub(super) fn country(given: &Given) -> Result<String, Fault> {
    let code = given.text()?;
    if EEA.contains(&code) {
        return Ok(code.to_owned());
    }
    let upper = code.to_ascii_uppercase();
    Err(if EEA.contains(&upper.as_str()) {
        format!("{} must be in capitals: {upper}", quoted(code)).into()
    } else {
        let code = quoted(code);
        format!("{code} is not a country of the EEA (two letters); copies must stay in it").into()
    })
}

/// The regions of the list, or all with `["*"]`.
pub(super) fn regions(section: &Section) -> Option<RegionSet> {
    let named = section.list("regions", |given| match given.text()? {
        "*" => Ok(None),
        code => Ok(Some(region(code)?)),
    })?;
    if named == [None] {
        return Some(RegionSet::everything());
    }
    let mut set = RegionSet::EMPTY;
    for region in &named {
        let Some(region) = region else {
            section.fault("regions", r#""*" stands for all regions, so it must stand alone"#);
            return None;
        };
        set.cover(*region);
    }
    Some(set)
}

fn region(code: &str) -> Result<Region, String> {
    Region::of_place(code).map_err(|unknown| {
        let code_quoted = quoted(code);
        match hint(code) {
            Some(meant) => {
                let (code, name) = (meant.code(), meant.name());
                format!("{code_quoted} is {unknown}; write {code} for {name}")
            }
            None => format!("{code_quoted} is {unknown}"),
        }
    })
}

/// The region that was probably meant: the code in capitals, its bare number, or its name.
fn hint(text: &str) -> Option<Region> {
    let upper = text.trim().to_uppercase();
    let coded = [upper.clone(), format!("GM{upper:0>4}"), format!("PV{upper}")];
    let by_code = coded.iter().find_map(|code| Region::of_place(code).ok());
    by_code.or_else(|| Region::all().find(|region| region.name().to_uppercase() == upper))
}

fn quoted(code: &str) -> String {
    let short: String = code.chars().take(QUOTED_MAX).collect();
    format!("{short:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_that_is_not_on_the_list_is_named_with_a_hint() {
        for (code, wanted) in [
            ("gm0119", "write GM0119 for Meppel"),
            ("119", "write GM0119 for Meppel"),
            ("meppel", "write GM0119 for Meppel"),
            ("22", "write PV22 for Drenthe"),
            ("GM9999", r#""GM9999" is not a region code"#),
        ] {
            let message = region(code).unwrap_err();
            assert!(message.contains(wanted), "{message}");
        }
        assert!(region("PV22").is_ok());
    }
}
