#![allow(clippy::disallowed_methods, reason = "tests start a server in a folder of their own")]

use std::process::{Command, Stdio};

use super::super::serving::serve;
use super::*;

const LONG: Duration = Duration::from_secs(10);

fn field(name: &str, over: &[&str]) -> Reading {
    Reading::Field(name.to_owned(), over.iter().map(|name| (*name).to_owned()).collect())
}

fn number_of(observation: &Observation, reading: &Reading) -> Result<f64, Trouble> {
    let Observation::Redis { latency, fields } = observation else { panic!("{observation:?}") };
    read(*latency, fields, reading)
}

/// A server that speaks as Redis does: what it answers to each command, by its first word.
fn fake(answer: impl Fn(&[String]) -> Vec<u8> + Send + Sync + 'static) -> String {
    let address = serve(move |mut stream, _| {
        let mut got = Vec::new();
        let mut buffer = [0; 1024];
        while let Ok(count @ 1..) = stream.read(&mut buffer) {
            got.extend_from_slice(&buffer[..count]);
            while let Some((Reply::Array(Some(words)), taken)) = resp::parse(&got).unwrap() {
                let words: Vec<String> = words
                    .into_iter()
                    .map(|word| match word {
                        Reply::Bulk(Some(bytes)) => String::from_utf8(bytes).unwrap(),
                        other => panic!("{other:?}"),
                    })
                    .collect();
                got.drain(..taken);
                if stream.write_all(&answer(&words)).is_err() {
                    return;
                }
            }
        }
    });
    address.to_string()
}

fn bulk(text: &str) -> Vec<u8> {
    format!("${}\r\n{text}\r\n", text.len()).into_bytes()
}

const INFO: &str = "# Stats\r\nkeyspace_hits:30\r\nkeyspace_misses:10\r\nexpired_keys:0\r\nused_memory:2048\r\nused_memory_human:2.00K\r\n# Keyspace\r\ndb0:keys=7,expires=0,avg_ttl=0\r\n";

#[test]
fn fields_of_info() {
    let address = fake(|words| match words[0].as_str() {
        "PING" => b"+PONG\r\n".to_vec(),
        "INFO" => bulk(INFO),
        _ => b"-ERR unknown command\r\n".to_vec(),
    });
    let seen = observe(&address, None, Secrets::NONE, LONG).unwrap();
    assert!((0.0..5.0).contains(&number_of(&seen, &Reading::Latency).unwrap()));
    for (name, over, value) in [
        ("keyspace_hits", &[] as &[&str], 30.0),
        ("stats.keyspace_hits", &[], 30.0),
        ("keyspace_hits", &["keyspace_hits", "keyspace_misses"], 0.75),
        ("db0.keys", &[], 7.0),
        ("keyspace.db0.keys", &[], 7.0),
    ] {
        assert_eq!(number_of(&seen, &field(name, over)), Ok(value), "{name}");
    }
    let absent = number_of(&seen, &field("keyspace_hits", &["expired_keys"]));
    assert_eq!(absent, Err(Trouble::Absent("nothing was counted yet: expired_keys is 0".to_owned())));
    for (name, words) in [
        ("keyspace_hit", "INFO has no field `keyspace_hit`: did you mean `keyspace_hits`?"),
        ("used_memory_human", "the field `used_memory_human` of INFO is no number: read `used_memory`"),
        ("zzz", "INFO has no field `zzz`"),
    ] {
        assert_eq!(number_of(&seen, &field(name, &[])), Err(Trouble::failed(words)));
    }
    assert_eq!(number_of(&seen, &Reading::Errors), Err(unfit()));
}

#[test]
fn passwords() {
    let address = fake(|words| match words {
        [word, password] if word == "AUTH" && password == "right" => b"+OK\r\n".to_vec(),
        [word, password] if word == "AUTH" => format!("-WRONGPASS not {password}\x1b[2J\r\n").into_bytes(),
        [word] if word == "PING" => b"+PONG\r\n".to_vec(),
        _ => bulk(INFO),
    });
    assert!(observe(&address, Some("right"), Secrets::NONE, LONG).is_ok());
    let words = observe(&address, Some("hunter2"), Secrets::NONE, LONG).unwrap_err().to_string();
    assert!(words.ends_with("(WRONGPASS not …\\u{1b}[2J): check the password"), "{words}");
    let address = fake(|_| b"-NOAUTH Authentication required.\r\n".to_vec());
    let words = observe(&address, None, Secrets::NONE, LONG).unwrap_err().to_string();
    assert!(words.contains("NOAUTH") && words.ends_with("as password_env"), "{words}");
}

#[test]
fn hostile_servers_end_within_the_limit() {
    let limit = Duration::from_millis(700);
    let ping = |info: fn() -> Vec<u8>| {
        fake(move |words| if words[0] == "PING" { b"+PONG\r\n".to_vec() } else { info() })
    };
    for (name, address, words) in [
        ("close", serve(|_, _| {}).to_string(), ""),
        (
            "another protocol",
            fake(|_| b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()),
            "does not answer as Redis",
        ),
        ("silence", fake(|_| Vec::new()), "no whole answer within 0.7 s"),
        ("no pong", fake(|_| b"+OK\r\n".to_vec()), "is not PONG"),
        ("no text", ping(|| b":1\r\n".to_vec()), "INFO is no text"),
        ("a huge length", ping(|| b"$999999999\r\n".to_vec()), "longer than is taken"),
        ("an endless line", ping(|| vec![b'+'; 100_000]), "a line without an end"),
        ("half an answer", ping(|| b"$100\r\nshort".to_vec()), "no whole answer within"),
        (
            "drops",
            serve(|mut stream, _| {
                while stream.write_all(b"+").is_ok() {
                    std::thread::sleep(Duration::from_millis(20));
                }
            })
            .to_string(),
            "no whole answer within",
        ),
    ] {
        let start = Instant::now();
        let result = observe(&address, None, Secrets::NONE, limit);
        assert!(start.elapsed() < limit + Duration::from_secs(1), "{name}");
        let Err(Trouble::Failed(reason)) = result else { panic!("{name}: {result:?}") };
        assert!(reason.starts_with(&format!("{address}: ")) && reason.contains(words), "{name}: {reason}");
    }
}

/// Against a real server, where one is installed; its own client says what is right.
#[test]
fn a_real_server() {
    let folder = tempfile::tempdir().unwrap();
    let port = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port().to_string()
    };
    let server = Command::new("redis-server")
        .args(["--port", &port, "--bind", "127.0.0.1", "--requirepass", "pass word", "--save", ""])
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut server) = server else {
        eprintln!("redis-server is not installed: not tested against it");
        return;
    };
    let address = format!("127.0.0.1:{port}");
    let start = Instant::now();
    while TcpStream::connect(&address).is_err() && start.elapsed() < LONG {
        std::thread::sleep(Duration::from_millis(20));
    }
    let cli = |words: &[&str]| {
        let out =
            Command::new("redis-cli").args(["-p", &port, "-a", "pass word"]).args(words).output().unwrap();
        String::from_utf8(out.stdout).unwrap()
    };
    cli(&["SET", "a", "1"]);
    cli(&["GET", "a"]);
    cli(&["GET", "a"]);
    cli(&["GET", "a"]);
    cli(&["GET", "b"]);
    let seen = observe(&address, Some("pass word"), Secrets::NONE, LONG);
    let refused = observe(&address, None, Secrets::NONE, LONG);
    server.kill().unwrap();
    server.wait().unwrap();
    let seen = seen.unwrap();
    assert_eq!(number_of(&seen, &field("keyspace_hits", &["keyspace_hits", "keyspace_misses"])), Ok(0.75));
    assert_eq!(number_of(&seen, &field("db0.keys", &[])), Ok(1.0));
    assert!(number_of(&seen, &field("memory.used_memory", &[])).unwrap() > 100_000.0);
    assert!(refused.unwrap_err().to_string().contains("NOAUTH"));
}
