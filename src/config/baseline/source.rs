//! What a probe asks: one key of a probe names its kind.

use std::path::PathBuf;

use super::super::decode::{Section, Sink};
use super::super::value::whole;
use super::{inside, words};
use crate::baseline::settings::{Ask, Source, Which};
use crate::formats::document::{Node, Value};
use crate::formats::glob;

/// The kinds, and the keys that go with each besides those that all have.
pub(super) const KINDS: [(&str, &[&str]); 12] = [
    ("system", &[]),
    ("process", &[]),
    ("loopback", &[]),
    ("disk", &[]),
    ("gpu", &[]),
    ("http", &["requests", "body", "headers", "token_env", "expect"]),
    ("prometheus", &["select", "take", "several", "headers", "token_env", "body", "expect"]),
    ("command", &["shell"]),
    ("file", &[]),
    ("tcp", &[]),
    ("redis", &["password_env"]),
    ("tests", &[]),
];

/// Most requests for one sample.
const REQUESTS: u32 = 10_000;

/// The source that stands under `kind`.
pub(super) fn read(section: Section<'_>, kind: &str, sink: &mut Sink) -> Option<Source> {
    let node = section.get(kind)?;
    Some(match kind {
        "system" => Source::System { path: path(section, kind, sink)? },
        "disk" => Source::Disk { path: path(section, kind, sink)? },
        "file" => Source::File { path: path(section, kind, sink)? },
        "process" => Source::Process(process(node, sink)?),
        "loopback" => {
            if !section.boolean(kind, sink)? {
                sink.add(node.span, "`loopback: true` is the probe; leave it out for none", None);
            }
            Source::Loopback
        }
        "gpu" => Source::Gpu,
        "http" => Source::Http(ask(section, kind, sink)?),
        "prometheus" => Source::Prometheus(ask(section, kind, sink)?),
        "command" => Source::Command { words: words(section, sink)? },
        "tcp" => Source::Tcp { address: address(section, kind, sink)? },
        "redis" => Source::Redis {
            address: address(section, kind, sink)?,
            password: section.text("password_env", sink),
        },
        _ => Source::Tests { files: globs(section, kind, sink)? },
    })
}

fn path(section: Section<'_>, key: &str, sink: &mut Sink) -> Option<PathBuf> {
    let text = section.text(key, sink)?;
    inside(&text, section.get(key)?.span, sink);
    Some(text.into())
}

fn process(node: &Node, sink: &mut Sink) -> Option<Which> {
    const KEYS: &[&str] = &["name", "pid_file", "command_line"];
    if let Value::String(name) = &node.value {
        return Some(if name == "self" { Which::Own } else { Which::Name(name.clone()) });
    }
    let section = Section::of(node, "process", KEYS, sink)?;
    let given: Vec<&str> = KEYS.iter().copied().filter(|key| section.get(key).is_some()).collect();
    let [key] = given.as_slice() else {
        sink.add(node.span, "`process` takes one of: name, pid_file, command_line", None);
        return None;
    };
    let text = section.text(key, sink)?;
    Some(match *key {
        "name" => Which::Name(text),
        "pid_file" => Which::PidFile(text.into()),
        _ => Which::CommandLine(text),
    })
}

fn ask(section: Section<'_>, key: &str, sink: &mut Sink) -> Option<Ask> {
    let node = section.get(key)?;
    let url = section.text(key, sink)?;
    let host = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    if host.is_none_or(|host| host.is_empty() || host.starts_with('/')) {
        let hint = "a URL, such as `http://127.0.0.1:8080/health`".to_owned();
        sink.add(node.span, "this is no URL of http or https", Some(hint));
        return None;
    }
    if host.is_some_and(|host| host.split('/').next().is_some_and(|authority| authority.contains('@'))) {
        let hint = "`token_env` names an environment variable with a token".to_owned();
        sink.add(node.span, "a user and password do not belong into a URL", Some(hint));
        return None;
    }
    let mut expect = Vec::new();
    if let Some(list) = section.get("expect") {
        let items = match &list.value {
            Value::List(items) => items.as_slice(),
            _ => std::slice::from_ref(list),
        };
        for item in items {
            let code = item.as_i64().and_then(|code| u16::try_from(code).ok());
            match code.filter(|code| (100..=599).contains(code)) {
                Some(code) => expect.push(code),
                None => sink.add(item.span, "a status code is from 100 to 599", None),
            }
        }
    }
    Some(Ask {
        url,
        requests: whole(section, "requests", 1..=REQUESTS, sink).unwrap_or(1),
        body: section.text("body", sink),
        headers: headers(section, sink),
        token: section.text("token_env", sink),
        expect,
    })
}

/// Headers; what authenticates comes from the environment.
fn headers(section: Section<'_>, sink: &mut Sink) -> Vec<(String, String)> {
    let Some(node) = section.get("headers") else { return Vec::new() };
    let entries = match node.expect_map() {
        Ok(entries) => entries,
        Err(error) => {
            sink.add(node.span, error.message, Some("`headers: {Accept: application/json}`".to_owned()));
            return Vec::new();
        }
    };
    let mut headers = Vec::new();
    for entry in entries {
        let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        let name = entry.key.as_str();
        let value = entry.value.text().unwrap_or_default();
        if name.is_empty() || !name.bytes().all(token) {
            sink.add(entry.key_span, "this is no name of a header", None);
        } else if ["authorization", "cookie", "proxy-authorization"]
            .contains(&name.to_ascii_lowercase().as_str())
        {
            let hint = "`token_env` names an environment variable with a bearer token".to_owned();
            sink.add(entry.key_span, "a secret does not belong into this file", Some(hint));
        } else if value.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
            sink.add(entry.value.span, "a header is one line", None);
        } else {
            headers.push((name.to_owned(), value.to_owned()));
        }
    }
    headers
}

fn address(section: Section<'_>, key: &str, sink: &mut Sink) -> Option<String> {
    let text = section.text(key, sink)?;
    let port = text.rsplit_once(':').filter(|(host, _)| !host.is_empty());
    if port.and_then(|(_, port)| port.parse::<u16>().ok()).is_none_or(|port| port == 0) {
        let message = format!("`{key}` is `host:port`, such as `127.0.0.1:6379`");
        sink.add(section.get(key)?.span, message, None);
        return None;
    }
    Some(text)
}

fn globs(section: Section<'_>, key: &str, sink: &mut Sink) -> Option<Vec<String>> {
    let texts = section.texts(key, sink);
    for (text, span) in &texts {
        inside(text, *span, sink);
        if let Err(error) = glob::parse(text) {
            sink.add(*span, format!("not a glob: {}", error.reason), None);
        }
    }
    (!texts.is_empty()).then(|| texts.into_iter().map(|(text, _)| text).collect())
}
