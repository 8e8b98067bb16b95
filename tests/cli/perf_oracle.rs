//! The load generator against a server that knows the truth, over plain HTTP/1.1.
//!
//! Tests of time compare with two things: the server's own record, and what a plain blocking client measures in the same
//! minute.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use readiness::perf::load::{Engine, Model, Recording, Stop};
use readiness::perf::scenario::{Expect, Piece, Table, Template};
use readiness::report::ErrorClass;
use readiness::stats::Histogram;

use crate::oracle::load::{BOTH, attempts, closed, endpoint, load, of, plan, scenario, total};
use crate::oracle::script::{LARGE, spread};
use crate::oracle::trial::{Trial, trials};
use crate::oracle::truth::{Seen, Sorted, lateness, nanoseconds};
use crate::oracle::{Oracle, alone, peer};

const MILLISECOND: u64 = 1_000_000;
const SECOND: u64 = 1_000_000_000;

/// What the machine adds to a time on its way from the server's clock to a client's, in nanoseconds.
#[derive(Clone, Copy, Debug)]
struct Allowance {
    usual: u64,
    /// For the slowest hundredth.
    tail: u64,
    most: u64,
}

/// Measures it with the plain client.
fn allowance() -> Allowance {
    let oracle = Oracle::start();
    let times: BTreeMap<u64, u64> = peer::closed(oracle.address, 10, 400).into_iter().collect();
    let added = Sorted::new(
        oracle.seen().iter().map(|one| times[&one.counter()].saturating_sub(one.took().unwrap())),
    );
    // One median more on either side: a client that is as good as the plain one may still be another kind of program.
    Allowance {
        usual: 2 * added.quantile(0.5) + added.quantile(0.9),
        tail: 2 * (added.quantile(0.5) + added.quantile(0.99)),
        most: 2 * added.quantile(1.0) + MILLISECOND,
    }
}

/// Compares a histogram with true times.
fn compare(what: &str, histogram: &Histogram, truth: &Sorted, allowed: Allowance) -> Trial {
    let summary = histogram.summary();
    assert_eq!(summary.count, truth.0.len() as u64, "{what}");
    let mut trial = Trial::default();
    let mut check =
        |name: &str, got, truth, allowed| trial.time(&format!("{what} {name}"), got, truth, allowed);
    check("min", summary.min, truth.quantile(0.0), allowed.usual);
    for (name, share) in [("p50", 0.5), ("p90", 0.9), ("p95", 0.95)] {
        check(name, histogram.quantile(share), truth.quantile(share), allowed.usual);
    }
    check("p99", histogram.quantile(0.99), truth.quantile(0.99), allowed.tail);
    check("max", summary.max, truth.quantile(1.0), allowed.most);
    check("mean", summary.mean as u64, truth.mean() as u64, allowed.usual);
    trial
}

fn took(seen: &[Seen]) -> Sorted {
    Sorted::new(seen.iter().filter_map(Seen::took))
}

#[test]
fn the_server_keeps_the_delays_that_it_knows() {
    let _alone = alone();
    trials("the server", || {
        let oracle = Oracle::start();
        peer::closed(oracle.address, 10, 400);
        let seen = oracle.seen();
        assert_eq!(seen.len(), 400);
        let late = Sorted::new(seen.iter().map(|one| {
            let (took, asked) = (one.took().unwrap(), nanoseconds(spread(one.counter())));
            assert!(took >= asked, "{} took {took}", one.path);
            took - asked
        }));
        let (usual, much) = (late.quantile(0.5), late.quantile(0.95));
        eprintln!("delays are over by {usual} ns, 95 % by at most {much}");
        let mut trial = Trial::default();
        trial.at_most("ns that delays are over", usual, 100_000);
        trial
    });
}

#[test]
fn a_closed_loop_reports_the_percentiles_that_the_server_knows() {
    let _alone = alone();
    for engine in BOTH {
        trials(&format!("{engine:?}"), || {
            let allowed = allowance();
            let oracle = Oracle::start();
            let done = load(&closed(engine, 10, 1_000), oracle.address, &scenario(&["/spread/{counter}"]));
            let endpoint = &done.endpoints[0];
            assert!(endpoint.response.is_empty());
            let truth = took(&oracle.seen());
            let mut trial = compare("service", &endpoint.service, &truth, allowed);
            trial.and(compare("first byte", &endpoint.first_byte, &truth, allowed));
            trial
        });
    }
}

#[test]
fn a_constant_rate_reports_the_percentiles_that_the_server_knows() {
    let _alone = alone();
    const RATE: f64 = 700.0;
    for engine in BOTH {
        trials(&format!("{engine:?}"), || {
            let allowed = allowance();
            let oracle = Oracle::start();
            let model = Model::Rate { per_second: RATE, in_flight: 64 };
            let plan = plan(engine, model, Stop::Requests(1_000));
            let done = load(&plan, oracle.address, &scenario(&["/spread/{counter}"]));
            let endpoint = &done.endpoints[0];
            let seen = oracle.seen();
            let mut trial = compare("service", &endpoint.service, &took(&seen), allowed);
            // From the moment at which they were due: so much later than that they arrived, and so long they took.
            let late = lateness(&seen, RATE);
            let response = Sorted::new(seen.iter().zip(late).map(|(one, late)| late + one.took().unwrap()));
            trial.and(compare("response", &endpoint.response, &response, allowed));
            trial
        });
    }
}

#[test]
fn a_constant_rate_is_kept_and_even() {
    let _alone = alone();
    for engine in BOTH {
        for rate in [200_u32, 2_000] {
            trials(&format!("{engine:?} at {rate} a second"), || {
                let oracle = Oracle::start();
                let model = Model::Rate { per_second: f64::from(rate), in_flight: 32 };
                let done = load(
                    &plan(engine, model, Stop::After(Duration::from_secs(2))),
                    oracle.address,
                    &scenario(&["/ok/{counter}"]),
                );
                let seen = oracle.seen();
                let counts = total(&done);
                let due = u64::from(rate) * 2;
                assert_eq!(done.offered, due, "{engine:?}");
                let all = counts.ok + counts.errors() + counts.aborted + counts.dropped;
                assert_eq!((all, done.sent), (due, due - counts.dropped), "{engine:?} {counts:?}");
                let late = Sorted::new(lateness(&seen, f64::from(rate)));
                let gaps =
                    seen.windows(2).map(|two| nanoseconds(two[1].arrived.duration_since(two[0].arrived)));
                let even = SECOND / u64::from(rate);
                let uneven = Sorted::new(gaps.map(|gap| gap.abs_diff(even)));
                let mut trial = Trial::default();
                trial.at_most("arrivals too few or too many", (seen.len() as u64).abs_diff(due), due / 200);
                trial.at_most("ns later than due, p50", late.quantile(0.5), 300_000);
                trial.at_most("ns later than due, p99", late.quantile(0.99), 3 * MILLISECOND);
                trial.at_most("ns by which gaps are uneven, p50", uneven.quantile(0.5), 100_000);
                trial.at_most("ns by which gaps are uneven, p99", uneven.quantile(0.99), 3 * MILLISECOND);
                trial
            });
        }
    }
}

#[test]
fn every_request_that_the_server_saw_is_counted_once() {
    let _alone = alone();
    for engine in BOTH {
        for threads in [1, 2] {
            for (model, stop) in [
                (Model::Closed { concurrency: 5 }, Stop::Requests(601)),
                (Model::Closed { concurrency: 5 }, Stop::After(Duration::from_millis(200))),
                (Model::Rate { per_second: 1_500.0, in_flight: 5 }, Stop::Requests(301)),
                (Model::Rate { per_second: 1_500.0, in_flight: 5 }, Stop::After(Duration::from_millis(200))),
            ] {
                for warm_up in [Duration::ZERO, Duration::from_millis(60)] {
                    let oracle = Oracle::start();
                    let mut plan = plan(engine, model, stop);
                    plan.threads = threads;
                    plan.warm_up = warm_up;
                    let paths = ["/delay/900us", "/ok", "/status/404"];
                    let done = load(&plan, oracle.address, &scenario(&paths));
                    let seen = oracle.seen();
                    let counts = total(&done);
                    let what = format!("{engine:?} {threads} {model:?} {stop:?} {warm_up:?}\n{counts:?}");
                    // What is under way at the end may or may not have reached the server.
                    let ended = counts.ok + counts.errors() + counts.warm_up;
                    let seen_of = |path: &str| seen.iter().filter(|one| one.path == path).count() as u64;
                    assert!(
                        ended <= seen.len() as u64 && seen.len() as u64 <= attempts(&counts),
                        "{} {what}",
                        seen.len()
                    );
                    assert_eq!((counts.warm_up > 0, counts.retries), (warm_up > Duration::ZERO, 0), "{what}");
                    if let Stop::Requests(asked) = stop {
                        assert_eq!(counts.ok + counts.errors(), asked, "{what}");
                        assert_eq!((counts.aborted, counts.dropped), (0, 0), "{what}");
                        // The end of the warm-up can leave some under way, which are neither.
                        assert_eq!(ended, seen.len() as u64, "{what}");
                    } else {
                        assert!(counts.ok > 20, "{what}");
                    }
                    for (endpoint, path) in done.endpoints.iter().zip(paths) {
                        let counts = &endpoint.counts;
                        let (ended, all) = (counts.ok + counts.errors() + counts.warm_up, attempts(counts));
                        assert!(
                            ended <= seen_of(path) && seen_of(path) <= all,
                            "{path} {} {what}",
                            seen_of(path)
                        );
                        let bad = if path == "/status/404" { counts.ok } else { counts.errors() };
                        assert_eq!(bad, 0, "{path} {what}");
                        assert_eq!(endpoint.service.count(), counts.ok);
                        let pieces: u64 = endpoint.pieces.iter().map(|piece| piece.ok).sum();
                        assert_eq!(pieces, counts.ok);
                    }
                    let opened = oracle.shared.connections.load(Ordering::SeqCst);
                    assert_eq!((done.opened, done.unopened), (opened, 0), "{what}");
                    assert!(opened <= 5, "{opened} connections: {what}");
                }
            }
        }
    }
}

#[test]
fn both_engines_count_the_same() {
    let _alone = alone();
    let paths = [
        "/ok",
        "/status/503",
        "/chunked/whole",
        "/close",
        "/until-close",
        "/interim",
        "/empty/304",
        "/cut/body",
    ];
    let counted: Vec<_> = BOTH
        .into_iter()
        .map(|engine| {
            let oracle = Oracle::start();
            let done = load(&closed(engine, 4, 800), oracle.address, &scenario(&paths));
            let mut seen: BTreeMap<String, u64> = BTreeMap::new();
            oracle.seen().into_iter().for_each(|one| *seen.entry(one.path).or_default() += 1);
            let counts: Vec<_> =
                done.endpoints.iter().map(|one| (one.counts.ok, one.counts.failed.clone())).collect();
            assert_eq!(seen.values().sum::<u64>(), 800);
            (seen, counts, oracle.shared.connections.load(Ordering::SeqCst) >= 300)
        })
        .collect();
    assert_eq!(counted[0], counted[1]);
    assert_eq!(counted[0].0["/ok"], 100);
    assert_eq!(counted[0].1[5], (100, BTreeMap::new()));
    assert_eq!(counted[0].1[7], (0, BTreeMap::from([(ErrorClass::Reset, 100)])));
}

#[test]
fn a_server_that_stands_still_shows_in_response_time_and_not_in_service_time() {
    let _alone = alone();
    std::thread::scope(|scope| {
        for engine in BOTH {
            scope.spawn(move || frozen_rate(engine));
            scope.spawn(move || frozen_loop(engine));
        }
    });
}

fn freezing() -> Oracle {
    Oracle::freezing(Duration::from_millis(800), Duration::from_secs(2))
}

/// Samples above a time.
fn above(histogram: &Histogram, least: u64) -> u64 {
    histogram.recorded().filter(|(time, _)| *time > least).map(|(_, count)| count).sum()
}

fn frozen_rate(engine: Engine) {
    const RATE: u64 = 250;
    let oracle = freezing();
    let model = Model::Rate { per_second: RATE as f64, in_flight: 4 };
    let plan = plan(engine, model, Stop::After(Duration::from_secs(4)));
    let done = load(&plan, oracle.address, &scenario(&["/delay/1000us"]));
    let endpoint = &done.endpoints[0];
    let response = &endpoint.response;
    let slow = above(response, 20 * MILLISECOND);
    assert!(response.quantile(1.0) >= 1_900 * MILLISECOND, "{engine:?}");
    assert!(response.quantile(0.99) >= 1_800 * MILLISECOND, "{engine:?}");
    // All that were due in the two seconds, and those due while they were sent after it; not the 200 before.
    assert!((RATE * 195 / 100..=response.count() - 150).contains(&slow), "{engine:?}: {slow}");
    // Those due in the middle of it waited between 0.5 and 1.5 seconds, and some while they were sent after it.
    let middle = above(response, SECOND / 2) - above(response, 3 * SECOND / 2);
    assert!((RATE * 9 / 10..RATE * 2).contains(&middle), "{engine:?}: {middle}");
    let service = &endpoint.service;
    assert_eq!(above(service, SECOND), 4, "{engine:?}: those under way");
    assert!(service.quantile(0.5) < 50 * MILLISECOND, "{engine:?}: {}", service.quantile(0.5));
    assert!(service.quantile(0.95) < 200 * MILLISECOND, "{engine:?}: {}", service.quantile(0.95));
    let counts = &endpoint.counts;
    assert!(counts.late >= RATE * 19 / 10, "{engine:?}: {counts:?}");
    let seen = oracle.seen().len() as u64;
    assert!(counts.ok <= seen && seen <= attempts(counts), "{engine:?}: {seen} {counts:?}");
    assert_eq!((counts.errors(), counts.dropped), (0, 0), "{engine:?}");
}

fn frozen_loop(engine: Engine) {
    let oracle = freezing();
    let plan = plan(engine, Model::Closed { concurrency: 4 }, Stop::After(Duration::from_millis(3_300)));
    let done = load(&plan, oracle.address, &scenario(&["/delay/1000us"]));
    let service = &done.endpoints[0].service;
    assert!(service.quantile(1.0) >= 1_900 * MILLISECOND, "{engine:?}");
    assert_eq!(above(service, SECOND), 4, "{engine:?}: a closed loop hides what was not sent");
    assert!(service.quantile(0.95) < 200 * MILLISECOND, "{engine:?}: {}", service.quantile(0.95));
}

/// Loads a strange endpoint beside a good one, which must not suffer; gives what came of the strange one.
fn strange(engine: Engine, path: &str, requests: u64) -> (u64, BTreeMap<ErrorClass, u64>) {
    let oracle = Oracle::start();
    let mut plan = closed(engine, 3, requests * 2);
    plan.timeout = Duration::from_millis(500);
    let done = load(&plan, oracle.address, &scenario(&[path, "/ok"]));
    let seen = oracle.seen();
    let good = &done.endpoints[1].counts;
    assert_eq!((good.ok, good.errors()), (requests, 0), "{engine:?} {path}: {good:?}");
    assert_eq!(seen.len() as u64, requests * 2, "{engine:?} {path}");
    let counts = &done.endpoints[0].counts;
    (counts.ok, counts.failed.clone())
}

#[test]
fn unusual_answers_are_good_ones() {
    let _alone = alone();
    let mut wrong = Vec::new();
    for engine in BOTH {
        for path in [
            "/close",
            "/until-close",
            "/http10",
            "/http10/keep",
            "/chunked/whole",
            "/chunked/bytes",
            "/chunked/nothing",
            "/interim",
            "/empty/204",
            "/empty/304",
            "/headers",
            "/dribble",
        ] {
            let (ok, failed) = strange(engine, path, 12);
            if (ok, failed.len()) != (12, 0) {
                wrong.push(format!("{engine:?} {path}: {ok} good, {failed:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn answers_that_are_none_are_classed() {
    let _alone = alone();
    let mut wrong = Vec::new();
    for engine in BOTH {
        for (path, classes) in [
            ("/status/500", &[ErrorClass::Status][..]),
            ("/reset/head", &[ErrorClass::Reset]),
            ("/reset/body", &[ErrorClass::Reset]),
            ("/cut/nothing", &[ErrorClass::Reset]),
            ("/cut/head", &[ErrorClass::Reset]),
            ("/cut/body", &[ErrorClass::Reset]),
            ("/chunked/cut", &[ErrorClass::Reset]),
            ("/never", &[ErrorClass::Timeout]),
            ("/stall", &[ErrorClass::Timeout]),
            ("/garbage/ssh", &[ErrorClass::Protocol]),
            ("/garbage/binary", &[ErrorClass::Protocol]),
            ("/lengths/two", &[ErrorClass::Protocol]),
            ("/lengths/negative", &[ErrorClass::Protocol]),
            ("/lengths/huge", &[ErrorClass::Protocol]),
            ("/chunked/bad", &[ErrorClass::Protocol]),
            ("/chunked/overrun", &[ErrorClass::Protocol]),
            ("/chunked/huge", &[ErrorClass::Protocol]),
            ("/endless/head", &[ErrorClass::Protocol]),
            // Ended by its length or by time, whichever is first.
            ("/endless/interim", &[ErrorClass::Protocol, ErrorClass::Timeout, ErrorClass::Reset]),
        ] {
            let (ok, failed) = strange(engine, path, 3);
            let sum: u64 = failed.values().sum();
            if ok != 0 || sum != 3 || !failed.keys().all(|class| classes.contains(class)) {
                wrong.push(format!("{engine:?} {path}: {ok} good, {failed:?}, not {classes:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_follows_an_answer_is_not_the_next_answer() {
    let _alone = alone();
    for engine in BOTH {
        let oracle = Oracle::start();
        let done = load(&closed(engine, 2, 40), oracle.address, &scenario(&["/long"]));
        let counts = total(&done);
        assert_eq!(counts.ok + counts.errors(), 40);
        assert_eq!(
            counts.failed.get(&ErrorClass::Status),
            None,
            "{engine:?}: a forged answer was taken, {counts:?}"
        );
        assert_eq!(oracle.seen().len(), 40, "{engine:?}");
        // Such a connection is not used again. In a closed loop, those for what would be next can be open at the end.
        let connections = oracle.shared.connections.load(Ordering::SeqCst);
        assert!((40..=42).contains(&connections), "{engine:?}: {connections} connections");
    }
}

#[test]
fn connections_that_the_server_closed_while_idle_are_opened_again() {
    let _alone = alone();
    for engine in BOTH {
        let oracle = Oracle::start();
        let mut idle = endpoint("/idle");
        idle.think = Duration::from_millis(60);
        let done = load(&closed(engine, 3, 12), oracle.address, &of(vec![idle]));
        let counts = total(&done);
        assert_eq!((counts.ok, counts.errors()), (12, 0), "{engine:?}: {counts:?}");
        assert_eq!((oracle.seen().len(), done.opened), (12, 12), "{engine:?}");
    }
}

#[test]
fn without_keep_alive_each_request_has_its_connection() {
    let _alone = alone();
    for engine in BOTH {
        let oracle = Oracle::start();
        let mut plan = closed(engine, 3, 50);
        plan.keep_alive = false;
        let done = load(&plan, oracle.address, &scenario(&["/ok"]));
        let opened = oracle.shared.connections.load(Ordering::SeqCst);
        assert_eq!((total(&done).ok, done.opened, done.connect.count()), (50, opened, opened), "{engine:?}");
        // Those for what would be next can be open at the end.
        assert!((50..=53).contains(&opened), "{engine:?}: {opened} connections");
        let seen = oracle.seen();
        assert!(seen[0].head.to_ascii_lowercase().contains("connection: close\r\n"), "{}", seen[0].head);
        let mut connections: Vec<u64> = seen.iter().map(|one| one.connection).collect();
        connections.sort_unstable();
        connections.dedup();
        assert_eq!((seen.len(), connections.len()), (50, 50), "{engine:?}");
    }
}

#[test]
fn nobody_listens() {
    let _alone = alone();
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for engine in BOTH {
        let done = load(&closed(engine, 3, 20), address, &scenario(&["/ok"]));
        let counts = total(&done);
        assert_eq!(counts.failed, BTreeMap::from([(ErrorClass::Connect, 20)]), "{engine:?}");
        assert_eq!((counts.ok, done.opened), (0, 0));
        assert!(done.unopened >= 1, "{engine:?}");
        // Time ends it too.
        let model = Model::Rate { per_second: 500.0, in_flight: 3 };
        let begin = Instant::now();
        let done =
            load(&plan(engine, model, Stop::After(Duration::from_millis(300))), address, &scenario(&["/ok"]));
        assert!(begin.elapsed() < Duration::from_secs(10));
        let counts = total(&done);
        assert_eq!(counts.errors() + counts.aborted + counts.dropped, 150, "{engine:?} {counts:?}");
    }
}

#[test]
fn retries_are_counted_apart_and_improve_nothing() {
    let _alone = alone();
    for engine in BOTH {
        let oracle = Oracle::start();
        let mut plan = closed(engine, 1, 60);
        plan.retries = 3;
        plan.back_off = Duration::from_millis(8);
        let done = load(&plan, oracle.address, &scenario(&["/third"]));
        let counts = total(&done);
        let refused = oracle.seen().len() as u64 / 3;
        assert_eq!((counts.ok, counts.errors(), counts.retries), (60, 0, refused), "{engine:?}");
        assert_eq!(oracle.seen().len() as u64, attempts(&counts), "{engine:?}");
        // 29 of 60 had to be sent again: two good ones, then one that is refused at first, as a request of its own.
        let service = &done.endpoints[0].service;
        let slow: u64 =
            service.recorded().filter(|(time, _)| *time >= 8 * MILLISECOND).map(|(_, count)| count).sum();
        assert!(slow >= refused, "{engine:?}: {slow} of {refused} show their waiting");

        // Those that never succeed fail in the end, once each.
        let oracle = Oracle::start();
        plan.retries = 2;
        plan.back_off = Duration::from_millis(1);
        plan.stop = Stop::Requests(10);
        let done = load(&plan, oracle.address, &scenario(&["/status/503", "/reset/head"]));
        let counts = total(&done);
        let failed = BTreeMap::from([(ErrorClass::Status, 5), (ErrorClass::Reset, 5)]);
        assert_eq!((counts.failed, counts.retries, oracle.seen().len()), (failed, 20, 30), "{engine:?}");
    }
}

#[test]
fn requests_are_what_the_scenario_says() {
    let _alone = alone();
    for engine in BOTH {
        let oracle = Oracle::start();
        let mut post = endpoint("/ok/{counter}");
        post.method = "POST".to_owned();
        post.headers = vec![
            ("x-row".to_owned(), Template(vec![Piece::Column(1)])),
            ("authorization".to_owned(), Template(vec![Piece::Text(b"Bearer ".to_vec()), Piece::Token])),
        ];
        post.body = Some(Template(vec![Piece::Text(b"body ".to_vec()), Piece::Uuid]));
        let mut head = endpoint("/whatever");
        head.method = "HEAD".to_owned();
        let mut scenario = of(vec![post, head]);
        scenario.table = Some(Table {
            columns: vec!["a".to_owned(), "b".to_owned()],
            rows: vec![vec!["1".to_owned(), "one".to_owned()], vec!["2".to_owned(), "two".to_owned()]],
        });
        let mut plan = closed(engine, 1, 20);
        plan.token = "secret".into();
        let done = load(&plan, oracle.address, &scenario);
        assert_eq!((total(&done).ok, total(&done).errors()), (20, 0), "{engine:?}");
        let seen = oracle.seen();
        assert_eq!(seen.iter().filter(|one| one.method == "HEAD").count(), 10);
        let first = seen.iter().find(|one| one.method == "POST").unwrap();
        let lower = first.head.to_ascii_lowercase();
        for line in [
            &format!("post {} http/1.1\r\n", first.path),
            &format!("\r\nhost: {}\r\n", oracle.address),
            "\r\nauthorization: bearer secret\r\n",
            "\r\ncontent-length: 41\r\n",
        ] {
            assert!(lower.contains(line), "{engine:?}: {line:?} is not in {lower}");
        }
        let row = if first.counter() % 2 == 0 { "one" } else { "two" };
        assert!(lower.contains(&format!("\r\nx-row: {row}\r\n")), "{lower}");
        assert!(seen.iter().all(|one| one.body == if one.method == "POST" { 41 } else { 0 }));
        let counters: std::collections::BTreeSet<u64> =
            seen.iter().filter(|one| one.method == "POST").map(Seen::counter).collect();
        assert_eq!(counters.len(), 10, "{engine:?}: {counters:?}");
    }
}

#[test]
fn checks_of_answers() {
    let _alone = alone();
    for engine in BOTH {
        let oracle = Oracle::start();
        let with = |path: &str, status: (u16, u16), contains: &str, header: Option<(&str, Option<&str>)>| {
            let mut one = endpoint(path);
            one.expect = Expect {
                status: vec![status],
                contains: if contains.is_empty() { vec![] } else { vec![contains.as_bytes().to_vec()] },
                headers: header
                    .map(|(name, value)| (name.to_owned(), value.map(str::to_owned)))
                    .into_iter()
                    .collect(),
            };
            one
        };
        let endpoints = vec![
            with("/ok/1", (200, 200), "ok", Some(("Server", Some("oracle")))),
            with("/status/404", (404, 404), "no", None),
            // Over the borders of chunks.
            with("/chunked/bytes", (200, 299), "hello world, and", None),
            with("/ok/2", (200, 200), "missing", None),
            with("/ok/3", (200, 200), "", Some(("server", Some("other")))),
            with("/ok/4", (200, 200), "", Some(("x-not-there", None))),
            with("/ok/5", (201, 299), "", None),
        ];
        let done = load(&closed(engine, 2, 70), oracle.address, &of(endpoints));
        let found: Vec<_> =
            done.endpoints.iter().map(|one| (one.counts.ok, one.counts.failed.clone())).collect();
        let class = |class| (0, BTreeMap::from([(class, 10)]));
        let good = (10, BTreeMap::new());
        let check = class(ErrorClass::Check);
        let expected = [
            good.clone(),
            good.clone(),
            good,
            check.clone(),
            check.clone(),
            check,
            class(ErrorClass::Status),
        ];
        assert_eq!(found, expected, "{engine:?}");
        assert_eq!(oracle.seen().len(), 70);
    }
}

#[test]
fn another_server_is_told_by_its_header() {
    let _alone = alone();
    for engine in BOTH {
        for (value, others) in [(Some("oracle"), 0), (None, 0), (Some("other"), 30)] {
            let oracle = Oracle::start();
            let mut plan = closed(engine, 2, 30);
            plan.expect_header = Some(("server".to_owned(), value.map(str::to_owned)));
            let done = load(&plan, oracle.address, &scenario(&["/ok"]));
            assert_eq!(done.other_target, others, "{engine:?} {value:?}");
        }
    }
}

#[test]
fn a_stop_from_outside_ends_the_run() {
    let _alone = alone();
    for engine in BOTH {
        let oracle = Oracle::start();
        let plan = plan(engine, Model::Closed { concurrency: 2 }, Stop::After(Duration::from_secs(50)));
        let target = readiness::perf::load::Target {
            address: oracle.address,
            authority: "oracle".to_owned(),
            tls: None,
        };
        let live = readiness::perf::load::Live::new(1);
        let begin = Instant::now();
        let done: Recording = std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(Duration::from_millis(300));
                live.stop.store(true, Ordering::SeqCst);
            });
            readiness::perf::load::run(&plan, &target, &scenario(&["/delay/2000us"]), &live).unwrap()
        });
        assert!(begin.elapsed() < Duration::from_secs(10));
        let counts = total(&done);
        assert!(done.aborted && counts.ok > 10, "{engine:?}: {counts:?}");
        assert!(
            done.measured >= 290 * MILLISECOND && done.measured < 10 * SECOND,
            "{engine:?}: {}",
            done.measured
        );
        assert!(attempts(&counts) >= oracle.seen().len() as u64);
    }
}

#[test]
fn large_bodies_are_read_and_not_kept() {
    let _alone = alone();
    for engine in BOTH {
        let oracle = Oracle::start();
        // Memory is that of a process of its own, so that no other test counts.
        let child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "perf_oracle::reads_large_bodies", "--ignored", "--nocapture"])
            .env("READINESS_ORACLE", oracle.address.to_string())
            .env("READINESS_ORACLE_ENGINE", format!("{engine:?}"))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&child.stdout) + String::from_utf8_lossy(&child.stderr);
        assert!(child.status.success() && said.contains("1 passed"), "{engine:?}: {said}");
        assert_eq!(oracle.seen().len(), 3);
        eprintln!("{said}");
    }
}

#[test]
#[ignore = "run by another test, in a process of its own"]
fn reads_large_bodies() {
    let Ok(address) = std::env::var("READINESS_ORACLE") else { return };
    let engine = if std::env::var("READINESS_ORACLE_ENGINE").unwrap() == "Fast" {
        Engine::Fast
    } else {
        Engine::Hyper1
    };
    let mut plan = closed(engine, 1, 3);
    plan.timeout = Duration::from_secs(30);
    let before = peak();
    let done = load(&plan, address.parse().unwrap(), &scenario(&["/large"]));
    let counts = total(&done);
    assert_eq!((counts.ok, counts.errors()), (3, 0));
    assert!(counts.bytes_received > 3 * LARGE && counts.bytes_received < 3 * LARGE + 10_000, "{counts:?}");
    if let (Some(before), Some(after)) = (before, peak()) {
        eprintln!("peak memory from {before} to {after} kB");
        assert!(after - before < 24_000, "from {before} to {after} kB");
    }
}

/// Peak memory of this process in kB, on Linux.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok())
}
