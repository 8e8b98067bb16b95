//! Bundles, and the signatures that an import may ask for.

use std::path::Path;

use super::*;

#[test]
fn a_bundle_brings_the_same_data_with_its_dates() {
    let place = Place::new();
    let epss = place.write("e.csv", b"#model_version:v1,score_date:2026-06-01T00:00:00+0000\ncve,epss,percentile\nCVE-2026-0001,0.5,0.9\n");
    let npm = place.write("npm.zip", &zipped(&[("A.json", &record("A", 1, &[("npm", "a"), ("Go", "g")]))]));
    let before = place.import(&[npm, epss]);
    assert_eq!(before.contents.sources[0].newest, "2026-06-01T00:00:00Z");
    let bundle = export(&place, "one.bundle");
    assert_eq!(std::fs::read(&bundle).unwrap(), std::fs::read(export(&place, "two.bundle")).unwrap());

    let other = Place::new();
    let outcome = other.try_import(&[bundle], false, "2026-06-20T00:00:00Z").unwrap();
    assert_eq!(outcome.records, 1, "scores are no records, and an advisory of two ecosystems is one");
    assert_eq!(outcome.contents, before.contents, "the dates are those of the data, not of the journey");
    assert_eq!(other.ids(Family::Npm, "a"), ["A"]);
    assert!(!other.open().covers(&Ecosystem::of(Family::Go)));
    assert_eq!(other.open().epss("CVE-2026-0001").unwrap().unwrap().percentile, 0.9);
}

#[test]
fn damaged_bundles_are_refused() {
    let place = Place::new();
    place.import(&[place.write("A.json", record("A", 1, &[("npm", "a")]).as_bytes())]);
    let good = std::fs::read(export(&place, "good.bundle")).unwrap();
    let other = Place::new();
    let refusal =
        |bytes: &[u8]| other.try_import(&[other.write("b", bytes)], false, NOW).unwrap_err().to_string();
    for at in [30, good.len() / 2, good.len() - 3] {
        let mut bad = good.clone();
        bad[at] ^= 0x55;
        refusal(&bad);
    }
    assert!(refusal(&good[..good.len() - 9]).contains("unpacked"));
    assert!(refusal(&[good.clone(), b"more".to_vec()].concat()).contains("follows"));
    let line = good.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at).nth(1).unwrap();
    let manifest = String::from_utf8(good[..=line].to_vec()).unwrap();
    let size: String = manifest.split("\"size\":").nth(1).unwrap().split(',').next().unwrap().to_owned();
    let lying = manifest.replace(&format!("\"size\":{size}"), "\"size\":4096");
    assert!(refusal(&[lying.as_bytes(), &good[line + 1..]].concat()).contains("describes"));
    assert!(!other.database().exists());
}

#[test]
fn signatures_are_asked_for_before_anything_is_unpacked() {
    let place = Place::new();
    let record = place.write("A.json", record("A", 1, &[("npm", "a")]).as_bytes());
    place.import(std::slice::from_ref(&record));
    let bundle = export(&place, "b");
    let other = Place::new();
    let import = |path: &Path, verify: Verify<'_>| {
        run(&Request {
            paths: &[path.to_owned()],
            database: &other.database(),
            replace: false,
            now: NOW.parse().unwrap(),
            verify: Some(verify),
            progress: &Progress::default(),
        })
    };
    let yes = |digests: &[Digest], signature: &[u8]| {
        assert_eq!((digests.len(), signature), (3, &b"good"[..]));
        Ok(())
    };
    let no = |_: &[Digest], _: &[u8]| Err("not ours".to_owned());
    assert!(import(&bundle, &yes).unwrap_err().to_string().contains("no signature"));
    place.write("b.sig", b"good");
    assert!(import(&bundle, &no).unwrap_err().to_string().contains("not ours"));
    assert!(import(&record, &yes).unwrap_err().to_string().contains("not a bundle"));
    assert!(import(place.0.path(), &yes).unwrap_err().to_string().contains("folder"));
    assert!(!other.database().exists());
    import(&bundle, &yes).unwrap();
    assert_eq!(other.ids(Family::Npm, "a"), ["A"]);
}
