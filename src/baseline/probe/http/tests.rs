use std::ffi::OsString;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;

use super::super::serving::{answer, request, serve, serve_http};
use super::*;
use crate::baseline::secrets::Secrets;

const AGENT: &str = "readiness/test";

fn ask(address: SocketAddr, requests: u32) -> Ask {
    Ask {
        url: format!("http://{address}/health"),
        requests,
        body: None,
        headers: Vec::new(),
        token: None,
        expect: Vec::new(),
    }
}

fn observed(ask: &Ask, limit: Duration) -> Result<Vec<Exchange>, Trouble> {
    let environment = [("API_TOKEN".to_owned(), OsString::from("s3cret"))];
    let around = Surroundings {
        folder: Path::new("."),
        environment: &environment,
        agent: AGENT,
        secrets: Secrets::NONE,
    };
    observe(ask, &around, limit)
}

const LONG: Duration = Duration::from_secs(10);

#[test]
fn requests_go_one_after_another_over_one_connection() {
    let address = serve_http(|request, connection, number| {
        assert!(request.starts_with("GET /health HTTP/1.1\r\n"), "{request}");
        assert!(request.to_lowercase().contains("user-agent: readiness/test\r\n"), "{request}");
        answer("200 OK", "text/plain", &format!("{connection} {number}"))
    });
    let exchanges = observed(&ask(address, 5), LONG).unwrap();
    let latencies = read(&exchanges, &Reading::Latency).unwrap();
    assert_eq!(latencies.len(), 5);
    assert!(latencies.iter().all(|seconds| *seconds > 0.0 && *seconds < 5.0), "{latencies:?}");
    assert_eq!(read(&exchanges, &Reading::Errors), Ok(vec![0.0]));
    assert_eq!(read(&exchanges, &Reading::Status), Ok(vec![200.0]));
    assert_eq!(read(&exchanges, &Reading::Size), Ok(vec![3.0]));
    // The first connection, the fifth request on it; only the last body is kept.
    let (body, _) = last_good(&exchanges).unwrap();
    assert_eq!(body.bytes, b"0 4");
    assert!(exchanges[..4].iter().all(|exchange| exchange.body.is_none()));
    assert_eq!(read(&exchanges, &Reading::Age), Err(unfit()));
}

#[test]
fn latency_is_the_time_to_the_last_byte() {
    let address = serve(|mut stream, _| {
        request(&mut stream).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na").unwrap();
        std::thread::sleep(Duration::from_millis(120));
        stream.write_all(b"b").unwrap();
    });
    let exchanges = observed(&ask(address, 1), LONG).unwrap();
    let latency = read(&exchanges, &Reading::Latency).unwrap()[0];
    assert!((0.12..5.0).contains(&latency), "{latency}");
}

#[test]
fn bodies_headers_and_tokens_are_sent() {
    let address = serve_http(|request, _, _| {
        let head = request.to_lowercase();
        let right = request.starts_with("POST /health ")
            && head.contains("authorization: bearer s3cret\r\n")
            && head.contains("content-type: application/json\r\n")
            && head.contains("x-test: 1\r\n")
            && request.ends_with("{\"a\":1}");
        answer(if right { "201 Created" } else { "400 Bad Request" }, "application/problem+json", "{}")
    });
    let mut ask = ask(address, 1);
    ask.body = Some("{\"a\":1}".to_owned());
    ask.headers = vec![("X-Test".to_owned(), "1".to_owned())];
    ask.token = Some("API_TOKEN".to_owned());
    let exchanges = observed(&ask, LONG).unwrap();
    assert_eq!(read(&exchanges, &Reading::Status), Ok(vec![201.0]));
    assert_eq!(last_good(&exchanges).unwrap().0.syntax, Some(Syntax::Json));
    ask.token = Some("OTHER".to_owned());
    let Err(Trouble::Failed(words)) = observed(&ask, LONG) else { panic!() };
    assert_eq!(words, "the environment variable OTHER is not set");
    ask.token = None;
    ask.headers = vec![("X-Test".to_owned(), "a\r\nb: c".to_owned())];
    let Err(Trouble::Failed(words)) = observed(&ask, LONG) else { panic!() };
    assert!(words.contains("a header's value that cannot be sent"), "{words}");
}

#[test]
fn other_statuses_are_errors_unless_they_are_expected() {
    let address = serve_http(|_, _, number| {
        answer(if number % 2 == 0 { "200 OK" } else { "503 Service Unavailable" }, "text/plain", "x")
    });
    let mut ask = ask(address, 4);
    let exchanges = observed(&ask, LONG).unwrap();
    assert_eq!(read(&exchanges, &Reading::Errors), Ok(vec![0.5]));
    assert_eq!(read(&exchanges, &Reading::Latency).unwrap().len(), 2);
    assert_eq!(read(&exchanges, &Reading::Size), Err(Trouble::failed("the server answers 503")));
    ask.expect = vec![503];
    let exchanges = observed(&ask, LONG).unwrap();
    assert_eq!(read(&exchanges, &Reading::Errors), Ok(vec![0.5]));
    assert_eq!(read(&exchanges, &Reading::Size), Ok(vec![1.0]));
    ask.expect = vec![404];
    let exchanges = observed(&ask, LONG).unwrap();
    assert_eq!(read(&exchanges, &Reading::Errors), Ok(vec![1.0]));
    assert_eq!(read(&exchanges, &Reading::Latency), Err(Trouble::failed("the server answers 503")));
}

#[test]
fn redirects_are_not_followed() {
    let address = serve_http(|_, _, _| {
        "HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n".to_owned()
    });
    let exchanges = observed(&ask(address, 1), LONG).unwrap();
    assert_eq!(read(&exchanges, &Reading::Status), Ok(vec![302.0]));
    assert_eq!(read(&exchanges, &Reading::Errors), Ok(vec![1.0]));
}

#[test]
fn a_connection_that_the_server_closes_is_made_anew() {
    let address = serve(|mut stream, _| {
        request(&mut stream).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\na").unwrap();
    });
    let exchanges = observed(&ask(address, 3), LONG).unwrap();
    assert_eq!(read(&exchanges, &Reading::Errors), Ok(vec![0.0]));
}

/// Nothing answered at all: that is no share of errors, but no measurement.
#[test]
fn hostile_servers_end_within_the_limit() {
    type Hostile = fn(std::net::TcpStream);
    let cases: [(&str, &str, Hostile); 8] = [
        ("immediate close", "", |_| {}),
        ("garbage", "", |mut stream| {
            request(&mut stream);
            let _ = stream.write_all(&[0xff; 4096]);
        }),
        ("silence", "no whole answer within", |mut stream| {
            request(&mut stream);
            std::thread::sleep(Duration::from_secs(4));
        }),
        ("slow head", "no whole answer within", |mut stream| {
            request(&mut stream);
            for byte in
                b"HTTP/1.1 200 OK\r\nX: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".iter()
            {
                if stream.write_all(&[*byte]).is_err() {
                    return;
                }
                std::thread::sleep(Duration::from_millis(50));
            }
        }),
        ("slow body", "no whole answer within", |mut stream| {
            request(&mut stream);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
            while stream.write_all(b"a").is_ok() {
                std::thread::sleep(Duration::from_millis(50));
            }
        }),
        ("endless head", "", |mut stream| {
            request(&mut stream);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
            while stream.write_all(b"X-Endless: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n").is_ok()
            {
            }
        }),
        ("endless body", "larger than 16777216 bytes", |mut stream| {
            request(&mut stream);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
            while stream.write_all(&[b'a'; 65536]).is_ok() {}
        }),
        ("a body cut short", "", |mut stream| {
            request(&mut stream);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort");
        }),
    ];
    let limit = Duration::from_millis(1500);
    let threads = cases.map(|(name, words, hostile)| {
        std::thread::spawn(move || {
            let address = serve(move |stream, _| hostile(stream));
            let start = Instant::now();
            let result = observed(&ask(address, 2), limit);
            assert!(start.elapsed() < limit + Duration::from_secs(1), "{name}: {:?}", start.elapsed());
            let Err(Trouble::Failed(reason)) = result else { panic!("{name}: {result:?}") };
            assert!(reason.contains(words) && reason.contains(&address.to_string()), "{name}: {reason}");
        })
    });
    for thread in threads {
        thread.join().unwrap();
    }
}

/// What failed besides what was answered counts as an error; what came too late has no latency, and takes it from all.
#[test]
fn some_that_fail_are_counted() {
    let address = serve(|mut stream, connection| {
        request(&mut stream).unwrap();
        if connection != 1 {
            let close = answer("200 OK\r\nConnection: close", "text/plain", "a");
            stream.write_all(close.as_bytes()).unwrap();
        }
    });
    let exchanges = observed(&ask(address, 4), LONG).unwrap();
    assert_eq!(read(&exchanges, &Reading::Errors), Ok(vec![0.25]));
    assert_eq!(read(&exchanges, &Reading::Latency).unwrap().len(), 3);
    let address = serve_http(|_, _, number| {
        if number == 1 {
            std::thread::sleep(Duration::from_secs(3));
        }
        answer("200 OK", "text/plain", "a")
    });
    let exchanges = observed(&ask(address, 4), Duration::from_millis(500)).unwrap();
    assert_eq!(read(&exchanges, &Reading::Errors), Ok(vec![0.5]));
    let Err(Trouble::Failed(words)) = read(&exchanges, &Reading::Latency) else { panic!() };
    assert!(words.contains("no whole answer within 0.5 s"), "{words}");
}

#[test]
fn nobody_there_is_no_measurement() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    assert!(matches!(observed(&ask(address, 3), LONG), Err(Trouble::Failed(_))));
    let mut secret = ask(address, 1);
    secret.url = format!("http://user:hunter2@{address}/?key=hunter2");
    let Err(Trouble::Failed(words)) = observed(&secret, LONG) else { panic!() };
    assert!(!words.contains("hunter2"), "{words}");
    for url in ["ftp://127.0.0.1/", "127.0.0.1", "http://", ""] {
        url.clone_into(&mut secret.url);
        assert!(matches!(observed(&secret, LONG), Err(Trouble::Failed(_))), "{url}");
    }
}
