//! From a document as it is written to its statements.

use jiff::Timestamp;

use super::{Component, Document, JUSTIFICATIONS, Product, Statement, Status};
use crate::formats::document::{self, Limits, Node, ParseError, Problem, ProblemKind, Syntax, Value};
use crate::formats::fault::Fault;
use crate::formats::purl::Purl;

/// The largest document that is read, in bytes.
pub const MAX_BYTES: usize = 64 << 20;
/// Most ids of one vulnerability.
pub const MAX_IDS: usize = 100;

/// Bounds: those of the documents of large vendors, tens of thousands of statements.
const LIMITS: Limits =
    Limits { max_bytes: MAX_BYTES, max_depth: 32, max_nodes: 4_000_000, max_alias_bytes: 0 };
/// Most faults that are listed.
const MAX_FAULTS: usize = 100;
/// Most parts that stand beside products, times the products: each of them has all of the parts.
const MAX_BESIDE: usize = 100_000;
/// Oddities of a file beyond which it is not read: more of them are not listed, so that nothing would be known of the rest.
const MAX_ODD: usize = 1000;
/// What the context of every document begins with.
const CONTEXT: &str = "https://openvex.dev/ns";

/// Reads a document.
///
/// A statement counts for nothing when its vulnerability, its status or its products are not known, or when it waives and
/// has no time or not the reason that its status needs. One that says that a product is affected keeps its force against
/// an earlier one even without an action.
///
/// # Errors
/// When it is no `OpenVEX`, of a version that is not supported, or no list of statements can be taken from it.
pub fn parse(bytes: &[u8]) -> Result<Document, Fault> {
    let documents = document::parse(bytes, Syntax::Json, &LIMITS)?;
    let root = documents.single()?;
    root.expect_map()?;
    context(root)?;
    let twice = repeated(&documents.problems)?;
    let list =
        root.get("statements").ok_or_else(|| Fault::new(root.span.line, "there are no `statements`"))?;
    let statements = list.expect_list()?;
    // Of a key that stands twice readers take different ones; in a statement that is the statement's fault alone.
    let inside = |at: usize| {
        let next = statements.partition_point(|node| node.span.start <= at);
        next.checked_sub(1).and_then(|index| statements.get(index)).is_some_and(|node| at < node.span.end)
    };
    if let Some((_, line)) = twice.iter().find(|(at, _)| !inside(*at)) {
        return Err(Fault::new(*line, "a key of the document stands twice"));
    }

    let mut faults = Vec::new();
    for key in ["@id", "author", "timestamp", "version"] {
        if root.get(key).is_none() {
            note(&mut faults, Fault::new(root.span.line, format!("the document has no `{key}`")));
        }
    }
    let mut out = Document {
        id: optional(root, "@id")?.unwrap_or_default(),
        author: optional(root, "author")?.unwrap_or_default(),
        moment: moment(root, "timestamp", &mut faults),
        version: root.get("version").and_then(|node| node.expect_u64().ok()).unwrap_or(1),
        tooling: optional(root, "tooling").ok().flatten(),
        ..Document::default()
    };
    for node in statements {
        let first = twice.partition_point(|(at, _)| *at < node.span.start);
        let doubtful = twice.get(first).filter(|(at, _)| *at < node.span.end);
        let read = match doubtful {
            Some((_, line)) => Err(Fault::new(*line, "a key of the statement stands twice")),
            None => statement(node, out.moment, &mut faults),
        };
        match read {
            Ok(statement) => out.statements.push(statement),
            Err(fault) => {
                note(&mut faults, fault);
                out.unusable += 1;
            }
        }
    }
    out.faults = faults;
    Ok(out)
}

fn note(faults: &mut Vec<Fault>, fault: Fault) {
    if faults.len() < MAX_FAULTS {
        faults.push(fault);
    }
}

fn context(root: &Node) -> Result<(), Fault> {
    let node = root.get("@context");
    let named = match node.map(|node| &node.value) {
        Some(Value::List(items)) => {
            items.iter().filter_map(Node::as_str).find(|text| text.starts_with(CONTEXT))
        }
        _ => node.and_then(Node::as_str).filter(|text| text.starts_with(CONTEXT)),
    };
    let Some(named) = named else {
        return Err(Fault::new(root.span.line, "this is no OpenVEX document: its `@context` is another"));
    };
    match named.strip_prefix(CONTEXT).map(|rest| rest.trim_matches('/')) {
        Some("") => Ok(()),
        Some(version) if version.starts_with("v0.") => Ok(()),
        _ => Err(Fault::new(root.span.line, "a version of OpenVEX that is not supported (0.0 and 0.2 are)")),
    }
}

/// Where keys stand for the second time, as offset and line, in the order of the file.
fn repeated(problems: &[Problem]) -> Result<Vec<(usize, u32)>, Fault> {
    if let Some(last) = problems.get(MAX_ODD - 1) {
        return Err(Fault::new(last.span.line, format!("{MAX_ODD} oddities up to here")));
    }
    let twice = problems.iter().filter(|problem| matches!(problem.kind, ProblemKind::DuplicateKey { .. }));
    Ok(twice.map(|problem| (problem.span.start, problem.span.line)).collect())
}

fn statement(node: &Node, issued: Option<Timestamp>, faults: &mut Vec<Fault>) -> Result<Statement, Fault> {
    node.expect_map()?;
    let line = node.span.line;
    let missing = |what: &str| Fault::new(line, what);
    let vulnerability =
        node.get("vulnerability").ok_or_else(|| missing("a statement without a vulnerability"))?;
    let ids = ids(vulnerability, faults)?;
    let label = node.get("status").ok_or_else(|| missing("a statement without a status"))?;
    let text = label.expect_str()?;
    let status = Status::ALL.into_iter().find(|status| status.label() == text).ok_or_else(|| {
        let known = Status::ALL.map(Status::label).join(", ");
        Fault::new(label.span.line, format!("the status is none of {known}"))
    })?;

    let own = moment(node, "last_updated", faults).or_else(|| moment(node, "timestamp", faults));
    // A time that is there and cannot be read is not that of the document.
    let told = ["last_updated", "timestamp"].iter().any(|key| node.get(key).is_some());
    let moment = if told { own } else { issued };
    if moment.is_none() && status.waives() {
        return Err(missing("nothing tells as of when the statement holds"));
    }

    let justification = justification(node);
    let impact = optional(node, "impact_statement")?;
    let action = optional(node, "action_statement")?;
    let justification = match (status, justification) {
        (Status::NotAffected, Ok(None)) if impact.is_none() => {
            return Err(missing("`not_affected` needs a `justification` or an `impact_statement`"));
        }
        (Status::NotAffected, justification) => justification?,
        (_, Err(fault)) => {
            note(faults, fault);
            None
        }
        (_, Ok(_)) => None,
    };
    if status == Status::Affected && action.is_none() {
        note(faults, missing("`affected` needs an `action_statement`"));
    }
    Ok(Statement {
        line,
        ids,
        status,
        moment,
        products: products(node, faults)?,
        justification,
        impact,
        action,
        notes: optional(node, "status_notes")?,
    })
}

/// The names of a vulnerability. Before 0.2.0 it was a text, and tools that write 0.2.0 name it by `@id` alone, too.
fn ids(node: &Node, faults: &mut Vec<Fault>) -> Result<Vec<String>, Fault> {
    let line = node.span.line;
    let mut ids = Vec::new();
    if let Some(text) = node.as_str() {
        ids.push(text.trim().to_owned());
    } else {
        node.expect_map()?;
        match (optional(node, "name")?, optional(node, "@id")?) {
            (Some(name), _) => ids.push(name.trim().to_owned()),
            (None, Some(id)) => {
                note(faults, Fault::new(line, "the vulnerability has no `name`; its `@id` is taken"));
                ids.push(id.rsplit('/').next().unwrap_or(&id).trim().to_owned());
            }
            (None, None) => {}
        }
        for alias in node.get("aliases").map(Node::expect_list).transpose()?.unwrap_or_default() {
            ids.push(alias.expect_str()?.trim().to_owned());
        }
    }
    ids.retain(|id| !id.is_empty());
    match ids.len() {
        0 => Err(Fault::new(line, "the vulnerability has no name")),
        1..=MAX_IDS => Ok(ids),
        _ => Err(Fault::new(line, format!("the vulnerability has more than {MAX_IDS} names"))),
    }
}

fn justification(node: &Node) -> Result<Option<String>, Fault> {
    let Some(node) = node.get("justification").filter(|node| !node.is_null()) else { return Ok(None) };
    let text = node.expect_str()?;
    // Some writers give the empty label where they mean none.
    if text.is_empty() {
        return Ok(None);
    }
    if JUSTIFICATIONS.contains(&text) {
        return Ok(Some(text.to_owned()));
    }
    Err(Fault::new(node.span.line, format!("the justification is none of {}", JUSTIFICATIONS.join(", "))))
}

fn products(node: &Node, faults: &mut Vec<Fault>) -> Result<Vec<Product>, Fault> {
    // Before 0.2.0 the parts stood beside the products.
    let beside = match node.get("subcomponents") {
        Some(list) => list.expect_list()?,
        None => &[],
    };
    let listed = node.get("products").map(Node::expect_list).transpose()?.unwrap_or_default();
    if beside.len().saturating_mul(listed.len()) > MAX_BESIDE {
        return Err(Fault::new(node.span.line, "too many parts beside too many products"));
    }
    let mut products = Vec::new();
    for item in listed {
        let own = match item.get("subcomponents") {
            Some(list) => list.expect_list()?,
            None => &[],
        };
        let parts = if own.is_empty() { beside } else { own };
        products.push(Product {
            whole: component(item, faults)?,
            parts: parts.iter().map(|part| component(part, faults)).collect::<Result<_, _>>()?,
        });
    }
    if products.is_empty() {
        return Err(Fault::new(node.span.line, "a statement without a product"));
    }
    Ok(products)
}

fn component(node: &Node, faults: &mut Vec<Fault>) -> Result<Component, Fault> {
    let id = match node.as_str() {
        Some(text) => Some(text.to_owned()),
        None => {
            node.expect_map()?;
            optional(node, "@id")?
        }
    };
    let identifier = match node.get("identifiers") {
        Some(identifiers) => optional(identifiers, "purl")?,
        None => None,
    };
    let named = id.iter().filter(|id| id.starts_with("pkg:")).chain(&identifier);
    let mut purls = Vec::new();
    for text in named {
        match text.parse::<Purl>() {
            Ok(purl) if !purls.contains(&purl) => purls.push(purl),
            Ok(_) => {}
            // What is wrong with a package URL is said without its text.
            Err(error) => {
                note(faults, Fault::new(node.span.line, format!("a package URL that is none: {error}")));
            }
        }
    }
    if id.is_none() && identifier.is_none() && node.get("identifiers").is_none() {
        return Err(Fault::new(node.span.line, "a product without `@id` and `identifiers`"));
    }
    Ok(Component { id, purls })
}

/// A time; one that cannot be read is a fault.
fn moment(node: &Node, key: &str, faults: &mut Vec<Fault>) -> Option<Timestamp> {
    let node = node.get(key)?;
    let read = node.as_str().and_then(|text| text.trim().parse::<Timestamp>().ok());
    if read.is_none() {
        note(faults, Fault::new(node.span.line, format!("`{key}` is no time such as 2026-01-31T12:00:00Z")));
    }
    read
}

/// A text that may be missing; blank ones are.
fn optional(node: &Node, key: &str) -> Result<Option<String>, ParseError> {
    let Some(node) = node.get(key).filter(|node| !node.is_null()) else { return Ok(None) };
    let text = node.expect_str()?;
    Ok((!text.trim().is_empty()).then(|| text.to_owned()))
}
