//! Container files: what an image runs as, what it is built from, what is copied, downloaded and installed into it, and
//! how it starts.
//!
//! A rule function asks a `View` of one parsed file and reports; the list of them is `RULES`. Commands for a shell
//! that is not split (Windows, scripts of other interpreters) are coverage left out.

mod base_user;
mod bases;
mod caches;
mod copies;
mod credentials;
mod downloads;
mod install;
mod layout;
mod packages;
mod rights;
mod service;
mod shell_use;
mod users;
mod view;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{LazyLock, Mutex, PoisonError};

use self::view::{Context, View};
use super::Settings;
use crate::engine::{Check, Conclusion, Entry, File, Findings, Inspect, Reads, RuleFile, Start, Want};
use crate::formats::containerfile::{self, is_containerfile_name, is_containerfile_template};
use crate::report::{LeftOutKind, Status};

static FILE: LazyLock<RuleFile> = LazyLock::new(|| RuleFile::embedded(CHECK.rule_file));

/// The check.
pub static CHECK: Check = Check {
    id: "containers",
    title: "Container files",
    about: "How images are built: the user they run as, their bases, what is copied and installed, and how they start.",
    reads: Reads::Declarations,
    rules: || &FILE.rules,
    rule_file: include_str!("rules.yaml"),
};

/// Every rule function; each reports one rule or a few that exclude each other.
const RULES: &[fn(&View<'_>, &mut Findings<'_>)] = &[
    users::runs_as_root,
    bases::images,
    bases::shadowed_names,
    bases::numbered_stages,
    bases::fixed_platform,
    copies::unchecked_urls,
    copies::add_for_copy,
    copies::credential_files,
    copies::whole_context,
    credentials::values,
    credentials::build_arguments,
    downloads::unverified_tls,
    downloads::unverified_packages,
    downloads::switched_off,
    packages::update_alone,
    packages::recommended,
    packages::unpinned,
    packages::apt_front_end,
    packages::whole_upgrade,
    caches::system_packages,
    caches::pip,
    rights::sudo,
    rights::modes,
    rights::passwordless,
    rights::build_rights,
    service::ssh_server,
    service::no_health_check,
    service::overridden,
    service::shell_entry_point,
    service::broken_exec_form,
    layout::relative_folder,
    layout::maintainer,
    layout::refused,
    shell_use::lost_failure,
    shell_use::lost_folder,
    shell_use::interactive,
    shell_use::replaced_shell,
];

/// Makes the check ready for one run.
#[must_use]
pub fn start(_settings: &Settings) -> Start {
    Start::Run(Box::new(Containers::default()))
}

/// What is known of the tree while it is walked.
#[derive(Default)]
struct Containers {
    ignore_files: Mutex<Listed>,
    /// Whether a container file was over the size bound; the engine notes which.
    too_large: AtomicBool,
}

/// The ignore files of build contexts, as far as folders have been listed.
#[derive(Default)]
struct Listed {
    any: bool,
    paths: BTreeSet<String>,
    templates: Vec<String>,
}

impl Inspect for Containers {
    fn listed(&self, files: &[Entry]) {
        let mut listed = self.ignore_files.lock().unwrap_or_else(PoisonError::into_inner);
        listed.any = true;
        let ignores = files.iter().filter(|entry| {
            let name = entry.name();
            matches!(name, ".dockerignore" | ".containerignore")
                || name.ends_with(".dockerignore")
                || name.ends_with(".containerignore")
        });
        listed.paths.extend(ignores.map(|entry| entry.path.clone()));
        let templates =
            files.iter().filter(|entry| entry.is_file() && is_containerfile_template(entry.name()));
        listed.templates.extend(templates.map(|entry| entry.path.clone()));
    }

    fn wants(&self, entry: &Entry) -> Want {
        if entry.is_file() && is_containerfile_name(entry.name()) { Want::Text } else { Want::Nothing }
    }

    fn file(&self, file: &File<'_>, findings: &mut Findings<'_>) {
        if !file.whole {
            self.too_large.store(true, Relaxed);
            return;
        }
        let path = file.entry.path.as_str();
        let parsed = match containerfile::parse(file.contents.bytes()) {
            Ok(parsed) => parsed,
            Err(error) => {
                findings.left_out(LeftOutKind::Unparsable, &error.to_string(), path);
                return;
            }
        };
        let view = View::new(&parsed, path, self.context(path));
        if view.unread_commands > 0 {
            let reason = "commands for a shell whose language is not split";
            findings.left_out(LeftOutKind::Unsupported, reason, path);
        }
        findings.examined("images", u64::try_from(view.leaves).unwrap_or(u64::MAX));
        for rule in RULES {
            rule(&view, findings);
        }
    }

    fn finish(&self, findings: &mut Findings<'_>) -> Conclusion {
        for path in &self.ignore_files.lock().unwrap_or_else(PoisonError::into_inner).templates {
            findings.left_out(LeftOutKind::Unsupported, "a template, not a container file", path);
        }
        if findings.count("images") > 0 {
            return Conclusion::Evaluated;
        }
        if findings.count("files") > 0 || self.too_large.load(Relaxed) {
            let reason = "no file with the name of a container file could be read as one";
            return Conclusion::Instead(Status::not_evaluated(reason, ""));
        }
        Conclusion::Instead(Status::not_applicable("no container file in the tree", ""))
    }
}

impl Containers {
    /// Whether the build context of a container file is filtered. The context may be the file's folder or any above it.
    fn context(&self, path: &str) -> Context {
        let listed = self.ignore_files.lock().unwrap_or_else(PoisonError::into_inner);
        if !listed.any {
            return Context::Unknown;
        }
        let own = [".dockerignore", ".containerignore"].iter().any(|ending| {
            let own = format!("{path}{ending}");
            listed.paths.contains(&own)
        });
        let mut folder = path;
        let mut above = false;
        while let Some((parent, _)) = folder.rsplit_once('/') {
            folder = parent;
            above |= listed.paths.contains(&format!("{folder}/.dockerignore"))
                || listed.paths.contains(&format!("{folder}/.containerignore"));
        }
        above |= listed.paths.contains(".dockerignore") || listed.paths.contains(".containerignore");
        if own || above { Context::Filtered } else { Context::Whole }
    }
}
