//! What is broken, deep, large or arbitrary.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

#[test]
fn entities_are_not_expanded() {
    let bomb = "<!DOCTYPE bom [<!ENTITY a \"aaaa\">]>\n<bom>&a;</bom>";
    assert_eq!(refused(bomb), "line 1: a document type declaration, which is not read");
    assert_eq!(refused(&xml("\n&a;")), "line 2: an entity that XML itself does not have");
    assert_eq!(refused("<bom a='&a;'/>"), "line 1: an entity that XML itself does not have");
}

#[test]
fn a_document_full_of_faults_lists_a_hundred() {
    let components: Vec<String> = (0..500).map(|at| format!("\n{{\"name\":\"{at}\"}}")).collect();
    let sbom = read(&cdx(&format!("\"components\":[{}]", components.join(","))));
    assert_eq!((sbom.packages.len(), sbom.invalid.len()), (500, 100));
}

#[test]
fn deep_nesting_ends_in_a_fault() {
    let json = format!("{}{}", "{\"bomFormat\":\"CycloneDX\",\"a\":".repeat(5000), "}".repeat(5000));
    assert!(refused(&json).contains("nested more than"));
    let tags = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    assert!(refused(&xml(&tags)).contains("nested too deep"));
    let attributes: String = (0..10_000).map(|at| format!(" a{at}=\"\"")).collect();
    assert!(refused(&xml(&format!("<a{attributes}/>"))).contains("too many attributes"));
    let spaces: String = (0..10_000).map(|at| format!(" xmlns:a{at}=\"x\"")).collect();
    assert!(refused(&xml(&format!("<a{spaces}/>"))).contains("too many attributes"));
}

/// A document with so many components, each of which needs the next two.
fn large(count: usize) -> String {
    let component = |at: usize| {
        format!(
            "{{\"type\":\"library\",\"bom-ref\":\"r{at}\",\"name\":\"n{at}\",\"version\":\"1.{at}\",\"scope\":\"required\",\n\"hashes\":[{{\"alg\":\"SHA-1\",\"content\":\"da39a3ee5e6b4b0d3255bfef95601890afd80709\"}}],\n\"licenses\":[{{\"license\":{{\"id\":\"MIT\"}}}}],\"supplier\":{{\"name\":\"s\"}}}}"
        )
    };
    let dependency = |at: usize| {
        format!("{{\"ref\":\"r{at}\",\"dependsOn\":[\"r{}\",\"r{}\"]}}", (at + 1) % count, (at + 2) % count)
    };
    let components: Vec<String> = (0..count).map(component).collect();
    let dependencies: Vec<String> = (0..count).map(dependency).collect();
    cdx(&format!(
        "\"components\":[{}],\"dependencies\":[{}]",
        components.join(",\n"),
        dependencies.join(",\n")
    ))
}

#[test]
fn the_time_grows_with_the_size() {
    let measure = |count: usize| {
        let text = large(count);
        let start = Instant::now();
        let sbom = read(&text);
        assert_eq!((sbom.packages.len(), sbom.invalid.len()), (count, 0));
        start.elapsed()
    };
    let small = (0..3).map(|_| measure(2_000)).min().unwrap_or_default();
    let tenfold = measure(20_000);
    assert!(tenfold < small * 30 + Duration::from_millis(500), "{small:?} became {tenfold:?}");
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse(&bytes);
    }

    #[test]
    fn damaged_documents_never_panic(which in 0_usize..5, at in any::<prop::sample::Index>(), piece in "[ -~\n]{0,6}", cut in 0_usize..40) {
        let text = [GRAPH_JSON.to_owned(), GRAPH_XML.to_owned(), TAG_VALUE.to_owned(), spdx_json(), GRAPH_THREE.to_owned()][which].clone();
        let at = at.index(text.len());
        let damaged = format!("{}{piece}{}", &text[..at], &text[(at + cut).min(text.len())..]);
        if let Ok(sbom) = parse(damaged.as_bytes()) {
            prop_assert!(sbom.invalid.len() <= 100);
            let reach = sbom.packages.len();
            for package in sbom.packages.iter().chain(&sbom.subject) {
                prop_assert!(package.line > 0);
                prop_assert!(package.depends_on.iter().flatten().all(|index| *index < reach));
            }
            prop_assert!(completeness(&sbom).len() <= 3 + 5 * (reach + 1));
        }
    }
}
