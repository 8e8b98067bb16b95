//! Releases made by hand: prepared, planned, verified whole and broken, judged, the trail, and one in which every text tries
//! to get out of where it is printed.

use super::{HOSTILE_PATHS, check, count, empty, finding, reason, rule};
use crate::report::*;

const COMMIT: &str = "1f2e3d4c5b6a79881f2e3d4c5b6a79881f2e3d4c";

fn release(action: ReleaseAction) -> Release {
    let artifact = |path: &str, size, digit: &str, encrypted| ReleaseArtifact {
        path: path.into(),
        size,
        sha256: Some(digit.repeat(32)),
        encrypted,
    };
    Release {
        action,
        name: "acme".into(),
        version: "1.2.3".into(),
        made: Some("2026-11-20T02:07:00Z".into()),
        profile: Some("prod".into()),
        commit: Some(COMMIT.into()),
        dirty: Some(false),
        directory: "release/v1.2.3".into(),
        artifacts: vec![
            artifact("artifacts/acme-1.2.3-x86_64-linux.tar.gz", 48_213_331, "9a", false),
            artifact("artifacts/customers.dump.enc", 2_147_483_648, "0f", true),
        ],
        validation: vec![
            trial("security_audit", "passed", "READY"),
            trial("performance_tests", "failed", "NOT READY: Load: 1 high"),
        ],
        ..Release::default()
    }
}

fn trial(name: &str, status: &str, words: &str) -> ReleaseTrial {
    let report = (status != "not_run").then(|| format!("{name}/report.json"));
    ReleaseTrial { name: name.into(), status: status.into(), reason: Some(words.into()), report }
}

fn step(name: &str, outcome: StepOutcome, detail: &str) -> ReleaseStep {
    ReleaseStep { name: name.into(), outcome, detail: detail.into() }
}

fn of(what: &str, good: u64, of: u64) -> ReleaseVerified {
    ReleaseVerified { what: what.into(), good, of }
}

fn report(release: Release, check_id: &str, files: u64) -> Report {
    let mut report = empty();
    report.subject.name = release.directory.clone();
    report.checks = vec![check(check_id, Status::Passed, &[("files", files)], 13)];
    report.details = Some(Details::Release(Box::new(release)));
    count(&mut report);
    report
}

/// Prepared, though a step failed.
pub(in crate::render) fn prepared() -> Report {
    let mut release = release(ReleaseAction::Prepared);
    release.dirty = Some(true);
    release.steps = vec![
        step("artifacts", StepOutcome::Done, "2 files, 2.2 GB, copied and hashed"),
        step("encrypt", StepOutcome::Done, "1 artifact"),
        step("sbom", StepOutcome::Failed, "Cargo.lock, line 3: not TOML"),
        step("performance_tests", StepOutcome::Skipped, "not asked for"),
        step("sign", StepOutcome::Done, "15 signatures by release-2026"),
    ];
    report(release, "preparation", 2)
}

/// What would be done.
pub(in crate::render) fn planned() -> Report {
    let mut release = release(ReleaseAction::Planned);
    release.artifacts.iter_mut().for_each(|artifact| artifact.sha256 = None);
    release.validation = vec![];
    release.steps = vec![
        step("artifacts", StepOutcome::Planned, "copy 2 files, 2.2 GB"),
        step("security_audit", StepOutcome::Planned, "audit of ., at most 5 min"),
        step("sign", StepOutcome::Planned, "RSA 3072, keys/signing.key"),
    ];
    report(release, "preparation", 0)
}

/// Every byte as it was released.
pub(in crate::render) fn verified() -> Report {
    let mut release = release(ReleaseAction::Verified);
    release.verified = vec![
        of("digests", 12, 12),
        of("signatures", 13, 13),
        of("encrypted artifacts decrypted", 0, 1),
        of("attestations", 1, 1),
    ];
    release.signers =
        vec![ReleaseSigner { key: "release-2026".into(), fingerprint: "3f5a".repeat(16), signatures: 14 }];
    report(release, "release", 25)
}

/// Changed, and with something in it that nobody listed.
pub(in crate::render) fn broken() -> Report {
    let mut release = release(ReleaseAction::Verified);
    release.validation.push(trial("benchmark", "not_run", "not asked for"));
    release.verified = vec![of("digests", 11, 12), of("signatures", 12, 13)];
    let mut report = report(release, "release", 26);
    let at = |path: &str| Location::File { path: path.into(), region: None };
    report.rules = vec![
        rule("REL-001", Severity::Critical, "A file of the release was changed"),
        rule("REL-003", Severity::Critical, "A file is in the release that it does not list"),
    ];
    report.checks[0].status = Status::Failed;
    report.checks[0].findings = vec![
        finding("REL-003", Severity::Critical, "It is in no list", at("artifacts/extra.sh"), ""),
        finding(
            "REL-001",
            Severity::Critical,
            "It has SHA-256 1f2e3d4c5b6a7988…, SHA256SUMS and manifest.json say 9a8b7c6d5e4f3a2b…",
            at("artifacts/acme-1.2.3-x86_64-linux.tar.gz"),
            "",
        ),
    ];
    report.verdict.reasons = vec![reason(ReasonKind::Findings, Some("release"), "Release: 2 critical", None)];
    report.verdict.decision = Decision::NotReady;
    report.verdict.exit_code = 2;
    count(&mut report);
    report
}

/// Weighed with its reports, one of which does not count.
pub(in crate::render) fn judged() -> Report {
    let mut release = release(ReleaseAction::Judged);
    release.artifacts = vec![];
    release.verified = vec![of("digests", 12, 12), of("signatures", 13, 13)];
    let evidence = |kind: &str, accepted, words: &str| ReleaseEvidence {
        kind: kind.into(),
        file: format!("release/v1.2.3/{kind}/report.json"),
        made: Some("2026-11-20T02:06:10Z".into()),
        commit: Some(COMMIT.into()),
        accepted,
        words: words.into(),
    };
    release.evidence = vec![
        evidence("audit", true, "READY"),
        evidence("perf", false, "40 days old, the rule allows 7"),
        ReleaseEvidence { made: None, commit: None, ..evidence("benchmark", false, "there is none") },
    ];
    report(release, "evidence", 3)
}

/// The trail alone.
pub(in crate::render) fn trail() -> Report {
    let release = Release {
        action: ReleaseAction::Trail,
        directory: ".readiness/trail.jsonl".into(),
        trail: Some(ReleaseTrail { records: 1_024, head: "c0ffee".repeat(10) + "c0ff", notes: Vec::new() }),
        ..Release::default()
    };
    report(release, "trail", 1)
}

/// Texts that others may have written, each hostile.
pub(in crate::render) fn hostile() -> Report {
    let bad = |place: usize| format!("{} \" ' </svg></style><img src=x onerror=x> ]]>", HOSTILE_PATHS[place]);
    let mut release = release(ReleaseAction::Judged);
    (release.name, release.version, release.directory) = (bad(0), bad(1), bad(2));
    (release.made, release.profile, release.commit) = (Some(bad(3)), Some(bad(4)), Some(bad(5)));
    release.trail = Some(ReleaseTrail { records: u64::MAX, head: bad(6), notes: vec![bad(7)] });
    release.artifacts = (0..10)
        .map(|place| ReleaseArtifact {
            path: bad(place),
            size: u64::MAX,
            sha256: Some(bad(9 - place)),
            encrypted: true,
        })
        .collect();
    release.steps = (0..10).map(|place| step(&bad(place), StepOutcome::Failed, &bad(9 - place))).collect();
    release.validation = (0..10).map(|place| trial(&bad(place), &bad(9 - place), &bad(5))).collect();
    release.verified = (0..10).map(|place| of(&bad(place), 7, 3)).collect();
    release.signers =
        vec![ReleaseSigner { key: bad(7), fingerprint: bad(8), signatures: u64::MAX }; HOSTILE_PATHS.len()];
    release.evidence = (0..10)
        .map(|place| ReleaseEvidence {
            kind: bad(place),
            file: bad(9 - place),
            made: Some(bad(1)),
            commit: Some(bad(3)),
            accepted: false,
            words: bad(2),
        })
        .collect();
    report(release, "release", 1)
}

/// All releases but the hostile one, with names.
pub(in crate::render) fn all() -> [(&'static str, Report); 6] {
    [
        ("release_prepared", prepared()),
        ("release_planned", planned()),
        ("release_verified", verified()),
        ("release_broken", broken()),
        ("release_judged", judged()),
        ("release_trail", trail()),
    ]
}
