//! An offline audit opens no socket: the program runs under a system-call filter that ends it the moment it tries.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Output};

use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, apply_filter};

use super::support::write;

/// `SIGSYS`, by which the filter ends a process.
const SIGSYS: i32 = 31;

/// Numbers of `socket`, `connect`, `socketpair`, and of `io_uring_setup`, through which sockets could be had as well.
#[cfg(target_arch = "x86_64")]
const CALLS: [i64; 4] = [41, 42, 53, 425];
#[cfg(target_arch = "aarch64")]
const CALLS: [i64; 4] = [198, 203, 199, 425];

/// Runs a program under the filter, with nothing in its environment that would lead it elsewhere.
fn run(program: &str, arguments: &[&str], folder: &Path) -> Output {
    let rules: BTreeMap<_, _> = CALLS.iter().map(|call| (*call, Vec::new())).collect();
    let filter: BpfProgram = SeccompFilter::new(
        rules,
        SeccompAction::Allow,
        SeccompAction::KillProcess,
        std::env::consts::ARCH.try_into().unwrap(),
    )
    .unwrap()
    .try_into()
    .unwrap();
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).env_remove("SOURCE_DATE_EPOCH");
    // The filter holds for the thread that installs it and for the processes that it starts.
    std::thread::spawn(move || {
        apply_filter(&filter).unwrap();
        command.output().unwrap()
    })
    .join()
    .unwrap()
}

/// A small tree with lock files of several ecosystems, a git folder and an SBOM.
fn tree() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let lock = "version = 4\n\n[[package]]\nname = \"time\"\nversion = \"0.1.43\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\n";
    write(folder.path(), "Cargo.lock", lock);
    let lock = r#"{"name":"a","version":"1.0.0","lockfileVersion":3,"packages":{"":{"name":"a","version":"1.0.0"},"node_modules/lodash":{"version":"4.17.20"}}}"#;
    write(folder.path(), "package-lock.json", lock);
    write(folder.path(), "requirements.txt", "django==3.2.1\n");
    write(folder.path(), "Containerfile", "FROM docker.io/library/alpine:3.20\nUSER 1000\n");
    write(folder.path(), ".env", "DEBUG=false\n");
    let sbom = r#"{"bomFormat":"CycloneDX","specVersion":"1.6","version":1,"components":[{"type":"library","name":"lodash","version":"4.17.20","purl":"pkg:npm/lodash@4.17.20"}]}"#;
    write(folder.path(), "bom.cdx.json", sbom);
    folder
}

#[test]
fn an_audit_opens_no_socket() {
    let tree = tree();
    let program = env!("CARGO_BIN_EXE_readiness");
    // Twice: in a plain folder, and in a repository, where git is asked.
    for repository in [false, true] {
        if repository {
            assert!(
                Command::new("git").args(["init", "-q"]).current_dir(tree.path()).status().unwrap().success()
            );
        }
        let output = run(program, &["audit", "--deep", "."], tree.path());
        let code = output.status.code();
        assert!(
            matches!(code, Some(0..=3)),
            "{:?} {}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
        let free =
            Command::new(program).args(["audit", "--deep", "."]).current_dir(tree.path()).output().unwrap();
        assert_eq!(code, free.status.code(), "the filter changes nothing else");
        assert!(!output.stdout.is_empty());
    }
}

#[test]
fn the_filter_does_end_what_opens_a_socket() {
    let folder = tempfile::tempdir().unwrap();
    let output = run("bash", &["-c", "exec 3<>/dev/tcp/127.0.0.1/9"], folder.path());
    assert_eq!(output.status.signal(), Some(SIGSYS), "{output:?}");
    // Not the shell: without HOME it asks the machine's name service, through a socket, who it runs as.
    let harmless = run("true", &[], folder.path());
    assert!(harmless.status.success(), "{harmless:?}");
}

/// A partial clone lacks files on purpose and fetches them when they are asked for, by a command that the repository's own
/// configuration may name.
#[test]
fn a_partial_clone_fetches_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let tree = folder.path().join("tree");
    write(&tree, "requirements.txt", "django==3.2.1\n");
    let git = |arguments: &[&str]| {
        let identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"];
        let output = Command::new("git").args(identity).args(arguments).current_dir(&tree).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    git(&["init", "-q"]);
    git(&["add", "."]);
    git(&["commit", "-qm", "a"]);
    let missing = git(&["rev-parse", "HEAD:requirements.txt"]);
    std::fs::remove_file(tree.join(format!(".git/objects/{}/{}", &missing[..2], &missing[2..]))).unwrap();
    let marker = folder.path().join("fetched");
    let command = format!("touch {}; false", marker.display());
    for (key, value) in [
        ("core.repositoryformatversion", "1"),
        ("extensions.partialClone", "origin"),
        ("remote.origin.url", "ssh://127.0.0.1/none"),
        ("remote.origin.promisor", "true"),
        ("core.sshCommand", &command),
        ("protocol.ssh.allow", "always"),
    ] {
        git(&["config", key, value]);
    }
    let audit = || {
        let program = env!("CARGO_BIN_EXE_readiness");
        Command::new(program).args(["audit", "--since", "HEAD"]).current_dir(&tree).output().unwrap()
    };
    assert_eq!(audit().status.code(), Some(4), "what is not there cannot be compared with");
    assert!(!marker.exists(), "git ran what the repository names");
    let fetching =
        Command::new("git").args(["cat-file", "-p", &missing]).current_dir(&tree).output().unwrap();
    assert!(!fetching.status.success() && marker.exists(), "otherwise git does run it: {fetching:?}");
}
