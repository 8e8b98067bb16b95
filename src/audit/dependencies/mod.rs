//! Dependencies as they are configured: pinned or not, from where, with which scripts, and whether lock files say what
//! project files ask for. One finding a file and rule, at the first line that it is about.

mod drift;
mod origins;
mod pins;

use std::collections::HashSet;
use std::sync::{Arc, LazyLock};

use super::inventory::{Inventory, Locks};
use crate::engine::{Check, Conclusion, Entry, File, Findings, Inspect, Reads, RuleFile, Start, Tree, Want};
use crate::report::{LeftOutKind, PathRole, Severity, Status};

static FILE: LazyLock<RuleFile> = LazyLock::new(|| RuleFile::embedded(CHECK.rule_file));

/// The check.
pub static CHECK: Check = Check {
    id: "dependencies",
    title: "Dependencies",
    about: "Dependencies as configured: pinned, locked, from one registry, without install scripts.",
    reads: Reads::Declarations,
    rules: || &FILE.rules,
    rule_file: include_str!("rules.yaml"),
};

/// Most names in one message.
const NAMED: usize = 5;

/// Makes the check ready for one run.
#[must_use]
pub fn start(settings: &super::Settings) -> Start {
    Start::Run(Box::new(Dependencies { inventory: Arc::clone(&settings.inventory) }))
}

struct Dependencies {
    inventory: Arc<Inventory>,
}

impl Inspect for Dependencies {
    fn begin(&self, tree: &Tree<'_>) {
        self.inventory.begin(tree.root);
    }

    fn wants(&self, entry: &Entry) -> Want {
        self.inventory.wants(entry)
    }

    fn file(&self, file: &File<'_>, _findings: &mut Findings<'_>) {
        self.inventory.take(file);
    }

    fn finish(&self, findings: &mut Findings<'_>) -> Conclusion {
        let assembled = self.inventory.assembled();
        findings.examined("lists", assembled.sources.len() as u64);
        findings.examined("project files", assembled.declared.len() as u64);
        for (path, reason) in &assembled.unread {
            findings.left_out(LeftOutKind::Unparsable, reason, path);
        }
        if assembled.sources.is_empty() && assembled.declared.is_empty() {
            return Conclusion::Instead(if assembled.unread.is_empty() {
                Status::not_applicable("no file names dependencies", "")
            } else {
                Status::not_evaluated("the files that name dependencies could not be understood", "")
            });
        }
        let locks = Locks::of(&assembled);
        let unlocked = locks.unlocked();
        for claim in pins::claims(&assembled, &locks, &unlocked)
            .into_iter()
            .chain(origins::claims(
                &assembled,
                &locks,
                &unlocked.iter().map(|file| file.path.as_str()).collect(),
            ))
            .chain(drift::claims(&assembled, &locks))
        {
            let place = (claim.path.as_str(), claim.line, claim.role);
            match claim.severity {
                Some(severity) => findings.on_line_rated(claim.rule, severity, place, claim.message),
                None => findings.on_line_as(claim.rule, place, claim.message),
            }
        }
        Conclusion::Evaluated
    }
}

/// Something to report.
struct Claim {
    rule: &'static str,
    path: String,
    line: u32,
    role: Option<PathRole>,
    message: String,
    /// Where this case is not as severe as the rule says.
    severity: Option<Severity>,
}

/// What a file has of one kind of fault: the names, with the line of the first.
#[derive(Default)]
struct Fault {
    /// All names; hostile files have very many.
    known: HashSet<String>,
    /// The first few, in order.
    names: Vec<String>,
    line: u32,
}

impl Fault {
    fn add(&mut self, name: &str, line: u32) {
        if self.names.is_empty() || line < self.line {
            self.line = line;
        }
        if !self.known.contains(name) {
            self.known.insert(name.to_owned());
            if self.names.len() < NAMED {
                self.names.push(name.to_owned());
            }
        }
    }

    /// The claim, if there is anything to claim; `words` come before the names, with the count in place of `{}`.
    fn claim(self, rule: &'static str, (path, role): (&str, Option<PathRole>), words: &str) -> Option<Claim> {
        let count = self.known.len();
        let more = count.saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let message =
            format!("{}: {}{more}", words.replacen("{}", &count.to_string(), 1), self.names.join(", "));
        (count > 0).then(|| Claim {
            rule,
            path: path.to_owned(),
            line: self.line.max(1),
            role,
            message,
            severity: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn very_many_names_are_counted_in_little_time() {
        let begun = std::time::Instant::now();
        let mut fault = Fault::default();
        for _ in 0..2 {
            (0..200_000).for_each(|at| fault.add(&format!("a-package-of-some-name-{at}"), at + 1));
        }
        let message = fault.claim("DEP-011", ("a.txt", None), "{} of them").unwrap().message;
        assert!(message.starts_with("200000 of them: a-package-of-some-name-0, "), "{message}");
        assert!(message.ends_with("a-package-of-some-name-4 and 199995 more"), "{message}");
        assert!(begun.elapsed().as_secs() < 20, "the time is not that of the square of their number");
    }
}
