use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::*;
use crate::perf::load::tls::{Trust, client_config};
use crate::perf::load::{Live, Model, Plan, Stop, Target, Tls};
use crate::perf::scenario::{Endpoint, Expect, Piece, Scenario, Template, Thresholds};
use crate::perf::servers::{Server, Speaks};
use crate::report::ErrorClass;

fn endpoint(path: &str) -> Endpoint {
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

fn plan(engine: Engine, requests: u64) -> Plan {
    Plan {
        model: Model::Closed { concurrency: 4 },
        stop: Stop::Requests(requests),
        warm_up: Duration::ZERO,
        ramp: Duration::ZERO,
        timeout: Duration::from_secs(5),
        retries: 0,
        back_off: Duration::from_millis(1),
        threads: 1,
        pin: false,
        engine,
        streams: 1,
        keep_alive: true,
        expect_header: None,
        token: Arc::from("secret"),
        seed: 1,
        share: crate::perf::load::Share::default(),
    }
}

fn target(server: &Server, trust: &Trust) -> Target {
    let tls = (!server.pem.is_empty()).then(|| Tls {
        config: client_config(trust, &["h2", "http/1.1"]).unwrap(),
        name: "127.0.0.1".try_into().unwrap(),
    });
    Target { address: server.address, authority: server.address.to_string(), tls }
}

fn run(plan: &Plan, target: &Target, endpoint: Endpoint) -> Recording {
    let scenario = Scenario { endpoints: vec![endpoint], ..Scenario::default() };
    let live = Live::new(1);
    work(&Job { plan, target, scenario: &scenario, live: &live, thread: 0, begin: Instant::now() }).unwrap()
}

fn trusted(server: &Server) -> Trust {
    Trust::File(server.pem.clone().into_bytes())
}

const WAYS: [(Engine, Speaks, bool, u32); 6] = [
    (Engine::Hyper1, Speaks::One, false, 1),
    (Engine::Hyper1, Speaks::One, true, 1),
    (Engine::Hyper2, Speaks::Two, false, 1),
    (Engine::Hyper2, Speaks::Two, false, 3),
    (Engine::Hyper2, Speaks::Two, true, 1),
    (Engine::Hyper2, Speaks::Two, true, 4),
];

#[test]
fn all_ways_count_alike_and_as_the_server_does() {
    let mut bytes = Vec::new();
    for (engine, speaks, tls, streams) in WAYS {
        let server = Server::start(speaks, tls);
        let plan = Plan { streams, ..plan(engine, 200) };
        let seen = run(&plan, &target(&server, &trusted(&server)), endpoint("/"));
        let counts = &seen.endpoints[0].counts;
        assert_eq!((counts.ok, counts.errors(), counts.aborted), (200, 0, 0), "{engine:?} {tls} {streams}");
        assert_eq!(server.requests(), 200);
        let connections = u64::from(4_u32.div_ceil(streams));
        assert_eq!((seen.opened, seen.unopened), (connections, 0), "{engine:?} {streams}");
        assert_eq!(server.seen.connections.load(Ordering::Relaxed), connections);
        assert_eq!(seen.tls.count(), if tls { connections } else { 0 });
        assert_eq!(seen.endpoints[0].service.count(), 200);
        assert!(seen.measured > 0 && seen.available == seen.measured && !seen.aborted);
        bytes.push((counts.bytes_sent, counts.bytes_received.abs_diff(0)));
    }
    // The address has the same number of digits or one less; the rest is the same for all.
    assert!(bytes.iter().all(|(sent, _)| sent.abs_diff(bytes[0].0) <= 200), "{bytes:?}");
    // GET / HTTP/1.1, host: 127.0.0.1:PORT, user-agent: readiness/VERSION, and an empty line.
    let version = env!("CARGO_PKG_VERSION").len();
    let expected =
        16 + ("host: 127.0.0.1:".len() + 5 + 2) + ("user-agent: readiness/".len() + version + 2) + 2;
    assert!(bytes[0].0.abs_diff(200 * expected as u64) <= 200, "{bytes:?}");
}

#[test]
fn templates_bodies_and_searches_across_frames() {
    for (engine, speaks, tls, streams) in WAYS {
        let server = Server::start(speaks, tls);
        let mut one = endpoint("/echo");
        one.method = "POST".to_owned();
        one.path = Template(vec![Piece::Text(b"/echo?n=".to_vec()), Piece::Counter]);
        one.headers = vec![(
            "x-echo".to_owned(),
            Template(vec![Piece::Token, Piece::Text(b"\r\nx: ".to_vec()), Piece::Counter]),
        )];
        one.body = Some(Template::text("body"));
        // Ten requests, from 0 to 9.
        one.expect.contains = vec![b"secretx: ".to_vec(), b"|body".to_vec(), b"n=".to_vec()];
        one.expect.headers = vec![("X-Mark".to_owned(), Some("this".to_owned()))];
        let plan = Plan { streams, ..plan(engine, 10) };
        let target = target(&server, &trusted(&server));
        let seen = run(&plan, &target, one.clone());
        assert_eq!(
            (seen.endpoints[0].counts.ok, seen.errors().len()),
            (10, 0),
            "{engine:?} {:?}",
            seen.errors()
        );
        assert_eq!(server.seen.body.load(Ordering::Relaxed), 40);
        one.path = Template::text("/split");
        one.expect.contains = vec![b"needle in a hay".to_vec()];
        assert_eq!(run(&plan, &target, one.clone()).endpoints[0].counts.ok, 10);
        one.expect.contains = vec![b"needles".to_vec()];
        assert_eq!(run(&plan, &target, one.clone()).errors()[&ErrorClass::Check], 10);
        one.expect = Expect::default();
        let plan = Plan { expect_header: Some(("x-mark".to_owned(), Some("that".to_owned()))), ..plan };
        let seen = run(&plan, &target, one);
        assert_eq!((seen.errors()[&ErrorClass::Check], seen.other_target), (10, 10));
    }
}

#[test]
fn failures_have_their_classes() {
    for (engine, speaks, tls, streams) in WAYS {
        let server = Server::start(speaks, tls);
        let target = target(&server, &trusted(&server));
        let plan = Plan { streams, ..plan(engine, 6) };
        for (path, class) in [("/status/500", ErrorClass::Status), ("/break", ErrorClass::Reset)] {
            let seen = run(&plan, &target, endpoint(path));
            assert_eq!(seen.errors(), [(class, 6)].into(), "{engine:?} {path} {streams}");
        }
        let quick = Plan { timeout: Duration::from_millis(100), ..plan.clone() };
        let seen = run(&quick, &target, endpoint("/delay/2000"));
        assert_eq!(seen.errors(), [(ErrorClass::Timeout, 6)].into(), "{engine:?}");
        let gone = Target { address: ([127, 0, 0, 1], closed_port()).into(), ..target };
        let seen = run(&plan, &gone, endpoint("/"));
        assert_eq!(seen.errors(), [(ErrorClass::Connect, 6)].into());
        assert!(seen.unopened > 0 && seen.opened == 0);
    }
}

fn closed_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn certificates_are_checked_unless_told_otherwise() {
    let server = Server::start(Speaks::Two, true);
    let other = Server::start(Speaks::Two, true);
    let plan = plan(Engine::Hyper2, 5);
    let seen = run(&plan, &target(&server, &trusted(&other)), endpoint("/"));
    assert_eq!(seen.errors(), [(ErrorClass::Tls, 5)].into());
    let seen = run(&plan, &target(&server, &Trust::Nothing), endpoint("/"));
    assert_eq!(seen.endpoints[0].counts.ok, 5);
    // A server that does not speak the protocol of the plan.
    let one = Server::start(Speaks::One, true);
    let seen = run(&plan, &target(&one, &trusted(&one)), endpoint("/"));
    assert_eq!(seen.errors(), [(ErrorClass::Tls, 5)].into());
}

#[test]
fn what_is_no_http_is_a_protocol_error() {
    use std::io::{Read as _, Write as _};
    for engine in [Engine::Hyper1, Engine::Hyper2] {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let thread = std::thread::spawn(move || {
            for _ in 0..3 {
                let (mut stream, _) = listener.accept().unwrap();
                let _ = stream.read(&mut [0; 4096]);
                let _ = stream.write_all(b"220 mail.example ESMTP, who are you and what do you want?\r\n");
                let _ = stream.read(&mut [0; 4096]);
            }
        });
        let target = Target { address, authority: address.to_string(), tls: None };
        let plan = Plan { model: Model::Closed { concurrency: 1 }, ..plan(engine, 3) };
        let seen = run(&plan, &target, endpoint("/"));
        assert_eq!(seen.errors(), [(ErrorClass::Protocol, 3)].into(), "{engine:?}");
        thread.join().unwrap();
    }
}

#[test]
fn retries_are_counted_apart() {
    for (engine, speaks) in [(Engine::Hyper1, Speaks::One), (Engine::Hyper2, Speaks::Two)] {
        let server = Server::start(speaks, false);
        let model = Model::Closed { concurrency: 1 };
        let plan = Plan { retries: 3, model, back_off: Duration::from_millis(5), ..plan(engine, 10) };
        let seen = run(&plan, &target(&server, &Trust::Nothing), endpoint("/flaky"));
        let counts = &seen.endpoints[0].counts;
        assert_eq!((counts.ok, counts.errors(), counts.retries), (10, 0, 10));
        assert_eq!(server.requests(), 20);
        // The pause is part of the request's time.
        assert!(seen.endpoints[0].service.quantile(0.0) >= 4_990_000);
    }
}

#[test]
fn without_keep_alive_each_request_has_its_connection() {
    for (engine, speaks) in [(Engine::Hyper1, Speaks::One), (Engine::Hyper2, Speaks::Two)] {
        let server = Server::start(speaks, false);
        let plan = Plan { keep_alive: false, streams: 5, ..plan(engine, 20) };
        let seen = run(&plan, &target(&server, &Trust::Nothing), endpoint("/"));
        assert_eq!((seen.endpoints[0].counts.ok, server.requests()), (20, 20));
        assert!(seen.opened >= 20, "{}", seen.opened);
    }
}

#[test]
fn a_freeze_shows_in_response_time_and_not_in_service_time() {
    for (engine, speaks) in [(Engine::Hyper1, Speaks::One), (Engine::Hyper2, Speaks::Two)] {
        let server = Server::start(speaks, false);
        let plan = Plan {
            model: Model::Rate { per_second: 500.0, in_flight: 1 },
            stop: Stop::After(Duration::from_millis(800)),
            ..plan(engine, 0)
        };
        let seen = run(&plan, &target(&server, &Trust::Nothing), endpoint("/freeze/100"));
        let one = &seen.endpoints[0];
        // 800 ms at 500 a second; the last few may be under way or unsent at the end.
        assert_eq!(seen.offered, 400);
        let counts = &one.counts;
        assert_eq!(counts.ok + counts.errors() + counts.aborted + counts.dropped, 400, "{counts:?}");
        assert_eq!(seen.sent, 400 - counts.dropped);
        // 300 ms hold up 150 requests, of which one is at the server.
        assert!(one.response.quantile(0.8) >= 50_000_000, "{}", one.response.quantile(0.8));
        assert!(one.service.quantile(0.8) < 50_000_000, "{}", one.service.quantile(0.8));
        assert!(one.service.quantile(1.0) >= 295_000_000);
        assert!(counts.late >= 100, "{counts:?}");
    }
}

#[test]
fn what_waits_too_long_is_dropped() {
    let server = Server::start(Speaks::One, false);
    let plan = Plan {
        model: Model::Rate { per_second: 100.0, in_flight: 1 },
        stop: Stop::After(Duration::from_millis(600)),
        timeout: Duration::from_millis(150),
        ..plan(Engine::Hyper1, 0)
    };
    let seen = run(&plan, &target(&server, &Trust::Nothing), endpoint("/delay/100"));
    let counts = &seen.endpoints[0].counts;
    assert_eq!((seen.offered, seen.offered - seen.sent), (60, counts.dropped));
    assert!(counts.dropped >= 40 && counts.ok >= 2, "{counts:?}");
    assert_eq!(counts.ok + counts.errors() + counts.aborted + counts.dropped, 60);
}

#[test]
fn time_ends_a_run_and_so_does_the_user() {
    let server = Server::start(Speaks::Two, false);
    let target = target(&server, &Trust::Nothing);
    let timed = Plan {
        stop: Stop::After(Duration::from_millis(300)),
        warm_up: Duration::from_millis(200),
        ramp: Duration::from_millis(100),
        streams: 2,
        ..plan(Engine::Hyper2, 0)
    };
    let seen = run(&timed, &target, endpoint("/delay/20"));
    let counts = &seen.endpoints[0].counts;
    assert_eq!(seen.measured, 300_000_000);
    assert!(counts.warm_up > 0 && counts.ok > 0 && counts.aborted <= 4, "{counts:?}");
    let all = counts.warm_up + counts.ok + counts.errors() + counts.aborted;
    // Those under way at the end can have reached the server or not.
    assert!(server.requests().abs_diff(all) <= 4, "{} {counts:?}", server.requests());

    let scenario = Scenario { endpoints: vec![endpoint("/delay/1")], ..Scenario::default() };
    let live = Live::new(1);
    let long = Plan { stop: Stop::After(Duration::from_secs(60)), ..plan(Engine::Hyper2, 0) };
    let seen = std::thread::scope(|scope| {
        let job = Job {
            plan: &long,
            target: &target,
            scenario: &scenario,
            live: &live,
            thread: 0,
            begin: Instant::now(),
        };
        let worker = scope.spawn(move || work(&job).unwrap());
        std::thread::sleep(Duration::from_millis(400));
        assert!(live.pulses[0].lock().unwrap().ok > 0 && live.pulses[0].lock().unwrap().measuring);
        live.stop.store(true, Ordering::Relaxed);
        worker.join().unwrap()
    });
    assert!(seen.aborted && seen.measured < 30_000_000_000 && seen.endpoints[0].counts.ok > 0);
    assert!(seen.busy > 0 && seen.busy <= seen.measured);
}

#[test]
fn big_bodies_come_whole() {
    for (engine, speaks, tls, streams) in WAYS {
        let server = Server::start(speaks, tls);
        let plan = Plan { streams, ..plan(engine, 8) };
        let seen = run(&plan, &target(&server, &trusted(&server)), endpoint("/big/3000000"));
        let counts = &seen.endpoints[0].counts;
        assert_eq!(counts.ok, 8);
        assert!(counts.bytes_received >= 24_000_000 && counts.bytes_received < 24_004_000, "{counts:?}");
    }
}
