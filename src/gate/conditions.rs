//! What vulnerabilities are judged by besides their severity.

use crate::report::{Change, Decimal, Vulnerability};

/// Conditions of `gate.vulnerabilities`. The built-in ones let severity decide, and fail what is known to be exploited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conditions {
    /// Whether one that is known to be exploited (CISA) fails whatever its severity.
    pub exploited: bool,
    /// EPSS probability from which one fails whatever its severity; inclusive.
    pub epss: Option<Decimal<5>>,
    /// Whether one counts for which no fixed version is known.
    pub unfixed: bool,
    /// Whether one counts in a package that only building or testing needs.
    pub development: bool,
}

impl Default for Conditions {
    fn default() -> Self {
        Self { exploited: true, epss: None, unfixed: true, development: true }
    }
}

impl Conditions {
    /// Whether a vulnerability holds the release up; `severe` says that its severity alone would.
    pub(super) fn fails(&self, vulnerability: &Vulnerability, severe: bool) -> bool {
        if vulnerability.rating.malicious {
            return true;
        }
        // An earlier state was named so that only what is new counts.
        if vulnerability.change == Some(Change::Remaining) {
            return false;
        }
        let likely =
            self.epss.is_some_and(|bound| vulnerability.epss.is_some_and(|epss| epss.probability >= bound));
        if (self.exploited && vulnerability.exploited.is_some()) || likely {
            return true;
        }
        let excused = (!self.unfixed && vulnerability.fixed.is_none())
            || (!self.development && vulnerability.package.development);
        severe && !excused
    }

    /// Those that differ from severity alone, in words.
    pub(super) fn words(&self) -> Vec<String> {
        let mut words = Vec::new();
        if !self.exploited {
            words.push("exploited vulnerabilities count by their severity alone".to_owned());
        }
        words.extend(self.epss.map(|bound| format!("vulnerabilities with EPSS of {bound} or more fail")));
        if !self.unfixed {
            words.push("vulnerabilities without a fixed version do not fail".to_owned());
        }
        if !self.development {
            words.push("vulnerabilities of development dependencies do not fail".to_owned());
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Epss, Exploited};

    fn known() -> Vulnerability {
        Vulnerability { fixed: Some("2".to_owned()), ..Vulnerability::default() }
    }

    #[test]
    fn severity_decides_unless_a_condition_does() {
        let built_in = Conditions::default();
        assert!(built_in.fails(&known(), true) && !built_in.fails(&known(), false));
        let exploited = Vulnerability {
            exploited: Some(Exploited { added: String::new(), ransomware: false }),
            ..known()
        };
        assert!(built_in.fails(&exploited, false));
        assert!(!Conditions { exploited: false, ..Conditions::default() }.fails(&exploited, false));
    }

    #[test]
    fn a_likely_one_fails_from_the_bound_on() {
        let conditions = Conditions { epss: Some(Decimal::of(0.1)), ..Conditions::default() };
        for (probability, fails) in [(0.099_99, false), (0.1, true), (0.9, true)] {
            let epss = Some(Epss { probability: Decimal::of(probability), percentile: Decimal::of(0.5) });
            assert_eq!(conditions.fails(&Vulnerability { epss, ..known() }, false), fails, "{probability}");
        }
        assert!(!conditions.fails(&known(), false));
    }

    #[test]
    fn excuses_do_not_reach_the_malicious_or_exploited() {
        let lenient = Conditions { unfixed: false, development: false, ..Conditions::default() };
        let unfixed = Vulnerability { fixed: None, ..known() };
        assert!(!lenient.fails(&unfixed, true) && lenient.fails(&known(), true));
        let mut development = known();
        development.package.development = true;
        assert!(!lenient.fails(&development, true));
        let mut malicious = unfixed;
        malicious.rating.malicious = true;
        assert!(lenient.fails(&malicious, true));
        malicious.change = Some(Change::Remaining);
        assert!(lenient.fails(&malicious, true), "nor does it matter that it was there before");
    }

    #[test]
    fn what_was_there_before_does_not_fail() {
        let remaining = Vulnerability { change: Some(Change::Remaining), ..known() };
        assert!(!Conditions::default().fails(&remaining, true));
        let introduced = Vulnerability { change: Some(Change::Introduced), ..known() };
        assert!(Conditions::default().fails(&introduced, true));
    }
}
