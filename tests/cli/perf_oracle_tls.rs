//! The load generator against a server that knows the truth, over TLS and HTTP/2.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::Duration;

use readiness::perf::load::{Engine, Model, Stop};
use readiness::report::ErrorClass;

use crate::oracle::load::{BOTH, attempts, closed, load_tls, plan, scenario, total};
use crate::oracle::secure::{Identity, Oracle2};
use crate::oracle::trial::{Trial, trials};
use crate::oracle::truth::{Seen, Sorted};
use crate::oracle::{Oracle, alone};

const HTTP1: &str = "http/1.1";
const H2: &str = "h2";

#[test]
fn requests_over_tls_are_counted_once() {
    let _alone = alone();
    let identity = Identity::new();
    let tls = Some(identity.client(HTTP1));
    for engine in BOTH {
        for threads in [1, 2] {
            let oracle = Oracle::secure(identity.server(HTTP1));
            let mut plan = closed(engine, 4, 400);
            plan.threads = threads;
            let paths = ["/ok", "/delay/500us", "/chunked/bytes", "/status/503"];
            let done = load_tls(&plan, oracle.address, &scenario(&paths), tls.clone());
            let counts = total(&done);
            assert_eq!(
                (counts.ok, counts.failed.get(&ErrorClass::Status)),
                (300, Some(&100)),
                "{engine:?} {counts:?}"
            );
            assert_eq!((oracle.seen().len(), counts.errors()), (400, 100), "{engine:?}");
            assert_eq!((done.opened, done.tls.count(), done.connect.count()), (4, 4, 4), "{engine:?}");
            assert_eq!(oracle.shared.connections.load(Ordering::SeqCst), 4);
            assert!(done.tls.quantile(0.0) > 0, "{engine:?}");
        }
    }
}

#[test]
fn odd_answers_over_tls() {
    let _alone = alone();
    let identity = Identity::new();
    let tls = Some(identity.client(HTTP1));
    let mut wrong = Vec::new();
    for engine in BOTH {
        for (path, expected) in [
            ("/close", None),
            ("/until-close", None),
            ("/dribble", None),
            ("/interim", None),
            ("/cut/body", Some(ErrorClass::Reset)),
            ("/cut/nothing", Some(ErrorClass::Reset)),
            // Who cuts a connection can cut an answer: without the farewell of TLS it is not whole (RFC 9112 section 9.8).
            ("/cut/close-delimited", Some(ErrorClass::Reset)),
            ("/never", Some(ErrorClass::Timeout)),
            ("/garbage/ssh", Some(ErrorClass::Protocol)),
        ] {
            let oracle = Oracle::secure(identity.server(HTTP1));
            let mut plan = closed(engine, 2, 8);
            plan.timeout = Duration::from_millis(500);
            let done = load_tls(&plan, oracle.address, &scenario(&[path, "/ok"]), tls.clone());
            let counts = &done.endpoints[0].counts;
            let expect = expected.map_or_else(BTreeMap::new, |class| BTreeMap::from([(class, 4)]));
            if counts.failed != expect || counts.ok + counts.errors() != 4 {
                wrong.push(format!("{engine:?} {path}: {counts:?}"));
            }
            assert_eq!((done.endpoints[1].counts.ok, oracle.seen().len()), (4, 8), "{engine:?} {path}");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_certificate_that_is_not_trusted_ends_everything() {
    let _alone = alone();
    let (identity, other) = (Identity::new(), Identity::new());
    for (engine, protocol) in [(Engine::Fast, HTTP1), (Engine::Hyper1, HTTP1), (Engine::Hyper2, H2)] {
        let oracle = Oracle::secure(identity.server(protocol));
        let done = load_tls(
            &closed(engine, 2, 10),
            oracle.address,
            &scenario(&["/ok"]),
            Some(other.client(protocol)),
        );
        let counts = total(&done);
        assert_eq!(counts.failed, BTreeMap::from([(ErrorClass::Tls, 10)]), "{engine:?}");
        assert_eq!((counts.ok, oracle.seen().len()), (0, 0));
    }
}

#[test]
fn a_server_without_tls_fails_the_handshake() {
    let _alone = alone();
    let identity = Identity::new();
    for engine in BOTH {
        let oracle = Oracle::start();
        let mut plan = closed(engine, 2, 4);
        // It waits for a request that never comes, or calls the greeting nonsense.
        plan.timeout = Duration::from_millis(300);
        let done = load_tls(&plan, oracle.address, &scenario(&["/ok"]), Some(identity.client(HTTP1)));
        let counts = total(&done);
        assert_eq!((counts.ok, counts.errors()), (0, 4), "{engine:?}");
        let allowed = [ErrorClass::Tls, ErrorClass::Connect, ErrorClass::Timeout];
        assert!(counts.failed.keys().all(|class| allowed.contains(class)), "{engine:?}: {counts:?}");
    }
}

#[test]
fn http2_counts_what_the_server_saw() {
    let _alone = alone();
    let identity = Identity::new();
    for secure in [false, true] {
        for (model, stop) in [
            (Model::Closed { concurrency: 20 }, Stop::Requests(600)),
            (Model::Rate { per_second: 1_000.0, in_flight: 20 }, Stop::Requests(300)),
            (Model::Closed { concurrency: 20 }, Stop::After(Duration::from_millis(200))),
            (Model::Rate { per_second: 1_000.0, in_flight: 20 }, Stop::After(Duration::from_millis(200))),
        ] {
            for threads in [1, 2] {
                let oracle = Oracle2::start(secure.then(|| identity.server(H2)), None);
                let mut plan = plan(Engine::Hyper2, model, stop);
                plan.threads = threads;
                let tls = secure.then(|| identity.client(H2));
                let paths = ["/ok", "/spread/{counter}", "/status/404"];
                let done = load_tls(&plan, oracle.address, &scenario(&paths), tls);
                let counts = total(&done);
                let seen = oracle.seen().len() as u64;
                let what = format!("{secure} {model:?} {stop:?} {threads}: {seen} seen, {counts:?}");
                assert!(counts.ok + counts.errors() <= seen && seen <= attempts(&counts), "{what}");
                assert!(counts.failed.keys().all(|class| *class == ErrorClass::Status), "{what}");
                if let Stop::Requests(asked) = stop {
                    assert_eq!((counts.ok + counts.errors(), seen), (asked, asked), "{what}");
                    let third = asked / 3;
                    assert!(counts.errors().abs_diff(third) <= 2, "{what}");
                }
                // Eight requests a connection: twenty at a time need three, or two for each of two threads.
                assert_eq!(oracle.connections(), done.opened, "{what}");
                assert!(oracle.connections() <= 4, "{} connections, {what}", oracle.connections());
            }
        }
    }
}

#[test]
fn http2_reports_the_times_that_the_server_knows() {
    let _alone = alone();
    let identity = Identity::new();
    trials("h2", || {
        let oracle = Oracle2::start(Some(identity.server(H2)), None);
        let done = load_tls(
            &closed(Engine::Hyper2, 10, 1_000),
            oracle.address,
            &scenario(&["/spread/{counter}"]),
            Some(identity.client(H2)),
        );
        let truth = Sorted::new(oracle.seen().iter().filter_map(Seen::took));
        let service = &done.endpoints[0].service;
        let mut trial = Trial::default();
        for share in [0.5, 0.9, 0.95, 0.99] {
            // TLS and HTTP/2 on both sides, unoptimised and on one loop each: a millisecond.
            trial.time(&format!("{share}"), service.quantile(share), truth.quantile(share), 1_000_000);
        }
        trial
    });
}

#[test]
fn http2_streams_that_are_reset_harm_no_other() {
    let _alone = alone();
    let identity = Identity::new();
    for secure in [false, true] {
        let oracle = Oracle2::start(secure.then(|| identity.server(H2)), None);
        let tls = secure.then(|| identity.client(H2));
        let mut plan = closed(Engine::Hyper2, 8, 300);
        plan.timeout = Duration::from_secs(2);
        let done = load_tls(&plan, oracle.address, &scenario(&["/ok", "/reset/stream", "/reset/body"]), tls);
        let found: Vec<_> =
            done.endpoints.iter().map(|one| (one.counts.ok, one.counts.failed.clone())).collect();
        let reset = (0, BTreeMap::from([(ErrorClass::Reset, 100)]));
        assert_eq!(found, [(100, BTreeMap::new()), reset.clone(), reset]);
        assert_eq!((oracle.seen().len(), oracle.connections()), (300, 1), "one connection bears them all");
    }
}

#[test]
fn http2_requests_that_are_not_answered_time_out_and_harm_no_other() {
    let _alone = alone();
    let oracle = Oracle2::start(None, None);
    let mut plan = closed(Engine::Hyper2, 8, 64);
    plan.timeout = Duration::from_millis(200);
    let done = load_tls(&plan, oracle.address, &scenario(&["/ok", "/never"]), None);
    let [good, never] = done.endpoints.as_slice() else { panic!("two endpoints") };
    assert_eq!((good.counts.ok, good.counts.errors()), (32, 0));
    assert_eq!((never.counts.ok, never.counts.failed.get(&ErrorClass::Timeout)), (0, Some(&32)));
    assert_eq!(oracle.seen().len(), 64);
}

#[test]
fn http2_connections_that_take_leave_are_replaced() {
    let _alone = alone();
    let identity = Identity::new();
    for secure in [false, true] {
        // As nginx does after `keepalive_requests`.
        let oracle = Oracle2::start(secure.then(|| identity.server(H2)), Some(50));
        let tls = secure.then(|| identity.client(H2));
        let done = load_tls(&closed(Engine::Hyper2, 8, 500), oracle.address, &scenario(&["/ok"]), tls);
        let counts = total(&done);
        assert_eq!((counts.ok, counts.failed.clone()), (500, BTreeMap::new()), "{secure}");
        assert_eq!(oracle.seen().len(), 500);
        assert!((7..=12).contains(&oracle.connections()), "{} connections", oracle.connections());
    }
}

#[test]
fn large_bodies_over_http2() {
    let _alone = alone();
    let identity = Identity::new();
    let oracle = Oracle2::start(Some(identity.server(H2)), None);
    let tls = Some(identity.client(H2));
    let done = load_tls(&closed(Engine::Hyper2, 2, 6), oracle.address, &scenario(&["/large"]), tls);
    let counts = total(&done);
    assert_eq!((counts.ok, counts.errors()), (6, 0));
    assert!(counts.bytes_received >= 60_000_000, "{counts:?}");
}
