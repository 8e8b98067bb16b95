//! Which path is answered how.

use std::time::Duration;

/// A request, as far as the server looks at it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    /// The head as it came.
    pub(crate) head: String,
    /// Bytes of the body.
    pub(crate) body: usize,
}

/// A step of an answer.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Wait until so long after the arrival.
    Wait(Duration),
    /// Write at once.
    Send(Vec<u8>),
    /// Write byte by byte, with pauses.
    Bytes(Vec<u8>, Duration),
    /// Write so many bytes.
    Fill(u64),
    /// Do nothing more until the server ends.
    Never,
    /// End the connection in order.
    Close,
    /// End the connection without the farewell of TLS.
    Cut,
    /// End it with a reset.
    Reset,
}

/// Body of the large answer.
pub(crate) const LARGE: u64 = 100_000_000;

/// Reads a request and the length of head and body, as soon as its head is whole.
pub(crate) fn parse(bytes: &[u8]) -> Option<(Request, usize)> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut words = head.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().unwrap())
    });
    let body = length.unwrap_or(0);
    Some((Request { method, path, head, body }, end + body))
}

/// The delay of `/spread/COUNTER`: 1 to 20 ms, each twentieth of a millisecond as often as any other over 2,000
/// requests, in an order that jumps.
pub(crate) fn spread(counter: u64) -> Duration {
    let step = counter.wrapping_mul(7_919) % 2_000;
    Duration::from_micros(1_000 + step * 19_000 / 1_999)
}

/// A good answer of two bytes.
fn ok() -> Act {
    send("HTTP/1.1 200 OK\r\nserver: oracle\r\ncontent-length: 2\r\n\r\nok")
}

fn send(text: &str) -> Act {
    Act::Send(text.as_bytes().to_vec())
}

/// The answer to the request with this number.
pub(crate) fn of(request: &Request, number: usize) -> Vec<Act> {
    let mut parts = request.path.trim_start_matches('/').split('/');
    let (kind, rest) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
    if request.method == "HEAD" {
        return vec![send("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")];
    }
    match kind {
        "ok" => vec![ok()],
        "delay" => {
            let micros = rest.strip_suffix("us").unwrap().parse().unwrap();
            vec![Act::Wait(Duration::from_micros(micros)), ok()]
        }
        "spread" => vec![Act::Wait(spread(rest.parse().unwrap())), ok()],
        "status" => vec![send(&format!("HTTP/1.1 {rest} Text\r\ncontent-length: 2\r\n\r\nno"))],
        "empty" if rest == "304" => {
            vec![send("HTTP/1.1 304 Not Modified\r\ncontent-length: 1000\r\netag: \"a\"\r\n\r\n")]
        }
        "empty" => vec![send(&format!("HTTP/1.1 {rest} Nothing\r\n\r\n"))],
        // Every third is refused.
        "third" if number % 3 == 2 => {
            vec![send("HTTP/1.1 503 Busy\r\ncontent-length: 4\r\n\r\nbusy")]
        }
        "third" => vec![ok()],
        "interim" => vec![
            send("HTTP/1.1 100 Continue\r\n\r\n"),
            Act::Wait(Duration::from_millis(1)),
            send("HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\n\r\nHTTP/1.1 103 Early"),
            Act::Wait(Duration::from_millis(2)),
            send(" Hints\r\n\r\n"),
            ok(),
        ],
        "headers" => {
            let many: String = (0..60).map(|at| format!("x-{at}: {}\r\n", "v".repeat(80))).collect();
            vec![send(&format!("HTTP/1.1 200 OK\r\n{many}Content-Length:   2  \r\n\r\nok"))]
        }
        "close" => {
            vec![send("HTTP/1.1 200 OK\r\nconnection: Close\r\ncontent-length: 2\r\n\r\nok"), Act::Close]
        }
        "until-close" => vec![
            send("HTTP/1.1 200 OK\r\n\r\nhalf"),
            Act::Wait(Duration::from_millis(2)),
            send(" of it"),
            Act::Close,
        ],
        "http10" if rest == "keep" => {
            vec![send("HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 2\r\n\r\nok")]
        }
        "http10" => vec![send("HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok"), Act::Close],
        "chunked" => chunked(rest),
        "dribble" => vec![
            send("HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n"),
            Act::Bytes(b"a slow body of twenty"[..20].to_vec(), Duration::from_millis(2)),
        ],
        "large" => {
            vec![send(&format!("HTTP/1.1 200 OK\r\ncontent-length: {LARGE}\r\n\r\n")), Act::Fill(LARGE)]
        }
        _ => bad(kind, rest),
    }
}

fn chunked(kind: &str) -> Vec<Act> {
    const HEAD: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    // A size with leading zeros, extensions with and without a value, a quoted one, trailers.
    const BODY: &str = "005\r\nhello\r\n1;plain\r\n \r\nA;name=\"a;b\" ; other=1\r\nworld, and\r\n0;last\r\nx-trailer: 1\r\nx-other: 2\r\n\r\n";
    match kind {
        "whole" => vec![send(&format!("{HEAD}{BODY}"))],
        "bytes" => vec![Act::Bytes(format!("{HEAD}{BODY}").into_bytes(), Duration::from_micros(20))],
        "nothing" => vec![send(HEAD), send("0\r\n\r\n")],
        "bad" => vec![send(&format!("{HEAD}5\r\nhello\r\nxyz\r\n")), Act::Close],
        // The chunk says five bytes and has seven.
        "overrun" => vec![send(&format!("{HEAD}5\r\nhello!!\r\n0\r\n\r\n")), Act::Close],
        "huge" => vec![send(&format!("{HEAD}fffffffffffffffff\r\nhello")), Act::Close],
        "cut" => vec![send(&format!("{HEAD}5\r\nhello\r\n")), Act::Cut],
        other => panic!("no such chunks: {other}"),
    }
}

/// Answers that are none.
fn bad(kind: &str, rest: &str) -> Vec<Act> {
    let half =
        "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nfifty bytes are fewer than a hundred, as it is said";
    match (kind, rest) {
        ("never", _) => vec![Act::Never],
        ("stall", _) => vec![send(half), Act::Never],
        ("reset", "body") => vec![send(half), Act::Reset],
        ("reset", _) => vec![Act::Reset],
        ("cut", "body") => vec![send(half), Act::Cut],
        ("cut", "head") => vec![send("HTTP/1.1 200 OK\r\nconte"), Act::Cut],
        ("cut", "close-delimited") => vec![send("HTTP/1.1 200 OK\r\n\r\nhalf"), Act::Cut],
        ("cut", _) => vec![Act::Cut],
        // An answer that is longer than it says, and what is too much looks like the next answer.
        ("long", _) => vec![send(
            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 500 Forged\r\ncontent-length: 0\r\n\r\n",
        )],
        ("idle", _) => {
            let answer = send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
            vec![answer, Act::Wait(Duration::from_millis(10)), Act::Close]
        }
        ("garbage", "ssh") => vec![send("SSH-2.0-OpenSSH_9.9\r\n"), Act::Cut],
        ("garbage", _) => vec![Act::Send(vec![0, 0xFF, 0x16, 3, 1, b'\r', b'\n', b'\r', b'\n']), Act::Cut],
        ("lengths", "two") => {
            vec![send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok!"), Act::Close]
        }
        ("lengths", "negative") => {
            vec![send("HTTP/1.1 200 OK\r\ncontent-length: -2\r\n\r\nok"), Act::Close]
        }
        ("lengths", _) => {
            vec![send("HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999999\r\n\r\nok"), Act::Close]
        }
        ("endless", "head") => vec![send("HTTP/1.1 200 OK\r\nx-endless: "), Act::Fill(1 << 26), Act::Cut],
        ("endless", _) => {
            vec![Act::Send(b"HTTP/1.1 100 Continue\r\n\r\n".repeat(1 << 16)), Act::Cut]
        }
        other => panic!("no such path: {other:?}"),
    }
}
