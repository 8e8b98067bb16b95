//! `readiness rollback run`.

use std::io::{self, BufRead as _, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::back::{self, Wish};
use super::open::{self, Session};
use super::{judged, plan as planning, recover, restore};
use crate::cli::RollbackRunArgs;
use crate::commands::output::{self, Wanted};
use crate::commands::table::visible;
use crate::commands::words::{Words, moment};
use crate::commands::{Error, World, judge, recording};
use crate::host::clock;
use crate::host::disk::Disk;
use crate::host::signals::Interrupt;
use crate::release::trail::Event;
use crate::report::{Invocation, RollbackAction, RollbackOutcome, RollbackPhase, Severity};
use crate::rollback::plan::run::{About, Answer, Hands, Order, Question, RunError, conclude, details};
use crate::rollback::point::PointId;
use crate::rollback::settings::{Act, Phase, Step};
use crate::rollback::steps::{Ended, Surroundings, described};

/// Runs the command; the exit code is the verdict's.
pub(super) fn run(args: &RollbackRunArgs, world: &mut World<'_>) -> Result<u8, Error> {
    if !args.yes && !io::stdin().is_terminal() {
        return Err(Error::usage(
            "nobody can be asked, since standard input is no terminal; nothing was changed",
            "say it before with --yes",
        ));
    }
    let targets = output::targets(&Wanted::of(&args.output), world)?;
    let session = Session::open(&args.store, world)?;
    let recorded = recording::target(&args.trail, &session.root)?;
    let mut checks = {
        let _lock = session.lock()?;
        recover::first(&session, world)?.as_ref().map(recover::concluded).into_iter().collect::<Vec<_>>()
    };
    let id = session.find(&args.point)?;
    let (plan, state) = planning::made(&session, &id)?;
    let commit = state.point.commit().map(str::to_owned);
    drop(state);
    let interrupt = Interrupt::listen()?;
    let carried = {
        let mut crew = Crew {
            session: &session,
            id: &id,
            commit: commit.clone(),
            recorded: recorded.clone(),
            verbose: args.output.verbose,
            world,
            failure: None,
        };
        let order = Order {
            plan: &plan,
            root: &session.root,
            only: args.phase,
            restart: args.restart,
            yes: args.yes,
            at: Surroundings { folder: &session.root, environment: &session.environment, before: &[] },
            disk: &Disk::real(),
            clock: &clock::now,
            stop: &|| interrupt.came(),
        };
        let carried = crate::rollback::plan::run::run(&order, &mut crew)?;
        crew.failure.map_or(Ok(carried), Err)?
    };
    drop(interrupt);
    if carried.touched.is_empty() && carried.stop.is_none() {
        let message =
            format!("nothing was carried out: every phase of the plan to {id} was carried out before");
        return Err(Error::usage(message, "--restart begins again at the first phase"));
    }
    for note in &carried.notes {
        writeln!(world.err, "{}", visible(note))?;
    }
    checks.insert(0, conclude(&plan, &carried));
    let judged = judged(&session, commit, details(&plan, &carried), checks, invocation(args, world));
    let report = judge::report(judged, session.config.clone(), args.fail_on, world);
    judge::show(&report, &targets, &args.output, world)?;
    super::note(recorded.as_deref(), "rollback-run", id.as_str(), &report, args.output.verbose, world)?;
    Ok(report.verdict.exit_code)
}

/// Whoever sits at the terminal, and the restore of this program.
struct Crew<'c, 'w> {
    session: &'c Session,
    id: &'c PointId,
    commit: Option<String>,
    recorded: Option<PathBuf>,
    verbose: bool,
    world: &'c mut World<'w>,
    /// What went wrong with the terminal or the trail; the run goes on, and the command ends with it.
    failure: Option<Error>,
}

impl Crew<'_, '_> {
    fn failed(&mut self, error: impl Into<Error>) {
        self.failure.get_or_insert(error.into());
    }

    fn asked(&mut self, question: &Question<'_>) -> Result<Answer, Error> {
        let name = format!("phase {} \"{}\"", question.number, visible(&question.phase.name));
        let err = &mut *self.world.err;
        let words = match question.about {
            About::Begin => {
                introduce(err, question.number, question.phase)?;
                format!("Begin {name}?")
            }
            About::Manual(step) => {
                writeln!(err, "{}", visible(&described(&step.act)))?;
                format!("Is the step \"{}\" done?", visible(&step.name))
            }
            About::Interrupted(step) => {
                writeln!(
                    err,
                    "{name}, step \"{}\", {}: it was begun by an earlier run, and nobody knows whether it ended.",
                    visible(&step.name),
                    visible(&described(&step.act))
                )?;
                write!(err, "Did it do its work (d), shall it run again (a), or stop here (s)? [s] ")?;
                err.flush()?;
                let mut answer = String::new();
                io::stdin().lock().read_line(&mut answer)?;
                return Ok(match answer.trim().to_ascii_lowercase().as_str() {
                    "d" => Answer::Yes,
                    "a" => Answer::Again,
                    _ => Answer::No,
                });
            }
        };
        Ok(if back::asked(&words, self.world)? { Answer::Yes } else { Answer::No })
    }

    fn restored(&mut self, only: &[String]) -> Result<String, Error> {
        let wish = Wish {
            scope: restore::scope(only)?,
            exact: false,
            dry_run: false,
            validate: true,
            allow_incomplete: false,
            into_other_tree: false,
            outside: false,
            // It was asked when the phase began.
            yes: true,
        };
        let _lock = self.session.lock()?;
        let gone = back::go(self.session, self.id, &wish, None, self.world)?;
        let grave = gone.check.findings.iter().find(|finding| finding.severity >= Severity::High);
        if gone.details.action != RollbackAction::Restored || grave.is_some() {
            let words = grave.map_or("the restore was undone", |finding| finding.message.as_str());
            return Err(Error::usage(words, ""));
        }
        Ok(gone.details.safety.map_or_else(String::new, |id| format!("the state before is the point {id}")))
    }
}

/// Tells what a phase is, before it is asked whether it begins.
fn introduce(err: &mut dyn io::Write, number: u32, phase: &Phase) -> io::Result<()> {
    writeln!(err, "\nPhase {number}: {}", visible(&phase.name))?;
    let mut line = |title: &str, text: &str| writeln!(err, "  {title}: {}", visible(text));
    if let Some(reverses) = &phase.reverses {
        line("reverses", reverses)?;
    }
    line("risk", &format!("{:?}", phase.risk).to_ascii_lowercase())?;
    if let Some(owner) = &phase.owner {
        line("owner", owner)?;
    }
    for told in &phase.communicate {
        line("tell", told)?;
    }
    for step in &phase.steps {
        line("step", &format!("{}: {}", step.name, described(&step.act)))?;
    }
    if let Some(verify) = &phase.verify {
        line("verification", &described(&verify.act))?;
    }
    Ok(())
}

impl Hands for Crew<'_, '_> {
    fn ask(&mut self, question: &Question<'_>) -> Answer {
        self.asked(question).unwrap_or_else(|error| {
            self.failed(error);
            Answer::No
        })
    }

    fn restore(&mut self, only: &[String]) -> Ended {
        let begun = Instant::now();
        let result = self.restored(only);
        let took: Duration = begun.elapsed();
        match result {
            Ok(words) => Ended { good: true, words, took },
            Err(error) => Ended { good: false, words: error.to_string(), took },
        }
    }

    fn begins(&mut self, number: u32, _: &Phase, step: &Step) {
        if matches!(step.act, Act::Manual { .. }) {
            return;
        }
        let words = format!("phase {number}: {}: {}", visible(&step.name), visible(&described(&step.act)));
        if let Err(error) = writeln!(self.world.err, "{words}") {
            self.failed(error);
        }
    }

    fn ended(&mut self, phase: &RollbackPhase) {
        let (outcome, exit_code) = match phase.outcome {
            RollbackOutcome::Done | RollbackOutcome::Already => ("done", 0),
            RollbackOutcome::Failed => ("failed", 1),
            RollbackOutcome::Planned | RollbackOutcome::Skipped => ("stopped", 3),
        };
        let event = Event {
            time: clock::rfc3339(clock::now()),
            action: "rollback-phase".to_owned(),
            subject: format!("{}, phase {} {}", self.id, phase.number, phase.name),
            commit: self.commit.clone(),
            release: None,
            outcome: outcome.to_owned(),
            exit_code,
        };
        let target: Option<PathBuf> = self.recorded.clone();
        let noted = recording::note(target.as_deref().map(Path::new), &event, self.verbose, self.world);
        if let Err(error) = noted {
            self.failed(error);
        }
    }
}

impl From<RunError> for Error {
    fn from(error: RunError) -> Self {
        Self::usage(error.to_string(), "")
    }
}

pub(super) fn invocation(args: &RollbackRunArgs, world: &World<'_>) -> Invocation {
    let RollbackRunArgs { point, phase, restart, yes, store, trail: _, fail_on, output: _ } = args;
    let mut words = Words::of(&["rollback", "run"]);
    words.add("--phase", *phase);
    words.switch("--restart", *restart);
    words.switch("--yes", *yes);
    open::words(store, &mut words);
    words.fail_on(*fail_on);
    Invocation { arguments: words.ending(&[point]), environment: moment(world.now, world.variable) }
}
