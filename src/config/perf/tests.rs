use std::collections::BTreeMap;
use std::time::Duration;

use super::*;
use crate::perf::scenario::{BodyConfig, Draft, Part, Place};

const FULL: &str = r#"url: http://127.0.0.1:8080
scenario: checkout
duration: 30s
warm_up: 3s
ramp: 1500ms
concurrency: 50
rate: 500
timeout: 10
retries: 0
runs: 5
profile: standard
threads: 2
steps: [50, 100, 200]
limits: {p99: 500ms, error_rate: 1%}
labels: {encryption: "on", build: 1.4}
thresholds: {p95: 10%, p99: 0.15, throughput: 7.5%, error_rate: 1%, floor: 1ms}
max_error_rate: 2%
objectives: {p95: 200ms, p99: 0.5s, throughput: 1000}
data: users.csv
login:
  method: POST
  path: /login
  headers: {Content-Type: application/json}
  body: '{"user":"${env.USER_NAME}"}'
  token: /access_token
endpoints:
  - name: home
    path: /
    weight: 3
  - name: order
    method: POST
    path: /orders/${counter}
    headers: {authorization: "Bearer ${token}", Idempotency-Key: "${uuid}"}
    body: '{"user": "${row.name}"}'
    expect: {status: [201, 2xx, 200-204], contains: ["ok"], headers: {X-Build: , x-kind: " a "}}
    think: 100ms
    thresholds: {p95: 20%}
    objectives: {p99: 1s}
  - path: /items?x=1
    method: PUT
    body_file: order.json
  - path: /json
    json:
      user: "${row.name}"
      count: 0x10
      list: [1.50, true, null, "\n"]
"#;

fn problems(text: &str) -> String {
    read_scenario(text.as_bytes(), "s.yaml").unwrap_err().to_string()
}

fn text(draft: &Draft) -> String {
    let shown = draft.parts.iter().map(|part| match part {
        Part::Text(text) => String::from_utf8(text.clone()).unwrap(),
        other => format!("<{other:?}>"),
    });
    shown.collect()
}

fn body(body: &BodyConfig) -> String {
    match body {
        BodyConfig::Text(draft) => text(draft),
        other => format!("{other:?}"),
    }
}

#[test]
fn a_full_file() {
    let config = read_scenario(FULL.as_bytes(), "s.yaml").unwrap();
    assert_eq!(config.url.as_deref(), Some("http://127.0.0.1:8080"));
    assert_eq!(config.scenario.as_deref(), Some("checkout"));
    assert_eq!(config.duration, Some(Duration::from_secs(30)));
    assert_eq!(
        (config.warm_up, config.ramp),
        (Some(Duration::from_secs(3)), Some(Duration::from_millis(1500)))
    );
    assert_eq!((config.concurrency, config.rate), (Some(50), Some(500.0)));
    assert_eq!((config.timeout, config.retries), (Some(Duration::from_secs(10)), Some(0)));
    assert_eq!((config.runs, config.profile, config.threads), (Some(5), Some(Profile::Standard), Some(2)));
    assert_eq!(config.steps, [50, 100, 200]);
    assert_eq!(config.limits, Limits { p95: None, p99: Some(500_000_000), error_rate: Some(0.01) });
    let labels = [("build", "1.4"), ("encryption", "on")].map(|(a, b)| (a.to_owned(), b.to_owned()));
    assert_eq!(config.labels, BTreeMap::from(labels));
    assert_eq!(
        config.thresholds,
        Thresholds {
            p95: Some(0.1),
            p99: Some(0.15),
            throughput: Some(0.075),
            error_rate: Some(0.01),
            floor_ns: Some(1_000_000)
        }
    );
    assert_eq!(config.max_error_rate, Some(0.02));
    let objectives = Objectives { p95: Some(200_000_000), p99: Some(500_000_000), throughput: Some(1000.0) };
    assert_eq!(config.objectives, objectives);
    let place = Place { file: "s.yaml".into(), line: 19, column: 7 };
    assert_eq!(config.data, Some(("users.csv".to_owned(), place)));
    let login = config.login.clone().unwrap();
    assert_eq!((login.token.as_str(), login.request.method.as_str()), ("/access_token", "POST"));
    assert_eq!(body(&login.request.body), "{\"user\":\"<Env(\"USER_NAME\")>\"}");
    assert_eq!(login.request.headers[0].0, "content-type");
    assert_eq!(config.objectives_of("order").p99, Some(1_000_000_000));
    assert_eq!(config.objectives_of("home"), Objectives::default());
}

#[test]
fn the_endpoints_of_a_full_file() {
    let config = read_scenario(FULL.as_bytes(), "s.yaml").unwrap();
    let [home, order, item, json] = config.endpoints.as_slice() else { panic!("four endpoints") };
    assert_eq!((home.name.as_str(), home.method.as_str(), home.weight), ("home", "GET", 3));
    assert_eq!(home.expect.status, [(200, 399)]);
    assert_eq!((text(&order.path), order.weight), ("/orders/<Counter>".to_owned(), 1));
    let headers: Vec<_> = order.headers.iter().map(|(name, value)| (name.as_str(), text(value))).collect();
    assert_eq!(
        headers,
        [("authorization", "Bearer <Token>".to_owned()), ("idempotency-key", "<Uuid>".to_owned())]
    );
    assert_eq!(body(&order.body), "{\"user\": \"<Row(\"name\")>\"}");
    assert_eq!(order.expect.status, [(201, 201), (200, 299), (200, 204)]);
    assert_eq!(order.expect.contains, [b"ok"]);
    let expected = [("x-build".to_owned(), None), ("x-kind".to_owned(), Some("a".to_owned()))];
    assert_eq!(order.expect.headers, expected);
    assert_eq!((order.think, order.thresholds.p95), (Duration::from_millis(100), Some(0.2)));
    assert_eq!(item.name, "PUT /items");
    assert!(body(&item.body).starts_with("File(\"order.json\""));
    assert_eq!(json.name, "/json");
    assert_eq!(
        body(&json.body),
        "{\"user\":\"<Row(\"name\")>\",\"count\":16,\"list\":[1.50,true,null,\"\\n\"]}"
    );
    assert_eq!(
        json.headers.iter().map(|(n, v)| (n.as_str(), text(v))).collect::<Vec<_>>(),
        [("content-type", "application/json".to_owned())]
    );
}

#[test]
fn the_same_keys_in_a_section_of_the_configuration() {
    let known = crate::config::Known { checks: &[], rules: Vec::new };
    let indented: String = FULL.lines().map(|line| format!("  {line}\n")).collect();
    let yaml = format!("version: 1\nperf:\n{indented}");
    let config = super::super::read::read(yaml.as_bytes(), "readiness.yaml", known).unwrap();
    assert_eq!((config.perf.concurrency, config.perf.endpoints.len()), (Some(50), 4));
    let error = super::super::read::read(b"perf:\n  endpoint: []\n", "readiness.yaml", known).unwrap_err();
    assert!(error.to_string().starts_with("readiness.yaml:2:3: unknown key"), "{error}");
    assert!(error.to_string().contains("did you mean `endpoints`?"), "{error}");
    assert!(read_scenario(b"", "s").unwrap().endpoints.is_empty());
}

/// Each problem alone: the file, the place, and words of the message.
#[test]
fn every_problem_has_its_place() {
    for (yaml, place, words) in [
        ("url: ftp://x\n", "1:6", "begins with `http://`"),
        ("url: http://u:p@h/\n", "1:6", "no user and password"),
        ("scenario: \"a\\u001b[2J\"\n", "1:11", "no control characters"),
        ("duration: soon\n", "1:11", "a time is expected"),
        ("duration: 0s\n", "1:11", "`duration` is from 1ms to 86400s"),
        ("duration: 25h\n", "1:11", "`duration` is from"),
        ("duration: 1s\nrequests: 5\n", "2:11", "not both"),
        ("requests: 0\n", "1:11", "from 1 to"),
        ("warm_up: 2s\nramp: 3s\n", "2:7", "part of `warm_up`"),
        ("concurrency: 10001\n", "1:14", "`concurrency` is a whole number from 1 to 10000"),
        ("concurrency: many\n", "1:14", "expected a whole number from 1 to 10000, found a string"),
        ("rate: .nan\n", "1:7", "`rate` is a number"),
        ("rate: 0\n", "1:7", "`rate` is a number"),
        ("retries: 11\n", "1:10", "from 0 to 10"),
        ("runs: 0\n", "1:7", "from 1 to 100"),
        ("profile: fast\n", "1:10", "one of: quick, standard, stress"),
        ("threads: 0\n", "1:10", "from 1 to 256"),
        ("steps: [5, 5]\n", "1:12", "steps rise"),
        ("steps: 5\n", "1:8", "expected a list"),
        ("limits: {p99: 500}\n", "1:15", "needs a unit, such as `500ms`"),
        ("limits: {p99: 0ms}\n", "1:15", "`p99` is from"),
        ("limits: {p90: 5ms}\n", "1:10", "unknown key"),
        ("labels: {\"a b\": c}\n", "1:10", "a label has"),
        ("labels: {a: [b]}\n", "1:13", "expected a text"),
        ("thresholds: {p95: 10}\n", "1:19", "a share is `10%`, or a fraction below 1"),
        ("thresholds: {p95: -1%}\n", "1:19", "a share is expected"),
        ("thresholds: {p95: 1e1}\n", "1:19", "a share is expected"),
        ("thresholds: {throughput: 101%}\n", "1:26", "at most 100%"),
        ("max_error_rate: much\n", "1:17", "a share is expected"),
        ("objectives: {throughput: -1}\n", "1:26", "is a number from"),
        ("login: {path: /l}\n", "1:8", "says where its `token` is"),
        ("login: {path: /l, token: t}\n", "1:26", "begins with `/`"),
        ("login: {path: /l, token: /t, weight: 3}\n", "1:30", "unknown key"),
        ("endpoints: []\n", "1:12", "1 to 256 endpoints"),
        ("endpoints: {path: /}\n", "1:12", "expected a list"),
        ("endpoints: [~]\n", "1:13", "expected a mapping"),
        ("endpoints: [{name: a}]\n", "1:13", "a `path` is needed"),
        ("endpoints: [{path: x}]\n", "1:20", "a path begins with `/`"),
        ("endpoints: [{path: /a b}]\n", "1:20", "no spaces"),
        ("endpoints: [{path: \"/a\\r\\nb\"}]\n", "1:20", "no control characters"),
        ("endpoints: [{path: /ä}]\n", "1:20", "a path is ASCII"),
        ("endpoints: [{path: \"/${countr}\"}]\n", "1:20", "did you mean `${counter}`?"),
        ("endpoints: [{path: /, name: total}]\n", "1:29", "all endpoints together"),
        ("endpoints: [{path: /}, {path: /}]\n", "1:24", "another endpoint has this name"),
        ("endpoints: [{path: /, name: a}, {path: /, name: a}]\n", "1:49", "another endpoint has this name"),
        ("endpoints: [{path: /, method: G T}]\n", "1:31", "a method is a word"),
        ("endpoints: [{path: /, weight: 0}]\n", "1:31", "from 1 to 1000000"),
        ("endpoints: [{path: /, think: 5}]\n", "1:30", "needs a unit"),
        ("endpoints: [{path: /, headers: {Host: h}}]\n", "1:33", "`host` cannot be set: it is the server"),
        ("endpoints: [{path: /, headers: {a b: c}}]\n", "1:33", "no spaces"),
        ("endpoints: [{path: /, headers: {a: \"b\\nc\"}}]\n", "1:36", "no control characters"),
        ("endpoints: [{path: /, headers: {a: b, A: c}}]\n", "1:39", "stands twice"),
        ("endpoints: [{path: /, headers: {a: }}]\n", "1:3", "expected a text"),
        ("endpoints: [{path: /, body: a, json: b}]\n", "1:38", "one of `body`, `body_file` and `json`"),
        ("endpoints: [{path: /, json: .inf}]\n", "1:29", "JSON has no such number"),
        ("endpoints: [{path: /, expect: {status: 99}}]\n", "1:40", "no status of an answer"),
        ("endpoints: [{path: /, expect: {status: [1xx]}}]\n", "1:41", "no status of an answer"),
        ("endpoints: [{path: /, expect: {status: [204-200]}}]\n", "1:41", "no status of an answer"),
        ("endpoints: [{path: /, expect: {headers: {a b: c}}}]\n", "1:42", "no spaces"),
    ] {
        let told = problems(yaml);
        assert!(told.starts_with(&format!("s.yaml:{place}")), "{yaml}{told}");
        assert!(told.contains(words), "{yaml}{told}");
        let count = told.lines().filter(|line| line.starts_with("s.yaml:")).count();
        assert_eq!(count, 1, "one problem alone: {told}");
    }
}

#[test]
fn all_problems_come_at_once_and_in_bodies_with_their_line() {
    let told = problems(
        "rate: x\nendpoints:\n  - path: /\n    weight: 0\n  - path: /b\n    body: |\n      a\n      ${nope}\n      ${counter\n",
    );
    for expected in
        ["s.yaml:1:7", "s.yaml:4:13", "s.yaml:8:", "s.yaml:9:", "there is no `${nope}`", "never closed"]
    {
        assert!(told.contains(expected), "{expected} is not in\n{told}");
    }
}

#[test]
fn the_examples_of_the_documentation_are_read() {
    let known = crate::config::Known { checks: &[], rules: || vec!["SEC-077"] };
    let pages = [
        (include_str!("../../../docs/perf-scenarios.md"), 2),
        (include_str!("../../../docs/configuration.md"), 1),
    ];
    for (page, endpoints) in pages {
        let block = page.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
        let config = super::super::read::read(block.as_bytes(), "readiness.yaml", known).unwrap();
        assert_eq!(config.perf.endpoints.len(), endpoints);
        assert_eq!(config.perf.thresholds.p95, Some(0.1));
    }
}

#[test]
fn secrets_are_not_shown() {
    let yaml = "endpoints:\n  - path: /\n    headers: {authorization: \"Bearer hunter2hunter2\", host: x}\n    body: 'password=hunter2hunter2'\n";
    let good = yaml.replace(", host: x", "");
    assert!(!format!("{:?}", read_scenario(good.as_bytes(), "s").unwrap()).contains("hunter2"));
    let told = problems(yaml);
    assert!(!told.contains("hunter2"), "{told}");
}
