//! `readiness baseline watch`.

use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::capture;
use super::export::{textfile_name, write};
use super::measured::{Wanted, measured};
use super::open::Session;
use crate::baseline::capture::Capture;
use crate::baseline::export::{Form, export};
use crate::cli::BaselineWatchArgs;
use crate::commands::interrupt::heard;
use crate::commands::{Error, World};
use crate::formats::duration;
use crate::host::serve::{Page, serve};
use crate::host::signals::{end_programs, programs_end};
use crate::host::{clock, files};
use crate::report::MetricState;

/// Shortest interval.
const SHORTEST: Duration = Duration::from_secs(1);
/// How soon the wish to end is heard between two captures.
const SOON: Duration = Duration::from_millis(50);

/// Runs the command: 0 when it was ended, or made as many captures as it should.
pub(super) fn run(args: &BaselineWatchArgs, world: &mut World<'_>) -> Result<u8, Error> {
    let interval = interval(&args.interval)?;
    if let Some(file) = &args.textfile {
        textfile_name(file)?;
        files::check_folder(file)
            .map_err(|source| Error::File { path: file.display().to_string(), source })?;
    }
    let session = Session::open(&args.store)?;
    let listener = args.listen.map(listen).transpose()?;
    if let Some(listener) = &listener {
        let address = listener.local_addr()?;
        writeln!(world.err, "serving http://{address}/metrics; Ctrl-C ends")?;
    }
    let newest: Mutex<Option<Capture>> = Mutex::new(None);
    let (stop, served) = (AtomicBool::new(false), AtomicBool::new(false));
    heard(&stop, || {
        end_programs();
        std::thread::scope(|scope| {
            let server = listener.map(|listener| {
                scope.spawn(|| serve(listener, &|path, accept| page(path, accept, &newest), &served))
            });
            let result = rounds(args, &session, interval, &newest, &stop, world);
            served.store(true, Ordering::Relaxed);
            let server = server.map(std::thread::ScopedJoinHandle::join);
            result?;
            match server {
                Some(Ok(Err(error))) => Err(Error::Output(error)),
                _ => Ok(0),
            }
        })
    })?
}

/// Captures until it is enough.
fn rounds(
    args: &BaselineWatchArgs,
    session: &Session,
    interval: Duration,
    newest: &Mutex<Option<Capture>>,
    stop: &AtomicBool,
    world: &mut World<'_>,
) -> Result<(), Error> {
    let mut due = Instant::now();
    let mut done = 0_u64;
    while !stop.load(Ordering::Relaxed) && args.count.is_none_or(|count| done < count) {
        let mut capture = measured(session, &Wanted::default(), clock::now(), world)?;
        if programs_end() {
            break;
        }
        if !args.no_keep {
            capture::keep(session, &mut capture, world)?;
        }
        if let Some(file) = &args.textfile {
            write(file, &export(&capture, Form::Prometheus))?;
        }
        let told = line(&capture);
        *newest.lock().unwrap_or_else(PoisonError::into_inner) = Some(capture);
        // Told after it is served: who reads the line may ask for it.
        writeln!(world.err, "{told}")?;
        done += 1;
        // A capture that takes longer than the interval delays the next one; none is made up for.
        due = (due + interval).max(Instant::now());
        while Instant::now() < due
            && !stop.load(Ordering::Relaxed)
            && args.count.is_none_or(|count| done < count)
        {
            std::thread::sleep(SOON.min(due.saturating_duration_since(Instant::now())));
        }
    }
    Ok(())
}

/// A capture in one line.
fn line(capture: &Capture) -> String {
    let count = |state| capture.metrics.iter().filter(|metric| metric.state == state).count();
    let mut text = format!("{}  {} measured", capture.created, count(MetricState::Measured));
    let errored = count(MetricState::Errored);
    if errored > 0 {
        let names = capture.metrics.iter().filter(|metric| metric.state == MetricState::Errored);
        let names: Vec<&str> = names.map(|metric| metric.name.as_str()).take(5).collect();
        text.push_str(&format!(
            ", {errored} errored ({}{})",
            names.join(", "),
            if errored > names.len() { ", …" } else { "" }
        ));
    }
    text + &format!(" in {} ms", capture.took_ms)
}

/// What is served at a path.
fn page(path: &str, accept: &str, newest: &Mutex<Option<Capture>>) -> Option<Page> {
    if path != "/metrics" {
        return None;
    }
    let capture = newest.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let form = Form::accepted(accept);
    // Before the first capture there is nothing to say, and that is said in either form.
    let nothing = || if form == Form::OpenMetrics { "# EOF\n".to_owned() } else { String::new() };
    let body = capture.map_or_else(nothing, |capture| export(&capture, form));
    Some(Page { content_type: form.content_type(), body })
}

fn interval(text: &str) -> Result<Duration, Error> {
    let read = duration::nanoseconds(text, "interval").map(|(length, _)| Duration::from_nanos(length));
    match read {
        Some(interval) if interval >= SHORTEST => Ok(interval),
        Some(_) => {
            Err(Error::usage(format!("--interval {text}: shorter than a second"), "such as 60s or 5m"))
        }
        None => {
            Err(Error::usage(format!("--interval {text}: this is no length of time"), "such as 60s or 5m"))
        }
    }
}

fn listen(address: std::net::SocketAddr) -> Result<TcpListener, Error> {
    if !address.ip().is_loopback() {
        let message = format!("--listen {address}: this is no loopback address");
        return Err(Error::usage(message, "such as 127.0.0.1:9465; let a proxy serve others"));
    }
    TcpListener::bind(address)
        .map_err(|error| Error::usage(format!("--listen {address}: {error}"), "is the port taken?"))
}
