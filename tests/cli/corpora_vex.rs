//! `OpenVEX` documents of other projects, read from the corpora folder when `READINESS_CORPORA` names it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use readiness::formats::openvex;

use super::support::corpora;

/// Status, product and how often.
type Count = (&'static str, &'static str, usize);

/// Statuses by product (by part, where a product has parts), counted with another reader of JSON, and how many faults:
/// what the schema of the standard refuses.
const EXPECTED: &[(&str, &[Count], usize)] = &[
    (
        "openvex-affected.openvex.json",
        &[("affected", "pkg:apk/alpine/libvncserver@0.9.9?arch=x86_64&distro=alpine-3.12.0", 1)],
        1,
    ),
    (
        "vex-docs-openvex-demo2.json",
        &[
            ("fixed", "pkg:apk/alpine/libcrypto3@3.0.8-r3", 3),
            ("fixed", "pkg:apk/alpine/libssl3@3.0.8-r3", 3),
            ("not_affected", "pkg:apk/alpine/libcrypto3@3.0.8-r3", 2),
            ("not_affected", "pkg:apk/alpine/libssl3@3.0.8-r3", 2),
        ],
        0,
    ),
    ("vex-docs-openvex-package-product.json", &[("fixed", "pkg:apk/alpine/libcrypto3@3.0.8-r3", 1)], 0),
    ("0.1-bash-vex.json", &[("not_affected", "pkg:deb/debian/bash@5.3", 1)], 1),
    ("file-openvex.json", &[("not_affected", "pkg:golang/github.com/open-policy-agent/opa@v0.35.0", 1)], 1),
    ("testdata-openvex-oci.json", &[("not_affected", "pkg:deb/debian/bash", 1)], 1),
];

#[test]
fn openvex_documents_of_others() {
    let Some(corpora) = corpora("openvex_documents_of_others") else { return };
    let mut files: Vec<PathBuf> = std::fs::read_dir(corpora.join("vuln/openvex"))
        .unwrap()
        .flat_map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap())
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    assert_eq!(files.len(), EXPECTED.len());
    let (mut statements, mut named) = (0, 0);
    for file in files {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let (_, expected, faults) = EXPECTED.iter().find(|(of, ..)| *of == name).unwrap();
        let read =
            openvex::parse(&std::fs::read(&file).unwrap()).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        let mut counted: BTreeMap<(&str, String), usize> = BTreeMap::new();
        for statement in &read.statements {
            for product in &statement.products {
                let parts = if product.parts.is_empty() {
                    std::slice::from_ref(&product.whole)
                } else {
                    product.parts.as_slice()
                };
                for part in parts {
                    *counted.entry((statement.status.label(), part.id.clone().unwrap())).or_default() += 1;
                    assert_eq!(part.purls.len(), 1, "{name}");
                }
            }
        }
        let expected: BTreeMap<(&str, String), usize> =
            expected.iter().map(|(status, part, count)| ((*status, (*part).to_owned()), *count)).collect();
        assert_eq!(counted, expected, "{name}");
        assert_eq!((read.faults.len(), read.unusable), (*faults, 0), "{name}: {:?}", read.faults);
        statements += read.statements.len();
        named += read.faults.len();
    }
    eprintln!("OpenVEX: {} documents, {statements} statements, {named} faults named", EXPECTED.len());
}
