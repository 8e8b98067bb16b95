//! Package managers: which one a command calls, for what, with which packages.

use crate::formats::shell::{SimpleCommand, Word};

/// A family of package managers with one command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manager {
    /// apt-get, apt, aptitude.
    Apt,
    Apk,
    /// yum, dnf, microdnf, tdnf.
    Yum,
    Zypper,
    /// pip, `python -m pip`, `uv pip`, pipx.
    Pip,
    /// npm, pnpm, yarn.
    Npm,
    Gem,
    /// `go install`, `go get`.
    Go,
    Cargo,
}

/// A call of a package manager.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) manager: Manager,
    /// The program as called: `apt`, `pip3`.
    pub(super) program: &'a str,
    /// `install`, `add`, `update`; empty if there is none.
    pub(super) verb: &'a str,
    /// What stands behind the verb and is no option.
    pub(super) packages: Vec<&'a Word>,
    /// Options, each with its value when that is a word of its own.
    pub(super) options: Vec<(&'a str, Option<&'a str>)>,
}

impl Call<'_> {
    /// Whether an option of this name is given, alone or with `=value`.
    pub(super) fn has(&self, names: &[&str]) -> bool {
        self.options.iter().any(|(option, _)| {
            let name = option.split_once('=').map_or(*option, |(name, _)| name);
            names.contains(&name)
        })
    }

    /// Whether it installs packages.
    pub(super) fn installs(&self) -> bool {
        match self.manager {
            Manager::Apt | Manager::Yum => matches!(self.verb, "install" | "localinstall" | "reinstall"),
            Manager::Apk => self.verb == "add",
            Manager::Zypper => matches!(self.verb, "install" | "in"),
            Manager::Pip | Manager::Gem | Manager::Cargo => self.verb == "install",
            Manager::Npm => matches!(self.verb, "install" | "i" | "add" | "in" | "isntall"),
            Manager::Go => matches!(self.verb, "install" | "get"),
        }
    }
}

/// Options whose value is the next word.
const fn valued(manager: Manager) -> &'static [&'static str] {
    match manager {
        Manager::Apt => &[
            "-t",
            "--target-release",
            "--default-release",
            "-o",
            "--option",
            "-c",
            "--config-file",
            "-a",
            "--host-architecture",
        ],
        Manager::Apk => &[
            "-t",
            "--virtual",
            "-X",
            "--repository",
            "-p",
            "--root",
            "--keys-dir",
            "--repositories-file",
            "--wait",
            "--arch",
            "--cache-dir",
            "--cache-max-age",
        ],
        Manager::Yum => &[
            "-c",
            "--config",
            "--installroot",
            "--releasever",
            "--enablerepo",
            "--disablerepo",
            "--repo",
            "-x",
            "--exclude",
            "--setopt",
            "-d",
            "-e",
            "--rpmverbosity",
            "--forcearch",
        ],
        Manager::Zypper => &[
            "-r",
            "--repo",
            "--from",
            "-t",
            "--type",
            "-R",
            "--root",
            "--installroot",
            "-c",
            "--config",
            "-D",
            "--reposd-dir",
            "-p",
            "--plus-repo",
        ],
        Manager::Pip => &[
            "-r",
            "--requirement",
            "-c",
            "--constraint",
            "-i",
            "--index-url",
            "--extra-index-url",
            "-t",
            "--target",
            "--trusted-host",
            "--prefix",
            "--root",
            "-f",
            "--find-links",
            "--platform",
            "--python-version",
            "--proxy",
            "--retries",
            "--timeout",
            "--default-timeout",
            "--cache-dir",
            "--src",
            "--progress-bar",
            "--root-user-action",
            "--abi",
            "--implementation",
            "--no-binary",
            "--only-binary",
            "-e",
            "--editable",
            "--upgrade-strategy",
            "--global-option",
            "--config-settings",
            "-C",
            "-b",
            "--build",
            "--log",
            "--cert",
            "--client-cert",
            "--python",
            "-p",
            "--use-feature",
            "--use-deprecated",
            "--group",
            "--index",
            "--default-index",
            "--overrides",
            "--override",
            "--index-strategy",
        ],
        Manager::Npm => &[
            "--prefix",
            "--registry",
            "-C",
            "--dir",
            "--cwd",
            "--cache",
            "--loglevel",
            "--tag",
            "-w",
            "--workspace",
            "--omit",
            "--include",
            "--location",
            "--only",
            "--filter",
            "-F",
            "--network-timeout",
            "--cache-folder",
            "--userconfig",
        ],
        Manager::Gem => &[
            "-v",
            "--version",
            "-i",
            "--install-dir",
            "-n",
            "--bindir",
            "-s",
            "--source",
            "-P",
            "--trust-policy",
            "-g",
            "--platform",
            "--build-root",
        ],
        Manager::Go => &["-ldflags", "-tags", "-gcflags", "-asmflags", "-o", "-mod", "-C", "-p", "-modfile"],
        Manager::Cargo => &[
            "--version",
            "--vers",
            "--git",
            "--branch",
            "--tag",
            "--rev",
            "--path",
            "--root",
            "--features",
            "-F",
            "--target",
            "--profile",
            "-j",
            "--jobs",
            "--registry",
            "--index",
            "--bin",
            "--target-dir",
            "--config",
            "-Z",
        ],
    }
}

/// The call of a package manager that a command is, if it is one.
pub(super) fn call(command: &SimpleCommand) -> Option<Call<'_>> {
    let program = command.program();
    let mut args = program.args;
    let manager = match program.name {
        "apt-get" | "apt" | "aptitude" => Manager::Apt,
        "apk" => Manager::Apk,
        "yum" | "dnf" | "dnf5" | "microdnf" | "tdnf" => Manager::Yum,
        "zypper" => Manager::Zypper,
        "npm" | "pnpm" | "yarn" => Manager::Npm,
        "gem" => Manager::Gem,
        "go" => Manager::Go,
        "cargo" => Manager::Cargo,
        "pipx" => Manager::Pip,
        "uv" => {
            args = args.split_first().filter(|(first, _)| first.text == "pip")?.1;
            Manager::Pip
        }
        name if is_versioned(name, "pip") => Manager::Pip,
        name if is_versioned(name, "python") || is_versioned(name, "pypy") => {
            let at = args
                .windows(2)
                .position(|pair| matches!(pair, [one, two] if one.text == "-m" && two.text == "pip"))?;
            args = args.get(at + 2..).unwrap_or_default();
            Manager::Pip
        }
        _ => return None,
    };
    let mut call =
        Call { manager, program: program.name, verb: "", packages: Vec::new(), options: Vec::new() };
    let mut words = args.iter();
    while let Some(word) = words.next() {
        let text = word.text.as_str();
        if text.starts_with('-') && text.len() > 1 {
            let value = if valued(manager).contains(&text) { words.next() } else { None };
            call.options.push((text, value.map(|word| word.text.as_str())));
        } else if call.verb.is_empty() {
            // `yarn global add`; a setting such as `apt::install-recommends=false` is no verb.
            if text.contains("::") || text == "global" && program.name == "yarn" {
                call.options.push((text, None));
            } else {
                call.verb = text;
            }
        } else if text.contains("::") && manager == Manager::Apt {
            call.options.push((text, None));
        } else {
            call.packages.push(word);
        }
    }
    Some(call)
}

/// `pip`, `pip3`, `pip3.12`.
fn is_versioned(name: &str, stem: &str) -> bool {
    name.strip_prefix(stem).is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
}

/// What is said of the version of a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    /// A version, a range, a file, a URL, or a variable: not for this program to judge.
    Given,
    /// Nothing.
    Missing,
    /// A tag that names another version tomorrow.
    Moving,
}

/// What a call says of the version of one of its packages.
pub(super) fn version(call: &Call<'_>, word: &Word) -> Version {
    let text = word.text.as_str();
    if word.dynamic && !text.contains('@')
        || text.is_empty()
        || text.starts_with(['.', '/', '~', '$', '@', '!']) && call.manager != Manager::Npm
    {
        return Version::Given;
    }
    let missing = |given: bool| if given { Version::Given } else { Version::Missing };
    match call.manager {
        Manager::Apt => missing(
            text.contains(['=', '/'])
                || is_file(text, &[".deb"])
                || text.ends_with(['-', '*', '^'])
                // `g++` is a name, `x+` says that x is to be installed.
                || text.ends_with('+') && !text.ends_with("++"),
        ),
        Manager::Apk => missing(text.contains(['=', '<', '>', '~', '@']) || is_file(text, &[".apk"])),
        Manager::Zypper => missing(text.contains(['=', '<', '>', '/', ':']) || is_file(text, &[".rpm"])),
        Manager::Yum => {
            let dated = text
                .match_indices('-')
                .any(|(at, _)| text.as_bytes().get(at + 1).is_some_and(u8::is_ascii_digit));
            missing(dated || text.contains(['/', '*', ':', '=']) || is_file(text, &[".rpm"]))
        }
        Manager::Pip => missing(
            text.contains(['=', '<', '>', '~', '/', '@', '$'])
                || is_file(text, &[".whl", ".gz", ".zip", ".txt", ".toml"]),
        ),
        Manager::Gem => {
            let named = call.packages.len() == 1 && call.has(&["-v", "--version"]);
            missing(named || text.contains([':', '/']) || is_file(text, &[".gem"]))
        }
        Manager::Npm => npm_version(text, word.dynamic),
        Manager::Go => match text.rsplit_once('@') {
            Some((_, "latest" | "master" | "main" | "upgrade" | "HEAD")) => Version::Moving,
            // Without a version `go` asks the module at hand.
            _ => Version::Given,
        },
        Manager::Cargo => missing(text.contains('@')),
    }
}

fn npm_version(text: &str, dynamic: bool) -> Version {
    if text.starts_with(['.', '/', '~', '$', '<'])
        || text.contains("://")
        || text.contains('#')
        || is_file(text, &[".tgz", ".gz"])
    {
        return Version::Given;
    }
    let scoped = text.starts_with('@');
    let name_end = if scoped { text.find('/').map_or(text.len(), |at| at + 1) } else { 0 };
    let rest = text.get(name_end..).unwrap_or_default();
    // `owner/repository` is a repository.
    if !scoped && rest.contains('/') {
        return Version::Given;
    }
    match rest.split_once('@') {
        Some((_, version)) if version.contains(['$', '/', ':']) => Version::Given,
        Some((_, version))
            if version.starts_with(|first: char| first.is_ascii_digit() || "^~<>=v*x".contains(first)) =>
        {
            Version::Given
        }
        Some((_, "")) | None if !dynamic => Version::Missing,
        Some(_) => Version::Moving,
        None => Version::Given,
    }
}

fn is_file(text: &str, endings: &[&str]) -> bool {
    endings.iter().any(|ending| text.ends_with(ending)) || text.contains("://")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::shell;

    #[track_caller]
    fn check(text: &str, expected: &[(&str, Version)]) {
        let script = shell::parse(text);
        let commands = script.commands();
        let call = commands.iter().find_map(|command| call(command)).unwrap();
        assert!(call.installs(), "{text}");
        let found: Vec<_> =
            call.packages.iter().map(|word| (word.text.as_str(), version(&call, word))).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn packages_and_versions() {
        use Version::{Given, Missing, Moving};
        check("apt-get install -y -t stable curl=7.88 wget", &[("curl=7.88", Given), ("wget", Missing)]);
        check("apt-get install g++ nano-", &[("g++", Missing), ("nano-", Given)]);
        check("apk add --no-cache --virtual .deps gcc 'musl~1.2'", &[("gcc", Missing), ("musl~1.2", Given)]);
        check(
            "dnf -y install httpd-2.4.6 git @development",
            &[("httpd-2.4.6", Given), ("git", Missing), ("@development", Given)],
        );
        check(
            "pip install -r requirements.txt flask==3.0 requests .",
            &[("flask==3.0", Given), ("requests", Missing), (".", Given)],
        );
        check("python3 -m pip install 'uvicorn[standard]'", &[("uvicorn[standard]", Missing)]);
        check("uv pip install --system black", &[("black", Missing)]);
        check(
            "npm install -g @angular/cli sax@1.2.3 tool@latest owner/repo",
            &[
                ("@angular/cli", Missing),
                ("sax@1.2.3", Given),
                ("tool@latest", Moving),
                ("owner/repo", Given),
            ],
        );
        check("yarn global add serve", &[("serve", Missing)]);
        check("gem install grpc -v 1.0", &[("grpc", Given)]);
        check("gem install grpc -v 1.0 other", &[("grpc", Missing), ("other", Missing)]);
        check("go install example.com/tool@latest", &[("example.com/tool@latest", Moving)]);
        check("cargo install --locked ripgrep", &[("ripgrep", Missing)]);
        check("apt-get install php${V}-fpm $DEPS", &[("php${V}-fpm", Given), ("$DEPS", Given)]);
    }
}
