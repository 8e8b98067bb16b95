//! `readiness release prepare`: the program itself, as a user runs it, and the tools that check what it makes.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use readiness::formats::release_manifest::{ReleaseManifest, Tried};
use readiness::release::statement;
use readiness::report::{Details, Report, StepOutcome};
use serde_json::Value;

use super::support::{NOW, readiness, write};

/// Runs a program of others; none, with a word on stderr, where it is missing.
fn tool(program: &str, arguments: &[&str], folder: &Path) -> Option<std::process::Output> {
    let output = Command::new(program).args(arguments).current_dir(folder).output();
    if output.is_err() {
        eprintln!("release_prepare: no {program} here, skipped");
    }
    output.ok()
}

/// A folder with a private key, its public half and an encryption key; none without OpenSSL.
static KEYS: LazyLock<Option<tempfile::TempDir>> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let generate =
        ["genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:3072", "-out", "signing.key"];
    tool("openssl", &generate, folder.path())?;
    tool("openssl", &["pkey", "-in", "signing.key", "-pubout", "-out", "signing.pub"], folder.path())?;
    write(
        folder.path(),
        "encryption.key",
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n",
    );
    #[cfg(unix)]
    for key in ["signing.key", "encryption.key"] {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(folder.path().join(key), std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    Some(folder)
});

fn key(name: &str) -> Option<String> {
    Some(KEYS.as_ref()?.path().join(name).display().to_string())
}

fn git(folder: &Path, arguments: &[&str]) {
    let mut words = vec!["-c", "user.name=a", "-c", "user.email=a@b.example", "-c", "commit.gpgsign=false"];
    words.extend(arguments);
    let output = tool("git", &words, folder).expect("these tests need git");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A project at a tag, with what it built in a folder that git ignores.
fn project(root: &Path) {
    write(root, "Cargo.toml", "[package]\nname = \"shop\"\nversion = \"1.2.3\"\nedition = \"2024\"\n");
    write(root, "Cargo.lock", "version = 4\n\n[[package]]\nname = \"shop\"\nversion = \"1.2.3\"\n");
    write(root, "src/main.rs", "fn main() {}\n");
    write(root, "README.md", "# Shop\n");
    write(root, ".gitignore", "/dist\n/out\n/.readiness\n");
    write(
        root,
        "readiness.yaml",
        "version: 1\nrelease:\n  artifacts: ['dist/*']\ngate:\n  optional: [vulnerabilities]\n",
    );
    git(root, &["init", "-q", "-b", "main"]);
    git(root, &["remote", "add", "origin", "https://user:pa55w0rd@git.example/acme/shop.git"]);
    git(root, &["add", "."]);
    git(root, &["commit", "-q", "-m", "feat: begin"]);
    git(root, &["tag", "v1.2.3"]);
    write(root, "dist/app", [7; 3000].repeat(500));
    write(root, "dist/notes.txt", "hello\n");
}

fn fresh() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    project(folder.path());
    folder
}

/// Runs the command in a project; its code, and what it said.
fn prepare(root: &Path, arguments: &[&str]) -> (i32, String) {
    let words: Vec<&str> = ["release", "prepare", "--no-trail"].iter().chain(arguments).copied().collect();
    let output = readiness(root, &words, NOW);
    let said = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8_lossy(&said).into_owned())
}

/// All files below a folder with their bytes, by relative path.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let (mut found, mut waiting) = (BTreeMap::new(), vec![folder.to_owned()]);
    while let Some(next) = waiting.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().display().to_string();
                found.insert(name, std::fs::read(path).unwrap());
            }
        }
    }
    found
}

fn manifest(release: &Path) -> ReleaseManifest {
    ReleaseManifest::parse(&std::fs::read(release.join("manifest.json")).unwrap()).unwrap()
}

/// Whether the part that makes provenance is there.
fn has_statements() -> bool {
    !statement::statement(&statement::Build::default()).is_empty()
}

/// git runs the filters of a repository with all that is in its own environment.
#[cfg(unix)]
#[test]
fn git_gets_no_secret() {
    use std::os::unix::fs::PermissionsExt as _;
    let found = tool("sh", &["-c", "command -v git"], Path::new("/")).unwrap().stdout;
    let real = String::from_utf8(found).unwrap();
    let folder = fresh();
    let (programs, root) = (tempfile::tempdir().unwrap(), folder.path());
    let script = format!("#!/bin/sh\nenv >> \"$0.seen\"\nexec '{}' \"$@\"\n", real.trim());
    write(programs.path(), "git", script);
    let spy = programs.path().join("git");
    std::fs::set_permissions(&spy, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", programs.path().display(), std::env::var("PATH").unwrap());
    let done = Command::new(env!("CARGO_BIN_EXE_readiness"))
        .args(["release", "prepare", "--no-trail", "--output-dir", "out/v1"])
        .current_dir(root)
        .env_clear()
        .envs([
            ("PATH", path.as_str()),
            ("READINESS_PASSPHRASE", "horse"),
            ("READINESS_AUTH_TOKEN", "bearer"),
        ])
        .output()
        .unwrap();
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
    let seen = std::fs::read_to_string(programs.path().join("git.seen")).unwrap();
    assert!(seen.contains("GIT_OPTIONAL_LOCKS=0"), "{seen}");
    assert!(!seen.contains("horse") && !seen.contains("bearer"), "{seen}");
}

/// Whoever may put a file into a release gets a signature over any bytes he likes; not over these.
#[test]
fn a_file_whose_signature_would_vouch_for_a_key_is_not_signed() {
    let Some(signing) = key("signing.key") else { return };
    let folder = fresh();
    let root = folder.path();
    let payload = format!("thief\n{}\n\n\n", "0".repeat(64));
    let kind = "application/vnd.readiness.key-endorsement.v1";
    let signed = format!("DSSEv1 {} {kind} {} {payload}", kind.len(), payload.len());
    write(root, "dist/notes.txt", signed);
    let sign = ["--output-dir", "out/v1", "--sign", "--signing-key", &signing];
    let (code, said) = prepare(root, &sign);
    assert_eq!(code, 4, "{said}");
    assert!(said.contains("artifacts/notes.txt is not signed") && said.contains("endorsed key"), "{said}");
    assert!(!root.join("out/v1").exists());
    assert_eq!(prepare(root, &["--output-dir", "out/v1"]).0, 0, "unsigned it vouches for nothing");
}

#[test]
fn a_whole_release_is_taken_by_stock_tools() {
    let (Some(signing), Some(encryption), Some(public)) =
        (key("signing.key"), key("encryption.key"), key("signing.pub"))
    else {
        return;
    };
    let folder = fresh();
    let root = folder.path();
    let mut arguments = vec![
        "--output-dir",
        "out/v1.2.3",
        "--profile",
        "prod",
        "--sign",
        "--signing-key",
        &signing,
        "--encrypt",
        "--encryption-key",
        &encryption,
        "--include-sbom",
        "--run-security-audit",
    ];
    if has_statements() {
        arguments.push("--include-slsa");
    }
    let (code, said) = prepare(root, &arguments);
    assert_eq!(code, 0, "{said}");
    let release = root.join("out/v1.2.3");
    let found = files(&release);
    for path in [
        "artifacts/app.enc",
        "artifacts/notes.txt.enc",
        "sbom/shop.cdx.json",
        "sbom/shop.spdx.json",
        "security_audit/report.json",
        "security_audit/report.md",
        "manifest.json",
        "SHA256SUMS",
    ] {
        assert!(
            found.contains_key(path) && found.contains_key(&format!("{path}.sig")),
            "{path}: {:?}",
            found.keys()
        );
    }
    assert!(!found.keys().any(|path| path.ends_with("/app")), "no original stays");
    let manifest = manifest(&release);
    assert_eq!((manifest.name.as_str(), manifest.version.as_str()), ("shop", "1.2.3"));
    assert_eq!(manifest.source.tag.as_deref(), Some("v1.2.3"));
    assert_eq!(manifest.source.dirty, Some(false));
    assert_eq!(manifest.source.repository.as_deref(), Some("https://git.example/acme/shop.git"));
    assert!(matches!(manifest.validation.security_audit, Tried::Passed { .. }));
    assert_eq!(manifest.artifacts[1].size, 6);
    // printf 'hello\n' | sha256sum
    assert_eq!(
        manifest.artifacts[1].sha256,
        "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"
    );
    let text = String::from_utf8(found["sbom/shop.cdx.json"].clone()).unwrap();
    let bill: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(bill["metadata"]["component"]["name"], "shop");
    assert_eq!(bill["metadata"]["component"]["version"], "1.2.3");
    for (path, bytes) in &found {
        let place = root.display().to_string();
        assert!(!String::from_utf8_lossy(bytes).contains(&place), "{path} names a folder of this machine");
        assert!(!String::from_utf8_lossy(bytes).contains("pa55w0rd"), "{path} tells a password");
    }
    let report: Report = serde_json::from_slice(&found["security_audit/report.json"]).unwrap();
    assert_eq!((report.subject.name.as_str(), report.subject.deep), ("shop", true));

    if let Some(output) = tool("sha256sum", &["-c", "--strict", "SHA256SUMS"], &release) {
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let lines = String::from_utf8_lossy(&output.stdout).lines().count();
        assert_eq!(lines, found.keys().filter(|path| !path.ends_with(".sig")).count() - 1, "all but itself");
    }
    let signatures: Vec<&String> = found.keys().filter(|path| path.ends_with(".sig")).collect();
    assert_eq!(signatures.len() * 2, found.len());
    for signature in &signatures {
        let file = signature.strip_suffix(".sig").unwrap();
        let options = [
            "dgst",
            "-sha256",
            "-verify",
            &public,
            "-sigopt",
            "rsa_padding_mode:pss",
            "-sigopt",
            "rsa_pss_saltlen:digest",
            "-signature",
            signature,
            file,
        ];
        let output = tool("openssl", &options, &release).unwrap();
        assert!(output.status.success(), "{file}");
    }
    eprintln!("release_prepare: OpenSSL verified {} signatures", signatures.len());
}

#[test]
fn the_same_inputs_give_the_same_bytes() {
    let (Some(signing), Some(encryption)) = (key("signing.key"), key("encryption.key")) else { return };
    let (one, other) = (fresh(), tempfile::tempdir().unwrap());
    // The same commit and the same files, elsewhere and under another name.
    let second = other.path().join("a checkout elsewhere");
    std::fs::create_dir(&second).unwrap();
    let (from, to) = (one.path().join("."), second.join("."));
    let copied = tool("cp", &["-a", from.to_str().unwrap(), to.to_str().unwrap()], one.path()).unwrap();
    assert!(copied.status.success());
    let flags = [
        "--sign",
        "--signing-key",
        &signing,
        "--encrypt",
        "--encryption-key",
        &encryption,
        "--include-sbom",
        "--include-slsa",
        "--run-security-audit",
    ];
    let run = |here: &Path, more: &[&str]| {
        let words: Vec<&str> = flags.iter().chain(more).copied().collect();
        let (code, said) = prepare(here, &words);
        assert!(code < 4, "{said}");
    };
    run(one.path(), &["--output-dir", "out/first"]);
    let source = second.display().to_string();
    let place = other.path().join("releases/second").display().to_string();
    run(Path::new("/"), &["--source", &source, "--output-dir", &place]);
    let differs = |path: &str| [".sig", ".enc", ".intoto.jsonl"].iter().any(|ending| path.ends_with(ending));
    let kept = |folder: &Path| {
        let mut all = files(folder);
        all.retain(|path, _| !differs(path));
        let sums = String::from_utf8(all.remove("SHA256SUMS").unwrap()).unwrap();
        let sums: Vec<String> = sums.lines().filter(|line| !differs(line)).map(str::to_owned).collect();
        (all, sums)
    };
    let (first, second) = (kept(&one.path().join("out/first")), kept(&other.path().join("releases/second")));
    assert_eq!(first.1, second.1);
    assert!(first.0.len() >= 5, "{:?}", first.0.keys());
    for (path, bytes) in &first.0 {
        assert!(second.0.get(path) == Some(bytes), "{path} differs");
    }
    assert_eq!(first.0.len(), second.0.len());
}

#[test]
fn a_dry_run_shows_all_and_touches_nothing() {
    let folder = fresh();
    let before = files(folder.path());
    let words =
        ["release", "prepare", "--dry-run", "--output-dir", "out/new/v1", "--include-sbom", "--json", "-"];
    let output = readiness(folder.path(), &words, NOW);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(files(folder.path()) == before, "something was touched");
    assert!(!folder.path().join("out").exists() && !folder.path().join(".readiness").exists());
    let report: Report = serde_json::from_slice(&output.stdout).unwrap();
    let Some(Details::Release(release)) = report.details else { panic!("no details") };
    let sizes: Vec<u64> = release.artifacts.iter().map(|artifact| artifact.size).collect();
    assert_eq!(sizes, [1_500_000, 6]);
    let planned: Vec<&str> = release
        .steps
        .iter()
        .filter(|step| step.outcome == StepOutcome::Planned)
        .map(|step| step.name.as_str())
        .collect();
    assert_eq!(planned, ["sbom", "documents", "artifacts"]);
}

#[test]
fn what_cannot_be_released_is_refused_and_nothing_is_made() {
    let folder = fresh();
    let root = folder.path();
    std::fs::create_dir(root.join("there")).unwrap();
    let mut cases: Vec<(Vec<&str>, &str)> = vec![
        (vec!["--output-dir", "there"], "there is there already"),
        (vec!["--output-dir", "out/v1", "--sign"], "--signing-key FILE, or READINESS_SIGNING_KEY"),
        (vec!["--output-dir", "out/v1", "--encrypt"], "--encryption-key FILE, or READINESS_ENCRYPTION_KEY"),
        (vec!["--output-dir", "out/v1", "--run-performance-tests"], "--api-url"),
        (vec!["--output-dir", "out/v1", "gone"], "gone"),
        (vec!["--output-dir", "out/v1", "src"], "src is a folder; release an archive"),
        (vec!["--output-dir", "out/v1", "--version", "1 2"], "it has white space"),
        (vec!["--output-dir", "out/v1", "--step-timeout", "soon"], "--step-timeout"),
        (vec!["--output-dir", "out/v1", "--sign", "--signing-key", "gone.key"], "gone.key"),
        (vec!["--output-dir", "out/v1", "--key-set", "k"], "add --sign"),
        (vec!["--output-dir", "out/v1", "--provenance", "gone.jsonl"], "gone.jsonl"),
    ];
    let signing = key("signing.key");
    if let Some(signing) = &signing {
        let public = std::fs::read_to_string(KEYS.as_ref().unwrap().path().join("signing.pub")).unwrap();
        let other =
            std::fs::read_to_string(super::support::repository("fixtures/crypto/rsa2048.pub.pem")).unwrap();
        let set = |name: &str, key: &str, more: &str| {
            let pem: String = key.lines().map(|line| format!("    {line}\n")).collect();
            write(root, name, format!("keys:\n- id: ours\n  pem: |\n{pem}{more}"));
        };
        set("revoked.yaml", &public, "  revoked: true\n");
        set("over.yaml", &public, "  not_after: 2026-06-14\n");
        set("early.yaml", &public, "  not_before: 2026-06-16\n");
        set("other.yaml", &other, "");
        for (name, said) in [
            ("revoked.yaml", "`ours` is revoked"),
            ("over.yaml", "was valid until 2026-06-14"),
            ("early.yaml", "valid from 2026-06-16"),
            ("other.yaml", "does not hold the signing key"),
        ] {
            let words = vec!["--output-dir", "out/v1", "--sign", "--signing-key", signing, "--key-set", name];
            cases.push((words, said));
        }
        let small = [
            "genpkey",
            "-quiet",
            "-algorithm",
            "RSA",
            "-pkeyopt",
            "rsa_keygen_bits:2048",
            "-out",
            "small.key",
        ];
        assert!(Command::new("openssl").args(small).current_dir(root).status().unwrap().success());
        cases.push((vec!["--output-dir", "out/v1", "--sign", "--signing-key", "small.key"], "2048 bits"));
        let released = vec!["--output-dir", "out/v1", "--sign", "--signing-key", signing, signing];
        cases.push((released, "is a secret key; a release is for everyone"));
    }
    for (arguments, expected) in cases {
        let (code, said) = prepare(root, &arguments);
        assert_eq!(code, 4, "{arguments:?}: {said}");
        assert!(said.contains(expected), "{arguments:?}: {said}");
        assert!(!root.join("out").exists(), "{arguments:?}");
    }
    git(root, &["tag", "-d", "v1.2.3"]);
    let (code, said) = prepare(root, &["--output-dir", "out/v1"]);
    assert!(code == 4 && said.contains("name the version"), "{said}");
    git(root, &["tag", "v1.2.3"]);
    git(root, &["tag", "v1.2.4"]);
    let (code, said) = prepare(root, &["--output-dir", "out/v1"]);
    assert!(code == 4 && said.contains("several versions: 1.2.3, 1.2.4"), "{said}");
}

#[test]
fn a_step_that_fails_degrades_is_silenced_or_aborts() {
    let folder = fresh();
    let root = folder.path();
    let short = ["--run-security-audit", "--step-timeout", "1ms"];
    let run = |name: &str| {
        let place = format!("out/{name}");
        prepare(root, &[&["--output-dir", place.as_str()], &short[..]].concat())
    };
    let (code, said) = run("degraded");
    assert!(code == 1 && said.contains("REL-020"), "{code}: {said}");
    let made = manifest(&root.join("out/degraded"));
    assert_eq!(made.degraded[0].step, "security_audit");
    assert!(
        matches!(&made.validation.security_audit, Tried::NotRun { reason } if reason.contains("longer than"))
    );
    let configured = |policy: &str| {
        write(
            root,
            "readiness.yaml",
            format!("version: 1\nrelease:\n  artifacts: ['dist/*']\n  {policy}: [security_audit]\n"),
        );
        git(root, &["commit", "-qam", policy]);
        git(root, &["tag", "-f", "v1.2.3"]);
    };
    configured("optional");
    let (code, said) = run("optional");
    assert!(code == 0 && !said.contains("REL-020"), "{code}: {said}");
    assert_eq!(manifest(&root.join("out/optional")).degraded.len(), 1, "the manifest says it all the same");
    configured("mandatory");
    let (code, said) = run("mandatory");
    assert!(code == 4 && said.contains("release.mandatory asks for it"), "{code}: {said}");
    assert!(!root.join("out/mandatory").exists());
}

#[test]
fn what_no_commit_has_is_told() {
    let folder = fresh();
    let root = folder.path();
    write(root, "src/main.rs", "fn main() { }\n");
    let (code, said) = prepare(root, &["--output-dir", "out/v1", "--fail-on", "medium"]);
    assert!(code == 1 && said.contains("REL-023"), "{code}: {said}");
    assert_eq!(manifest(&root.join("out/v1")).source.dirty, Some(true));
    // What the program itself leaves in a project is no change of it, nor are releases beside this one.
    git(root, &["checkout", "-q", "src/main.rs"]);
    write(root, ".gitignore", "/dist\n");
    git(root, &["commit", "-qam", "releases are not ignored"]);
    git(root, &["tag", "-f", "v1.2.3"]);
    write(root, ".readiness/state", "x");
    let (code, said) = prepare(root, &["--output-dir", "out/v2", "--fail-on", "medium"]);
    assert_eq!(code, 0, "{said}");
}

#[test]
fn provenance_of_others_is_taken_as_it_is() {
    let folder = fresh();
    let root = folder.path();
    write(root, "dist/ci.intoto.jsonl", "{\"payload\":\"\"}\n");
    let (code, said) =
        prepare(root, &["--output-dir", "out/v1", "--provenance", "dist/ci.intoto.jsonl", "dist/app"]);
    assert_eq!(code, 0, "{said}");
    let made = manifest(&root.join("out/v1"));
    assert!(made.enterprise.slsa && !made.enterprise.signed);
    let listed = made.files.iter().find(|file| file.path == "slsa/ci.intoto.jsonl").unwrap();
    assert_eq!(listed.size, Some(15), "it is an input, and has its size");
    assert_eq!(std::fs::read(root.join("out/v1/slsa/ci.intoto.jsonl")).unwrap().len(), 15);
}

/// A server that answers every request, until the test ends.
fn server() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            std::thread::spawn(move || {
                let mut buffer = [0; 4096];
                while let Ok(1..) = stream.read(&mut buffer) {
                    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
                    if stream.write_all(answer).is_err() {
                        return;
                    }
                }
            });
        }
    });
    port
}

#[test]
fn a_load_test_is_run_with_its_scenario_and_reported() {
    let folder = fresh();
    let root = folder.path();
    write(root, "load.yaml", "duration: 1s\nconcurrency: 2\nendpoints:\n- {name: home, path: /}\n");
    write(root, "readiness.yaml", "version: 1\nrelease:\n  artifacts: ['dist/*']\n  scenario: load.yaml\n");
    let url = format!("http://127.0.0.1:{}", server());
    let (code, said) =
        prepare(root, &["--output-dir", "out/v1", "--run-performance-tests", "--api-url", &url]);
    assert!(code < 4, "{said}");
    let release = root.join("out/v1");
    let bytes = std::fs::read(release.join("performance/report.json"));
    let report: Report = serde_json::from_slice(&bytes.unwrap_or_else(|_| panic!("{said}"))).unwrap();
    let Some(Details::Perf(perf)) = &report.details else { panic!("no measurement") };
    assert_eq!(perf.endpoints[0].name, "home");
    assert!(perf.total.counts.ok > 0);
    assert!(std::fs::read_to_string(release.join("performance/report.md")).unwrap().contains("home"));
    let passed = matches!(manifest(&release).validation.performance_tests, Tried::Passed { .. });
    assert_eq!(passed, report.verdict.exit_code == 0, "the manifest says what the report says");
    assert_eq!(code == 0, passed, "{said}");
    // Nobody answers there: the step fails, and says so.
    let (code, said) = prepare(
        root,
        &["--output-dir", "out/v2", "--run-performance-tests", "--api-url", "http://127.0.0.1:1"],
    );
    assert!(code == 1 && said.contains("REL-020"), "{code}: {said}");
    let none: PathBuf = root.join("out/v2/performance");
    assert!(!none.exists());
}
