//! Plans, scenarios and targets of the tests.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use readiness::perf::load::{Engine, Live, Model, Plan, Recording, Share, Stop, Target, Tls, run};
use readiness::perf::scenario::{Endpoint, Expect, Piece, Scenario, Template, Thresholds};
use readiness::report::RequestCounts;

pub(crate) const BOTH: [Engine; 2] = [Engine::Fast, Engine::Hyper1];

/// A closed loop or a rate without anything special.
pub(crate) fn plan(engine: Engine, model: Model, stop: Stop) -> Plan {
    Plan {
        model,
        stop,
        warm_up: Duration::ZERO,
        ramp: Duration::ZERO,
        timeout: Duration::from_secs(5),
        retries: 0,
        back_off: Duration::from_millis(20),
        threads: 1,
        pin: false,
        engine,
        streams: 8,
        keep_alive: true,
        expect_header: None,
        token: Arc::from(""),
        seed: 1,
        share: Share::default(),
    }
}

pub(crate) fn closed(engine: Engine, concurrency: u32, requests: u64) -> Plan {
    plan(engine, Model::Closed { concurrency }, Stop::Requests(requests))
}

pub(crate) fn endpoint(path: &str) -> Endpoint {
    let mut pieces = Vec::new();
    for (at, text) in path.split("{counter}").enumerate() {
        if at > 0 {
            pieces.push(Piece::Counter);
        }
        if !text.is_empty() {
            pieces.push(Piece::Text(text.as_bytes().to_vec()));
        }
    }
    Endpoint {
        name: path.to_owned(),
        method: "GET".to_owned(),
        path: Template(pieces),
        headers: Vec::new(),
        body: None,
        weight: 1,
        expect: Expect::default(),
        think: Duration::ZERO,
        thresholds: Thresholds::default(),
    }
}

/// Endpoints of equal weight; `{counter}` in a path becomes the number of the request.
pub(crate) fn scenario(paths: &[&str]) -> Scenario {
    of(paths.iter().map(|path| endpoint(path)).collect())
}

pub(crate) fn of(endpoints: Vec<Endpoint>) -> Scenario {
    Scenario { name: "oracle".to_owned(), endpoints, ..Scenario::default() }
}

/// Runs, and fails if it takes longer than any of these runs should.
pub(crate) fn load(plan: &Plan, address: SocketAddr, scenario: &Scenario) -> Recording {
    load_tls(plan, address, scenario, None)
}

pub(crate) fn load_tls(plan: &Plan, address: SocketAddr, scenario: &Scenario, tls: Option<Tls>) -> Recording {
    let target = Target { address, authority: address.to_string(), tls };
    let live = Live::new(plan.threads);
    let begin = std::time::Instant::now();
    let recording = run(plan, &target, scenario, &live).expect("the load runs");
    assert!(begin.elapsed() < Duration::from_secs(60), "{plan:?} took {:?}", begin.elapsed());
    recording
}

/// Counts of all endpoints together.
pub(crate) fn total(recording: &Recording) -> RequestCounts {
    let mut all = RequestCounts::default();
    recording.endpoints.iter().for_each(|endpoint| all.add(&endpoint.counts));
    all
}

/// Attempts that must have reached the server if every one did.
pub(crate) fn attempts(counts: &RequestCounts) -> u64 {
    counts.ok + counts.errors() + counts.aborted + counts.warm_up + counts.retries
}
