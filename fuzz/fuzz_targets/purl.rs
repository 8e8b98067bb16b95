//! Any text as a package URL: no panic, its canonical text reads as the same, and so does that of the package it names.

#![no_main]

use libfuzzer_sys::fuzz_target;
use readiness::formats::purl::Purl;

fuzz_target!(|text: &str| {
    let Ok(purl) = text.parse::<Purl>() else { return };
    assert_eq!(purl.to_string().parse(), Ok(purl.clone()));
    let _ = purl.source();
    if let Some((ecosystem, name)) = purl.package()
        && let Some(made) = Purl::of(&ecosystem, &name, purl.package_version().as_deref())
    {
        assert_eq!(made.to_string().parse(), Ok(made));
    }
});
