//! The section `baseline`: all of it, nothing of it, and what makes no sense.

use std::time::Duration;

use crate::baseline::settings::{
    Extract, Query, Range, Reading, Settings, Several, Source, SystemReading, Take, TestsReading, Which,
};
use crate::config::{Known, read};
use crate::report::Better;

const KNOWN: Known<'_> = Known { checks: &[], rules: || vec![] };

fn settings(text: &str) -> Settings {
    read::read(text.as_bytes(), "r", KNOWN).unwrap_or_else(|problems| panic!("{problems}")).baseline
}

fn problems(text: &str) -> String {
    read::read(text.as_bytes(), "r", KNOWN).unwrap_err().to_string()
}

const FULL: &str = r#"baseline:
  store: /srv/baselines
  defaults: true
  limit: 90s
  keep: 500
  bands: {k: 3.5, margin: 10%, window: 60}
  probes:
    cache:
      - name: hit_ratio
        redis: 127.0.0.1:6379
        password_env: REDIS_PASSWORD
        read: keyspace_hits
        over: [keyspace_hits, keyspace_misses]
        unit: ratio
        better: higher
        target: 90%
        accept: {min: 0.5}
        floor: 1%
    network:
      - {name: api, http: 'http://127.0.0.1:8080/health', requests: 20, accept: 200ms, threshold: 30%, samples: 3, interval: 1s, timeout: 2s, expect: [200, 204], token_env: T, headers: {Accept: text/plain}}
      - {name: uptime, http: 'http://127.0.0.1:8080/health', read: /a/0/b, scale: 0.001, better: same}
      - {name: port, tcp: 'localhost:443'}
    ai_model:
      - {name: tokens, prometheus: 'http://127.0.0.1:8000/metrics', select: 'vllm:tokens_total{m="x"}', take: rate, over: [a_total], several: max}
      - {name: ttft, prometheus: 'http://127.0.0.1:8000/metrics', select: ttft_seconds, take: rate p99.9, unit: seconds}
    own_kind:
      - {name: memory, process: redis-server, read: memory, accept: {max: 4 GiB}}
      - {name: one, process: {pid_file: run/a.pid}, read: count, optional: true}
      - {name: load, system: /srv, read: load1}
      - {name: answer, command: "sh -c 'echo 42'", read: {regex: '(\d+)'}}
      - {name: piped, command: "echo 1 | cat", shell: true}
      - {name: rows, file: data/x.csv, read: {column: rows}}
      - {name: failures, tests: [reports/*.xml]}
  modules:
    - {name: app, command: "python3 -c 'import app'", within: 2s}
  files:
    - {path: models/*.gguf, sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08, format: gguf, min_bytes: 1 MiB}
  drift:
    files: [defaults, etc/*.yaml]
    environment: [DATABASE_URL]
    versions: [{name: python, command: python3 --version}]
    ports: true
    findings: true
"#;

#[test]
fn all_of_it() {
    let found = settings(FULL);
    assert_eq!(found.store.as_deref(), Some("/srv/baselines"));
    assert_eq!((found.defaults, found.limit, found.keep), (Some(true), Duration::from_secs(90), Some(500)));
    assert!((found.bands.k - 3.5).abs() < 1e-12 && (found.bands.margin - 0.1).abs() < 1e-12);
    let probe = |name: &str| found.probes.iter().find(|probe| probe.name == name).unwrap();
    let hits = probe("hit_ratio");
    assert_eq!(hits.category, "cache");
    assert_eq!(
        hits.reading,
        Reading::Field("keyspace_hits".into(), vec!["keyspace_hits".into(), "keyspace_misses".into()])
    );
    assert_eq!(hits.target, Range { min: Some(0.9), max: None });
    assert_eq!(hits.accept, Range { min: Some(0.5), max: None });
    assert!((hits.floor - 0.01).abs() < 1e-12);
    let api = probe("api");
    assert_eq!((api.accept, api.unit.as_str()), (Range { min: None, max: Some(0.2) }, "seconds"));
    assert_eq!((api.samples, api.interval, api.timeout), (3, Duration::from_secs(1), Duration::from_secs(2)));
    assert!((api.threshold - 0.3).abs() < 1e-12);
    let Source::Http(ask) = &api.source else { panic!("{api:?}") };
    assert_eq!((ask.requests, ask.expect.as_slice(), ask.token.as_deref()), (20, &[200, 204][..], Some("T")));
    assert_eq!(probe("uptime").reading, Reading::Value(Extract::Pointer("/a/0/b".into())));
    assert_eq!(probe("uptime").better, Better::Same);
    assert_eq!(probe("uptime").threshold.to_bits(), 0.0_f64.to_bits(), "any change counts");
    let Reading::Series(Query { take, several, over, .. }) = &probe("tokens").reading else { panic!() };
    assert_eq!((*take, *several, over.len()), (Take::Rate, Several::Max, 1));
    assert_eq!(probe("tokens").interval, Duration::from_secs(1), "a rate needs time");
    let Reading::Series(Query { take: Take::QuantileRate(share), .. }) = &probe("ttft").reading else {
        panic!()
    };
    assert!((share - 0.999).abs() < 1e-12);
    assert_eq!(probe("memory").accept.max, Some(4.0 * 1024.0 * 1024.0 * 1024.0));
    assert_eq!(probe("one").source, Source::Process(Which::PidFile("run/a.pid".into())));
    assert_eq!(probe("load").reading, Reading::System(SystemReading::Load1));
    assert_eq!(
        probe("answer").source,
        Source::Command { words: vec!["sh".into(), "-c".into(), "echo 42".into()] }
    );
    assert_eq!(
        probe("piped").source,
        Source::Command { words: vec!["sh".into(), "-c".into(), "echo 1 | cat".into()] }
    );
    assert_eq!(probe("failures").reading, Reading::Tests(TestsReading::FailureRate));
    assert_eq!(probe("failures").accept.max, Some(0.1), "one test in ten");
    assert_eq!((found.modules.len(), found.modules[0].within), (1, Duration::from_secs(2)));
    assert_eq!((found.files[0].min_bytes, found.files[0].sha256.is_some()), (1 << 20, true));
    assert!(found.drift.files.len() > 2 && found.drift.files.ends_with(&["etc/*.yaml".to_owned()]));
    assert!(found.drift.ports && found.drift.findings && found.drift.versions.len() == 1);
}

#[test]
fn nothing_of_it_is_the_built_in() {
    assert_eq!(settings("baseline:\n"), Settings::default());
    assert_eq!(settings("baseline: {probes: {cache: }}\n"), Settings::default());
}

#[test]
fn what_makes_no_sense_is_told() {
    let of = |probe: &str| problems(&format!("baseline:\n  probes:\n    network:\n      - {probe}\n"));
    for (probe, expected) in [
        ("{name: a, tcp: 'x:1', better: higher, threshold: 100%}", "would never fail"),
        ("{name: a, tcp: 'x:1', accept: 10}", "needs a unit"),
        ("{name: a}", "does not say what is asked"),
        ("{name: a, tcp: 'x:1', http: 'http://x'}", "a probe asks one source"),
        ("{name: 1a, tcp: 'x:1'}", "this is no name"),
        ("{tcp: 'x:1'}", "needs `name`"),
        ("{name: a, tcp: x}", "`tcp` is `host:port`"),
        ("{name: a, http: ftp://x}", "no URL of http"),
        ("{name: a, http: 'http://user:secret@x/'}", "do not belong into a URL"),
        (
            "{name: a, http: 'http://x', headers: {Authorization: Bearer abc}}",
            "does not belong into this file",
        ),
        ("{name: a, system: /}", "does not say what is read"),
        ("{name: a, system: /, read: cpu_usag}", "did you mean `cpu_usage`"),
        ("{name: a, tcp: 'x:1', over: [b]}", "unknown key"),
        ("{name: a, tcp: 'x:1', accept: fast}", "a time, such as `200ms`"),
        ("{name: a, tcp: 'x:1', accept: {min: 2s, max: 1s}}", "nothing lies between"),
        ("{name: a, tcp: 'x:1', better: same, accept: 1s}", "one bound says nothing"),
        ("{name: a, prometheus: 'http://x/metrics'}", "does not say which series"),
        ("{name: a, prometheus: 'http://x/metrics', select: b, take: p0}", "cannot be taken"),
        ("{name: a, command: 'a | b'}", "this is no command"),
        ("{name: a, command: a, read: {regex: '('}}", "not a regular expression: unclosed group"),
        ("{name: a, file: ../x}", "no parts `..`"),
        ("{name: a, tcp: 'x:1', unit: Seconds}", "a unit is lower-case"),
        ("{name: a, process: {name: a, pid_file: b}, read: cpu}", "takes one of"),
    ] {
        let told = of(probe);
        assert!(told.contains(expected), "{probe}: {told}");
        assert!(
            !told.contains("secret@") && !told.contains("Bearer abc") || probe.contains("Bearer"),
            "{told}"
        );
    }
    let twice = problems("baseline: {probes: {a: [{name: x, tcp: 'x:1'}], b: [{name: x, tcp: 'x:1'}]}}\n");
    assert!(twice.contains("stands on line 1 already"), "{twice}");
}

#[test]
fn bounds_that_no_value_can_miss_or_meet_are_refused() {
    let of = |probe: &str| problems(&format!("baseline:\n  probes:\n    a:\n      - {{name: a, {probe}}}\n"));
    let http = "http: 'http://x', read";
    for (probe, expected) in [
        // A share that is thought of in percent.
        (format!("{http}: errors, accept: 5"), "`accept` can never fail: the value is a share, from 0 to 1"),
        (format!("{http}: errors, accept: 5"), "did you mean `0.05`, or `5%`?"),
        (format!("{http}: errors, accept: 2.5"), "did you mean `0.025`, or `2.5%`?"),
        (format!("{http}: errors, target: {{max: 7}}"), "`max` of `target` can never fail"),
        (format!("{http}: errors, accept: 100%"), "`accept` can never fail"),
        (format!("{http}: errors, accept: {{min: 0, max: 1}}"), "`accept` can never fail"),
        (format!("{http}: errors, accept: -1"), "`accept` can never be met"),
        (format!("{http}: errors, floor: 5"), "no change can be larger than this `floor`"),
        (format!("{http}: errors, floor: 100%"), "no change can be larger than this `floor`"),
        ("system: /, read: disk_used, accept: 90".to_owned(), "did you mean `0.9`, or `90%`?"),
        ("tests: ['*.xml'], accept: 10".to_owned(), "did you mean `0.1`, or `10%`?"),
        ("gpu: all, read: usage, accept: {min: 90}".to_owned(), "`min` of `accept` can never be met"),
        ("redis: 'x:1', read: h, over: [h, m], better: higher, accept: 90".to_owned(), "did you mean `0.9`?"),
        // Codes.
        (format!("{http}: status, accept: {{max: 600}}"), "a status code, from 100 to 599"),
        (format!("{http}: status, accept: {{min: 100, max: 599}}"), "`accept` can never fail"),
        (format!("{http}: status, accept: {{max: 99}}"), "can never be met"),
        ("command: a, read: exit_code, accept: {max: 255}".to_owned(), "an exit code, from 0 to 255"),
        ("command: a, read: exit_code, accept: {min: 256}".to_owned(), "can never be met"),
        // What is only known to be no less than nothing.
        ("tests: ['*.xml'], read: ran, accept: 0".to_owned(), "`accept` can never fail"),
        ("process: a, read: count, accept: {max: -1}".to_owned(), "can never be met"),
        // In the unit that `scale` makes of it.
        (format!("{http}: errors, scale: 100, accept: 500"), "can never fail"),
        (format!("{http}: errors, scale: -1, accept: {{min: -1}}"), "can never fail"),
        (format!("{http}: errors, scale: 0"), "every value would be 0"),
    ] {
        let told = of(&probe);
        assert!(told.contains(expected), "{probe}: {told}");
    }
}

#[test]
fn bounds_that_can_be_missed_and_met_are_taken() {
    for probe in [
        "http: 'http://x', read: errors, accept: 5%, target: 0",
        "http: 'http://x', read: errors, accept: {min: 0, max: 0.99}",
        "http: 'http://x', read: errors, scale: 100, unit: percent, accept: 5, floor: 1",
        "http: 'http://x', read: status, accept: {min: 200, max: 299}",
        "command: a, read: exit_code, accept: {max: 0}",
        "system: /, read: load1, accept: 5",
        "process: a, read: cpu, accept: 5",
        "process: a, read: count, accept: {min: 1}",
        "gpu: all, read: temperature, accept: {min: 0}",
        "redis: 'x:1', read: h, over: [h, m], unit: ratio, better: higher, target: 100%",
        // What it is nobody knows but who wrote it.
        "redis: 'x:1', read: used_memory, over: [maxmemory], accept: 5",
        "command: a, unit: ratio, accept: 5",
        "prometheus: 'http://x', select: a, unit: ratio, accept: 5",
    ] {
        let text = format!("baseline:\n  probes:\n    a:\n      - {{name: a, {probe}}}\n");
        assert_eq!(settings(&text).probes.len(), 1, "{probe}");
    }
}

#[test]
fn the_documented_example_is_a_section() {
    let document = include_str!("../../../docs/configuration.md");
    let section = document.split("\n## Baseline\n").nth(1).unwrap();
    let example = section.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    let told = settings(example);
    assert_eq!((told.probes.len(), told.modules.len(), told.files.len()), (6, 1, 2));
    // Those values that it shows as the built-in ones.
    let usual = Settings::default();
    assert_eq!((told.limit, told.bands), (usual.limit, usual.bands));
}
