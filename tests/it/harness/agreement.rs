//! Partner files.

/// The file of a partner with this status and scope (as TOML lists) and these modes.
pub(crate) fn file(status: &str, kinds: &str, regions: &str, modes: &str) -> String {
    format!(
        r#"name = "Stichting Proef"
kind = "welfare-organisation"
status = "{status}"
[agreement]
reference = "OVK-2026-001"
starts = 2026-01-01
ends = 2035-12-31
role = "independent-controller"
countries = ["NL"]
[contact]
operations = "beheer@proef.example"
privacy = "fg@proef.example"
[scope]
kinds = {kinds}
regions = {regions}
[removal]
promise = "1h"
lease = "72h"
{modes}"#
    )
}
