//! What both engines must do alike.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::{Engine, Live, LoadError, Model, Plan, Recording, Share, Stop, Target, run};
use crate::perf::scenario::{Endpoint, Expect, Scenario, Template, Thresholds};
use crate::perf::servers::{Server, Speaks};
use crate::report::ErrorClass;

const ENGINES: [Engine; 2] = [Engine::Fast, Engine::Hyper1];

fn plan(engine: Engine, concurrency: u32, requests: u64) -> Plan {
    Plan {
        model: Model::Closed { concurrency },
        stop: Stop::Requests(requests),
        warm_up: Duration::ZERO,
        ramp: Duration::ZERO,
        timeout: Duration::from_secs(60),
        retries: 0,
        back_off: Duration::ZERO,
        threads: 1,
        pin: false,
        engine,
        streams: 1,
        keep_alive: true,
        expect_header: None,
        token: Arc::from(""),
        seed: 1,
        share: Share::default(),
    }
}

fn get(path: &str) -> Endpoint {
    Endpoint {
        name: "one".to_owned(),
        method: "GET".to_owned(),
        path: Template::text(path),
        headers: Vec::new(),
        body: None,
        weight: 1,
        expect: Expect::default(),
        think: Duration::ZERO,
        thresholds: Thresholds::default(),
    }
}

fn load(plan: &Plan, address: SocketAddr, endpoint: Endpoint) -> Recording {
    let scenario = Scenario { endpoints: vec![endpoint], ..Scenario::default() };
    run(plan, &at(address), &scenario, &Live::new(plan.threads)).unwrap()
}

fn at(address: SocketAddr) -> Target {
    Target { address, authority: address.to_string(), tls: None }
}

/// Where nobody listens.
fn nobody() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// A listener whose connections the system accepts and nobody answers.
fn silent() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").unwrap()
}

#[test]
fn a_number_of_requests_ends_where_nobody_listens() {
    for engine in ENGINES {
        let done = load(&plan(engine, 200, 1_000), nobody(), get("/"));
        assert_eq!(done.errors(), [(ErrorClass::Connect, 1_000)].into(), "{engine:?}");
        assert!(!done.aborted && done.opened == 0 && done.unopened == 1_000);
    }
}

#[test]
fn a_number_of_requests_is_given_up_when_nothing_answers() {
    for engine in ENGINES {
        let timeout = Duration::from_millis(40);
        let begin = Instant::now();
        let done =
            load(&Plan { timeout, ..plan(engine, 4, 1_000_000) }, silent().local_addr().unwrap(), get("/"));
        assert!(done.aborted, "{engine:?}");
        assert!(done.errors().values().sum::<u64>() >= 10 && done.endpoints[0].counts.ok == 0);
        let listener = silent();
        let hanging = Plan { timeout, ..plan(engine, 4, 1_000_000) };
        let done = load(&hanging, listener.local_addr().unwrap(), get("/"));
        assert!(done.aborted && done.errors()[&ErrorClass::Timeout] >= 10, "{engine:?}");
        assert!(begin.elapsed() < Duration::from_secs(60));
    }
}

#[test]
fn what_a_rate_drops_is_of_the_number_that_ends_the_run() {
    for engine in ENGINES {
        let listener = silent();
        let plan = Plan {
            model: Model::Rate { per_second: 1_000.0, in_flight: 1 },
            timeout: Duration::from_millis(200),
            ..plan(engine, 1, 300)
        };
        let done = load(&plan, listener.local_addr().unwrap(), get("/"));
        let counts = &done.endpoints[0].counts;
        assert_eq!((done.offered, counts.errors() + counts.dropped), (300, 300), "{engine:?} {counts:?}");
        assert!(counts.dropped >= 200 && !done.aborted, "{engine:?} {counts:?}");
    }
}

#[test]
fn the_user_ends_a_run_wherever_it_is() {
    let server = Server::start(Speaks::One, false);
    let listener = silent();
    let long = Duration::from_secs(600);
    for engine in ENGINES {
        let timed = Plan { stop: Stop::After(long), ..plan(engine, 3, 0) };
        let retried = Plan { retries: 3, back_off: long, ..timed.clone() };
        let warm = Plan { warm_up: long, ramp: long, ..timed.clone() };
        let thinking = Endpoint { think: long, ..get("/") };
        for (what, plan, address, endpoint) in [
            ("unanswered", &timed, listener.local_addr().unwrap(), get("/")),
            ("between attempts", &retried, nobody(), get("/")),
            ("warm-up", &warm, server.address, get("/")),
            ("thinking", &timed, server.address, thinking),
        ] {
            let scenario = Scenario { endpoints: vec![endpoint], ..Scenario::default() };
            let live = Live::new(1);
            let begin = Instant::now();
            let done = std::thread::scope(|scope| {
                scope.spawn(|| {
                    std::thread::sleep(Duration::from_millis(60));
                    live.stop.store(true, Ordering::Relaxed);
                });
                run(plan, &at(address), &scenario, &live).unwrap()
            });
            assert!(done.aborted, "{engine:?} {what}");
            assert!(begin.elapsed() < Duration::from_secs(30), "{engine:?} {what}: {:?}", begin.elapsed());
        }
    }
}

#[test]
fn a_wrong_status_is_not_another_server() {
    let server = Server::start(Speaks::One, false);
    for engine in ENGINES {
        let expect_header = Some(("x-private".to_owned(), None));
        let plan = Plan { expect_header, ..plan(engine, 1, 3) };
        let done = load(&plan, server.address, get("/status/500"));
        assert_eq!((done.errors(), done.other_target), ([(ErrorClass::Status, 3)].into(), 0), "{engine:?}");
        let done = load(&plan, server.address, get("/"));
        assert_eq!((done.errors(), done.other_target), ([(ErrorClass::Check, 3)].into(), 3), "{engine:?}");
        // What only the warm-up met is not of the measured answers.
        let warm = Plan { warm_up: Duration::from_secs(600), ..plan };
        let scenario = Scenario { endpoints: vec![get("/")], ..Scenario::default() };
        let live = Live::new(1);
        let done = std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(Duration::from_millis(60));
                live.stop.store(true, Ordering::Relaxed);
            });
            run(&warm, &at(server.address), &scenario, &live).unwrap()
        });
        assert!(done.endpoints[0].counts.warm_up > 0 && done.other_target == 0, "{engine:?}");
    }
}

#[test]
fn a_server_that_answers_before_it_has_read_everything_holds_up_nothing() {
    for engine in ENGINES {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            // It says nothing of closing, and reads no more of what is sent.
            let mut held = Vec::new();
            for stream in listener.incoming().take(3) {
                let mut stream = stream.unwrap();
                stream.read_exact(&mut [0; 100]).unwrap();
                stream.write_all(b"HTTP/1.1 413 Large\r\ncontent-length: 0\r\n\r\n").unwrap();
                held.push(stream);
            }
            std::thread::sleep(Duration::from_secs(5));
        });
        let upload = Endpoint {
            method: "POST".to_owned(),
            body: Some(Template::text(vec![b'x'; 20_000_000])),
            ..get("/")
        };
        let done = load(&plan(engine, 1, 3), address, upload);
        assert_eq!(done.errors(), [(ErrorClass::Status, 3)].into(), "{engine:?}");
    }
}

#[test]
fn more_programs_than_connections_are_refused() {
    let plan = Plan { share: Share { index: 0, of: 3 }, ..plan(Engine::Fast, 2, 10) };
    let scenario = Scenario { endpoints: vec![get("/")], ..Scenario::default() };
    let refused = run(&plan, &at(nobody()), &scenario, &Live::new(1));
    assert!(matches!(refused, Err(LoadError::Unsupported(_))), "{refused:?}");
}
