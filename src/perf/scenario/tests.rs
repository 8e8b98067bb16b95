use std::path::Path;

use super::*;

/// A configuration without a file, as a base for the tests.
fn config(path: &str) -> PerfConfig {
    let draft = Draft::parse(path.as_bytes(), place(3)).unwrap();
    PerfConfig { endpoints: vec![EndpointConfig::get("one", draft)], ..PerfConfig::default() }
}

fn place(line: u32) -> Place {
    Place { file: "s.yaml".into(), line, column: 5 }
}

fn draft(text: &str) -> Draft {
    Draft::parse(text.as_bytes(), place(4)).unwrap()
}

fn variable(name: &str) -> Option<String> {
    match name {
        "USER_NAME" => Some("ada".to_owned()),
        "PASSWORD" => Some("hunter2 \"x\"".to_owned()),
        "LINES" => Some("a\r\nb".to_owned()),
        "EMPTY" => Some(String::new()),
        _ => None,
    }
}

fn around(token: Option<&'static str>) -> Surroundings<'static> {
    Surroundings { base: "/", token, confined: true, variable: &variable }
}

fn faults(config: &PerfConfig, token: Option<&'static str>) -> String {
    build(config, &around(token)).unwrap_err().to_string()
}

fn rendered(template: &Template, table: Option<&Table>, token: &str) -> String {
    let mut source = Source::new(table, token, 0, 1, 1);
    source.advance();
    let mut out = Vec::new();
    template.render(&source, &mut out);
    String::from_utf8(out).unwrap()
}

fn in_folder(folder: &Path, file: &str, text: &str) {
    crate::host::files::write_atomic(&folder.join(file), text.as_bytes()).unwrap();
}

#[test]
fn a_url_alone_is_one_endpoint() {
    let scenario = Scenario::single("/search?q=secret").unwrap();
    let [endpoint] = scenario.endpoints.as_slice() else { panic!("one endpoint") };
    assert_eq!((endpoint.name.as_str(), endpoint.method.as_str(), endpoint.weight), ("/search", "GET", 1));
    assert_eq!(rendered(&endpoint.path, None, ""), "/search?q=secret");
    assert!(endpoint.headers.is_empty() && endpoint.body.is_none());
    assert_eq!(endpoint.expect.status, [(200, 399)]);
    assert_eq!(Scenario::single("").unwrap().endpoints[0].name, "/");
    assert_eq!(scenario.digest.len(), 64);
    assert!(Scenario::single("/a b").is_err());
}

#[test]
fn a_text_that_looks_like_a_template_in_a_url_is_itself() {
    let scenario = Scenario::single("/${counter}").unwrap();
    assert_eq!(rendered(&scenario.endpoints[0].path, None, ""), "/${counter}");
}

#[test]
fn the_path_of_the_url_stands_before_all_others() {
    let config = config("/orders/${counter}");
    let based = build(&config, &Surroundings { base: "/api/v2/", ..around(None) }).unwrap();
    assert_eq!(rendered(&based.endpoints[0].path, None, ""), "/api/v2/orders/0");
    // The same request in other words.
    let whole = build(&self::config("/api/v2/orders/${counter}"), &around(None)).unwrap();
    assert_eq!(based.digest, whole.digest);
    let error = build(&config, &Surroundings { base: "/api?x=1", ..around(None) }).unwrap_err().to_string();
    assert!(error.contains("the URL has a query"), "{error}");
}

#[test]
fn variables_become_texts_and_are_never_shown() {
    let mut config = config("/u/${env.USER_NAME}/x");
    config.endpoints[0].headers.push(("x-key".to_owned(), draft("k ${env.PASSWORD}")));
    let scenario = build(&config, &around(None)).unwrap();
    let endpoint = &scenario.endpoints[0];
    assert_eq!(endpoint.path, Template::text("/u/ada/x"));
    assert_eq!(endpoint.headers[0].1, Template::text("k hunter2 \"x\""));
    assert!(!format!("{scenario:?} {config:?}").contains("hunter2"));
    assert!(!format!("{:?}", Source::new(None, "hunter2", 0, 1, 1)).contains("hunter2"));
}

#[test]
fn what_variables_must_not_do() {
    let mut config = config("/u/${env.PASSWORD}");
    let headers = [("a", "${env.LINES}"), ("b", "${env.ABSENT}"), ("c", "${env.EMPTY}")];
    config.endpoints[0].headers.extend(headers.map(|(name, value)| (name.to_owned(), draft(value))));
    let told = faults(&config, None);
    assert_eq!(
        told,
        "s.yaml:3:5: the value of `PASSWORD` cannot stand here: a path has no spaces; write `%20`\n\
         s.yaml:4:5: the value of `LINES` cannot stand here: a header has no control characters\n\
         s.yaml:4:5: the environment variable `ABSENT` is not set\n\
         s.yaml:4:5: the environment variable `EMPTY` is not set"
    );
}

#[test]
fn a_token_that_nobody_asks_for_goes_into_the_usual_header() {
    let mut config = config("/a");
    let with = build(&config, &around(Some("t0ken"))).unwrap();
    let (name, value) = &with.endpoints[0].headers[0];
    assert_eq!((name.as_str(), rendered(value, None, "t0ken")), ("authorization", "Bearer t0ken".to_owned()));
    assert!(build(&config, &around(None)).unwrap().endpoints[0].headers.is_empty());
    // Not where it is asked for, and not over another.
    config.endpoints[0].headers.push(("x-token".to_owned(), draft("${token}")));
    config.endpoints.push(EndpointConfig::get("two", draft("/b")));
    let asked = build(&config, &around(Some("t0ken"))).unwrap();
    assert_eq!((asked.endpoints[0].headers.len(), asked.endpoints[1].headers.len()), (1, 0));
    config.endpoints[0].headers = vec![("authorization".to_owned(), draft("Basic eA=="))];
    let kept = build(&config, &around(Some("t0ken"))).unwrap();
    assert_eq!(rendered(&kept.endpoints[0].headers[0].1, None, "t0ken"), "Basic eA==");
    assert_eq!(rendered(&kept.endpoints[1].headers[0].1, None, "t0ken"), "Bearer t0ken");
    assert!(!format!("{kept:?}").contains("t0ken"));
}

#[test]
fn a_token_must_come_from_somewhere_and_fit() {
    let mut config = config("/a/${token}");
    assert!(faults(&config, None).starts_with("s.yaml:3:5: `${token}` without a token\nhint: add a `login`"));
    assert!(faults(&config, Some("a b")).contains("the token cannot stand here"));
    assert!(faults(&config, Some("a\r\nx: y")).contains("has control characters"));
    assert!(faults(&config, Some("")).contains("the token is empty"));
    assert!(build(&config, &around(Some("abc"))).is_ok());
    let request = EndpointConfig::get("login", draft("/login"));
    config.login = Some(LoginConfig { request, token: "/t".to_owned() });
    let scenario = build(&config, &around(None)).unwrap();
    assert_eq!(scenario.login.unwrap().token, "/t");
    config.login.as_mut().unwrap().request.path = draft("/login?${token}");
    assert!(faults(&config, None).contains("`${token}` without a token"));
}

#[test]
fn tables_and_bodies_come_from_files() {
    let folder = tempfile::tempdir().unwrap();
    in_folder(folder.path(), "users.csv", "name,mail\nada,a@x\n\"b \"\"o\"\" b\",b@x\n");
    in_folder(folder.path(), "order.json", "{\"user\":\n\"${row.name}\"}");
    let mut config = config("/m/${row.mail}");
    config.folder = folder.path().to_owned();
    config.data = Some(("users.csv".to_owned(), place(1)));
    config.endpoints[0].body = BodyConfig::File("order.json".to_owned(), place(6));
    let scenario = build(&config, &around(None)).unwrap();
    let table = scenario.table.as_ref().unwrap();
    assert_eq!(table.rows.len(), 2);
    assert!(!format!("{table:?}").contains("ada"));
    assert_eq!(rendered(&scenario.endpoints[0].path, Some(table), ""), "/m/a@x");
    assert_eq!(
        rendered(scenario.endpoints[0].body.as_ref().unwrap(), Some(table), ""),
        "{\"user\":\n\"ada\"}"
    );

    config.endpoints[0].path = draft("/${row.name}/${row.mial}");
    in_folder(folder.path(), "order.json", "{\n\"${rwo.name}\" ${");
    assert_eq!(
        faults(&config, None),
        "order.json:2: there is no `${rwo.name}`\nhint: did you mean `${row.NAME}`?\n\
         order.json:2: `${` is never closed\nhint: write `$${` for these two characters as they are\n\
         s.yaml:4:5: the table has no column `mial`\nhint: did you mean `${row.mail}`?\n\
         users.csv:3: column `name`: a path has no spaces; write `%20`"
    );
    in_folder(folder.path(), "users.csv", "name\na,b\n\n");
    in_folder(folder.path(), "order.json", "");
    let told = faults(&config, None);
    assert!(told.contains("users.csv:2: a row of 2 values") && told.contains("users.csv:3: an empty line"));
    assert!(!told.contains("no column"), "a broken table is told once: {told}");
    in_folder(folder.path(), "users.csv", "name\n");
    assert!(faults(&config, None).contains("s.yaml:1:5: the table has no rows"));
    in_folder(folder.path(), "users.csv", "\"n\u{1b}[2J\"\nx\n");
    let told = faults(&config, None);
    assert!(told.contains("n [2J") && !told.contains('\u{1b}'), "{told:?}");
    config.data = None;
    assert!(faults(&config, None).contains("`${row.name}` without a table"));
}

#[cfg(unix)]
#[test]
fn files_stay_inside_the_folder_of_a_tree() {
    let outside = tempfile::tempdir().unwrap();
    in_folder(outside.path(), "secret.csv", "name\nx\n");
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(outside.path().join("secret.csv"), folder.path().join("link.csv")).unwrap();
    let absolute = outside.path().join("secret.csv").display().to_string();
    let mut config = config("/${row.name}");
    config.folder = folder.path().to_owned();
    for (name, expected) in [
        (absolute.as_str(), "an absolute path".replace("an ", "a ")),
        ("../x.csv", "a path with `..`".to_owned()),
        ("link.csv", "behind a link".to_owned()),
        ("absent.csv", "cannot be read".to_owned()),
    ] {
        config.data = Some((name.to_owned(), place(1)));
        let told = faults(&config, None);
        assert!(told.contains(&expected), "{name}: {told}");
    }
    for name in [absolute.as_str(), "link.csv"] {
        config.data = Some((name.to_owned(), place(1)));
        assert!(build(&config, &Surroundings { confined: false, ..around(None) }).is_ok(), "{name}");
    }
}

#[test]
fn nothing_grows_beyond_bounds() {
    let folder = tempfile::tempdir().unwrap();
    in_folder(folder.path(), "big.csv", &format!("v\n{}\n", "x".repeat(9000)));
    let mut config = config("/${row.v}");
    config.folder = folder.path().to_owned();
    config.data = Some(("big.csv".to_owned(), place(1)));
    assert!(build(&config, &around(None)).is_ok());
    config.endpoints[0].path = draft("/${row.v}${row.v}");
    assert!(faults(&config, None).contains("can be 18001 bytes long, at most 16384"));
    config.endpoints[0].path = draft("/");
    config.endpoints[0].body = BodyConfig::Text(draft(&"${row.v}".repeat(2000)));
    assert!(faults(&config, None).contains("can be 18000000 bytes long"));
}

/// A scenario in which everything is used, so that every part of it can be changed.
fn full() -> PerfConfig {
    let mut config = config("/a/${counter}");
    let one = &mut config.endpoints[0];
    one.headers = vec![("x-a".to_owned(), draft("1${uuid}")), ("x-b".to_owned(), draft("2"))];
    one.body = BodyConfig::Text(draft("b ${env.USER_NAME}"));
    one.expect.contains = vec![b"ok".to_vec()];
    one.expect.headers = vec![("x-build".to_owned(), None)];
    config.endpoints.push(EndpointConfig::get("two", draft("/b")));
    let request = EndpointConfig::get("login", draft("/login"));
    config.login = Some(LoginConfig { request, token: "/t".to_owned() });
    config
}

#[test]
fn the_digest_changes_with_everything_that_is_sent_or_expected() {
    let digest = |config: &PerfConfig| build(config, &around(None)).unwrap().digest;
    type Change = fn(&mut PerfConfig);
    let changes: &[(&str, Change)] = &[
        ("name", |config| config.endpoints[0].name = "other".to_owned()),
        ("method", |config| config.endpoints[0].method = "POST".to_owned()),
        ("method's case", |config| config.endpoints[0].method = "get".to_owned()),
        ("path", |config| config.endpoints[0].path = draft("/b/${counter}")),
        ("place in a path", |config| config.endpoints[0].path = draft("/a/${uuid}")),
        ("text for a place", |config| config.endpoints[0].path = draft("/a/$${counter}")),
        ("header's name", |config| config.endpoints[0].headers[0].0 = "x-c".to_owned()),
        ("header's value", |config| config.endpoints[0].headers[0].1 = draft("2${uuid}")),
        ("order of headers", |config| config.endpoints[0].headers.reverse()),
        ("a header less", |config| drop(config.endpoints[0].headers.pop())),
        ("body", |config| config.endpoints[0].body = BodyConfig::Text(draft("c ${env.USER_NAME}"))),
        ("variable", |config| config.endpoints[0].body = BodyConfig::Text(draft("b ${env.PASSWORD}"))),
        ("no body", |config| config.endpoints[0].body = BodyConfig::None),
        ("empty body", |config| config.endpoints[0].body = BodyConfig::Text(Draft::default())),
        ("weight", |config| config.endpoints[0].weight = 2),
        ("status", |config| config.endpoints[0].expect.status = vec![(200, 299)]),
        ("statuses", |config| config.endpoints[0].expect.status = vec![(200, 200), (399, 399)]),
        ("contains", |config| config.endpoints[0].expect.contains = vec![b"o".to_vec(), b"k".to_vec()]),
        ("expected header", |config| config.endpoints[0].expect.headers[0].0 = "x-b".to_owned()),
        ("expected value", |config| config.endpoints[0].expect.headers[0].1 = Some(String::new())),
        ("think", |config| config.endpoints[0].think = Duration::from_nanos(1)),
        ("order", |config| config.endpoints.reverse()),
        ("an endpoint less", |config| drop(config.endpoints.pop())),
        ("no login", |config| config.login = None),
        ("login", |config| config.login.as_mut().unwrap().request.path = draft("/l")),
        ("pointer", |config| config.login.as_mut().unwrap().token = "/u".to_owned()),
    ];
    let mut seen = std::collections::BTreeMap::from([(digest(&full()), "nothing")]);
    for (what, change) in changes {
        let mut config = full();
        change(&mut config);
        if let Some(same) = seen.insert(digest(&config), what) {
            panic!("{what} and {same} have the same digest");
        }
    }
}

#[test]
fn the_digest_of_a_table_is_that_of_its_values() {
    let folder = tempfile::tempdir().unwrap();
    let digest = |csv: &str| {
        in_folder(folder.path(), "d.csv", csv);
        let mut config = full();
        config.folder = folder.path().to_owned();
        config.data = Some(("d.csv".to_owned(), place(1)));
        build(&config, &around(None)).unwrap().digest
    };
    assert_eq!(digest("a,b\n1,2\n"), digest("\"a\",b\r\n1,\"2\""));
    let mut seen = std::collections::BTreeSet::new();
    for csv in ["a,b\n1,2\n", "a,c\n1,2\n", "a,b\n1,3\n", "a,b\n12,\n", "a,b\n1,2\n1,2\n", "a\nb\n1\n2\n"] {
        assert!(seen.insert(digest(csv)), "{csv:?}");
    }
}

#[test]
fn the_digest_keeps_to_what_is_sent() {
    let digest = |config: &PerfConfig, token, variable: &dyn Fn(&str) -> Option<String>| {
        build(config, &Surroundings { base: "/", token, confined: true, variable }).unwrap().digest
    };
    let expected = digest(&full(), None, &variable);
    // Another value of a variable, another name of the scenario, other judgements of what is measured.
    assert_eq!(digest(&full(), None, &|_| Some("other".to_owned())), expected);
    let mut config = full();
    config.scenario = Some("checkout".to_owned());
    config.endpoints[0].thresholds.p95 = Some(0.5);
    config.endpoints[0].objectives.p95 = Some(5);
    config.endpoints[0].place = place(99);
    config.endpoints[0].path.place = place(98);
    config.thresholds.p99 = Some(0.1);
    assert_eq!(digest(&config, None, &variable), expected);
    // Another token; but whether there is one makes other requests.
    config.login = None;
    assert_eq!(digest(&config, Some("a"), &variable), digest(&config, Some("b"), &variable));
    assert_ne!(digest(&config, Some("a"), &variable), digest(&config, None, &variable));
}
