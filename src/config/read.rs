//! The keys of `readiness.yaml`. What each means stands in `docs/configuration.md`.

use super::decode::{Section, Sink, closest};
use super::problems::{Problem, Problems};
use super::{Config, Known, Program, baseline, perf, provenance, release, rollback};
use crate::formats::document::{self, Limits, Node, ProblemKind, Span, Syntax};
use crate::formats::openvex::JUSTIFICATIONS;
use crate::formats::scanner::Scanner;
use crate::formats::{glob, hex};
use crate::gate::{PackagePattern, Waiver};
use crate::report::{Decimal, SuppressionKind};

const TOP: &[&str] = &[
    "version",
    "audit",
    "keys",
    "integrity",
    "signatures",
    "encryption",
    "configuration",
    "vulnerabilities",
    "sbom",
    "gate",
    "waivers",
    "perf",
    "release",
    "provenance",
    "rollback",
    "baseline",
];

const WAIVER: &[&str] = &[
    "rule",
    "path",
    "fingerprint",
    "vulnerability",
    "package",
    "justification",
    "reason",
    "owner",
    "expires",
];

/// Reads a configuration; every problem of it comes back at once.
pub(super) fn read(bytes: &[u8], name: &str, known: Known<'_>) -> Result<Config, Problems> {
    let mut sink = Sink::default();
    let mut config = Config { source: name.to_owned(), ..Config::default() };
    if let Some(root) = root(bytes, &mut sink)
        && let Some(top) = Section::of(&root, name, TOP, &mut sink)
    {
        fill(&mut config, top, known, &mut sink);
    }
    finish(config, sink, bytes, name)
}

/// The one document of a file, if it has any.
pub(super) fn root(bytes: &[u8], sink: &mut Sink) -> Option<Node> {
    let documents = match document::parse(bytes, Syntax::Yaml, &Limits::default()) {
        Ok(documents) => documents,
        Err(error) => {
            sink.0.push(Problem {
                line: error.line,
                column: error.column,
                message: error.message,
                hint: None,
                excerpt: String::new(),
            });
            return None;
        }
    };
    for problem in &documents.problems {
        if let ProblemKind::DuplicateKey { key, first } = &problem.kind {
            sink.add(problem.span, format!("`{key}` stands twice, first on line {}", first.line), None);
        }
    }
    let mut roots = documents.roots.into_iter();
    let first = roots.next();
    if let Some(second) = roots.next() {
        sink.add(second.span, "one document is expected, there are several", None);
        return None;
    }
    first
}

/// What was read, unless there are problems.
pub(super) fn finish<T>(value: T, sink: Sink, bytes: &[u8], name: &str) -> Result<T, Problems> {
    if sink.0.is_empty() {
        return Ok(value);
    }
    let mut problems = Problems { file: name.to_owned(), list: sink.0 };
    problems.illustrate(&String::from_utf8_lossy(bytes));
    Err(problems)
}

fn fill(config: &mut Config, top: Section<'_>, known: Known<'_>, sink: &mut Sink) {
    if let Some(version) = top.number("version", sink)
        && version != 1
        && let Some(node) = top.get("version")
    {
        sink.add(node.span, "this program reads version 1", None);
    }
    if let Some(audit) = top.section("audit", &["exclude", "max_file_size"], sink) {
        config.exclude = globs(audit, "exclude", sink);
        if let Some(text) = audit.text("max_file_size", sink) {
            config.max_file_size = crate::formats::size::bytes(&text).ok();
            if config.max_file_size.is_none()
                && let Some(node) = audit.get("max_file_size")
            {
                sink.add(node.span, "a size is expected, such as `16 MiB`", None);
            }
        }
    }
    if let Some(keys) = top.section("keys", &["public", "encryption"], sink) {
        config.public_keys = plain(keys.texts("public", sink));
        config.encryption_keys = plain(keys.texts("encryption", sink));
    }
    if let Some(integrity) = top.section("integrity", &["manifest", "critical", "require_signature"], sink) {
        config.manifest = integrity.text("manifest", sink);
        config.critical = globs(integrity, "critical", sink);
        config.require_signed_manifest = integrity.boolean("require_signature", sink).unwrap_or(false);
    }
    if let Some(signatures) = top.section("signatures", &["require", "salt"], sink) {
        config.require_signatures = globs(signatures, "require", sink);
        config.salt_must_equal_digest =
            signatures.one_of("salt", &[("any", false), ("digest", true)], sink).unwrap_or(false);
    }
    if let Some(encryption) = top.section("encryption", &["files"], sink) {
        config.encrypted = globs(encryption, "files", sink);
    }
    if let Some(configuration) = top.section("configuration", &["files", "required_env"], sink) {
        config.profiles = globs(configuration, "files", sink);
        config.required_env = plain(configuration.texts("required_env", sink));
    }
    if let Some(gate) = top.section(
        "gate",
        &["fail_on", "strict", "optional", "waiver_max_days", "marks", "vulnerabilities"],
        sink,
    ) {
        config.fail_on = gate.severity("fail_on", sink);
        config.strict = gate.boolean("strict", sink);
        config.waiver_max_days = gate.number("waiver_max_days", sink);
        config.marks = gate.boolean("marks", sink);
        for (id, span) in gate.texts("optional", sink) {
            name_of("check", &id, span, known.checks, sink);
            config.optional.push(id);
        }
        let keys = ["exploited", "epss", "unfixed", "development"];
        if let Some(section) = gate.section("vulnerabilities", &keys, sink) {
            let conditions = &mut config.conditions;
            conditions.exploited = section.boolean("exploited", sink).unwrap_or(conditions.exploited);
            conditions.unfixed = section.boolean("unfixed", sink).unwrap_or(conditions.unfixed);
            conditions.development = section.boolean("development", sink).unwrap_or(conditions.development);
            conditions.epss = section.fraction("epss", sink).map(Decimal::of);
        }
    }
    if let Some(section) =
        top.section("vulnerabilities", &["max_advisory_age", "unknown_severity", "vex", "scanners"], sink)
    {
        config.scanners = programs(section, sink);
        config.max_advisory_age = section.number("max_advisory_age", sink);
        config.unknown_severity = section.severity("unknown_severity", sink);
        config.vex = plain(section.texts("vex", sink));
    }
    if let Some(section) = top.section("sbom", &["files"], sink) {
        config.sboms = plain(section.texts("files", sink));
    }
    waivers(config, top, known, sink);
    if let Some(section) = top.section("perf", perf::KEYS, sink) {
        config.perf = perf::read(section, &config.source, sink);
    }
    if let Some(section) = top.section("release", release::KEYS, sink) {
        config.release = release::read(section, sink);
    }
    if let Some(section) = top.section("provenance", provenance::KEYS, sink) {
        config.provenance = provenance::read(section, sink);
    }
    if let Some(section) = top.section("rollback", rollback::KEYS, sink) {
        config.rollback = rollback::read(section, sink);
    }
    if let Some(section) = top.section("baseline", baseline::KEYS, sink) {
        config.baseline = baseline::read(section, sink);
    }
}

/// The programs of scanners.
fn programs(section: Section<'_>, sink: &mut Sink) -> Vec<Program> {
    let names = Scanner::ALL.map(Scanner::name);
    let Some(scanners) = section.section("scanners", &names, sink) else { return Vec::new() };
    let mut programs = Vec::new();
    for scanner in Scanner::ALL {
        let Some(program) = scanners.section(scanner.name(), &["path", "sha256"], sink) else { continue };
        let sha256 = program.text("sha256", sink).and_then(|text| {
            let digest: Option<[u8; 32]> =
                hex::decode(text.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
            if digest.is_none()
                && let Some(node) = program.get("sha256")
            {
                sink.add(node.span, "`sha256` is 64 hex digits", None);
            }
            digest
        });
        let path = program.text("path", sink).map(Into::into);
        programs.push(Program { scanner, path, sha256 });
    }
    programs
}

fn waivers(config: &mut Config, top: Section<'_>, known: Known<'_>, sink: &mut Sink) {
    let Some(list) = top.get("waivers") else { return };
    let rules = (known.rules)();
    let items = match list.expect_list() {
        Ok(items) => items,
        Err(error) => {
            return sink.add(
                list.span,
                error.message,
                Some("each waiver is an item of a list: `- rule: …`".to_owned()),
            );
        }
    };
    for item in items {
        let Some(waiver) = Section::of(item, "waiver", WAIVER, sink) else {
            continue;
        };
        let rule = waiver.text("rule", sink);
        if let (Some(rule), Some(node)) = (&rule, waiver.get("rule")) {
            let family = rules
                .iter()
                .any(|id| id.split('-').next().is_some_and(|family| family.eq_ignore_ascii_case(rule)));
            if !family {
                name_of("rule", rule, node.span, &rules, sink);
            } else if waiver.get("path").is_none() {
                sink.add(node.span, "a whole family of rules is waived only together with a `path`", None);
            }
        }
        let path = waiver.text("path", sink);
        let path = path.and_then(|pattern| match Waiver::glob(&pattern) {
            Ok(glob) => Some(glob),
            Err(problem) => {
                sink.add(waiver.span(), format!("`path`: {problem}"), None);
                None
            }
        });
        let fingerprint = waiver.text("fingerprint", sink);
        let vulnerability = waiver.text("vulnerability", sink);
        if rule.is_none() && fingerprint.is_none() && vulnerability.is_none() {
            sink.add(waiver.span(), "a waiver names a `rule`, a `vulnerability` or a `fingerprint`", None);
        }
        let package = waiver.text("package", sink).and_then(|text| match PackagePattern::parse(&text) {
            Ok(package) => Some(package),
            Err(problem) => {
                sink.add(waiver.span(), format!("`package`: {problem}"), None);
                None
            }
        });
        let labels = JUSTIFICATIONS.map(|label| (label, label));
        let justification = waiver.one_of("justification", &labels, sink).map(str::to_owned);
        let (reason, owner, expires) =
            (waiver.text("reason", sink), waiver.text("owner", sink), waiver.date("expires", sink));
        for (key, missing) in [
            ("reason", waiver.get("reason").is_none()),
            ("owner", waiver.get("owner").is_none()),
            ("expires", waiver.get("expires").is_none()),
        ] {
            if missing {
                sink.add(waiver.span(), format!("a waiver needs `{key}`"), None);
            }
        }
        if let (Some(reason), Some(owner), Some(expires)) = (reason, owner, expires) {
            config.waivers.push(Waiver {
                rule,
                path,
                fingerprint,
                vulnerability,
                package,
                reason,
                owner,
                expires: Some(expires),
                justification,
                kind: SuppressionKind::Waiver,
            });
        }
    }
}

fn globs(section: Section<'_>, key: &str, sink: &mut Sink) -> Vec<String> {
    let texts = section.texts(key, sink);
    for (pattern, span) in &texts {
        if let Err(error) = glob::parse(pattern) {
            sink.add(*span, format!("not a glob: {}", error.reason), None);
        }
        if pattern.starts_with('/') || pattern.split('/').any(|part| part == "..") {
            sink.add(*span, "a glob is relative to the tree and stays inside it", None);
        }
    }
    plain(texts)
}

pub(super) fn plain(texts: Vec<(String, Span)>) -> Vec<String> {
    texts.into_iter().map(|(text, _)| text).collect()
}

pub(super) fn name_of(kind: &str, name: &str, span: Span, known: &[&str], sink: &mut Sink) {
    if !known.iter().any(|id| id.eq_ignore_ascii_case(name)) {
        let hint =
            closest(name, known).map(|near| format!("did you mean `{near}`? `readiness rules` lists all"));
        sink.add(span, format!("there is no such {kind}"), hint);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Severity;

    const KNOWN: Known<'_> = Known { checks: &["secrets", "code"], rules: || vec!["SEC-001", "COD-001"] };

    fn problems(text: &str) -> String {
        read(text.as_bytes(), "readiness.yaml", KNOWN).unwrap_err().to_string()
    }

    #[test]
    fn a_full_file() {
        let config = read(
            b"version: 1\naudit:\n  exclude: [vendor/**]\n  max_file_size: 4 MiB\nkeys: {public: release.pub}\n\
              gate:\n  fail_on: medium\n  strict: true\n  optional: [code]\n\
              waivers:\n- rule: SEC-001\n  path: config/**\n  reason: public by design\n  owner: a@example.org\n  expires: 2027-01-31\n",
            "readiness.yaml",
            KNOWN,
        )
        .unwrap();
        assert_eq!(
            (config.fail_on, config.strict, config.max_file_size),
            (Some(Severity::Medium), Some(true), Some(4 << 20))
        );
        assert_eq!(
            (config.exclude, config.public_keys),
            (vec!["vendor/**".to_owned()], vec!["release.pub".to_owned()])
        );
        assert_eq!(config.waivers.len(), 1);
    }

    #[test]
    fn an_empty_file_is_no_configuration() {
        assert!(read(b"", "r", KNOWN).unwrap().waivers.is_empty());
        assert!(read(b"# only a comment\n", "r", KNOWN).is_ok());
        assert!(read(b"gate:\n", "r", KNOWN).is_ok());
    }

    #[test]
    fn all_problems_at_once_with_their_places() {
        let text = problems(
            "gate:\n  fail_onn: high\n  strict: maybe\n  optional: [secret]\nwaivers:\n  - rule: SEC-1\n    expires: 2027-1-1\n",
        );
        for expected in [
            "readiness.yaml:2:3: unknown key",
            "did you mean `fail_on`?",
            "readiness.yaml:3:11: expected true or false",
            "readiness.yaml:4:14: there is no such check",
            "did you mean `secrets`?",
            "there is no such rule",
            "`expires` is a date, YYYY-MM-DD",
            "a waiver needs `owner`",
            "a waiver needs `reason`",
        ] {
            assert!(text.contains(expected), "{expected:?} is not in:\n{text}");
        }
    }

    #[test]
    fn a_waiver_must_say_what_it_covers_and_until_when() {
        assert!(
            problems("waivers:\n- reason: r\n  owner: o\n  expires: 2027-01-01\n")
                .contains("names a `rule`, a `vulnerability` or a `fingerprint`")
        );
        assert!(
            problems("waivers:\n- rule: SEC-001\n  reason: ''\n  owner: o\n  expires: 2027-01-01\n")
                .contains("`reason` is empty")
        );
        assert!(
            problems("waivers:\n- {rule: SEC, reason: r, owner: o, expires: 2027-01-01}\n")
                .contains("together with a `path`")
        );
        assert!(problems("waivers: 3\n").contains("expected a list"));
    }

    #[test]
    fn programs_of_scanners() {
        let digest = "0123456789abcdef".repeat(4);
        let text = format!(
            "vulnerabilities:\n  scanners:\n    trivy: {{path: bin/trivy, sha256: {digest}}}\n    grype: {{path: /opt/grype}}\n"
        );
        let config = read(text.as_bytes(), "r", KNOWN).unwrap();
        let [grype, trivy] = config.scanners.as_slice() else { panic!("there are two") };
        assert_eq!((grype.scanner, grype.path.clone()), (Scanner::Grype, Some("/opt/grype".into())));
        assert_eq!((grype.sha256, trivy.scanner), (None, Scanner::Trivy));
        assert_eq!(trivy.sha256.unwrap()[..3], [0x01, 0x23, 0x45]);
        let wrong = "vulnerabilities:\n  scanners:\n    grype: {sha256: abc}\n    snyk: {path: x}\n";
        let text = problems(wrong);
        assert!(text.contains("r:3:") || text.contains("64 hex digits"), "{text}");
        assert!(text.contains("unknown key"), "{text}");
    }

    #[test]
    fn duplicate_keys_and_wrong_kinds_are_problems() {
        assert!(problems("gate:\n  strict: true\n  strict: false\n").contains("strict"));
        assert!(problems("gate: [1]\n").contains("`gate` takes keys"));
        assert!(problems("audit: {exclude: ['../x']}\n").contains("stays inside"));
    }
}
