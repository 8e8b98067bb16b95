//! What a load test is to be, from flags, the configuration and a profile, in this order of precedence. Nothing is
//! connected to yet.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::super::{Error, World};
use super::flags;
use crate::cli::{HttpArg, LoadArgs, ProfileArg};
use crate::config::Config;
use crate::host::files::read_bounded;
use crate::host::usage::Process;
use crate::perf::load::tls::Trust;
use crate::perf::load::{Model, Plan, Share, Stop};
use crate::perf::probe::Wish;
use crate::perf::scenario::{self, PerfConfig, Profile, Scenario, Surroundings, Thresholds};
use crate::perf::steps::{self, Limits};
use crate::perf::url::Url;

/// Longest measured time of a run and longest wait.
const LONGEST: Duration = Duration::from_secs(24 * 3600);
/// Most requests under way.
const MOST_CONCURRENCY: u32 = 10_000;
/// Highest rate.
const HIGHEST_RATE: f64 = 10_000_000.0;
/// Most runs.
const MOST_RUNS: u32 = 100;
/// Most steps of a rising load.
const MOST_STEPS: usize = 50;
/// Runs where a comparison is to be made: the unit of the rank test is then the run.
const GATING_RUNS: u32 = 5;
/// Measured time of one step of a rising load.
const STEP: Duration = Duration::from_secs(5);
/// Where a rising load begins and ends unless said otherwise.
const RISING: (u32, u32) = (4, 1_024);
/// How far a rising rate goes beyond its first step.
const RISING_RATE: u32 = 64;
/// Largest file of certificates read, in bytes.
const CERTIFICATES: u64 = 4 << 20;

/// A load test that can be begun.
pub(super) struct Asked {
    /// The server.
    pub(super) url: Url,
    /// The build before, if both run.
    pub(super) against: Option<Url>,
    /// What is sent.
    pub(super) scenario: Scenario,
    /// How much; address and engine come with the probe.
    pub(super) plan: Plan,
    /// Whether the number of threads was said.
    pub(super) threads_given: bool,
    /// Times that it is run.
    pub(super) runs: u32,
    /// Loads of a rising load; empty for any other.
    pub(super) steps: Vec<u32>,
    /// Whether they are rates.
    pub(super) rates: bool,
    /// Where a rising load ends.
    pub(super) limits: Limits,
    /// The profile's name, if one was chosen.
    pub(super) profile: Option<Profile>,
    /// What the user says of the build.
    pub(super) labels: BTreeMap<String, String>,
    /// Changes that count.
    pub(super) thresholds: Thresholds,
    /// Share of errors that is too high.
    pub(super) max_error_rate: Option<f64>,
    /// Protocol.
    pub(super) wish: Wish,
    /// Which certificates are trusted.
    pub(super) trust: Trust,
    /// When to begin; none for at once.
    pub(super) start: Option<Timestamp>,
    /// The configuration, for policy and objectives.
    pub(super) config: Config,
}

/// Puts a load test together.
pub(super) fn of(args: &LoadArgs, world: &World<'_>) -> Result<Asked, Error> {
    let config = super::configuration(args.config.as_deref(), args.no_tree_config)?;
    let told = &config.perf;
    let token = args.auth_token.clone().filter(|token| !token.is_empty());
    let url = args
        .url
        .as_deref()
        .or(told.url.as_deref())
        .ok_or_else(|| Error::usage("which server?", "readiness perf --url http://127.0.0.1:8080"))?;
    let (url, against) = (parsed("--url", url)?, args.against.as_deref());
    let against = against.map(|url| parsed("--against", url)).transpose()?;
    let scenario = scenario::build(
        told,
        &Surroundings {
            base: &url.path_and_query,
            token: token.as_deref(),
            confined: args.config.is_none(),
            variable: world.variable,
        },
    )
    .map_err(|faults| Error::usage(faults.to_string(), ""))?;

    let profile = args.profile.map(profile_of).or(told.profile);
    let steps = steps_of(args, told, profile)?;
    let rates = !steps.is_empty() && (args.rate_steps || args.rate.or(told.rate).is_some());
    let concurrency = within("--concurrency", args.concurrency.or(told.concurrency), 1, MOST_CONCURRENCY)?;
    let usual_concurrency = if profile == Some(Profile::Quick) { 10 } else { 50 };
    let rate = args.rate.or(told.rate);
    if rate.is_some_and(|rate| !(rate > 0.0 && rate <= HIGHEST_RATE)) {
        return Err(Error::usage(format!("--rate: between 0 and {HIGHEST_RATE}"), ""));
    }
    let model = match rate {
        Some(per_second) => {
            Model::Rate { per_second, in_flight: concurrency.unwrap_or(usual_rate(per_second)) }
        }
        None => Model::Closed { concurrency: concurrency.unwrap_or(usual_concurrency) },
    };
    let requests = args.requests.or(if args.duration.is_none() { told.requests } else { None });
    if requests == Some(0) {
        return Err(Error::usage(
            "--requests: none would say nothing",
            "at least 1,000 for a 99th percentile",
        ));
    }
    let usual = match profile {
        _ if !steps.is_empty() => STEP,
        Some(Profile::Quick) => Duration::from_secs(10),
        _ => Duration::from_secs(30),
    };
    let duration = time("--duration", args.duration.as_deref(), told.duration)?.unwrap_or(usual);
    let ramp = time("--ramp", args.ramp.as_deref(), told.ramp)?.unwrap_or_default();
    let warm_up = time("--warm-up", args.warm_up.as_deref(), told.warm_up)?.unwrap_or_else(|| {
        if requests.is_some() { Duration::ZERO } else { (duration / 10).min(Duration::from_secs(3)) }
    });
    if duration.is_zero() {
        return Err(Error::usage("--duration: no time would say nothing", "at least 1s; 30s is usual"));
    }
    let comparing = args.baseline.is_some() || against.is_some();
    let usual_runs = if comparing { GATING_RUNS } else { 1 };
    let runs = within("--runs", args.runs.or(told.runs), 1, MOST_RUNS)?.unwrap_or(usual_runs);
    let threads = within("--threads", args.threads.or(told.threads), 1, 256)?;
    let timeout =
        time("--timeout", args.timeout.as_deref(), told.timeout)?.unwrap_or(Duration::from_secs(30));
    if timeout.is_zero() {
        return Err(Error::usage("--timeout: nothing answers in no time", ""));
    }
    let mut labels = told.labels.clone();
    labels.extend(flags::labels(&args.label)?);
    let plan = Plan {
        model,
        stop: requests.map_or(Stop::After(duration), Stop::Requests),
        // The load rises before it is warm.
        warm_up: warm_up.saturating_add(ramp),
        ramp,
        timeout,
        retries: within("--retries", args.retries.or(told.retries), 0, 10)?.unwrap_or(0),
        back_off: Duration::from_millis(100),
        threads: threads.unwrap_or(1),
        pin: !args.no_pin,
        engine: crate::perf::load::Engine::Fast,
        streams: within("--streams", args.streams, 1, 1_000)?.unwrap_or(1),
        keep_alive: !args.no_keep_alive,
        expect_header: args.expect_header.as_deref().map(flags::header).transpose()?,
        token: Arc::from(token.unwrap_or_default()),
        seed: 1,
        share: args.share.as_deref().map(share).transpose()?.unwrap_or_default(),
    };
    let max_error_rate = match &args.max_error_rate {
        Some(text) => Some(flags::share("--max-error-rate", text)?),
        None => told.max_error_rate,
    };
    if max_error_rate.is_some_and(|rate| rate > 1.0) {
        return Err(Error::usage("--max-error-rate: more than all requests cannot fail", "write `1%`"));
    }
    if let Some(pid) = args.target_pid.filter(|pid| Process::of(*pid).is_none()) {
        let hint = "leave it out to have the process found by its port";
        return Err(Error::usage(format!("--target-pid: there is no process {pid} that can be seen"), hint));
    }
    if !args.judging.vary.is_empty() && !comparing {
        return Err(Error::usage(
            "--vary: there is nothing to compare with",
            "--baseline FILE or --against URL",
        ));
    }
    Ok(Asked {
        limits: Limits {
            p95: told.limits.p95,
            p99: told.limits.p99,
            error_rate: told.limits.error_rate.or(max_error_rate).unwrap_or(0.01),
        },
        thresholds: flags::thresholds(&args.judging, told.thresholds)?,
        wish: wish(args),
        trust: trust(args)?,
        start: args.start_at.as_deref().map(|text| start(text, world.now)).transpose()?,
        threads_given: threads.is_some(),
        url,
        against,
        scenario,
        plan,
        runs,
        steps,
        rates,
        profile,
        labels,
        max_error_rate,
        config,
    })
}

/// Requests under way that a rate may need: enough for half a second of waiting, and never few.
fn usual_rate(per_second: f64) -> u32 {
    let half = (per_second / 2.0).ceil().clamp(50.0, 1_000.0);
    // Between 50 and 1,000.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is clamped")]
    let half = half as u32;
    half
}

const fn profile_of(profile: ProfileArg) -> Profile {
    match profile {
        ProfileArg::Quick => Profile::Quick,
        ProfileArg::Standard => Profile::Standard,
        ProfileArg::Stress => Profile::Stress,
    }
}

/// The steps of a rising load.
fn steps_of(args: &LoadArgs, told: &PerfConfig, profile: Option<Profile>) -> Result<Vec<u32>, Error> {
    let given = if args.steps.is_empty() { &told.steps } else { &args.steps };
    if given.len() > MOST_STEPS || given.contains(&0) {
        return Err(Error::usage(format!("--steps: 1 to {MOST_STEPS} loads above 0"), ""));
    }
    if given.windows(2).any(|pair| pair.first() >= pair.last()) {
        return Err(Error::usage("--steps: each is more than the one before", "--steps 10,20,50"));
    }
    let rising_rate = args.rate_steps || args.rate.or(told.rate).is_some();
    if !given.is_empty() && !rising_rate && given.iter().any(|step| *step > MOST_CONCURRENCY) {
        return Err(Error::usage(
            format!("--steps: connections go up to {MOST_CONCURRENCY}"),
            "--rate-steps",
        ));
    }
    if !given.is_empty() || profile != Some(Profile::Stress) {
        return Ok(given.clone());
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
    let first_rate = args.rate.or(told.rate).map(|rate| rate.max(1.0) as u32);
    Ok(match first_rate {
        Some(rate) => steps::doubling(rate, rate.saturating_mul(RISING_RATE)),
        None => {
            let last = args.concurrency.or(told.concurrency).unwrap_or(RISING.1).min(MOST_CONCURRENCY);
            steps::doubling(RISING.0.min(last), last)
        }
    })
}

fn wish(args: &LoadArgs) -> Wish {
    match (args.engine, args.http) {
        (_, Some(HttpArg::Two)) => Wish::Http2,
        // Naming who sends HTTP/1.1 asks for HTTP/1.1.
        (Some(_), _) | (_, Some(HttpArg::One)) => Wish::Http1,
        (None, None | Some(HttpArg::Auto)) => Wish::Auto,
    }
}

fn trust(args: &LoadArgs) -> Result<Trust, Error> {
    if args.insecure {
        return Ok(Trust::Nothing);
    }
    let Some(path) = &args.cacert else { return Ok(Trust::System) };
    let file = |source| Error::File { path: path.display().to_string(), source };
    Ok(Trust::File(read_bounded(Path::new(path), CERTIFICATES).map_err(file)?))
}

fn parsed(flag: &str, text: &str) -> Result<Url, Error> {
    text.parse::<Url>().map_err(|error| Error::usage(format!("{flag}: {error}"), ""))
}

fn time(flag: &str, given: Option<&str>, told: Option<Duration>) -> Result<Option<Duration>, Error> {
    let time = given.map(|text| flags::time(flag, text)).transpose()?.or(told);
    if time.is_some_and(|time| time > LONGEST) {
        return Err(Error::usage(format!("{flag}: a day is the most"), ""));
    }
    Ok(time)
}

fn within(flag: &str, given: Option<u32>, least: u32, most: u32) -> Result<Option<u32>, Error> {
    match given {
        Some(number) if !(least..=most).contains(&number) => {
            Err(Error::usage(format!("{flag}: {number} is not between {least} and {most}"), ""))
        }
        given => Ok(given),
    }
}

/// `I/N`.
fn share(text: &str) -> Result<Share, Error> {
    let parts = text.split_once('/').and_then(|(index, of)| {
        Some(Share { index: index.trim().parse().ok()?, of: of.trim().parse().ok()? })
    });
    parts.filter(|share| share.of >= 1 && share.of <= 10_000 && share.index < share.of).ok_or_else(|| {
        Error::usage(
            format!("--share: `{}` is no part", text.escape_debug()),
            "`0/4` to `3/4` are the four parts of a load",
        )
    })
}

/// When to begin.
fn start(text: &str, now: Timestamp) -> Result<Timestamp, Error> {
    let wrong = || {
        Error::usage(
            format!("--start-at: `{}` is no moment of the next hour", text.escape_debug()),
            "write `next-minute`, or RFC 3339 such as 2027-01-31T12:00:00Z",
        )
    };
    let moment = if text == "next-minute" {
        Timestamp::from_second((now.as_second() / 60 + 1) * 60).map_err(|_| wrong())?
    } else {
        text.parse::<Timestamp>().map_err(|_| wrong())?
    };
    let wait = moment.as_second().saturating_sub(now.as_second());
    if (0..=3600).contains(&wait) { Ok(moment) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_load() {
        assert_eq!(share("3/4").unwrap(), Share { index: 3, of: 4 });
        for wrong in ["4/4", "0/0", "1", "-1/2", "a/b"] {
            assert!(share(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn moments_to_begin() {
        let now: Timestamp = "2026-11-22T10:00:59Z".parse().unwrap();
        assert_eq!(start("next-minute", now).unwrap().to_string(), "2026-11-22T10:01:00Z");
        assert!(start("2026-11-22T10:30:00Z", now).is_ok());
        assert!(start("2026-11-22T09:30:00Z", now).is_err() && start("soon", now).is_err());
    }
}
