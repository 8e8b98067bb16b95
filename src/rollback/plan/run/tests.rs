//! Carrying out: order, questions, going on where a run stopped, and a disk that fails or a process that is ended at every
//! operation of the record.

use std::cell::Cell;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use super::*;
use crate::host::git_since::Way;
use crate::report::Status;
use crate::rollback::plan::tests::{command, facts, phase};
use crate::rollback::settings::Settings;

/// Tells the process that is to be ended where it works and at which operation.
const FOLDER_OF_TEST: &str = "READINESS_TEST_RUN_FOLDER";
const NUMBER: &str = "READINESS_TEST_RUN_OPERATION";

/// A person who answers as a test wants, and a restore that writes down what it is asked for.
struct Person<'t> {
    log: PathBuf,
    answer: &'t dyn Fn(&Question<'_>) -> Answer,
    asked: Vec<String>,
    ended: Vec<(u32, RollbackOutcome)>,
}

impl Hands for Person<'_> {
    fn ask(&mut self, question: &Question<'_>) -> Answer {
        let about = match question.about {
            About::Begin => "begin".to_owned(),
            About::Manual(step) => format!("manual {}", step.name),
            About::Interrupted(step) => format!("interrupted {}", step.name),
        };
        self.asked.push(format!("{} {about}", question.number));
        (self.answer)(question)
    }

    fn restore(&mut self, only: &[String]) -> Ended {
        add(&self.log, &format!("restore {}", only.join(",")));
        Ended { good: true, words: String::new(), took: Duration::from_millis(1) }
    }

    fn begins(&mut self, _: u32, _: &Phase, _: &Step) {}

    fn ended(&mut self, phase: &RollbackPhase) {
        self.ended.push((phase.number, phase.outcome));
    }
}

fn add(log: &Path, line: &str) {
    use std::io::Write as _;
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(log).unwrap();
    writeln!(file, "{line}").unwrap();
}

/// Something that a test carries plans out in.
struct Stage {
    root: PathBuf,
    plan: Plan,
    environment: Vec<(String, OsString)>,
}

impl Stage {
    fn new(root: &Path, phases: Vec<Phase>) -> Self {
        let settings = Settings { phases, ..Settings::default() };
        Self {
            root: root.canonicalize().unwrap(),
            plan: super::super::plan(&settings, facts(), &Way::default()),
            environment: vec![("PATH".to_owned(), std::env::var_os("PATH").unwrap())],
        }
    }

    fn log(&self) -> PathBuf {
        self.root.join("log")
    }

    fn lines(&self) -> Vec<String> {
        std::fs::read_to_string(self.log()).unwrap_or_default().lines().map(str::to_owned).collect()
    }

    fn person<'t>(&self, answer: &'t dyn Fn(&Question<'_>) -> Answer) -> Person<'t> {
        Person { log: self.log(), answer, asked: Vec::new(), ended: Vec::new() }
    }

    fn run(
        &self,
        disk: &Disk,
        change: impl FnOnce(&mut Order<'_>),
        person: &mut Person<'_>,
    ) -> Result<Carried, RunError> {
        let mut order = Order {
            plan: &self.plan,
            root: &self.root,
            only: None,
            restart: false,
            yes: false,
            at: Surroundings { folder: &self.root, environment: &self.environment, before: &[] },
            disk,
            clock: &|| "2026-11-22T15:00:00Z".parse().unwrap(),
            stop: &|| false,
        };
        change(&mut order);
        run(&order, person)
    }

    /// With `--yes`.
    fn quietly(&self) -> Carried {
        self.run(&Disk::real(), |order| order.yes = true, &mut self.person(&|_| panic!("nobody is asked")))
            .unwrap()
    }
}

/// A step that writes a line.
fn line(text: &str) -> Step {
    command(text, &["sh", "-c", "echo \"$0\" >> log", text])
}

fn outcomes(carried: &Carried) -> Vec<RollbackOutcome> {
    carried.phases.iter().map(|phase| phase.outcome).collect()
}

fn restore(only: &[&str]) -> Step {
    let only = only.iter().map(|text| (*text).to_owned()).collect();
    Step { act: Act::Restore { only }, ..line("restore") }
}

#[test]
fn phases_are_carried_out_backwards_and_verified() {
    let folder = tempfile::tempdir().unwrap();
    let database = Phase {
        verify: Some(line("database verified")),
        ..phase("database", vec![line("down"), restore(&["config"])])
    };
    let stage = Stage::new(folder.path(), vec![database, phase("web", vec![line("stop")])]);
    let mut person = stage.person(&|_| Answer::Yes);
    let carried = stage.run(&Disk::real(), |_| {}, &mut person).unwrap();
    assert_eq!(stage.lines(), ["stop", "down", "restore config", "database verified"]);
    assert_eq!(person.asked, ["1 begin", "2 begin"]);
    assert_eq!(person.ended, [(1, RollbackOutcome::Done), (2, RollbackOutcome::Done)]);
    assert_eq!(carried.stop, None);
    let check = conclude(&stage.plan, &carried);
    let found: Vec<&str> = check.findings.iter().map(|finding| finding.rule.as_str()).collect();
    assert_eq!(found, ["RBK-040"], "nothing verifies the first phase");
    let told = details(&stage.plan, &carried);
    assert!(
        told.measured_seconds.unwrap() > 0.0 && told.phases[1].verify.as_ref().unwrap().seconds.is_some()
    );

    use std::os::unix::fs::PermissionsExt as _;
    let record = stage.root.join(FOLDER).join("run.json");
    assert_eq!(record.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let again = stage.run(&Disk::real(), |_| {}, &mut stage.person(&|_| panic!("nothing is left"))).unwrap();
    assert_eq!(outcomes(&again), [RollbackOutcome::Already; 2]);
    assert_eq!((stage.lines().len(), again.notes.len()), (4, 1));
    stage.run(&Disk::real(), |order| order.restart = true, &mut stage.person(&|_| Answer::Yes)).unwrap();
    assert_eq!(stage.lines().len(), 8);
}

#[test]
#[cfg(target_os = "linux")]
fn a_service_that_a_step_starts_stays_and_what_a_look_starts_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let starter =
        |name: &str| command(name, &["sh", "-c", "sleep 60 >/dev/null 2>&1 & echo $! >> log; true", name]);
    let web = Phase { verify: Some(starter("look")), ..phase("web", vec![starter("start")]) };
    let stage = Stage::new(folder.path(), vec![web]);
    assert_eq!(outcomes(&stage.quietly()), [RollbackOutcome::Done]);
    let runs = |line: &String| {
        let stat = std::fs::read_to_string(format!("/proc/{line}/stat")).unwrap_or_default();
        stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
    };
    let lines = stage.lines();
    assert_eq!(lines.iter().map(runs).collect::<Vec<_>>(), [true, false]);
    let service = rustix::process::Pid::from_raw(lines[0].parse().unwrap()).unwrap();
    rustix::process::kill_process(service, rustix::process::Signal::KILL).unwrap();
}

#[test]
fn a_run_goes_on_where_it_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let broken = command("mended", &["sh", "-c", "test -e mended && echo third >> log"]);
    let stage = Stage::new(
        folder.path(),
        vec![
            phase("last", vec![line("fifth")]),
            phase("middle", vec![line("second"), broken, line("fourth")]),
            phase("first", vec![line("first")]),
        ],
    );
    let stopped = stage.quietly();
    use RollbackOutcome::{Already, Done, Failed, Skipped};
    assert_eq!(outcomes(&stopped), [Done, Failed, Skipped]);
    let stop = stopped.stop.clone().unwrap();
    assert!(stop.failed && stop.part == "phase 2 \"middle\"", "{stop:?}");
    assert!(stop.words.contains("step 2 \"mended\"") && stop.words.contains("exit code 1"), "{stop:?}");
    let steps: Vec<RollbackOutcome> = stopped.phases[1].steps.iter().map(|step| step.outcome).collect();
    assert_eq!(steps, [Done, Failed, Skipped]);
    let check = conclude(&stage.plan, &stopped);
    assert!(check.findings.iter().any(|finding| finding.rule == "RBK-044"), "{check:?}");
    assert_eq!(check.status, Status::Failed);

    std::fs::File::create(stage.root.join("mended")).unwrap();
    let ended = stage.quietly();
    assert_eq!(outcomes(&ended), [Already, Done, Done]);
    assert_eq!(stage.lines(), ["first", "second", "third", "fourth", "fifth"]);
}

#[test]
fn another_plan_or_point_is_not_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::new(folder.path(), vec![phase("one", vec![line("one"), command("no", &["false"])])]);
    stage.quietly();
    let changed = Stage::new(folder.path(), vec![phase("one", vec![line("one"), line("other")])]);
    let refused = changed.run(&Disk::real(), |_| {}, &mut changed.person(&|_| Answer::Yes));
    assert!(matches!(refused, Err(RunError::Changed)), "{refused:?}");
    let mut elsewhere =
        Stage::new(folder.path(), vec![phase("one", vec![line("one"), command("no", &["false"])])]);
    elsewhere.plan.facts.point.id = "20261122T143500Z-fedcba9876543210".to_owned();
    let refused = elsewhere.run(&Disk::real(), |_| {}, &mut elsewhere.person(&|_| Answer::Yes));
    assert!(matches!(refused, Err(RunError::OtherPoint(_))), "{refused:?}");
    assert_eq!(stage.lines(), ["one"], "nothing was carried out");
    let restarted =
        changed.run(&Disk::real(), |order| order.restart = true, &mut changed.person(&|_| Answer::Yes));
    assert_eq!(restarted.unwrap().stop, None);
    let after = elsewhere.run(&Disk::real(), |_| {}, &mut elsewhere.person(&|_| Answer::No)).unwrap();
    assert!(!after.stop.unwrap().failed, "a run that ended is in nobody's way");

    let path = stage.root.join(FOLDER).join("run.json");
    for bad in ["", "{}", "[]", "{\"schema\":2,\"point\":\"\",\"plan\":\"\",\"begun\":\"\",\"phases\":[]}"] {
        std::fs::remove_file(&path).unwrap();
        add(&path, bad);
        let refused = changed.run(&Disk::real(), |_| {}, &mut changed.person(&|_| Answer::Yes));
        assert!(matches!(refused, Err(RunError::Form { .. })), "{bad}: {refused:?}");
    }
    let no = changed.run(&Disk::real(), |order| order.only = Some(2), &mut changed.person(&|_| Answer::Yes));
    assert!(matches!(no, Err(RunError::NoPhase(2, 1))), "{no:?}");
}

#[test]
fn one_phase_alone_and_what_a_person_does() {
    let folder = tempfile::tempdir().unwrap();
    let manual = Step { act: Act::Manual { text: "turn the key".to_owned() }, ..line("key") };
    let stage =
        Stage::new(folder.path(), vec![phase("b", vec![line("b")]), phase("a", vec![line("a"), manual])]);
    let second = stage
        .run(
            &Disk::real(),
            |order| (order.only, order.yes) = (Some(2), true),
            &mut stage.person(&|_| Answer::Yes),
        )
        .unwrap();
    assert_eq!(outcomes(&second), [RollbackOutcome::Planned, RollbackOutcome::Done]);
    assert!(second.notes[0].contains("phase 2 is carried out before 1"), "{:?}", second.notes);
    let waits = stage.quietly();
    let stop = waits.stop.clone().unwrap();
    assert!(!stop.failed && stop.words.contains("is for a person"), "{stop:?}");
    assert!(matches!(conclude(&stage.plan, &waits).status, Status::NotEvaluated { .. }));
    let refuses = |question: &Question<'_>| {
        if matches!(question.about, About::Manual(_)) { Answer::No } else { Answer::Yes }
    };
    let refused = stage.run(&Disk::real(), |_| {}, &mut stage.person(&refuses)).unwrap();
    assert!(refused.stop.unwrap().words.contains("not done"));
    let mut person = stage.person(&|_| Answer::Yes);
    let done = stage.run(&Disk::real(), |_| {}, &mut person).unwrap();
    assert_eq!((done.stop, person.asked), (None, vec!["1 begin".to_owned(), "1 manual key".to_owned()]));
    assert_eq!(stage.lines(), ["b", "a"]);
}

#[test]
fn an_interrupt_stops_before_the_next_step_and_links_are_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::new(folder.path(), vec![phase("a", vec![line("one"), line("two")])]);
    let calls = Cell::new(0);
    let stop = || calls.replace(calls.get() + 1) == 1;
    let mut person = stage.person(&|_| Answer::Yes);
    let declined = stage.run(&Disk::real(), |_| {}, &mut stage.person(&|_| Answer::No)).unwrap();
    assert!(declined.stop.unwrap().words.contains("not to begin"));
    let order = Order {
        plan: &stage.plan,
        root: &stage.root,
        only: None,
        restart: false,
        yes: true,
        at: Surroundings { folder: &stage.root, environment: &stage.environment, before: &[] },
        disk: &Disk::real(),
        clock: &|| "2026-11-22T15:00:00Z".parse().unwrap(),
        stop: &stop,
    };
    let carried = run(&order, &mut person).unwrap();
    assert!(carried.stop.unwrap().words.contains("interrupted") && stage.lines() == ["one"]);

    std::fs::rename(stage.root.join(".readiness"), stage.root.join("elsewhere")).unwrap();
    std::os::unix::fs::symlink("elsewhere", stage.root.join(".readiness")).unwrap();
    let refused = stage.run(&Disk::real(), |_| {}, &mut stage.person(&|_| Answer::Yes));
    assert!(matches!(refused, Err(RunError::Io { .. })), "{refused:?}");
    assert_eq!(stage.lines(), ["one"]);
}

/// A plan of three steps that each write one line, in two phases.
fn three(root: &Path) -> Stage {
    Stage::new(root, vec![phase("b", vec![line("three")]), phase("a", vec![line("one"), line("two")])])
}

/// Goes on with what a run left, as somebody would who looks whether the step at hand did its work.
fn goes_on(stage: &Stage) -> Carried {
    let answer = |question: &Question<'_>| match question.about {
        About::Interrupted(step) if !stage.lines().contains(&step.name) => Answer::Again,
        _ => Answer::Yes,
    };
    stage.run(&Disk::real(), |_| {}, &mut stage.person(&answer)).unwrap()
}

fn operations() -> usize {
    let folder = tempfile::tempdir().unwrap();
    let stage = three(folder.path());
    let count = Arc::new(AtomicUsize::new(0));
    let counting = Arc::clone(&count);
    let disk = Disk::watched(move |_, _| {
        counting.fetch_add(1, SeqCst);
        Ok(())
    });
    stage.run(&disk, |_| {}, &mut stage.person(&|_| Answer::Yes)).unwrap();
    count.load(SeqCst)
}

#[test]
fn a_disk_that_fails_repeats_no_step_and_loses_none() {
    let count = operations();
    assert!(count > 30, "{count}");
    for (from, times) in (0..count).flat_map(|at| [(at, 1), (at, usize::MAX)]) {
        let folder = tempfile::tempdir().unwrap();
        let stage = three(folder.path());
        let seen = AtomicUsize::new(0);
        let disk = Disk::watched(move |_, _| {
            let now = seen.fetch_add(1, SeqCst);
            let fails = (from..from.saturating_add(times)).contains(&now);
            if fails { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
        });
        let first = stage.run(&disk, |_| {}, &mut stage.person(&|_| Answer::Yes));
        assert!(
            first.map_or(true, |carried| carried.stop.is_some_and(|stop| stop.failed)),
            "operation {from}"
        );
        let done = goes_on(&stage);
        assert_eq!(done.stop, None, "operation {from}");
        assert_eq!(stage.lines(), ["one", "two", "three"], "operation {from}");
    }
    eprintln!("run: the disk failed at and from each of {count} operations on");
}

#[test]
fn a_process_that_is_ended_repeats_no_step_and_loses_none() {
    let count = operations();
    let program = std::env::current_exe().unwrap();
    let mut unknown = 0;
    for at in 0..count {
        let folder = tempfile::tempdir().unwrap();
        let stage = three(folder.path());
        let ended = Command::new(&program)
            .args(["rollback::plan::run::tests::ended_at_an_operation", "--exact", "--ignored", "--quiet"])
            .env(FOLDER_OF_TEST, folder.path())
            .env(NUMBER, at.to_string())
            .output()
            .unwrap();
        assert!(!ended.status.success(), "operation {at}: it was not ended");
        let before = stage.lines();
        let done = goes_on(&stage);
        assert_eq!(done.stop, None, "operation {at}");
        assert_eq!(stage.lines(), ["one", "two", "three"], "operation {at}, {before:?} before");
        unknown += usize::from(
            done.phases
                .iter()
                .flat_map(|phase| &phase.steps)
                .any(|step| step.detail.as_deref().is_some_and(|words| words.contains("interrupted"))),
        );
    }
    assert!(unknown >= 3, "between the end of a step and its record someone was asked: {unknown}");
    eprintln!("run: ended at each of {count} operations");
}

#[test]
#[ignore = "ends its own process; another test starts it"]
fn ended_at_an_operation() {
    let Some(root) = std::env::var_os(FOLDER_OF_TEST) else { return };
    let number: usize = std::env::var(NUMBER).unwrap().parse().unwrap();
    let seen = AtomicUsize::new(0);
    let disk = Disk::watched(move |_, _| {
        if seen.fetch_add(1, SeqCst) == number {
            let own = rustix::process::getpid();
            rustix::process::kill_process(own, rustix::process::Signal::KILL).unwrap();
        }
        Ok(())
    });
    let stage = three(Path::new(&root));
    let _ = stage.run(&disk, |_| {}, &mut stage.person(&|_| Answer::Yes));
}

#[test]
fn what_nobody_knows_of_is_repeated_only_where_that_does_no_harm() {
    let interrupted = |risk: Risk, step: Step| {
        let folder = tempfile::tempdir().unwrap();
        let stage = Stage::new(folder.path(), vec![Phase { risk, ..phase("a", vec![step]) }]);
        // The disk fails after the step, so that its end is not recorded.
        let log = stage.log();
        let disk = Disk::watched(
            move |_, _| if log.exists() { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) },
        );
        stage.run(&disk, |order| order.yes = true, &mut stage.person(&|_| Answer::Yes)).unwrap();
        assert_eq!(stage.lines().len(), 1);
        let carried = stage.quietly();
        (carried.stop.map(|stop| stop.words), stage.lines().len())
    };
    assert_eq!(interrupted(Risk::High, restore(&[])), (None, 2), "a restore does nothing twice");
    assert_eq!(interrupted(Risk::Low, line("x")), (None, 2), "low risk: it can be repeated without harm");
    let (stop, lines) = interrupted(Risk::Medium, line("x"));
    assert!(stop.unwrap().contains("nobody knows whether it did its work") && lines == 1);
}
