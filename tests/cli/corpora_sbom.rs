//! SBOMs of other projects, read from the corpora folder when `READINESS_CORPORA` names it. Scores are printed and held.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use readiness::formats::fault::Fault;
use readiness::formats::sbom::{self, GapKind, Sbom, completeness};
use serde_json::Value;

use super::support::corpora;

/// All files under a folder, sorted.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { open.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> Result<Sbom, Fault> {
    sbom::parse(&std::fs::read(path).unwrap())
}

/// What the name of an invalid document says is wrong with it, and words that the fault must hold.
const NAMED: &[(&str, &str)] = &[
    ("bomformat", "bomFormat"),
    ("citations", "citation"),
    ("component-external-version-and-range", "both a version and a range"),
    ("component-ref", "`bom-ref` that the document has already"),
    ("component-swid", "SWID tag without `tagId`"),
    ("component-type", "`type` of a component"),
    ("dependency", "dependency without `ref`"),
    ("empty-component", "component without `name`"),
    ("hash-alg", "`alg` of a hash"),
    ("hash-", "`content` of a hash"),
    ("issue-type", "`type` of an issue"),
    ("license-choice", "licence"),
    ("license-declared-concluded-mix", "beside other licences"),
    ("license-encoding", "`encoding` of an attached text"),
    ("license-id-count", "`id` of a licence stands twice"),
    ("license-id", "`id` of a licence"),
    ("license-missing-id-and-name", "either an id or a name"),
    ("license-name-count", "`name` of a licence stands twice"),
    ("metadata-distribution", "the metadata has"),
    ("metadata-license", "`id` of a licence"),
    ("metadata-timestamp", "`timestamp` of the metadata"),
    ("missing-component-type", "component without `type`"),
    ("namespace", "namespace"),
    ("patch-type", "`type` of a patch"),
    ("properties", "property without `name`"),
    ("scope", "`scope` of a component"),
    ("serialnumber", "`serialNumber`"),
    ("service-data", "flow of data"),
];

#[test]
fn cyclonedx_valid_and_invalid_documents() {
    let Some(corpora) = corpora("cyclonedx_valid_and_invalid_documents") else { return };
    let folder = corpora.join("sbom/cyclonedx");
    let (mut valid, mut accepted, mut invalid, mut refused) = (0, 0, 0, 0);
    for path in files(&folder) {
        let name = path.strip_prefix(&folder).unwrap().display().to_string();
        let Some((_, file)) = name.split_once('/') else { continue };
        let faults = match read(&path) {
            Ok(sbom) => {
                let in_doubt = sbom.partial.filter(|words| !words.contains("says itself"));
                assert!(in_doubt.is_none() || !file.starts_with("valid-"), "{name}: {in_doubt:?}");
                sbom.invalid
            }
            Err(fault) => vec![fault],
        };
        if file.starts_with("valid-") {
            valid += 1;
            accepted += usize::from(faults.is_empty());
            if !faults.is_empty() {
                eprintln!("{name}: {faults:?}");
            }
        } else if let Some(what) = file.strip_prefix("invalid-") {
            invalid += 1;
            let (_, words) = NAMED.iter().find(|(kind, _)| what.starts_with(kind)).unwrap();
            let named = faults.iter().any(|fault| fault.message.contains(words));
            refused += usize::from(named);
            if !named {
                eprintln!("{name}: not refused for what its name says: {faults:?}");
            }
        }
    }
    eprintln!(
        "CycloneDX: {accepted} of {valid} valid documents read without fault, {refused} of {invalid} invalid ones refused for what is wrong with them"
    );
    assert_eq!((valid, accepted, invalid, refused), (230, 230, 138, 138));
}

/// Components in XML of the examples, counted with another reader of XML.
const XML_COMPONENTS: &[(&str, usize)] = &[("laravel-7.12.0", 62), ("proton-bridge", 201)];

fn count_components(node: &Value) -> usize {
    let nested = node["components"].as_array().map(Vec::as_slice).unwrap_or_default();
    nested.iter().map(|component| 1 + count_components(component)).sum()
}

#[test]
fn cyclonedx_examples() {
    let Some(corpora) = corpora("cyclonedx_examples") else { return };
    let (mut documents, mut components, mut statements, mut edges) = (0, 0, 0, 0);
    for path in files(&corpora.join("sbom/cyclonedx-bom-examples")) {
        let sbom = read(&path).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()));
        assert!(sbom.packages.iter().all(|package| package.line > 0 && !package.name.is_empty()));
        let expected = if path.extension().unwrap() == "json" {
            let json: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            let analysed = json["vulnerabilities"].as_array().map(Vec::as_slice).unwrap_or_default();
            assert_eq!(
                sbom.statements.len(),
                analysed.iter().filter(|one| one["analysis"].is_object()).count()
            );
            count_components(&json) + count_components(&json["metadata"]["component"])
        } else {
            let project = path.parent().unwrap().file_name().unwrap();
            XML_COMPONENTS.iter().find(|(name, _)| *name == project).unwrap().1
        };
        assert_eq!(sbom.packages.len(), expected, "{}", path.display());
        documents += 1;
        components += expected;
        statements += sbom.statements.len();
        edges += sbom
            .packages
            .iter()
            .chain(&sbom.subject)
            .filter_map(|one| one.depends_on.as_ref())
            .map(Vec::len)
            .sum::<usize>();
    }
    eprintln!(
        "CycloneDX examples: {documents} documents, {components} components, {edges} dependencies, {statements} statements"
    );
    // By another reader of JSON and XML, summed over the files.
    assert_eq!((documents, components, edges, statements), (45, 2129, 1606, 82));
}

/// Documents of which the same exists in several forms, with their number of packages.
const SAME: &[(&str, &[&str], usize)] = &[
    (
        "spdx-tools-python",
        &[
            "SPDXJSONExample-v2.3.spdx.json",
            "SPDXTagExample-v2.3.spdx",
            "SPDXYAMLExample-v2.3.spdx.yaml",
            "SPDXJSONExample-UTF-16.spdx.json",
            "SPDXTagExample-UTF-16.spdx",
            "SPDXYAMLExample-UTF-16.spdx.yaml",
        ],
        4,
    ),
    (
        "spdx-examples/software/example8",
        &["spdx2.3/examplemaven-0.0.1.spdx.json", "spdx3.0/examplemaven-0.0.1.spdx3.json"],
        6,
    ),
    (
        "spdx-examples/software/example10",
        &["spdx2.3/hello-source.spdx.json", "spdx3.0/hello-source.spdx3.json"],
        1,
    ),
    ("spdx-examples/software/example12", &["spdx2.2/hello-src.spdx.json", "spdx3.0/hello-src.spdx3.json"], 1),
    (
        "spdx-examples/software/example14",
        &["spdx2.3/examplemaven-0.0.1-enriched.spdx.json", "spdx3.0/examplemaven-0.0.1-enriched.spdx3.json"],
        6,
    ),
];

/// Name, version and digests of every package.
fn contents(sbom: &Sbom) -> Vec<(String, Option<String>, Vec<String>)> {
    let all = sbom.packages.iter().chain(&sbom.subject);
    let mut all: Vec<_> = all
        .map(|one| {
            let mut hashes: Vec<String> = one.hashes.iter().map(|hash| hash.hex.clone()).collect();
            hashes.sort();
            (one.name.clone(), one.version.clone(), hashes)
        })
        .collect();
    all.sort();
    all
}

#[test]
fn spdx_in_every_form() {
    let Some(corpora) = corpora("spdx_in_every_form") else { return };
    let folder = corpora.join("sbom");
    let (mut documents, mut packages, mut unread) = (0, 0, Vec::new());
    for part in ["spdx-examples", "spdx-tools-python"] {
        for path in files(&folder.join(part)) {
            let name = path.file_name().unwrap().to_str().unwrap();
            match read(&path) {
                Ok(sbom) => {
                    assert_eq!((sbom.invalid.as_slice(), sbom.partial), (&[][..], None), "{name}");
                    documents += 1;
                    packages += sbom.packages.len() + usize::from(sbom.subject.is_some());
                }
                Err(fault) => unread.push((name.to_owned(), fault.message)),
            }
            assert!(sbom::is_sbom_name(name) || name.starts_with("circle"), "{name}");
        }
    }
    eprintln!("SPDX: {documents} documents, {packages} packages; not read: {unread:?}");
    assert_eq!((documents, packages), (26, 83));
    assert!(
        unread.len() == 2 && unread.iter().all(|(_, words)| words.starts_with("SPDX in RDF/XML is not read"))
    );
    for (example, forms, expected) in SAME {
        let read = |form: &&str| contents(&read(&folder.join(example).join(form)).unwrap());
        let (text, utf16): (Vec<_>, Vec<_>) = forms.iter().partition(|form| !form.contains("UTF-16"));
        // The documents in UTF-16 are an older edition.
        for group in [text, utf16] {
            let read: Vec<_> = group.iter().map(read).collect();
            for contents in &read {
                assert_eq!((contents.len(), contents), (*expected, &read[0]), "{example}");
            }
        }
    }
}

/// What each folder's documents lack.
const MISSING: &[(&str, GapKind)] = &[
    ("missing_author_name", GapKind::NoAuthor),
    ("missing_component_version", GapKind::NoVersion),
    ("missing_dependency_relationships", GapKind::NoRelations),
    ("missing_supplier_name", GapKind::NoSupplier),
    ("missing_timestamp", GapKind::NoTimestamp),
    ("spdx3/missing_supplier_name", GapKind::NoSupplier),
    ("spdx3/missing_version", GapKind::NoVersion),
];

#[test]
fn ntia_minimum_elements() {
    let Some(corpora) = corpora("ntia_minimum_elements") else { return };
    let folder = corpora.join("sbom/ntia");
    let peer: BTreeMap<String, Value> =
        serde_json::from_slice(&std::fs::read(folder.join("PEER.json")).unwrap()).unwrap();
    let (mut agreed, mut other) = (0, Vec::new());
    for (name, theirs) in &peer {
        let ours = read(&folder.join(name));
        let gaps: Vec<GapKind> = ours.iter().flat_map(completeness).map(|gap| gap.kind).collect();
        for (_, kind) in MISSING.iter().filter(|(part, _)| name.starts_with(part)) {
            assert!(gaps.contains(kind), "{name}: {gaps:?}");
        }
        // The peer takes an SPDX id for an identifier and does not ask for digests.
        let conformant = ours.as_ref().ok().map(|sbom| {
            sbom.invalid.is_empty()
                && gaps.iter().all(|gap| matches!(gap, GapKind::NoIdentifier | GapKind::NoHash))
        });
        let theirs = theirs["isConformant"].as_bool();
        // What cannot be read conforms to nothing.
        if conformant == theirs || conformant.unwrap_or(false) == theirs.unwrap_or(true) {
            agreed += 1;
        } else {
            other.push((name.as_str(), conformant, theirs));
        }
    }
    eprintln!("NTIA: {agreed} of {} documents judged as by the peer; otherwise: {other:?}", peer.len());
    // The peer does not read SPDX 2.1, whose form is that of 2.2.
    assert_eq!(other, [("real_world_sboms/spdx_sample_07.spdx", Some(false), None)]);
    assert_eq!(agreed, 31);
}
