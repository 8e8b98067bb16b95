//! Rehearsals of real repositories: what is found, what it takes, and that nothing of the real tree is written to.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt as _;
use std::process::Command;

use sha2::{Digest as _, Sha256};

use super::*;
use crate::host::disk::Disk;
use crate::host::git_since::Way;
use crate::report::{RollbackOutcome, Severity};
use crate::rollback::capture::{self, capture};
use crate::rollback::plan::tests::{command, facts, phase};
use crate::rollback::plan::{self, Plan};
use crate::rollback::point::Reason;
use crate::rollback::settings::{Act, Phase, Step};
use crate::rollback::store::Sink;

/// Where a command of a test is to connect to.
const ADDRESS: &str = "READINESS_TEST_REHEARSAL_ADDRESS";

/// A folder with a tree, a store beside it, and files outside.
struct Site {
    folder: tempfile::TempDir,
    root: PathBuf,
    settings: Settings,
    environment: Vec<(String, OsString)>,
    point: Option<(PointId, State)>,
}

impl Site {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let base = folder.path().canonicalize().unwrap();
        for name in ["tree", "store", "etc", "scratch"] {
            std::fs::create_dir(base.join(name)).unwrap();
        }
        let settings =
            Settings { config: vec![format!("{}/etc/app.conf", base.display())], ..Settings::default() };
        let names = ["PATH", "HOME"];
        let environment =
            names.iter().filter_map(|name| Some(((*name).to_owned(), std::env::var_os(name)?))).collect();
        Self { root: base.join("tree"), folder, settings, environment, point: None }
    }

    fn base(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap()
    }

    fn git(&self, arguments: &[&str]) -> String {
        git(&self.root, arguments)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.root.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::io::Write::write_all(&mut std::fs::File::create(path).unwrap(), text.as_bytes()).unwrap();
    }

    fn store(&self) -> Store {
        Store::at(self.base().join("store"), None, Disk::real())
    }

    /// Captures the tree as the point.
    fn capture(&mut self) {
        let store = self.store();
        let _lock = store.lock(Duration::from_secs(5)).unwrap();
        let mut sink = Sink::Store(store.writer().unwrap());
        let order = capture::Order {
            root: &self.root,
            settings: &self.settings,
            variable: &|_| None,
            name: Some("before"),
            reason: Reason::Asked,
            now: "2026-11-22T14:35:00Z".parse().unwrap(),
            bundles: &[],
            bundle: true,
            outside: None,
            progress: &|_, _, _| {},
        };
        let state = capture(&order, &mut sink).unwrap();
        assert!(state.point.gaps.is_empty(), "{:?}", state.point.gaps);
        if let Sink::Store(writer) = sink {
            writer.finish().unwrap();
        }
        let id = store.save(&state.point).unwrap();
        self.point = Some((id, state));
    }

    fn plan(&self) -> Plan {
        plan::plan(&self.settings, facts(), &Way::default())
    }

    fn rehearse(&self, change: impl FnOnce(&mut Order<'_>)) -> Rehearsed {
        let (id, then) = self.point.as_ref().unwrap();
        let (plan, store, parent) = (self.plan(), self.store(), self.base().join("scratch"));
        let mut order = Order {
            root: &self.root,
            settings: &self.settings,
            plan: &plan,
            store: &store,
            id,
            then,
            environment: &self.environment,
            variable: &|_| None,
            now: "2026-11-22T15:00:00Z".parse().unwrap(),
            network: true,
            keep: false,
            parent: &parent,
            stop: &|| false,
            progress: &|_, _, _| {},
        };
        change(&mut order);
        rehearse(&order).unwrap()
    }

    /// Every file with everything that the system says of it, but when it was last read.
    fn everything(&self) -> BTreeMap<PathBuf, String> {
        let mut found = BTreeMap::new();
        let mut open = vec![self.base()];
        while let Some(folder) = open.pop() {
            // What is made and removed again in there changes it.
            if folder.ends_with("scratch") && folder.parent() == Some(&self.base()) {
                assert!(std::fs::read_dir(&folder).unwrap().next().is_none(), "the scratch copy is gone");
                continue;
            }
            for entry in std::fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                let meta = path.symlink_metadata().unwrap();
                let mut words = format!(
                    "{} {:o} {} {} {}.{}",
                    meta.ino(),
                    meta.mode(),
                    meta.len(),
                    meta.ctime(),
                    meta.mtime(),
                    meta.mtime_nsec()
                );
                if meta.is_dir() {
                    if path.ends_with("scratch") {
                        words.clear();
                    }
                    open.push(path.clone());
                } else if meta.is_file() {
                    let digest = Sha256::digest(std::fs::read(&path).unwrap());
                    write!(words, " {digest:x?}").unwrap();
                }
                found.insert(path, words);
            }
        }
        found
    }
}

fn git(root: &Path, arguments: &[&str]) -> String {
    let settings = ["user.name=a", "user.email=a@b", "protocol.file.allow=always", "gc.auto=0"];
    let settings = settings.iter().flat_map(|value| ["-c", value]);
    let done = Command::new("git").args(settings).args(arguments).current_dir(root).output().unwrap();
    assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap().trim().to_owned()
}

fn shell(name: &str, script: &str) -> Step {
    command(name, &["sh", "-c", script])
}

fn restore(only: &[&str]) -> Step {
    let only = only.iter().map(|text| (*text).to_owned()).collect();
    Step { act: Act::Restore { only }, ..shell("restore", "") }
}

/// A repository with a point, and everything changed since: commits, staged, unstaged, untracked, removed, outside.
fn dirty() -> Site {
    let mut site = Site::new();
    let outside = site.base().join("etc/app.conf");
    let outside = |text: &str| {
        std::io::Write::write_all(&mut std::fs::File::create(&outside).unwrap(), text.as_bytes()).unwrap();
    };
    site.git(&["init", "-q", "-b", "main"]);
    for name in ["a", "b", "gone", "config/app.yaml"] {
        site.write(name, "old\n");
    }
    site.git(&["add", "."]);
    site.git(&["commit", "-qm", "first"]);
    site.git(&["tag", "v1"]);
    site.write("b", "old and not staged\n");
    outside("old\n");
    site.capture();
    site.git(&["checkout", "-q", "b"]);
    for name in ["a", "b", "config/app.yaml"] {
        site.write(name, "new\n");
    }
    site.git(&["commit", "-qam", "second"]);
    site.git(&["tag", "v2"]);
    site.write("a", "new and not staged\n");
    site.write("b", "new and staged\n");
    site.git(&["add", "b"]);
    site.write("c", "untracked\n");
    std::fs::remove_file(site.root.join("gone")).unwrap();
    outside("new\n");
    site
}

/// A phase that says all that is asked for.
fn good(name: &str, steps: Vec<Step>, verify: &str) -> Phase {
    Phase {
        verify: Some(shell("verify", verify)),
        expected: Some(Duration::from_secs(60)),
        owner: Some("somebody".to_owned()),
        ..phase(name, steps)
    }
}

fn found(rehearsed: &Rehearsed) -> Vec<(&'static str, &str)> {
    rehearsed.problems.iter().map(|(rule, part, _)| (*rule, part.as_str())).collect()
}

#[test]
fn a_plan_that_works_works_in_the_copy_and_nothing_else_changes() {
    let mut site = dirty();
    let etc = site.base().join("etc/app.conf");
    let now = format!(
        "test \"$READINESS_REHEARSAL\" = 1 && test \"$(cat a)\" = 'new and not staged' && test -f c && ! test -e gone \
         && test \"$(git status --porcelain | tr '\\n' ,)\" = ' M a,M  b, D gone,?? c,' \
         && test \"$(git describe --tags)\" = v2 && test \"$(cat \"$READINESS_OUTSIDE{0}\")\" = new \
         && echo touched > \"$READINESS_OUTSIDE{0}\"",
        etc.display()
    );
    let then = format!(
        "test \"$(cat a)\" = old && test \"$(cat b)\" = 'old and not staged' && test -f gone \
         && test \"$(git status --porcelain | tr '\\n' ,)\" = ' M b,' \
         && test \"$(git describe --tags)\" = v1 && test \"$(cat \"$READINESS_OUTSIDE{}\")\" = old",
        etc.display()
    );
    site.settings.phases =
        vec![good("files", vec![restore(&[])], &then), good("web", vec![shell("stop", &now)], "test -f c")];
    site.settings.validate = vec![shell("starts", "test \"$(cat config/app.yaml)\" = old")];
    let before = site.everything();
    let rehearsed = site.rehearse(|_| {});
    assert_eq!(rehearsed.problems, []);
    assert_eq!(site.everything(), before, "the real tree, its repository, its store and what lies outside");
    let outcomes: Vec<RollbackOutcome> = rehearsed.phases.iter().map(|phase| phase.outcome).collect();
    assert_eq!(outcomes, [RollbackOutcome::Done; 2]);
    assert_eq!(rehearsed.phases[0].name, "web");
    assert_eq!(rehearsed.validation[0].outcome, RollbackOutcome::Done);
    assert!(rehearsed.measured > Duration::ZERO && rehearsed.total == rehearsed.measured);
    assert_eq!(rehearsed.commit.as_deref(), Some(site.git(&["rev-parse", "HEAD"]).as_str()));
    let now: Timestamp = "2026-11-22T15:00:00Z".parse().unwrap();
    let told = details(&site.plan(), &site.settings, &rehearsed, now);
    assert_eq!(told.expires.as_deref(), Some("2026-12-06T15:00:00Z"));
    assert_eq!(told.expected_seconds, Some(120.0));
}

#[test]
fn what_fails_and_what_comes_after_it_is_found() {
    let mut site = dirty();
    let manual = Step { act: Act::Manual { text: "turn the key".to_owned() }, ..shell("key", "") };
    let real = Step { rehearse: false, ..shell("switch the load balancer", "false") };
    site.settings.phases = vec![
        good("after", vec![restore(&[])], "true"),
        good("fails", vec![shell("fails", "echo why >&2; exit 3"), shell("never", "touch never")], "true"),
        good("by hand", vec![manual, real, shell("works", "true")], "false"),
    ];
    let before = site.everything();
    let rehearsed = site.rehearse(|_| {});
    assert_eq!(site.everything(), before);
    let (hand, fails) = ("phase 1 \"by hand\"", "phase 2 \"fails\"");
    assert_eq!(
        found(&rehearsed),
        [
            ("RBK-061", hand),
            ("RBK-061", hand),
            ("RBK-061", hand),
            ("RBK-060", fails),
            ("RBK-061", fails),
            ("RBK-061", fails),
            ("RBK-061", "phase 3 \"after\""),
        ]
    );
    assert!(rehearsed.problems[3].2.contains("exit code 3: why"), "{:?}", rehearsed.problems[3]);
    let outcomes: Vec<RollbackOutcome> = rehearsed.phases.iter().map(|phase| phase.outcome).collect();
    use RollbackOutcome::{Failed, Skipped};
    assert_eq!(outcomes, [Skipped, Failed, Skipped]);
    // What was not rehearsed whole counts with what it should take.
    assert!(rehearsed.total >= Duration::from_secs(180), "{:?}", rehearsed.total);
    let check = conclude(&site.plan(), &rehearsed);
    assert!(check.findings.iter().any(|finding| finding.severity == Severity::High));
}

#[test]
fn slow_phases_and_a_plan_that_takes_too_long_are_found() {
    let mut site = dirty();
    let slow = Phase {
        expected: Some(Duration::from_millis(100)),
        ..good("slow", vec![shell("slow", "sleep 0.6")], "true")
    };
    site.settings.phases = vec![good("files", vec![restore(&["config"])], "true"), slow];
    site.settings.rehearsal.max_duration = Some(Duration::from_millis(500));
    let rehearsed = site.rehearse(|_| {});
    assert_eq!(found(&rehearsed), [("RBK-062", "phase 1 \"slow\""), ("RBK-063", "all phases")]);
    let measured = rehearsed.phases[0].measured_seconds.unwrap();
    assert!((0.6..20.0).contains(&measured), "{measured}");
    site.settings.rehearsal.max_duration = Some(Duration::from_mins(10));
    assert_eq!(found(&site.rehearse(|_| {})), [("RBK-062", "phase 1 \"slow\"")]);
}

#[test]
fn a_step_that_undoes_the_restore_is_found() {
    let mut site = dirty();
    let steps =
        "echo other > a; chmod 600 config/app.yaml; rm gone; touch b; echo made > log; git tag -f v1 v2 2>&1";
    site.settings.phases =
        vec![good("writes", vec![shell("writes", steps)], "true"), good("files", vec![restore(&[])], "true")];
    let rehearsed = site.rehearse(|_| {});
    let told: Vec<(&str, &str, &str)> =
        rehearsed.problems.iter().map(|(rule, path, words)| (*rule, path.as_str(), words.as_str())).collect();
    assert_eq!(
        told,
        [
            ("RBK-064", "a", "it has other contents after the last phase"),
            ("RBK-064", "config/app.yaml", "it has another mode after the last phase"),
            ("RBK-064", "gone", "it is not there after the last phase"),
            ("RBK-064", "refs/tags/v1", "the ref has another value after the last phase"),
        ]
    );
    // Staging something is a difference, though the bytes of the index are none.
    site.settings.phases = vec![
        good("stages", vec![shell("stages", "git add b")], "true"),
        good("files", vec![restore(&[])], "true"),
    ];
    assert_eq!(found(&site.rehearse(|_| {})), [("RBK-064", ".git/index")]);
}

#[test]
fn without_phases_the_restore_alone_is_rehearsed() {
    let mut site = dirty();
    let rehearsed = site.rehearse(|_| {});
    assert_eq!(found(&rehearsed), [("RBK-065", "phases")]);
    site.settings.phases = vec![good("web", vec![shell("stop", "true")], "true")];
    site.settings.validate = vec![shell("fails", "false")];
    assert_eq!(found(&site.rehearse(|_| {})), [("RBK-061", "restore"), ("RBK-060", "validation")]);
    site.settings.phases = vec![good("files", vec![restore(&[])], "true")];
    assert_eq!(
        found(&site.rehearse(|_| {}))[0],
        ("RBK-060", "phase 1 \"files\""),
        "a validation that fails undoes it"
    );
}

#[test]
fn linked_work_trees_submodules_and_nested_repositories_are_copied() {
    let mut site = Site::new();
    let library = site.base().join("library");
    std::fs::create_dir(&library).unwrap();
    git(&library, &["init", "-q", "-b", "main"]);
    std::io::Write::write_all(&mut std::fs::File::create(library.join("lib")).unwrap(), b"old\n").unwrap();
    git(&library, &["add", "."]);
    git(&library, &["commit", "-qm", "library"]);
    let main = site.base().join("main");
    std::fs::create_dir(&main).unwrap();
    git(&main, &["init", "-q", "-b", "main"]);
    git(&main, &["submodule", "add", "-q", library.to_str().unwrap(), "sub"]);
    git(&main, &["commit", "-qm", "first"]);
    std::fs::remove_dir(&site.root).unwrap();
    git(&main, &["worktree", "add", "-q", "-b", "side", site.root.to_str().unwrap()]);
    site.git(&["submodule", "update", "-q", "--init"]);
    site.write("nested/file", "old\n");
    git(&site.root.join("nested"), &["init", "-q", "-b", "main"]);
    git(&site.root.join("nested"), &["add", "."]);
    git(&site.root.join("nested"), &["commit", "-qm", "nested"]);
    site.capture();
    site.write("sub/lib", "new\n");
    site.write("nested/file", "new\n");
    git(&site.root.join("nested"), &["commit", "-qam", "newer"]);
    let now = "test \"$(cat sub/lib)\" = new && test \"$(git -C nested log --format=%s | head -n1)\" = newer \
               && test \"$(git -C sub log --format=%s)\" = library && test \"$(git branch --show-current)\" = side";
    let then = "test \"$(cat sub/lib nested/file | tr '\\n' ,)\" = old,old, \
                && test \"$(git -C nested log --format=%s)\" = nested && test -z \"$(git -C sub status --porcelain)\"";
    site.settings.phases =
        vec![good("files", vec![restore(&[])], then), good("web", vec![shell("stop", now)], "true")];
    let before = site.everything();
    let rehearsed = site.rehearse(|_| {});
    assert_eq!(rehearsed.problems, []);
    assert_eq!(site.everything(), before);
}

#[test]
fn commands_are_cut_off_from_the_network() {
    let mut site = dirty();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let program = std::env::current_exe().unwrap();
    let test = "rollback::rehearse::tests::connects";
    let connect = command("connects", &[program.to_str().unwrap(), test, "--exact", "--ignored", "--quiet"]);
    site.environment.push((ADDRESS.to_owned(), listener.local_addr().unwrap().to_string().into()));
    site.settings.phases =
        vec![good("files", vec![restore(&[])], "true"), good("web", vec![connect], "true")];
    assert_eq!(site.rehearse(|_| {}).problems, [], "with the network it connects");
    let cut = site.rehearse(|order| order.network = false);
    let works = !network::cut(&site.environment, &site.root).is_empty();
    let expected = if works { ("RBK-060", "phase 1 \"web\"") } else { ("RBK-061", "network") };
    assert_eq!(found(&cut)[0], expected);
}

#[test]
#[ignore = "fails without network; another test starts it"]
fn connects() {
    let Ok(address) = std::env::var(ADDRESS) else { return };
    std::net::TcpStream::connect(address).unwrap();
}

#[test]
fn the_copy_stays_when_it_is_to_and_nothing_leads_out_of_it() {
    let mut site = dirty();
    site.git(&["remote", "add", "origin", "/nowhere"]);
    site.environment.push(("GIT_DIR".to_owned(), site.root.join(".git").into()));
    let alone = "test -z \"$GIT_DIR\" && test -z \"$(git remote)\" && test \"$(git rev-parse --show-toplevel)\" = \"$PWD\"";
    site.settings.phases = vec![good("files", vec![restore(&[])], alone)];
    let rehearsed = site.rehearse(|order| order.keep = true);
    assert_eq!(rehearsed.problems, []);
    let scratch = rehearsed.scratch.unwrap();
    assert_eq!(scratch.symlink_metadata().unwrap().mode() & 0o777, 0o700);
    assert_eq!(std::fs::read_to_string(scratch.join("tree/b")).unwrap(), "old and not staged\n");
    std::fs::remove_dir_all(scratch).unwrap();
    let stopped = site.rehearse(|order| order.stop = &|| true);
    assert_eq!(found(&stopped)[0], ("RBK-061", "phase 1 \"files\""));
}
