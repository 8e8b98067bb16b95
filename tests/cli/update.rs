//! Fetching advisory data from a server on this machine: whole, broken and resumed, changed, wrong, redirected.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use readiness::advisories::update::{Extras, Options, Source, UpdateError, download};
use readiness::formats::ecosystem::Family;
use readiness::host::http::{HttpError, Limits};

/// What the server was asked.
#[derive(Clone, Debug)]
struct Asked {
    path: String,
    headers: BTreeMap<String, String>,
}

impl Asked {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// What it answers: status, headers, body; the body is cut after some bytes if `cut` says so.
struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    cut: Option<usize>,
}

fn reply(status: u16, body: &[u8]) -> Reply {
    Reply {
        status,
        headers: vec![("Content-Length".into(), body.len().to_string())],
        body: body.to_vec(),
        cut: None,
    }
}

impl Reply {
    fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(own, _)| own != name);
        self.headers.push((name.into(), value.into()));
        self
    }
    fn cut(mut self, at: usize) -> Self {
        self.cut = Some(at);
        self
    }
}

/// An answer to whatever is asked.
type Same = dyn Fn() -> Reply + Send + Sync;
type Answer = dyn Fn(usize, &Asked) -> Reply + Send + Sync;

/// A server that answers one request a connection; it ends with the test.
struct Server {
    address: SocketAddr,
    log: Arc<Mutex<Vec<Asked>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    fn start(answer: Box<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (log, stop) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (own_log, own_stop) = (Arc::clone(&log), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming().take(100) {
                if own_stop.load(Ordering::SeqCst) {
                    break;
                }
                serve(&stream.unwrap(), &answer, &own_log);
            }
        });
        Self { address, log, stop, thread: Some(thread) }
    }
    fn base(&self) -> String {
        format!("http://{}", self.address)
    }
    fn asked(&self) -> Vec<Asked> {
        self.log.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        let ended = self.thread.take().unwrap().join();
        assert!(ended.is_ok() || std::thread::panicking(), "the server broke");
    }
}

fn serve(stream: &TcpStream, answer: &Answer, log: &Mutex<Vec<Asked>>) {
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok).take(100);
    let Some(first) = lines.next() else { return };
    let headers = lines
        .take_while(|line| !line.is_empty())
        .filter_map(|line| {
            line.split_once(':').map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        })
        .collect();
    let asked = Asked { path: first.split(' ').nth(1).unwrap().to_owned(), headers };
    let number = {
        let mut log = log.lock().unwrap();
        log.push(asked.clone());
        log.len()
    };
    let reply = answer(number, &asked);
    let mut head = format!("HTTP/1.1 {} X\r\nConnection: close\r\n", reply.status);
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    let mut stream = stream;
    // The other side may have gone: that is its right.
    let _ = stream.write_all(head.as_bytes());
    let _ = stream.write_all(&reply.body[..reply.cut.unwrap_or(reply.body.len())]);
}

/// A zip archive of about `size` bytes that do not repeat.
fn archive(size: usize, seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[0]
    })
    .take(size)
    .collect();
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    zip.start_file("X-1.json", options).unwrap();
    zip.write_all(&noise).unwrap();
    zip.finish().unwrap().into_inner()
}

fn options(attempts: u32) -> Options {
    let limits = Limits {
        connect: Duration::from_secs(5),
        idle: Duration::from_secs(2),
        total: Duration::from_secs(30),
        bytes: 16 << 20,
        redirects: 3,
        attempts,
        pause: Duration::from_millis(10),
    };
    Options { allow_plain: false, limits }
}

/// Fetches the export of npm; whether it changed, and how much was there before.
fn npm(base: &str, into: &Path, options: &Options) -> Result<(bool, u64), UpdateError> {
    let done = download(base, &[Family::Npm], Extras::default(), into, options, &mut |_, _| {})?;
    assert_eq!(done.len(), 1);
    assert_eq!(done[0].path, into.join("npm/all.zip"));
    assert_eq!(done[0].bytes, std::fs::metadata(&done[0].path).unwrap().len());
    Ok((done[0].changed, done[0].resumed_at))
}

fn fault(result: Result<(bool, u64), UpdateError>) -> HttpError {
    match result {
        Err(UpdateError::Http { error, .. }) => error,
        other => panic!("{other:?}"),
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Answers as a well-behaved server does for one version of a file.
fn well_behaved(asked: &Asked, body: &[u8], tag: &str) -> Reply {
    if asked.header("if-none-match") == Some(tag) {
        return reply(304, b"").with("ETag", tag);
    }
    let start = asked
        .header("range")
        .filter(|_| asked.header("if-range") == Some(tag))
        .and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse::<usize>().ok());
    match start {
        Some(start) if start < body.len() => reply(206, &body[start..])
            .with("Content-Range", &format!("bytes {start}-{}/{}", body.len() - 1, body.len()))
            .with("ETag", tag),
        _ => reply(200, body).with("ETag", tag).with("Last-Modified", "Sun, 01 Nov 2026 00:00:00 GMT"),
    }
}

#[test]
fn a_whole_set_is_fetched_once() {
    let body = archive(200_000, 1);
    let own = body.clone();
    let scores = {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(b"#model_version:v1,score_date:2026-11-01T00:00:00Z\ncve,epss,percentile\nCVE-1999-0001,0.1,0.2\n")
            .unwrap();
        gzip.finish().unwrap()
    };
    let server = Server::start(Box::new(move |_, asked| match asked.path.as_str() {
        "/npm/all.zip" | "/Red%20Hat/all.zip" => well_behaved(asked, &own, "\"a\""),
        "/epss.csv.gz" => well_behaved(asked, &scores, "\"e\""),
        "/kev.json" => well_behaved(asked, br#"{"vulnerabilities":[{"cveID":"CVE-2021-44228"}]}"#, "\"k\""),
        _ => reply(404, b""),
    }));
    let folder = tempfile::tempdir().unwrap();
    let (epss, kev) = (format!("{}/epss.csv.gz", server.base()), format!("{}/kev.json", server.base()));
    let seen = std::cell::RefCell::new(BTreeMap::new());
    let run = || {
        download(
            &server.base(),
            &[Family::Npm, Family::RedHat],
            Extras { epss: Some(&epss), kev: Some(&kev) },
            folder.path(),
            &options(1),
            &mut |source, step| {
                seen.borrow_mut().insert(source, step);
            },
        )
        .unwrap()
    };
    let first = run();
    assert!(first.iter().all(|one| one.changed && one.resumed_at == 0));
    let second = run();
    assert!(second.iter().all(|one| !one.changed), "{second:?}");
    assert_eq!(
        second.iter().map(|one| (one.source, one.bytes)).collect::<Vec<_>>(),
        first.iter().map(|one| (one.source, one.bytes)).collect::<Vec<_>>()
    );
    assert_eq!(first[0].last_modified.as_deref(), Some("Sun, 01 Nov 2026 00:00:00 GMT"));
    assert_eq!(std::fs::read(folder.path().join("Red Hat/all.zip")).unwrap(), body);
    let last = seen.borrow()[&Source::Osv(Family::Npm)];
    assert_eq!((last.received, last.total), (body.len() as u64, Some(body.len() as u64)));
    assert_eq!(names(&folder.path().join("npm")), ["all.zip", "all.zip.state.json"], "nothing else is left");
    // A file that someone shortened is no longer the one that the server knows.
    std::fs::File::options()
        .write(true)
        .open(folder.path().join("npm/all.zip"))
        .unwrap()
        .set_len(10)
        .unwrap();
    assert!(run()[0].changed);
    assert_eq!(std::fs::read(folder.path().join("npm/all.zip")).unwrap(), body);
}

#[test]
fn a_broken_transfer_goes_on_where_it_stopped() {
    let body = archive(300_000, 2);
    let own = body.clone();
    let server = Server::start(Box::new(move |number, asked| {
        let whole = well_behaved(asked, &own, "\"a\"");
        // The first two connections end in the middle.
        if number <= 2 { whole.cut(100_000) } else { whole }
    }));
    let folder = tempfile::tempdir().unwrap();
    let error = fault(npm(&server.base(), folder.path(), &options(1)));
    assert!(matches!(error, HttpError::Interrupted { received: 100_000, .. }), "{error:?}");
    assert_eq!(names(&folder.path().join("npm")), ["all.zip.part", "all.zip.part.json"]);
    // The second call breaks at once again and tries a third time of its own.
    assert_eq!(npm(&server.base(), folder.path(), &options(3)).unwrap(), (true, 200_000));
    assert_eq!(std::fs::read(folder.path().join("npm/all.zip")).unwrap(), body);
    assert_eq!(names(&folder.path().join("npm")), ["all.zip", "all.zip.state.json"]);
    let ranges: Vec<_> =
        server.asked().iter().map(|asked| asked.header("range").map(str::to_owned)).collect();
    assert_eq!(ranges, [None, Some("bytes=100000-".to_owned()), Some("bytes=200000-".to_owned())]);
}

#[test]
fn a_file_that_changed_in_between_is_fetched_anew() {
    let (old, new) = (archive(300_000, 3), archive(300_000, 4));
    for obeys in [true, false] {
        let (first, second) = (old.clone(), new.clone());
        let server = Server::start(Box::new(move |number, asked| match number {
            1 => well_behaved(asked, &first, "\"old\"").cut(100_000),
            _ if obeys => well_behaved(asked, &second, "\"new\""),
            // A server that does not know `If-Range` sends the rest of another version.
            _ if asked.header("range").is_some() => reply(206, &second[100_000..])
                .with("Content-Range", &format!("bytes 100000-{}/{}", second.len() - 1, second.len()))
                .with("ETag", "\"new\""),
            _ => well_behaved(asked, &second, "\"new\""),
        }));
        let folder = tempfile::tempdir().unwrap();
        fault(npm(&server.base(), folder.path(), &options(1)));
        assert_eq!(npm(&server.base(), folder.path(), &options(1)).unwrap(), (true, 0), "obeys: {obeys}");
        assert_eq!(std::fs::read(folder.path().join("npm/all.zip")).unwrap(), new);
    }
}

#[test]
fn a_range_that_is_not_the_rest_is_not_used() {
    let body = archive(300_000, 5);
    for range in ["bytes 0-99999/300110", "bytes 100000-100001/300110", "bytes */300110", "100000-300109", ""]
    {
        let own = body.clone();
        let server = Server::start(Box::new(move |number, asked| match number {
            1 => well_behaved(asked, &own, "\"a\"").cut(100_000),
            _ if asked.header("range").is_some() => reply(206, &own[..2]).with("Content-Range", range),
            _ => well_behaved(asked, &own, "\"a\""),
        }));
        let folder = tempfile::tempdir().unwrap();
        fault(npm(&server.base(), folder.path(), &options(1)));
        assert_eq!(npm(&server.base(), folder.path(), &options(1)).unwrap(), (true, 0), "{range:?}");
        assert_eq!(std::fs::read(folder.path().join("npm/all.zip")).unwrap(), body);
    }
}

#[test]
fn what_is_not_the_file_never_takes_its_place() {
    let body = archive(1000, 6);
    let whole = body.clone();
    // A version that is good lies there before each of these.
    let cases: Vec<(&str, Box<Same>)> = vec![
        ("absent", Box::new(|| reply(404, b"no such file"))),
        ("refused", Box::new(|| reply(403, b""))),
        ("no zip", Box::new(|| reply(200, b"<html>please sign in</html>"))),
        ("empty", Box::new(|| reply(200, b""))),
        ("cut zip", Box::new(move || reply(200, &whole[..900]))),
        ("short", Box::new(|| reply(200, &[0; 100]).with("Content-Length", "200"))),
        ("announced too large", Box::new(|| reply(200, b"x").with("Content-Length", "16777217"))),
        ("length", Box::new(|| reply(200, b"x").with("Content-Length", "many"))),
        ("unasked range", Box::new(|| reply(206, b"x").with("Content-Range", "bytes 0-0/1"))),
        ("unasked 304", Box::new(|| reply(304, b""))),
        ("redirect to nowhere", Box::new(|| reply(302, b""))),
        ("redirect to itself", Box::new(|| reply(302, b"").with("Location", "/npm/all.zip"))),
        (
            "redirect off this machine",
            Box::new(|| reply(302, b"").with("Location", "http://192.0.2.1/all.zip")),
        ),
        ("redirect to a file", Box::new(|| reply(302, b"").with("Location", "file:///etc/passwd"))),
    ];
    for (name, answer) in cases {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("npm")).unwrap();
        super::support::write(folder.path(), "npm/all.zip", &body);
        let server = Server::start(Box::new(move |_, _| answer()));
        let error = fault(npm(&server.base(), folder.path(), &options(1)));
        let right = match name {
            "absent" => matches!(error, HttpError::Status { code: 404, .. }),
            "refused" => matches!(error, HttpError::Status { code: 403, .. }),
            "no zip" | "empty" | "cut zip" => matches!(error, HttpError::Contents { .. }),
            "short" => matches!(error, HttpError::Interrupted { received: 100, .. }),
            "announced too large" => matches!(error, HttpError::TooLarge { .. }),
            "redirect to nowhere" => matches!(error, HttpError::Answer { .. }),
            "redirect to itself" => matches!(error, HttpError::Redirects { limit: 3, .. }),
            "redirect off this machine" => matches!(error, HttpError::Plain { .. }),
            "redirect to a file" => matches!(error, HttpError::Address { .. }),
            _ => matches!(
                error,
                HttpError::Answer { .. } | HttpError::Interrupted { .. } | HttpError::Status { .. }
            ),
        };
        assert!(right, "{name}: {error:?}");
        assert!(error.to_string().contains("127.0.0.1") || name.contains("redirect"), "{error}");
        assert!(!error.hint().is_empty());
        assert_eq!(std::fs::read(folder.path().join("npm/all.zip")).unwrap(), body, "{name}");
        let left: &[&str] =
            if name == "short" { &["all.zip", "all.zip.part", "all.zip.part.json"] } else { &["all.zip"] };
        assert_eq!(names(&folder.path().join("npm")), left, "{name}");
    }
}

#[test]
fn a_body_without_length_is_bounded() {
    let server = Server::start(Box::new(|_, _| {
        let mut endless = reply(200, &vec![b'x'; 200_000]);
        endless.headers.clear();
        endless
    }));
    let folder = tempfile::tempdir().unwrap();
    let mut small = options(1);
    small.limits.bytes = 100_000;
    let error = fault(npm(&server.base(), folder.path(), &small));
    assert!(matches!(error, HttpError::TooLarge { limit: 100_000, .. }), "{error:?}");
}

#[test]
fn a_silent_server_is_given_up() {
    let server = Server::start(Box::new(|_, _| {
        std::thread::sleep(Duration::from_millis(1500));
        reply(200, b"")
    }));
    let folder = tempfile::tempdir().unwrap();
    let mut hasty = options(1);
    hasty.limits.idle = Duration::from_millis(200);
    let error = fault(npm(&server.base(), folder.path(), &hasty));
    assert!(matches!(error, HttpError::Interrupted { received: 0, .. }), "{error:?}");
    assert!(error.to_string().contains("no answer in time"), "{error}");
}

#[test]
fn a_busy_server_is_asked_again_and_a_redirect_followed() {
    let body = archive(1000, 7);
    let own = body.clone();
    let other = Server::start(Box::new(move |number, asked| {
        if number == 1 { reply(503, b"") } else { well_behaved(asked, &own, "\"a\"") }
    }));
    // The other name of this machine: another host as far as addresses go.
    let target = format!("http://localhost:{}/elsewhere/all.zip", other.address.port());
    let server = Server::start(Box::new(move |_, _| reply(307, b"").with("Location", &target)));
    let folder = tempfile::tempdir().unwrap();
    let base = format!("http://user:secret@{}", server.address);
    assert_eq!(npm(&base, folder.path(), &options(2)).unwrap(), (true, 0));
    assert_eq!(other.asked()[1].path, "/elsewhere/all.zip");
    assert!(server.asked()[0].header("authorization").is_some());
    assert!(other.asked().iter().all(|asked| asked.header("authorization").is_none()), "carried on");
    let state = std::fs::read_to_string(folder.path().join("npm/all.zip.state.json")).unwrap();
    assert!(!state.contains("secret"), "{state}");
}

#[test]
fn lists_of_the_wrong_form_are_refused() {
    let cases: [(&[u8], bool); 5] = [
        (b"<html>", true),
        (b"{}", true),
        (b"{\"vulnerabilities\":[]}", true),
        (b"{\"vulnerabilities\":[{}]", true),
        (b"cve,epss,percentile\n", false),
    ];
    for (body, kev) in cases {
        let server = Server::start(Box::new(move |_, _| reply(200, body)));
        let folder = tempfile::tempdir().unwrap();
        let url = server.base();
        let extras =
            if kev { Extras { epss: None, kev: Some(&url) } } else { Extras { epss: Some(&url), kev: None } };
        let done = download(&url, &[], extras, folder.path(), &options(1), &mut |_, _| {});
        assert!(matches!(done, Err(UpdateError::Http { error: HttpError::Contents { .. }, .. })), "{done:?}");
        assert!(names(folder.path()).is_empty());
    }
}

#[test]
fn two_downloads_do_not_write_one_file() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("npm")).unwrap();
    let part = std::fs::File::create(folder.path().join("npm/all.zip.part")).unwrap();
    part.lock().unwrap();
    let error = fault(npm("http://127.0.0.1:9", folder.path(), &options(1)));
    assert!(matches!(error, HttpError::Busy { .. }), "{error:?}");
}

#[test]
fn other_machines_are_asked_over_https_alone() {
    let folder = tempfile::tempdir().unwrap();
    let error = fault(npm("http://user:secret@192.0.2.1/x", folder.path(), &options(1)));
    assert!(matches!(error, HttpError::Plain { .. }), "{error:?}");
    assert!(!error.to_string().contains("secret"), "{error}");
}
