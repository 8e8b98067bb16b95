use proptest::prelude::*;

use super::*;

/// What a stream of bytes came to: status, body, whether the connection stays, and how many bytes were of it.
#[derive(Clone, Debug, PartialEq)]
enum Seen {
    Whole {
        status: u16,
        body: Vec<u8>,
        keep_alive: bool,
        used: usize,
    },
    /// Not whole: what the end of the connection would mean.
    Open(End),
    Malformed,
}

fn read_in(stream: &[u8], head_only: bool, pieces: &[usize]) -> Seen {
    let mut parser = Parser::default();
    parser.reset(head_only);
    let mut body = Vec::new();
    let mut heads = 0;
    let mut at = 0;
    let mut sizes = pieces.iter().copied().chain([usize::MAX]);
    while at < stream.len() {
        let end = at.saturating_add(sizes.next().unwrap_or(usize::MAX).max(1)).min(stream.len());
        let fed = parser.feed(&stream[at..end], &mut |part| match part {
            Part::Head { .. } => heads += 1,
            Part::Body(bytes) => body.extend_from_slice(bytes),
        });
        match fed {
            Err(Malformed) => return Seen::Malformed,
            Ok(None) => at = end,
            Ok(Some(used)) => {
                assert_eq!(heads, 1);
                return Seen::Whole {
                    status: parser.status(),
                    body,
                    keep_alive: parser.keep_alive(),
                    used: at + used,
                };
            }
        }
    }
    match parser.end() {
        End::Complete => {
            Seen::Whole { status: parser.status(), body, keep_alive: parser.keep_alive(), used: stream.len() }
        }
        end => Seen::Open(end),
    }
}

/// Reads a stream whole, byte by byte and in two pieces at every place; all must agree.
fn read(stream: &[u8], head_only: bool) -> Seen {
    let whole = read_in(stream, head_only, &[]);
    assert_eq!(read_in(stream, head_only, &vec![1; stream.len()]), whole, "byte by byte");
    for at in 1..stream.len() {
        assert_eq!(read_in(stream, head_only, &[at]), whole, "split at {at}");
    }
    whole
}

fn whole(status: u16, body: &str, keep_alive: bool, used: usize) -> Seen {
    Seen::Whole { status, body: body.as_bytes().to_vec(), keep_alive, used }
}

fn get(stream: &str) -> Seen {
    read(stream.as_bytes(), false)
}

#[test]
fn a_length_delimits() {
    let stream = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    assert_eq!(get(stream), whole(200, "hello", true, stream.len()));
    assert_eq!(get(&format!("{stream}HTTP/1.1")), whole(200, "hello", true, stream.len()));
    assert_eq!(get(&stream[..stream.len() - 1]), Seen::Open(End::Cut));
    let none = "HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n";
    assert_eq!(get(none), whole(201, "", true, none.len()));
    let same = "HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\ncontent-length:2\r\n\r\nab";
    assert_eq!(get(same), whole(200, "ab", true, same.len()));
}

#[test]
fn lengths_that_are_none_or_differ_are_malformed() {
    for lengths in
        ["5, 6", "5\r\nContent-Length: 6", "-5", "+5", "", "5 5", "0x5", "18446744073709551616", "5,"]
    {
        let stream = format!("HTTP/1.1 200 OK\r\nContent-Length: {lengths}\r\n\r\nhello");
        assert_eq!(get(&stream), Seen::Malformed, "{lengths}");
    }
}

#[test]
fn chunks_delimit() {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (chunks, body) in [
        ("5\r\nhello\r\n0\r\n\r\n", "hello"),
        ("5;name=\"value\"\r\nhello\r\n1 \r\n!\r\n000\r\n\r\n", "hello!"),
        ("A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n", "01234567890123456789"),
        ("1\r\n\n\r\n0\r\nTrailer: x\r\nOther: y\r\n\r\n", "\n"),
        ("0\r\n\r\n", ""),
    ] {
        let stream = format!("{head}{chunks}");
        assert_eq!(get(&stream), whole(200, body, true, stream.len()), "{chunks:?}");
        assert_eq!(get(&format!("{stream}x")), whole(200, body, true, stream.len()), "{chunks:?}");
        for cut in head.len()..stream.len() {
            assert_eq!(get(&stream[..cut]), Seen::Open(End::Cut), "{chunks:?} {cut}");
        }
    }
    for chunks in [
        "\r\n",
        ";\r\n",
        "5\nhello\r\n",
        "5\r\nhello0\r\n",
        "5\r\nhello\n0\r\n",
        "g\r\n",
        "-1\r\n",
        "5;a\nhello",
        " 5\r\n",
    ] {
        assert_eq!(get(&format!("{head}{chunks}")), Seen::Malformed, "{chunks:?}");
    }
    // 2^64 - 1 is a size, however unlikely; one more is none.
    assert_eq!(get(&format!("{head}FFFFFFFFFFFFFFFF\r\nx")), Seen::Open(End::Cut));
    assert_eq!(get(&format!("{head}10000000000000000\r\nx")), Seen::Malformed);
}

#[test]
fn framing_of_chunks_is_bounded() {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let long = "x".repeat(70_000);
    for stream in [
        format!("{head}5;{long}\r\nhello\r\n0\r\n\r\n"),
        format!("{head}0\r\nTrailer: {long}\r\n\r\n"),
        format!("{head}{}\r\n\r\n", "0".repeat(70_000)),
    ] {
        assert_eq!(read_in(stream.as_bytes(), false, &[]), Seen::Malformed);
        assert_eq!(read_in(stream.as_bytes(), false, &vec![1; stream.len()]), Seen::Malformed);
    }
}

#[test]
fn codings_and_lengths_together() {
    let with = |headers: &str, rest: &str| format!("HTTP/1.1 200 OK\r\n{headers}\r\n\r\n{rest}");
    let chunks = "2\r\nab\r\n0\r\n\r\n";
    // RFC 9112 section 6.1: what has both ought to be handled as an error.
    assert_eq!(get(&with("Transfer-Encoding: chunked\r\nContent-Length: 2", chunks)), Seen::Malformed);
    assert_eq!(get(&with("Content-Length: 2\r\nTransfer-Encoding: chunked", chunks)), Seen::Malformed);
    // Section 6.3: chunked as the last coding delimits; another one last is read to the end.
    let stream = with("Transfer-Encoding: gzip, Chunked", chunks);
    assert_eq!(get(&stream), whole(200, "ab", true, stream.len()));
    let stream = with("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked", chunks);
    assert_eq!(get(&stream), whole(200, "ab", true, stream.len()));
    let stream = with("Transfer-Encoding: gzip", chunks);
    assert_eq!(get(&stream), whole(200, chunks, false, stream.len()));
    // Section 7: chunked must not be applied more than once, and nothing after it.
    assert_eq!(get(&with("Transfer-Encoding: chunked, chunked", chunks)), Seen::Malformed);
    assert_eq!(get(&with("Transfer-Encoding: chunked, gzip", chunks)), Seen::Malformed);
    assert_eq!(get("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), Seen::Malformed);
}

#[test]
fn the_end_of_the_connection_delimits() {
    let stream = "HTTP/1.1 200 OK\r\nServer: x\r\n\r\nuntil the end";
    assert_eq!(get(stream), whole(200, "until the end", false, stream.len()));
    let stream = "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nuntil the end";
    assert_eq!(get(stream), whole(200, "until the end", false, stream.len()));
}

#[test]
fn answers_without_a_body() {
    for status in [204, 304] {
        let stream = format!("HTTP/1.1 {status} X\r\nContent-Length: 5\r\n\r\n");
        assert_eq!(get(&stream), whole(status, "", true, stream.len()));
        assert_eq!(get(&format!("{stream}hello")), whole(status, "", true, stream.len()));
    }
    for framing in ["Content-Length: 100", "Transfer-Encoding: chunked", "Server: x"] {
        let stream = format!("HTTP/1.1 200 OK\r\n{framing}\r\n\r\n");
        assert_eq!(read(stream.as_bytes(), true), whole(200, "", true, stream.len()), "{framing}");
    }
}

#[test]
fn interim_answers_are_passed_over() {
    let last = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    let stream = format!("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n{last}");
    assert_eq!(get(&stream), whole(200, "ok", true, stream.len()));
    assert_eq!(get("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"), Seen::Malformed);
    assert_eq!(get("HTTP/1.1 100 Continue\r\n\r\n"), Seen::Open(End::Cut));
}

#[test]
fn connections_stay_or_end() {
    for (version, connection, stays) in [
        ("1.1", "", true),
        ("1.1", "Connection: keep-alive\r\n", true),
        ("1.1", "Connection: close\r\n", false),
        ("1.1", "Connection: Upgrade, CLOSE\r\n", false),
        ("1.1", "Connection: closed\r\n", true),
        ("1.1", "Connection: keep-alive\r\nConnection: close\r\n", false),
        ("1.0", "", false),
        ("1.0", "Connection: Keep-Alive\r\n", true),
        ("1.0", "Connection: keep-alive, close\r\n", false),
    ] {
        let stream = format!("HTTP/{version} 200 OK\r\n{connection}Content-Length: 2\r\n\r\nok");
        assert_eq!(get(&stream), whole(200, "ok", stays, stream.len()), "{version} {connection:?}");
    }
}

#[test]
fn what_is_no_answer_is_malformed() {
    for stream in [
        "220 mail.example ESMTP\r\n",
        "SSH-2.0-OpenSSH_9.6\r\n",
        "\r\nHTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "HTTP/2 200\r\n\r\n",
        "HTTP/1.1 20 OK\r\n\r\n",
        "HTTP/1.1 099 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n",
    ] {
        assert_eq!(read_in(stream.as_bytes(), false, &[]), Seen::Malformed, "{stream:?}");
        let slowly = read_in(stream.as_bytes(), false, &vec![1; stream.len()]);
        assert_eq!(slowly, Seen::Malformed, "{stream:?}");
    }
    assert_eq!(get("HTTP/1.1 200 OK\r\nServer"), Seen::Open(End::Cut));
    // Without its end, a line is looked at when the connection ends.
    assert_eq!(read_in(b"HTTP/1.1 2x", false, &[9]), Seen::Open(End::Malformed));
    assert_eq!(get(""), Seen::Open(End::Cut));
}

#[test]
fn heads_are_bounded() {
    let head = |headers: usize, length: usize| {
        let mut text = "HTTP/1.1 204 X\r\n".to_owned();
        (0..headers).for_each(|_| text.push_str("a: b\r\n"));
        let filler = length.saturating_sub(text.len() + "f: \r\n\r\n".len());
        text + "f: " + &"x".repeat(filler) + "\r\n\r\n"
    };
    for (stream, good) in [
        (head(63, 0), true),
        (head(64, 0), false),
        (head(1, 64 * 1024), true),
        (head(1, 64 * 1024 + 1), false),
        (head(1, 300_000), false),
    ] {
        for piece in [usize::MAX, 16 * 1024, 1] {
            let pieces = vec![piece; stream.len().div_ceil(piece)];
            let seen = read_in(stream.as_bytes(), false, &pieces);
            let expected = if good { whole(204, "", true, stream.len()) } else { Seen::Malformed };
            assert_eq!(seen, expected, "{} in {piece}", stream.len());
        }
    }
}

#[test]
fn a_large_body_passes_through_without_being_kept() {
    let mut parser = Parser::default();
    parser.reset(false);
    let mut total = 0_u64;
    let mut count = |part: Part<'_>| {
        if let Part::Body(bytes) = part {
            total += bytes.len() as u64;
        }
    };
    let length = 100_000_000_u64;
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
    assert_eq!(parser.feed(head.as_bytes(), &mut count), Ok(None));
    let piece = vec![7; 16_000];
    for turn in 1..=6250 {
        let fed = parser.feed(&piece, &mut count).unwrap();
        assert_eq!(fed, (turn == 6250).then_some(16_000));
    }
    assert_eq!(total, length);
    assert_eq!(parser.carry.capacity(), 0);
}

#[test]
fn one_answer_after_another() {
    let stream =
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n";
    let mut parser = Parser::default();
    let mut ignore = |_: Part<'_>| {};
    parser.reset(false);
    let used = parser.feed(stream, &mut ignore).unwrap().unwrap();
    assert_eq!((used, parser.status()), (40, 200));
    parser.reset(false);
    assert_eq!(parser.feed(&stream[used..], &mut ignore), Ok(Some(stream.len() - used)));
    assert_eq!(parser.status(), 404);
}

/// Answers with their bodies.
fn answers() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
    let body = prop::collection::vec(any::<u8>(), 0..300);
    let interim = prop::bool::ANY;
    let cuts = prop::collection::vec(1_usize..50, 0..8);
    (body, interim, prop::option::of(cuts)).prop_map(|(body, interim, chunks)| {
        let mut stream = Vec::new();
        if interim {
            stream.extend_from_slice(b"HTTP/1.1 100 Continue\r\nX: y\r\n\r\n");
        }
        match chunks {
            None => {
                stream.extend_from_slice(
                    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len()).as_bytes(),
                );
                stream.extend_from_slice(&body);
            }
            Some(cuts) => {
                stream.extend_from_slice(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
                let mut rest = body.as_slice();
                for cut in cuts.into_iter().chain([usize::MAX]) {
                    let (chunk, more) = rest.split_at(cut.min(rest.len()));
                    rest = more;
                    if !chunk.is_empty() {
                        stream.extend_from_slice(format!("{:x};e=1\r\n", chunk.len()).as_bytes());
                        stream.extend_from_slice(chunk);
                        stream.extend_from_slice(b"\r\n");
                    }
                }
                stream.extend_from_slice(b"0\r\nTrailer: z\r\n\r\n");
            }
        }
        (stream, body)
    })
}

proptest! {
    #[test]
    fn any_split_reads_the_same((stream, body) in answers(), pieces in prop::collection::vec(1_usize..40, 0..40)) {
        let used = stream.len();
        let expected = Seen::Whole { status: 200, body, keep_alive: true, used };
        prop_assert_eq!(read_in(&stream, false, &pieces), expected);
    }

    #[test]
    fn nothing_panics(mut bytes in prop::collection::vec(any::<u8>(), 0..200), pieces in prop::collection::vec(1_usize..40, 0..40)) {
        let _ = read_in(&bytes, false, &pieces);
        bytes.splice(0..0, *b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        let _ = read_in(&bytes, false, &pieces);
    }
}
