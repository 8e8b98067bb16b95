//! Any bytes as a scenario file: no panic, and what is built from it can be sent: no line ends early in a path or header.

#![no_main]

use libfuzzer_sys::fuzz_target;
use readiness::perf::scenario::{Source, Surroundings, build};

fuzz_target!(|data: &[u8]| {
    let Ok(mut config) = readiness::config::read_scenario(data, "scenario.yaml") else { return };
    // A folder that is not there: nothing is read.
    config.folder = "/nonexistent".into();
    let variable = |name: &str| Some(name.to_owned());
    let around = Surroundings { base: "/base", token: Some("secret"), confined: true, variable: &variable };
    let Ok(scenario) = build(&config, &around) else { return };
    assert!(!scenario.endpoints.is_empty());
    let mut source = Source::new(scenario.table.as_ref(), "secret", 0, 1, 7);
    source.advance();
    for endpoint in &scenario.endpoints {
        let mut out = Vec::new();
        endpoint.path.render(&source, &mut out);
        assert!(out.starts_with(b"/") && out.iter().all(|byte| byte.is_ascii_graphic()));
        for (name, value) in &endpoint.headers {
            out.clear();
            value.render(&source, &mut out);
            assert!(!name.is_empty() && !out.iter().any(|byte| b"\r\n\0".contains(byte)));
        }
    }
});
