//! The audit and the load test of a release: this program, run as a child within a time limit, so that nothing they hold
//! or do is left in the process that has the keys.

use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};
use std::sync::Mutex;

use super::super::super::{Variable, World, progress};
use super::plan::Request;
use crate::advisories;
use crate::cli::{PrepareArgs, ProfileArg};
use crate::config;
use crate::host::clock;
use crate::host::process::{self, Call};
use crate::perf::scenario::{PerfConfig, Surroundings, build};
use crate::report::Report;

/// Largest report that is taken, in bytes.
const OUTPUT: u64 = 256 << 20;
/// Variables that a child needs to find programs, its caches and its temporary folder.
const SURROUNDINGS: &[&str] = &[
    "PATH",
    "HOME",
    "TMPDIR",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "LOCALAPPDATA",
    "USERPROFILE",
    "SystemRoot",
    "TEMP",
    advisories::VARIABLE,
    clock::VARIABLE,
];
/// The bearer token of a load test.
const TOKEN: &str = "READINESS_AUTH_TOKEN";

/// Audits the project, every file of it.
pub(super) fn audit(request: &Request, world: &World<'_>) -> Result<Report, String> {
    let mut arguments: Vec<OsString> = ["audit", "--deep", "--format", "json"].map(OsString::from).into();
    if let Some(config) = &request.named_config {
        arguments.extend(["--config".into(), from(&request.source, config)?.into()]);
    }
    for glob in &request.earlier {
        arguments.extend(["--exclude".into(), glob.into()]);
    }
    // Variables that the configuration asks for are judged by whether they are there.
    let environment = environment(&request.config.required_env, world.variable);
    run(arguments, environment, request, "Auditing", world)
}

/// Loads the server, and judges what it bore.
pub(super) fn load(args: &PrepareArgs, request: &Request, world: &World<'_>) -> Result<Report, String> {
    let url = args.api_url.as_deref().unwrap_or_default();
    let profile = match args.performance_profile {
        None | Some(ProfileArg::Quick) => "quick",
        Some(ProfileArg::Standard) => "standard",
        Some(ProfileArg::Stress) => "stress",
    };
    let mut arguments: Vec<OsString> =
        ["perf", "--url", url, "--profile", profile, "--format", "json"].map(OsString::from).into();
    let scenario = request.config.release.scenario.as_ref().map(|file| request.config.folder.join(file));
    let read = match &scenario {
        None => request.config.perf.clone(),
        Some(file) => {
            config::load_scenario(file, &file.display().to_string()).map_err(|error| error.to_string())?
        }
    };
    if let Some(config) = scenario.as_ref().or(request.named_config.as_ref()) {
        arguments.extend(["--config".into(), from(&request.source, config)?.into()]);
    }
    let mut names = asked_for(&read);
    names.push(TOKEN.to_owned());
    let environment = environment(&names, world.variable);
    run(arguments, environment, request, "Loading", world)
}

/// The variables that a scenario asks for.
fn asked_for(scenario: &PerfConfig) -> Vec<String> {
    let names = Mutex::new(Vec::new());
    let variable = |name: &str| {
        if let Ok(mut names) = names.lock() {
            names.push(name.to_owned());
        }
        Some("x".to_owned())
    };
    // What is wrong with the scenario is for the child to say.
    let _ =
        build(scenario, &Surroundings { base: "/", token: Some("x"), confined: false, variable: &variable });
    names.into_inner().unwrap_or_default()
}

fn environment(names: &[String], variable: Variable<'_>) -> Vec<(String, OsString)> {
    let mut names: Vec<&str> = SURROUNDINGS.iter().copied().chain(names.iter().map(String::as_str)).collect();
    names.sort_unstable();
    names.dedup();
    let given = names.into_iter().filter_map(|name| Some((name.to_owned(), variable(name)?.into())));
    given.chain([("NO_COLOR".to_owned(), "1".into())]).collect()
}

fn run(
    arguments: Vec<OsString>,
    environment: Vec<(String, OsString)>,
    request: &Request,
    verb: &str,
    world: &World<'_>,
) -> Result<Report, String> {
    let program =
        std::env::current_exe().map_err(|error| format!("this program cannot find itself: {error}"))?;
    let call = Call {
        program,
        sha256: None,
        arguments,
        environment,
        folder: request.source.clone(),
        limit: request.step_timeout,
        output: OUTPUT,
        tracked: false,
        leaves: false,
    };
    let limit = request.step_timeout.as_secs_f64();
    let done = progress::with(world.progress, verb, || format!("at most {limit} s"), || process::run(&call));
    let done = done.map_err(|error| error.to_string())?;
    let why = || {
        let last =
            done.errors.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("it said nothing");
        last.chars().take(300).collect::<String>()
    };
    let code = match done.code {
        Some(code @ 0..=3) => code,
        Some(code) => return Err(format!("it ended with code {code}: {}", why())),
        None => return Err(format!("a signal ended it: {}", why())),
    };
    let report: Report = serde_json::from_slice(&done.output)
        .map_err(|error| format!("its report cannot be read: {error}"))?;
    if i32::from(report.verdict.exit_code) != code {
        return Err(format!("it ended with code {code}, and its report says {}", report.verdict.exit_code));
    }
    Ok(report)
}

/// A file as it is named from a folder: reports record it, and no folder of this machine belongs in them.
fn from(folder: &Path, file: &Path) -> Result<PathBuf, String> {
    let real = file.canonicalize().map_err(|error| format!("{}: {error}", file.display()))?;
    let shared = folder.components().zip(real.components()).take_while(|(one, other)| one == other).count();
    let up = folder.components().skip(shared).map(|_| Component::ParentDir);
    Ok(up.chain(real.components().skip(shared)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_file_is_named_from_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        for path in ["a/b", "c"] {
            std::fs::create_dir_all(root.join(path)).unwrap();
        }
        for path in ["a/b/x.yaml", "c/y.yaml"] {
            std::fs::File::create(root.join(path)).unwrap();
        }
        assert_eq!(from(&root.join("a"), &root.join("a/b/x.yaml")), Ok(PathBuf::from("b/x.yaml")));
        assert_eq!(from(&root.join("a/b"), &root.join("c/y.yaml")), Ok(PathBuf::from("../../c/y.yaml")));
        assert!(from(&root, &root.join("gone")).is_err());
    }

    #[test]
    fn a_child_gets_what_it_asks_for_and_no_secret_besides() {
        let variable = |name: &str| Some(format!("value of {name}"));
        let names: Vec<String> =
            environment(&["WANTED".to_owned()], &variable).into_iter().map(|(name, _)| name).collect();
        assert!(names.contains(&"WANTED".to_owned()) && names.contains(&"PATH".to_owned()));
        assert!(!names.iter().any(|name| name.contains("PASSPHRASE") || name.contains("KEY")), "{names:?}");
        let text = b"endpoints:\n- {name: a, path: '/x', headers: {authorization: '${env.SHOP_TOKEN}'}}\n";
        let scenario = config::read_scenario(text, "s.yaml").unwrap();
        assert_eq!(asked_for(&scenario), ["SHOP_TOKEN"]);
    }
}
