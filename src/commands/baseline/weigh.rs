//! What the audit knows, for baselines: how much a setting matters, and what is open.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::open::Session;
use crate::audit::configuration::{self, Weighed, WeighedConcern};
use crate::baseline::drift::{OpenFinding, Weights};
use crate::cli::AuditArgs;
use crate::commands::{Error, audit_report};
use crate::formats::document::Documents;

/// What the audit's configuration check says of a document.
pub(super) fn weigh(path: &str, documents: &Documents) -> Weights {
    let Weighed { security, secret, concerns } = configuration::weigh(path, documents);
    let concerns = concerns.into_iter().map(|concern| {
        let WeighedConcern { key, rule, severity, message } = concern;
        (key, rule, severity, message)
    });
    Weights { security, secret, concerns: concerns.collect() }
}

/// The open findings of an audit of the tree, by fingerprint.
pub(super) fn findings(session: &Session, now: Timestamp) -> Result<BTreeMap<String, OpenFinding>, Error> {
    let args = AuditArgs { path: Some(session.root.clone()), ..AuditArgs::default() };
    let environment = |name: &str| {
        let known = session.environment.iter().find(|(known, _)| known == name);
        known.and_then(|(_, value)| value.to_str()).map(str::to_owned)
    };
    let report = audit_report(&args, now, &environment)?;
    let open = report.checks.iter().flat_map(|check| &check.findings).filter(|finding| {
        finding.suppression.as_ref().is_none_or(|mark| !mark.in_force) && finding.said_by.is_empty()
    });
    Ok(open
        .map(|finding| {
            let place = finding.location.path().or(finding.location.part()).unwrap_or_default().to_owned();
            let open = OpenFinding { rule: finding.rule.clone(), severity: finding.severity, place };
            (finding.fingerprint.0.clone(), open)
        })
        .collect())
}
