//! CISA's list of vulnerabilities that are known to be exploited (JSON).

use super::cve::CveId;
use super::document::{self, Limits, Node, Syntax};
use super::fault::Fault;

/// Bounds: the list has some 1,500 entries of fifteen values.
const LIMITS: Limits =
    Limits { max_bytes: 32 << 20, max_depth: 16, max_nodes: 2_000_000, max_alias_bytes: 0 };

/// The list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalog {
    /// Its version, such as `2026.07.17`.
    pub version: String,
    /// When it was released, RFC 3339, as written.
    pub released: String,
    /// Its entries, in the order of the file.
    pub entries: Vec<Entry>,
}

/// One vulnerability of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Which.
    pub cve: CveId,
    /// When it was listed, `YYYY-MM-DD`.
    pub added: String,
    /// Whether ransomware is known to use it.
    pub ransomware: bool,
}

/// Whether a JSON file is such a list, by its beginning: an OSV record never has this key.
#[must_use]
pub fn recognised(start: &[u8]) -> bool {
    let head = start.get(..4096).unwrap_or(start);
    memchr::memmem::find(head, b"\"catalogVersion\"").is_some()
}

/// Reads a list.
///
/// # Errors
/// It is not JSON, an entry lacks what it must have, or there are other than `count` entries.
pub fn parse(bytes: &[u8]) -> Result<Catalog, Fault> {
    let documents = document::parse(bytes, Syntax::Json, &LIMITS)?;
    let root = documents.single()?;
    let listed = field(root, "vulnerabilities")?.expect_list()?;
    let entries = listed.iter().map(entry).collect::<Result<Vec<_>, _>>()?;
    if let Some(count) = root.get("count") {
        let claimed = count.expect_u64()?;
        if claimed != entries.len() as u64 {
            let message = format!("the list says that it has {claimed} entries and has {}", entries.len());
            return Err(Fault::new(count.span.line, message));
        }
    }
    Ok(Catalog {
        version: field(root, "catalogVersion")?.expect_str()?.to_owned(),
        released: field(root, "dateReleased")?.expect_str()?.to_owned(),
        entries,
    })
}

fn entry(node: &Node) -> Result<Entry, Fault> {
    let id = field(node, "cveID")?;
    let added = field(node, "dateAdded")?;
    let ransomware = match node.get("knownRansomwareCampaignUse") {
        Some(word) => word.expect_str()?.eq_ignore_ascii_case("known"),
        None => false,
    };
    let day = added.expect_str()?;
    Ok(Entry {
        cve: CveId::parse(id.expect_str()?).ok_or_else(|| Fault::new(id.span.line, "expected a CVE id"))?,
        added: day
            .parse::<jiff::civil::Date>()
            .map_err(|_| Fault::new(added.span.line, "expected a date such as 2026-07-17"))?
            .to_string(),
        ransomware,
    })
}

fn field<'n>(node: &'n Node, name: &str) -> Result<&'n Node, Fault> {
    node.expect_map()?;
    node.get(name).ok_or_else(|| Fault::new(node.span.line, format!("expected a field `{name}`")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"{"title": "t", "catalogVersion": "2026.07.17", "dateReleased": "2026-07-17T15:00:12.1Z",
"count": 2, "vulnerabilities": [
{"cveID": "CVE-2021-44228", "vendorProject": "v", "dateAdded": "2021-12-10", "knownRansomwareCampaignUse": "Known"},
{"cveID": "CVE-2024-3094", "dateAdded": "2024-04-01", "knownRansomwareCampaignUse": "Unknown", "cwes": []}]}"#;

    #[test]
    fn reads_a_list() {
        assert!(recognised(FILE.as_bytes()) && !recognised(b"{\"id\": \"CVE-2024-3094\"}"));
        let list = parse(FILE.as_bytes()).unwrap();
        assert_eq!((&*list.version, &*list.released), ("2026.07.17", "2026-07-17T15:00:12.1Z"));
        assert_eq!(list.entries.iter().map(|entry| entry.ransomware).collect::<Vec<_>>(), [true, false]);
        assert_eq!(
            (list.entries[0].cve.to_string(), &*list.entries[0].added),
            ("CVE-2021-44228".to_owned(), "2021-12-10")
        );
    }

    #[test]
    fn faults_have_their_line() {
        for (from, to, line) in [
            ("\"count\": 2", "\"count\": 3", 2),
            ("2021-12-10", "10.12.2021", 3),
            ("CVE-2024-3094", "GHSA", 4),
            ("\"cveID\": \"CVE-2024-3094\", ", "", 4),
            ("]}", "]", 4),
        ] {
            assert_eq!(parse(FILE.replace(from, to).as_bytes()).unwrap_err().line, line, "{to}");
        }
        assert!(parse(b"[]").is_err());
    }
}
