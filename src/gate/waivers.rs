//! Waivers: findings that someone answers for, until a day.

use globset::GlobMatcher;
use jiff::civil::Date;

use super::{Policy, vex};
use crate::formats::glob;
use crate::formats::purl::Purl;
use crate::report::{Finding, PackageRef, Report, Suppression, SuppressionKind, WaiverState, WaiverUse};

/// Days before its end from which a waiver is called expiring.
const SOON: i64 = 14;

/// A decision to live with findings.
#[derive(Clone, Debug)]
pub struct Waiver {
    /// Rule it covers, or, together with a path, a whole family of rules (`COD`); none when a fingerprint names the
    /// finding.
    pub rule: Option<String>,
    /// Where: a glob over paths; none covers every place.
    pub path: Option<GlobMatcher>,
    /// The very finding.
    pub fingerprint: Option<String>,
    /// The vulnerability, by any of its ids.
    pub vulnerability: Option<String>,
    /// The package that has it.
    pub package: Option<PackagePattern>,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// Last day on which it counts, UTC; none only for VEX statements, which hold as long as their document does.
    pub expires: Option<Date>,
    /// Why the vulnerability does no harm, by `OpenVEX`'s label.
    pub justification: Option<String>,
    /// A waiver of the configuration or a VEX statement.
    pub kind: SuppressionKind,
}

/// A package, or every version of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PackagePattern {
    /// By package URL; without a version, every version.
    Purl(Purl),
    /// By name.
    Name(String),
}

impl PackagePattern {
    /// Reads `pkg:…` as a package URL, anything else as a name.
    ///
    /// # Errors
    /// What is wrong with the package URL.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.starts_with("pkg:") {
            text.parse().map(Self::Purl).map_err(|error: crate::formats::purl::PurlError| error.to_string())
        } else {
            Ok(Self::Name(text.to_owned()))
        }
    }

    fn covers(&self, package: &PackageRef) -> bool {
        match self {
            Self::Name(name) => *name == package.name,
            Self::Purl(pattern) => {
                let known = package.purl.as_deref().and_then(|purl| purl.parse::<Purl>().ok());
                known.is_some_and(|known| purl_covers(pattern, &known))
            }
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Purl(purl) => purl.to_string(),
            Self::Name(name) => name.clone(),
        }
    }
}

/// Whether a package URL stands for another: what it leaves open (version, qualifiers) may be anything.
pub(super) fn purl_covers(pattern: &Purl, known: &Purl) -> bool {
    // The module path of Go has its versions with a `v`, and tools leave it out.
    let plain = |purl: &Purl| {
        let version = purl.version.clone();
        if purl.kind == "golang" {
            version.map(|version| version.strip_prefix('v').map(str::to_owned).unwrap_or(version))
        } else {
            version
        }
    };
    let told = |key: &String, value: &String| known.qualifiers.get(key) == Some(value);
    (&pattern.kind, &pattern.namespace, &pattern.name) == (&known.kind, &known.namespace, &known.name)
        && (pattern.version.is_none() || plain(pattern) == plain(known))
        && pattern.qualifiers.iter().all(|(key, value)| told(key, value))
}

/// What the rules of a family are over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Area {
    /// An audited tree.
    Trees,
    /// A load test or a benchmark: rules `PRF-…`.
    Measurements,
    /// A release: rules `REL-…`.
    Releases,
    /// A rollback: rules `RBK-…`.
    Rollbacks,
    /// A baseline: rules `BSL-…`.
    Baselines,
}

impl Waiver {
    /// What it speaks of, by its rule. One that names a fingerprint alone can speak of anything.
    #[must_use]
    pub fn area(&self) -> Option<Area> {
        let family = |rule: &str| rule.get(..3).map(str::to_ascii_uppercase).unwrap_or_default();
        match &self.rule {
            Some(rule) => Some(match family(rule).as_str() {
                "PRF" => Area::Measurements,
                "REL" => Area::Releases,
                "RBK" => Area::Rollbacks,
                "BSL" => Area::Baselines,
                _ => Area::Trees,
            }),
            None if self.vulnerability.is_some() || self.path.is_some() => Some(Area::Trees),
            None => None,
        }
    }

    /// Compiles a path glob; `*` does not cross a `/`, and a folder's name covers what is in it.
    ///
    /// # Errors
    /// What is wrong with the glob.
    pub fn glob(pattern: &str) -> Result<GlobMatcher, String> {
        let form = if pattern.ends_with('/') { format!("{pattern}**") } else { pattern.to_owned() };
        glob::parse(&form).map(|glob| glob.compile_matcher()).map_err(|error| error.reason)
    }

    fn covers(&self, finding: &Finding) -> bool {
        if let Some(fingerprint) = &self.fingerprint
            && *fingerprint != finding.fingerprint.0
        {
            return false;
        }
        let family = finding.rule.split('-').next().unwrap_or_default();
        let names = |rule: &String| {
            rule.eq_ignore_ascii_case(&finding.rule)
                || (self.path.is_some() && rule.eq_ignore_ascii_case(family))
        };
        let rule = self.rule.as_ref().is_none_or(names);
        let path = self
            .path
            .as_ref()
            .is_none_or(|glob| finding.location.path().is_some_and(|path| glob.is_match(path)));
        let known = finding.vulnerability.as_deref();
        let vulnerability =
            self.vulnerability.as_ref().is_none_or(|id| known.is_some_and(|known| known.is_called(id)));
        let package = self
            .package
            .as_ref()
            .is_none_or(|pattern| known.is_some_and(|known| pattern.covers(&known.package)));
        // A waiver that names neither rule nor finding nor vulnerability would cover everything.
        let names = self.rule.is_some() || self.fingerprint.is_some() || self.vulnerability.is_some();
        rule && path && vulnerability && package && names
    }

    fn scope(&self) -> String {
        let mut words = Vec::new();
        words.extend(self.rule.clone());
        words.extend(self.vulnerability.clone());
        words.extend(self.package.as_ref().map(|package| format!("of {}", package.text())));
        words.extend(self.path.as_ref().map(|glob| format!("in {}", glob.glob())));
        words.extend(self.fingerprint.as_ref().map(|fingerprint| format!("finding {fingerprint}")));
        words.join(" ")
    }

    /// Whether it counts on a day, and if not, why.
    fn state(&self, policy: &Policy, trusted: bool) -> WaiverState {
        let Some(expires) = self.expires else {
            return if trusted { WaiverState::Active } else { WaiverState::Untrusted };
        };
        let days = policy.today.until(expires).map_or(0, |span| i64::from(span.get_days()));
        if expires < policy.today {
            WaiverState::Expired
        } else if !trusted {
            WaiverState::Untrusted
        } else if policy.waiver_max_days.is_some_and(|most| days > i64::from(most)) {
            WaiverState::TooLong
        } else if days < SOON {
            WaiverState::Expiring
        } else {
            WaiverState::Active
        }
    }
}

/// Marks covered findings and lists what became of every waiver.
pub(super) fn apply(report: &mut Report, policy: &Policy) {
    let trusted = policy.waivers.iter().map(|waiver| (waiver, true));
    let untrusted = policy.untrusted_waivers.iter().map(|waiver| (waiver, false));
    let mut uses: Vec<(&Waiver, WaiverState, u64)> = trusted
        .chain(untrusted)
        .map(|(waiver, trusted)| (waiver, waiver.state(policy, trusted), 0))
        .collect();
    for finding in report.checks.iter_mut().flat_map(|check| &mut check.findings) {
        if let Some(mark) = &mut finding.suppression
            && mark.kind == SuppressionKind::Mark
        {
            mark.in_force = policy.marks && policy.tree_trusted && !mark.reason.is_empty();
        }
        for (waiver, state, count) in &mut uses {
            if !waiver.covers(finding) {
                continue;
            }
            *count += 1;
            let in_force = matches!(state, WaiverState::Active | WaiverState::Expiring);
            // What is in force comes first; a waiver that does not count is shown where nothing else covers.
            if finding.suppression.as_ref().is_none_or(|known| in_force && !known.in_force) {
                finding.suppression = Some(Suppression {
                    kind: waiver.kind,
                    reason: waiver.reason.clone(),
                    owner: Some(waiver.owner.clone()),
                    expires: waiver.expires.map(|date| date.to_string()),
                    justification: waiver.justification.clone(),
                    in_force,
                });
            }
        }
    }
    let statements = vex::apply(report, policy);
    report.waivers = uses
        .into_iter()
        .map(|(waiver, state, findings)| WaiverUse {
            scope: waiver.scope(),
            reason: waiver.reason.clone(),
            owner: waiver.owner.clone(),
            expires: waiver.expires.map(|date| date.to_string()).unwrap_or_default(),
            state: match state {
                WaiverState::Active | WaiverState::Expiring if findings == 0 => WaiverState::Unused,
                other => other,
            },
            findings,
        })
        .chain(statements)
        .collect();
    report.waivers.sort_by(|one, other| {
        (one.state, &one.scope, &one.expires).cmp(&(other.state, &other.scope, &other.expires))
    });
}
