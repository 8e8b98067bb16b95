//! Endpoints and the login: requests with their templates.

use std::collections::{HashMap, HashSet};

use super::super::decode::{Section, Sink};
use super::super::value::{pause, place, whole};
use crate::formats::document::{Node, Value};
use crate::perf::scenario::{
    BodyConfig, Draft, EndpointConfig, Expect, HEAVIEST, LoginConfig, MOST_ENDPOINTS, MOST_HEADERS,
    Objectives, Part, Thresholds, Where, refused_header, refused_method, refused_name, refused_pointer,
};

const REQUEST: &[&str] = &["method", "path", "headers", "body", "body_file", "json", "expect"];

pub(super) fn login(top: Section<'_>, source: &str, sink: &mut Sink) -> Option<LoginConfig> {
    let keys = [REQUEST, &["token"]].concat();
    let section = top.section("login", &keys, sink)?;
    let request = request(section, "login".to_owned(), source, sink);
    let token = super::checked(section, "token", refused_pointer, sink);
    if section.get("token").is_none() {
        let hint = "a JSON pointer into the answer: `token: /access_token`".to_owned();
        sink.add(section.span(), "a login says where its `token` is", Some(hint));
    }
    Some(LoginConfig { request: request?, token: token? })
}

pub(super) fn endpoints(top: Section<'_>, source: &str, sink: &mut Sink) -> Vec<EndpointConfig> {
    let Some(node) = top.get("endpoints") else { return Vec::new() };
    let items = match node.expect_list() {
        Ok(items) => items,
        Err(error) => {
            let hint = "each endpoint is an item of a list: `- path: /`".to_owned();
            sink.add(node.span, error.message, Some(hint));
            return Vec::new();
        }
    };
    if items.is_empty() || items.len() > MOST_ENDPOINTS {
        sink.add(node.span, format!("there are 1 to {MOST_ENDPOINTS} endpoints"), None);
        return Vec::new();
    }
    let keys = [REQUEST, &["name", "weight", "think", "thresholds", "objectives"]].concat();
    let mut names = HashSet::new();
    let mut endpoints = Vec::new();
    for item in items {
        if item.is_null() {
            sink.add(item.span, item.unexpected("a mapping").message, None);
        }
        let Some(section) = Section::of(item, "endpoint", &keys, sink) else { continue };
        let name = super::checked(section, "name", refused_name, sink);
        let name = match (name, section.get("name")) {
            (Some(name), _) => name,
            (None, Some(_)) => String::new(),
            (None, None) => usual_name(section),
        };
        if !name.is_empty() && !names.insert(name.clone()) {
            let span = section.get("name").map_or(section.span(), |node| node.span);
            sink.add(
                span,
                "another endpoint has this name",
                Some("give each a `name` of its own".to_owned()),
            );
        }
        let weight = whole(section, "weight", 1..=HEAVIEST, sink).unwrap_or(1);
        let think = pause(section, "think", sink).unwrap_or_default();
        let (thresholds, objectives) = (super::thresholds(section, sink), super::objectives(section, sink));
        if let Some(request) = request(section, name, source, sink) {
            endpoints.push(EndpointConfig { weight, think, thresholds, objectives, ..request });
        }
    }
    endpoints
}

/// The name of an endpoint that gives none: its path without a query, behind the method unless that is `GET`.
fn usual_name(section: Section<'_>) -> String {
    let text = |key: &str| section.get(key).and_then(Node::text).unwrap_or_default();
    let path = text("path").split('?').next().unwrap_or_default();
    let name = match text("method") {
        "" | "GET" => path.to_owned(),
        method => format!("{method} {path}"),
    };
    name.chars().filter(|letter| !letter.is_control()).take(100).collect()
}

fn request(section: Section<'_>, name: String, source: &str, sink: &mut Sink) -> Option<EndpointConfig> {
    let method = match section.get("method") {
        Some(_) => super::checked(section, "method", refused_method, sink),
        None => Some("GET".to_owned()),
    };
    let path = path(section, source, sink);
    let mut headers = headers(section, source, sink);
    let body = body(section, source, sink);
    if section.get("json").is_some() && headers.iter().all(|(name, _)| name != "content-type") {
        headers.push(("content-type".to_owned(), Draft::text("application/json")));
    }
    let expect = expect(section, sink);
    Some(EndpointConfig {
        place: place(section.span(), source),
        name,
        method: method?,
        path: path?,
        headers,
        body: body?,
        weight: 1,
        expect,
        think: std::time::Duration::ZERO,
        thresholds: Thresholds::default(),
        objectives: Objectives::default(),
    })
}

/// Reads a template and checks what of it is constant.
fn draft(node: &Node, text: &str, at: Where, source: &str, sink: &mut Sink) -> Option<Draft> {
    let draft = match Draft::parse(text.as_bytes(), place(node.span, source)) {
        Ok(draft) => draft,
        Err(wrong) => {
            for wrong in wrong {
                let lines = text.get(..wrong.at).map_or(0, |before| before.matches('\n').count());
                let mut span = node.span;
                span.line = node.line_of_text(u32::try_from(lines).unwrap_or(u32::MAX));
                sink.add(span, wrong.message, wrong.hint);
            }
            return None;
        }
    };
    let mut length = 0_usize;
    for part in &draft.parts {
        let Part::Text(text) = part else { continue };
        length = length.saturating_add(text.len());
        if let Some(reason) = at.refuses(text) {
            sink.add(node.span, reason, None);
            return None;
        }
    }
    if length > at.longest() {
        sink.add(node.span, format!("this is longer than {} bytes", at.longest()), None);
        return None;
    }
    Some(draft)
}

fn path(section: Section<'_>, source: &str, sink: &mut Sink) -> Option<Draft> {
    let Some(node) = section.get("path") else {
        sink.add(section.span(), "a `path` is needed", None);
        return None;
    };
    let text = section.text("path", sink)?;
    if !text.starts_with('/') {
        let hint = "the server is named by `url`".to_owned();
        sink.add(node.span, "a path begins with `/`", Some(hint));
        return None;
    }
    draft(node, &text, Where::Path, source, sink)
}

fn headers(section: Section<'_>, source: &str, sink: &mut Sink) -> Vec<(String, Draft)> {
    let mut headers = Vec::new();
    for (name, value) in named(section, sink) {
        match value.text().filter(|_| !value.is_null()) {
            Some(text) => {
                if let Some(draft) = draft(value, text, Where::Header, source, sink) {
                    headers.push((name, draft));
                }
            }
            None => sink.add(value.span, value.unexpected("a text").message, None),
        }
    }
    headers
}

/// The entries of `headers`, with their names in lower case.
fn named<'n>(section: Section<'n>, sink: &mut Sink) -> Vec<(String, &'n Node)> {
    let Some(node) = section.get("headers") else { return Vec::new() };
    let entries = match node.expect_map() {
        Ok(entries) => entries,
        Err(error) => {
            sink.add(node.span, error.message, Some("`headers: {accept: text/html}`".to_owned()));
            return Vec::new();
        }
    };
    if entries.len() > MOST_HEADERS {
        sink.add(node.span, format!("there are at most {MOST_HEADERS} headers"), None);
        return Vec::new();
    }
    let mut seen: HashMap<String, &str> = HashMap::new();
    let mut headers = Vec::new();
    for entry in entries {
        let name = entry.key.to_ascii_lowercase();
        if let Some(reason) = refused_header(&name) {
            sink.add(entry.key_span, reason, None);
            continue;
        }
        match seen.insert(name.clone(), &entry.key) {
            // A key that is the same letter by letter has been told already.
            Some(first) if first == entry.key => {}
            Some(_) => sink.add(entry.key_span, "this header stands twice, in other letters", None),
            None => headers.push((name, &entry.value)),
        }
    }
    headers
}

fn body(section: Section<'_>, source: &str, sink: &mut Sink) -> Option<BodyConfig> {
    let given: Vec<&str> =
        ["body", "body_file", "json"].into_iter().filter(|key| section.get(key).is_some()).collect();
    match given.as_slice() {
        [] => Some(BodyConfig::None),
        ["body"] => {
            let text = section.text("body", sink)?;
            draft(section.get("body")?, &text, Where::Body, source, sink).map(BodyConfig::Text)
        }
        ["body_file"] => {
            let name = section.text("body_file", sink)?;
            Some(BodyConfig::File(name, place(section.get("body_file")?.span, source)))
        }
        ["json"] => {
            let node = section.get("json")?;
            let mut text = String::new();
            json(node, &mut text, sink)?;
            draft(node, &text, Where::Body, source, sink).map(BodyConfig::Text)
        }
        [_, second, ..] => {
            let span = section.get(second).map_or(section.span(), |node| node.span);
            sink.add(span, "a request has one of `body`, `body_file` and `json`", None);
            None
        }
        [_] => None,
    }
}

/// Writes a value as JSON; none when it has none, which has been told then.
fn json(node: &Node, out: &mut String, sink: &mut Sink) -> Option<()> {
    let string = |text: &str| serde_json::Value::from(text).to_string();
    match &node.value {
        Value::Null => out.push_str("null"),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::String(text) => out.push_str(&string(text)),
        Value::Number(text) => {
            // What JSON writes in the same way stays as it is; `0x1F` and `+1` do not.
            if serde_json::from_str::<serde_json::Number>(text).is_ok() {
                out.push_str(text);
            } else if let Some(whole) = node.as_i64() {
                out.push_str(&whole.to_string());
            } else if let Some(number) = node.as_f64().and_then(serde_json::Number::from_f64) {
                out.push_str(&number.to_string());
            } else {
                sink.add(node.span, "JSON has no such number", Some("quote it to send a text".to_owned()));
                return None;
            }
        }
        Value::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                json(item, out, sink)?;
            }
            out.push(']');
        }
        Value::Map(entries) => {
            // Of a key that came in through a merge as well, the last one counts.
            let last: HashMap<&str, usize> =
                entries.iter().enumerate().map(|(index, entry)| (entry.key.as_str(), index)).collect();
            let kept =
                entries.iter().enumerate().filter(|(at, entry)| last.get(entry.key.as_str()) == Some(at));
            out.push('{');
            for (index, (_, entry)) in kept.enumerate() {
                if index > 0 {
                    out.push(',');
                }
                out.push_str(&string(&entry.key));
                out.push(':');
                json(&entry.value, out, sink)?;
            }
            out.push('}');
        }
    }
    Some(())
}

fn expect(section: Section<'_>, sink: &mut Sink) -> Expect {
    let mut expect = Expect::default();
    let Some(section) = section.section("expect", &["status", "contains", "headers"], sink) else {
        return expect;
    };
    if let Some(node) = section.get("status") {
        let items = match &node.value {
            Value::List(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        if items.is_empty() || items.len() > 100 {
            sink.add(node.span, "there are 1 to 100 statuses", None);
        }
        expect.status.clear();
        for item in items {
            match item.text().and_then(statuses) {
                Some(range) => expect.status.push(range),
                None => {
                    let hint = "write `200`, `2xx` or `200-204`, from 200 to 599".to_owned();
                    sink.add(item.span, "no status of an answer", Some(hint));
                }
            }
        }
    }
    let contains = section.texts("contains", sink);
    if contains.len() > 100 {
        sink.add(section.span(), "there are at most 100 texts in `contains`", None);
    }
    expect.contains = contains.into_iter().map(|(text, _)| text.into_bytes()).collect();
    expected_headers(section, &mut expect, sink);
    expect
}

/// Headers of answers: any name may be asked for, also those that a request does not set.
fn expected_headers(section: Section<'_>, expect: &mut Expect, sink: &mut Sink) {
    let Some(node) = section.get("headers") else { return };
    let entries = match node.expect_map() {
        Ok(entries) => entries,
        Err(error) => {
            let hint = "`headers: {x-build: \"1.4\"}`, or `x-build:` for any value".to_owned();
            return sink.add(node.span, error.message, Some(hint));
        }
    };
    if entries.len() > MOST_HEADERS {
        return sink.add(node.span, format!("there are at most {MOST_HEADERS} headers"), None);
    }
    for entry in entries {
        if !crate::perf::scenario::is_token(&entry.key) {
            sink.add(entry.key_span, "the name of a header has letters, digits and `-`, and no spaces", None);
        }
        let value = match entry.value.text() {
            _ if entry.value.is_null() => None,
            Some(text) => match Where::Header.refuses(text.as_bytes()) {
                Some(reason) => {
                    sink.add(entry.value.span, reason, None);
                    None
                }
                // An answer's value comes without spaces around it (RFC 9110, 5.5).
                None => Some(text.trim_ascii().to_owned()),
            },
            None => {
                sink.add(entry.value.span, entry.value.unexpected("a text or nothing").message, None);
                None
            }
        };
        expect.headers.push((entry.key.to_ascii_lowercase(), value));
    }
}

/// `200`, `2xx`, `200-204`.
fn statuses(text: &str) -> Option<(u16, u16)> {
    let status = |text: &str| {
        let number: u16 = text.trim().parse().ok().filter(|_| text.trim().len() == 3)?;
        (200..=599).contains(&number).then_some(number)
    };
    if let Some(class) = text.strip_suffix("xx").or_else(|| text.strip_suffix("XX")) {
        let begin = status(&format!("{class}00"))?;
        return Some((begin, begin.saturating_add(99)));
    }
    match text.split_once('-') {
        Some((from, to)) => Some((status(from)?, status(to)?)).filter(|(from, to)| from <= to),
        None => status(text).map(|status| (status, status)),
    }
}
