//! From what is configured to what is sent: files are read, names in templates are looked up, and everything that is
//! wrong comes back at once.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use super::check::{LONGEST_BODY, LONGEST_NAME, Part as Where};
use super::digest::digest;
use super::parse::closest;
use super::settings::{BodyConfig, EndpointConfig, LoginConfig, PerfConfig, Place};
use super::{Draft, Endpoint, Fault, Faults, Login, Part, Piece, Scenario, Table, Template};
use crate::formats::{csv, entry_path};

/// Most bytes of all bodies together.
const ALL_BODIES: usize = 64 << 20;
/// Rows of one column that are told of at most.
const MOST_ROWS_TOLD: usize = 5;
/// Bytes of a counter and of a UUID at the most; what a token takes is not known before the login.
const COUNTER: usize = 20;
const UUID: usize = 36;

/// What a scenario is built in.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// Path and query of the target's URL, see [`super::path_of`]. Its path stands before the paths of all endpoints;
    /// without endpoints it is what is asked for.
    pub base: &'a str,
    /// The token of the command line or the environment; never shown.
    pub token: Option<&'a str>,
    /// Whether files must lie inside the configuration's folder, because the configuration belongs to a tree that is not
    /// trusted further than itself.
    pub confined: bool,
    /// Environment variables.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
}

/// Builds the scenario.
///
/// # Errors
/// Everything that is wrong: files that cannot be read, tables and templates in them, columns and variables that are not
/// there, values that cannot stand where they are used.
pub fn build(config: &PerfConfig, around: &Surroundings<'_>) -> Result<Scenario, Faults> {
    let mut builder =
        Builder { config, around, lines: Vec::new(), table: None, used: BTreeSet::new(), faults: Vec::new() };
    let scenario = builder.scenario();
    builder.rows();
    let mut list = builder.faults;
    if list.is_empty() {
        return Ok(scenario);
    }
    list.sort_by(|a, b| {
        (&a.place.file, a.place.line, a.place.column).cmp(&(&b.place.file, b.place.line, b.place.column))
    });
    list.dedup();
    Err(Faults(list))
}

struct Builder<'a> {
    config: &'a PerfConfig,
    around: &'a Surroundings<'a>,
    table: Option<Table>,
    /// The lines of the table's rows.
    lines: Vec<u32>,
    /// Where columns are used.
    used: BTreeSet<(usize, Where)>,
    faults: Vec<Fault>,
}

impl Builder<'_> {
    fn fault(&mut self, place: &Place, message: impl Into<String>, hint: Option<String>) {
        self.faults.push(Fault { place: place.clone(), message: message.into(), hint });
    }

    fn scenario(&mut self) -> Scenario {
        self.data();
        let mut endpoints = self.config.endpoints.clone();
        let mut login = self.config.login.clone();
        let base = if endpoints.is_empty() { self.the_one(&mut endpoints) } else { self.prefix() };
        let mut bodies = 0_usize;
        for endpoint in login.iter_mut().map(|login| &mut login.request).chain(&mut endpoints) {
            before(&base, &mut endpoint.path);
            self.body(endpoint, &mut bodies);
        }
        self.authorise(&mut endpoints, login.is_some());
        let digest = digest(&endpoints, self.table.as_ref(), login.as_ref());
        let login = login.map(|LoginConfig { request, token }| Login {
            request: self.endpoint(&request, self.around.token.is_some()),
            token,
        });
        let token = login.is_some() || self.around.token.is_some();
        let endpoints = endpoints.iter().map(|endpoint| self.endpoint(endpoint, token)).collect();
        let name = self.config.scenario.clone().unwrap_or_else(|| "default".to_owned());
        Scenario { name, endpoints, table: self.table.clone(), login, digest }
    }

    /// Adds the endpoint that the URL alone means, and returns what stands before it: nothing.
    fn the_one(&mut self, endpoints: &mut Vec<EndpointConfig>) -> String {
        let path = super::path_of(self.around.base);
        if let Some(reason) = Where::Path.refuses(path.as_bytes()) {
            self.fault(&Place::default(), format!("the URL: {reason}"), None);
        }
        endpoints.push(EndpointConfig::get(name_of(&path), Draft::text(&path)));
        String::new()
    }

    /// The path of the URL, which stands before those of all endpoints.
    fn prefix(&mut self) -> String {
        let path = super::path_of(self.around.base);
        if let Some(reason) = Where::Path.refuses(path.as_bytes()) {
            self.fault(&Place::default(), format!("the URL: {reason}"), None);
        }
        if path.contains('?') {
            let message = "the URL has a query, which belongs to no endpoint";
            self.fault(&Place::default(), message, Some("write it into the path of an endpoint".to_owned()));
        }
        path.trim_end_matches('/').to_owned()
    }

    /// Where a file lies, if it may be read.
    fn file(&mut self, name: &str, place: &Place) -> Option<PathBuf> {
        let folder = &self.config.folder;
        let path = folder.join(name);
        if !self.around.confined {
            return Some(path);
        }
        if let Err(problem) = entry_path::normalise(name) {
            self.fault(place, format!("a {problem}"), Some(inside()));
            return None;
        }
        match (folder.canonicalize(), path.canonicalize()) {
            (Ok(folder), Ok(path)) if path.starts_with(&folder) => Some(path),
            (Ok(_), Ok(_)) => {
                self.fault(place, "the file lies elsewhere, behind a link", Some(inside()));
                None
            }
            (Err(error), _) | (_, Err(error)) => {
                self.fault(place, format!("the file cannot be read: {error}"), None);
                None
            }
        }
    }

    fn read(&mut self, name: &str, place: &Place, limit: usize) -> Option<Vec<u8>> {
        let path = self.file(name, place)?;
        match crate::host::files::read_bounded(&path, limit as u64) {
            Ok(bytes) => Some(bytes),
            Err(error) => {
                self.fault(place, format!("the file cannot be read: {error}"), None);
                None
            }
        }
    }

    fn data(&mut self) {
        let Some((name, place)) = &self.config.data else { return };
        let Some(bytes) = self.read(name, place, csv::MAX_BYTES) else { return };
        // A table that cannot be read still is one: else every use of it would be told as well.
        self.table = Some(Table::default());
        match csv::parse(&bytes) {
            Ok(table) if table.rows.is_empty() => self.fault(place, "the table has no rows", None),
            Ok(table) => {
                self.lines = table.rows.iter().map(|row| row.line).collect();
                let rows = table.rows.into_iter().map(|row| row.values).collect();
                self.table = Some(Table { columns: table.columns, rows });
            }
            Err(faults) => {
                for fault in faults {
                    let place = Place { file: Arc::from(name.as_str()), line: fault.line, column: 0 };
                    self.fault(&place, fault.message, None);
                }
            }
        }
    }

    /// Reads the file of a body.
    fn body(&mut self, endpoint: &mut EndpointConfig, sum: &mut usize) {
        if let BodyConfig::File(name, place) = &endpoint.body {
            let (name, place) = (name.clone(), place.clone());
            let bytes = self.read(&name, &place, LONGEST_BODY).unwrap_or_default();
            let inside = |line: u32| Place { file: Arc::from(name.as_str()), line, column: 0 };
            let draft = Draft::parse(&bytes, place).unwrap_or_else(|wrong| {
                for wrong in wrong {
                    let before = bytes.get(..wrong.at).unwrap_or_default();
                    let line = memchr::memchr_iter(b'\n', before).count().saturating_add(1);
                    let place = inside(u32::try_from(line).unwrap_or(u32::MAX));
                    self.fault(&place, wrong.message, wrong.hint);
                }
                Draft::default()
            });
            endpoint.body = BodyConfig::Text(draft);
        }
        if let BodyConfig::Text(draft) = &endpoint.body {
            let texts =
                draft.parts.iter().map(|part| if let Part::Text(text) = part { text.len() } else { 0 });
            let before = *sum;
            *sum = sum.saturating_add(texts.sum());
            if *sum > ALL_BODIES && before <= ALL_BODIES {
                let place = endpoint.place.clone();
                self.fault(&place, format!("all bodies together have at most {ALL_BODIES} bytes"), None);
            }
        }
    }

    /// A token that no endpoint asks for goes into the usual header, so that giving one is enough.
    fn authorise(&mut self, endpoints: &mut [EndpointConfig], login: bool) {
        if let Some(token) = self.around.token
            && (token.is_empty() || Where::Header.refuses(token.as_bytes()).is_some())
        {
            self.fault(&Place::default(), "the token is empty or has control characters", None);
        }
        if (!login && self.around.token.is_none()) || endpoints.iter().any(uses_token) {
            return;
        }
        for endpoint in endpoints {
            if endpoint.headers.iter().all(|(name, _)| name != "authorization") {
                let parts = vec![Part::Text(b"Bearer ".to_vec()), Part::Token];
                let draft = Draft { parts, place: endpoint.place.clone() };
                endpoint.headers.push(("authorization".to_owned(), draft));
            }
        }
    }

    fn endpoint(&mut self, endpoint: &EndpointConfig, token: bool) -> Endpoint {
        let path = self.template(&endpoint.path, Where::Path, token);
        let headers = endpoint.headers.iter();
        let headers =
            headers.map(|(name, value)| (name.clone(), self.template(value, Where::Header, token))).collect();
        let body = match &endpoint.body {
            BodyConfig::Text(draft) => Some(self.template(draft, Where::Body, token)),
            BodyConfig::None | BodyConfig::File(..) => None,
        };
        Endpoint {
            name: endpoint.name.clone(),
            method: endpoint.method.clone(),
            path,
            headers,
            body,
            weight: endpoint.weight,
            expect: endpoint.expect.clone(),
            think: endpoint.think,
            thresholds: endpoint.thresholds,
        }
    }

    /// Looks up the names of a template.
    fn template(&mut self, draft: &Draft, at: Where, token: bool) -> Template {
        let mut pieces = Vec::with_capacity(draft.parts.len());
        let mut longest = 0_usize;
        for part in &draft.parts {
            let (piece, length) = match part {
                Part::Text(text) => (Some(Piece::Text(text.clone())), text.len()),
                Part::Counter => (Some(Piece::Counter), COUNTER),
                Part::Uuid => (Some(Piece::Uuid), UUID),
                Part::Row(name) => self.column(name, draft, at),
                Part::Token => (self.token(draft, at, token), 0),
                Part::Env(name) => {
                    let text = self.variable(name, draft, at);
                    let length = text.len();
                    (Some(Piece::Text(text)), length)
                }
            };
            longest = longest.saturating_add(length);
            match (pieces.last_mut(), piece) {
                (Some(Piece::Text(before)), Some(Piece::Text(text))) => before.extend_from_slice(&text),
                (_, Some(piece)) => pieces.push(piece),
                (_, None) => {}
            }
        }
        if longest > at.longest() {
            let message = format!("this can be {longest} bytes long, at most {} are sent", at.longest());
            self.fault(&draft.place, message, None);
        }
        Template(pieces)
    }

    /// A column, and the length of its longest value.
    fn column(&mut self, name: &str, draft: &Draft, at: Where) -> (Option<Piece>, usize) {
        let Some(table) = &self.table else {
            if self.config.data.is_none() {
                let hint = Some("`data: FILE.csv` names the table".to_owned());
                self.fault(&draft.place, format!("`${{row.{name}}}` without a table"), hint);
            }
            return (None, 0);
        };
        if table.columns.is_empty() {
            return (None, 0);
        }
        let Some(column) = table.columns.iter().position(|known| known == name) else {
            let known: Vec<&str> = table.columns.iter().map(String::as_str).collect();
            let hint = closest(name, &known).map_or_else(
                || format!("it has: {}", known.iter().take(20).copied().collect::<Vec<_>>().join(", ")),
                |near| format!("did you mean `${{row.{near}}}`?"),
            );
            self.fault(&draft.place, format!("the table has no column `{name}`"), Some(hint));
            return (None, 0);
        };
        self.used.insert((column, at));
        let longest = table.rows.iter().filter_map(|row| row.get(column)).map(String::len).max();
        (Some(Piece::Column(column)), longest.unwrap_or(0))
    }

    fn token(&mut self, draft: &Draft, at: Where, there: bool) -> Option<Piece> {
        if !there {
            let hint = "add a `login`, give `--auth-token`, or set READINESS_AUTH_TOKEN".to_owned();
            self.fault(&draft.place, "`${token}` without a token", Some(hint));
        } else if at == Where::Path
            && let Some(token) = self.around.token
            && let Some(reason) = at.refuses(token.as_bytes())
        {
            self.fault(&draft.place, format!("the token cannot stand here: {reason}"), None);
        }
        Some(Piece::Token)
    }

    /// The value of a variable, which never is told.
    fn variable(&mut self, name: &str, draft: &Draft, at: Where) -> Vec<u8> {
        let Some(value) = (self.around.variable)(name).filter(|value| !value.is_empty()) else {
            self.fault(&draft.place, format!("the environment variable `{name}` is not set"), None);
            return Vec::new();
        };
        if let Some(reason) = at.refuses(value.as_bytes()) {
            self.fault(&draft.place, format!("the value of `{name}` cannot stand here: {reason}"), None);
        }
        value.into_bytes()
    }

    /// Values of the table that cannot stand where their column is used.
    fn rows(&mut self) {
        let Some(table) = self.table.take() else { return };
        let file: Arc<str> =
            self.config.data.as_ref().map_or_else(|| Arc::from(""), |(name, _)| Arc::from(name.as_str()));
        for (column, at) in std::mem::take(&mut self.used) {
            let name = table.columns.get(column).map_or("", String::as_str);
            let bad = table
                .rows
                .iter()
                .zip(&self.lines)
                .filter_map(|(row, line)| Some((*line, at.refuses(row.get(column)?.as_bytes())?)));
            let bad: Vec<_> = bad.take(MOST_ROWS_TOLD).collect();
            for (line, reason) in bad {
                let place = Place { file: Arc::clone(&file), line, column: 0 };
                self.fault(&place, format!("column `{name}`: {reason}"), None);
            }
        }
    }
}

/// Puts the path of the URL before another.
fn before(base: &str, path: &mut Draft) {
    match path.parts.first_mut() {
        Some(Part::Text(text)) => drop(text.splice(..0, base.bytes())),
        _ if base.is_empty() => {}
        _ => path.parts.insert(0, Part::Text(base.as_bytes().to_vec())),
    }
}

fn inside() -> String {
    "files lie inside the folder of the configuration".to_owned()
}

fn uses_token(endpoint: &EndpointConfig) -> bool {
    let body = match &endpoint.body {
        BodyConfig::Text(draft) => Some(draft),
        BodyConfig::None | BodyConfig::File(..) => None,
    };
    let headers = endpoint.headers.iter().map(|(_, value)| value);
    std::iter::once(&endpoint.path).chain(headers).chain(body).any(Draft::uses_token)
}

/// The name of the endpoint that a path alone means: the path without its query, which may hold secrets.
pub(super) fn name_of(path: &str) -> String {
    path.split('?').next().unwrap_or("/").chars().take(LONGEST_NAME).collect()
}
