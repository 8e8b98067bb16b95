//! Redis, over its own protocol (RESP): `PING` and `INFO`.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::{Observation, Trouble, unfit};
use crate::baseline::secrets::Secrets;
use crate::baseline::settings::Reading;
use crate::formats::redis_info;
use crate::formats::resp::{self, Reply};
use crate::host::dial;
use crate::host::terminal::clean;

/// Most bytes of one reply.
const MAX_REPLY: usize = 16 << 20;
/// Longest error of a server that is told.
const MAX_WORDS: usize = 200;

/// Asks once.
pub(super) fn observe(
    address: &str,
    password: Option<&str>,
    secrets: &Secrets,
    limit: Duration,
) -> Result<Observation, Trouble> {
    let deadline = Instant::now() + limit;
    let (stream, _) = dial::connect(address, limit).map_err(Trouble::failed)?;
    let mut server = Server { address, password, secrets, stream, deadline, limit };
    if let Some(password) = password {
        server.ask(&["AUTH", password])?;
    }
    let start = Instant::now();
    match server.ask(&["PING"])? {
        Reply::Simple(word) if word == "PONG" => {}
        _ => return Err(server.failed("the answer to PING is not PONG")),
    }
    let latency = start.elapsed().as_secs_f64();
    let Reply::Bulk(Some(info)) = server.ask(&["INFO"])? else {
        return Err(server.failed("the answer to INFO is no text"));
    };
    Ok(Observation::Redis { latency, fields: redis_info::fields(&String::from_utf8_lossy(&info)) })
}

/// A connection.
struct Server<'a> {
    address: &'a str,
    password: Option<&'a str>,
    secrets: &'a Secrets,
    stream: TcpStream,
    deadline: Instant,
    limit: Duration,
}

impl Server<'_> {
    fn failed(&self, words: impl std::fmt::Display) -> Trouble {
        Trouble::Failed(format!("{}: {words}", self.address))
    }

    fn late(&self) -> Trouble {
        self.failed(format_args!("no whole answer within {} s", self.limit.as_secs_f64()))
    }

    /// What is left of the time; none left is too late.
    fn left(&self) -> Result<Option<Duration>, Trouble> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(self.late()) } else { Ok(Some(left)) }
    }

    fn broken(&self, error: &std::io::Error) -> Trouble {
        match error.kind() {
            std::io::ErrorKind::TimedOut | std::io::ErrorKind::WouldBlock => self.late(),
            kind => self.failed(format_args!("the connection broke ({kind})")),
        }
    }

    /// One command, and its reply that is no error.
    fn ask(&mut self, words: &[&str]) -> Result<Reply, Trouble> {
        let sent = self
            .stream
            .set_write_timeout(self.left()?)
            .and_then(|()| self.stream.write_all(&resp::command(words)));
        let mut got = Vec::new();
        let mut buffer = vec![0; 64 << 10];
        loop {
            self.stream.set_read_timeout(self.left()?).map_err(|error| self.broken(&error))?;
            let count = match self.stream.read(&mut buffer) {
                // A server that closes at once may have said why, and then what was sent is what failed.
                Ok(0) => {
                    return Err(match &sent {
                        Err(error) => self.broken(error),
                        Ok(()) => self.failed("the connection was closed"),
                    });
                }
                Ok(count) => count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(self.broken(&error)),
            };
            got.extend_from_slice(buffer.get(..count).unwrap_or_default());
            let reply = resp::parse(&got).map_err(|fault| {
                self.failed(format_args!("does not answer as Redis does: {}", fault.message))
            })?;
            match reply {
                Some((Reply::Error(words), _)) => return Err(self.refused(&words)),
                Some((reply, _)) => return Ok(reply),
                None if got.len() > MAX_REPLY => {
                    return Err(self.failed(format_args!("a reply of more than {MAX_REPLY} bytes")));
                }
                None => {}
            }
        }
    }

    /// An error of the server, and what to do about those that ask for a password.
    fn refused(&self, words: &str) -> Trouble {
        let hint = match words.split(' ').next() {
            Some("NOAUTH") => ": name the environment variable with its password as password_env",
            Some("WRONGPASS") => ": check the password",
            _ => "",
        };
        // A server may repeat what it was told.
        let words = match self.password.filter(|password| !password.is_empty()) {
            Some(password) => words.replace(password, "…"),
            None => words.to_owned(),
        };
        let words: String = clean(&self.secrets.out_of(&words)).chars().take(MAX_WORDS).collect();
        self.failed(format_args!("the server refuses ({words}){hint}"))
    }
}

/// One number of it.
pub(super) fn read(
    latency: f64,
    fields: &BTreeMap<String, String>,
    reading: &Reading,
) -> Result<f64, Trouble> {
    match reading {
        Reading::Latency => Ok(latency),
        Reading::Field(name, over) => {
            let value = number(fields, name)?;
            if over.is_empty() {
                return Ok(value);
            }
            let mut sum = 0.0;
            for name in over {
                sum += number(fields, name)?;
            }
            if sum == 0.0 {
                return Err(Trouble::Absent(format!("nothing was counted yet: {} is 0", over.join(" + "))));
            }
            Ok(value / sum)
        }
        _ => Err(unfit()),
    }
}

fn number(fields: &BTreeMap<String, String>, name: &str) -> Result<f64, Trouble> {
    let Some(value) = fields.get(name) else {
        let near = fields
            .keys()
            .map(|known| (strsim::jaro_winkler(known, name), known))
            .filter(|(likeness, _)| *likeness > 0.85)
            .max_by(|a, b| a.0.total_cmp(&b.0));
        let hint = near.map(|(_, known)| format!(": did you mean `{}`?", clean(known))).unwrap_or_default();
        return Err(Trouble::Failed(format!("INFO has no field `{name}`{hint}")));
    };
    value.parse().map_err(|_| {
        let plain = name.strip_suffix("_human").filter(|plain| fields.contains_key(*plain));
        let hint = plain.map(|plain| format!(": read `{plain}`")).unwrap_or_default();
        Trouble::Failed(format!("the field `{name}` of INFO is no number{hint}"))
    })
}

#[cfg(test)]
mod tests;
