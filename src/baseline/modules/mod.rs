//! Programs that must start and end well, in time.

use std::sync::Mutex;
use std::time::Instant;

use super::probe::Surroundings;
use super::settings::Module;
use crate::engine::{Conclusion, conclude_alone, told};
use crate::host::process;
use crate::host::program::{self, Place};
use crate::report::{CheckReport, LoadOutcome, ModuleLoad, Status};

/// Programs that run at the same time.
const TOGETHER: usize = 4;
/// Most that a program may write on standard output, in bytes.
const OUTPUT: u64 = 16 << 20;
/// Most of what it said that is kept, in characters.
const TOLD: usize = 2_000;
/// Most of a command, and of its last line, that a finding shows, in characters.
const SHOWN: usize = 130;

/// Starts all of them, some at a time, in the order of the configuration.
#[must_use]
pub fn load(modules: &[Module], around: &Surroundings<'_>) -> Vec<ModuleLoad> {
    let next = Mutex::new(modules.iter().enumerate());
    let done = Mutex::new(vec![ModuleLoad::default(); modules.len()]);
    std::thread::scope(|scope| {
        for _ in 0..TOGETHER.min(modules.len()) {
            scope.spawn(|| {
                while let Some((place, module)) = next.lock().ok().and_then(|mut next| next.next()) {
                    let load = load_one(module, around);
                    if let Ok(mut done) = done.lock()
                        && let Some(slot) = done.get_mut(place)
                    {
                        *slot = load;
                    }
                }
            });
        }
    });
    done.into_inner().unwrap_or_default()
}

fn load_one(module: &Module, around: &Surroundings<'_>) -> ModuleLoad {
    let place = Place { folder: around.folder, environment: around.environment };
    let begun = Instant::now();
    let ended = program::call(&module.words, &place, module.timeout, OUTPUT)
        .map(|call| process::run(&process::Call { tracked: true, ..call }));
    let took = begun.elapsed();
    let (outcome, words) = match ended {
        Err(absent) => (LoadOutcome::Absent, absent.to_string()),
        Ok(Err(error)) => (LoadOutcome::Fails, error.to_string()),
        Ok(Ok(done)) => {
            // Before any of it is cut off: half a secret is not known for one.
            let said = around.secrets.out_of(&program::said(&done));
            match program::ending(&done) {
                Some(how) => (LoadOutcome::Fails, format!("{how}: {said}")),
                None if took > module.within => (LoadOutcome::Slow, said),
                None => (LoadOutcome::Loads, said),
            }
        }
    };
    let milliseconds = |time: std::time::Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    ModuleLoad {
        name: module.name.clone(),
        command: told::command(&module.words),
        outcome,
        took_ms: milliseconds(took),
        within_ms: milliseconds(module.within),
        words: told::end(&words, TOLD),
    }
}

/// What the check `modules` says.
#[must_use]
pub fn conclude(modules: &[ModuleLoad]) -> CheckReport {
    conclude_alone(&super::checks::MODULES, |findings| {
        if modules.is_empty() {
            return Conclusion::Instead(Status::not_applicable(
                "no module is declared",
                "`baseline.modules` names them",
            ));
        }
        findings.examined("modules", modules.len() as u64);
        for module in modules {
            let command = cut(&module.command);
            match module.outcome {
                LoadOutcome::Loads => {}
                LoadOutcome::Slow => {
                    let words = format!(
                        "`{command}` took {} s, allowed are {} s",
                        seconds(module.took_ms),
                        seconds(module.within_ms)
                    );
                    findings.on_part("BSL-041", &module.name, None, words);
                }
                LoadOutcome::Fails | LoadOutcome::Absent => {
                    let words = format!("`{command}`: {}", reason(&module.words));
                    findings.on_part("BSL-040", &module.name, None, words);
                }
            }
        }
        Conclusion::Evaluated
    })
}

/// How it ended and the line of what it said where the reason stands. In most languages that is the last one; Node.js
/// puts a stack and its version below the error.
fn reason(words: &str) -> String {
    let is_error = |line: &str| {
        let first = line.split([':', ' ', '[']).next().unwrap_or_default();
        first.ends_with("Error") && line.contains(": ")
    };
    let last = words
        .lines()
        .rfind(|line| is_error(line))
        .or_else(|| words.lines().rfind(|line| !line.trim().is_empty()))
        .unwrap_or("it failed");
    let last = cut(last.trim());
    match words.split_once(": ") {
        Some((how, rest)) if how.starts_with("exit code ") && rest.trim().contains('\n') => {
            format!("{how}: {last}")
        }
        _ => last,
    }
}

fn cut(text: &str) -> String {
    let mut cut: String = text.chars().take(SHOWN).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    cut
}

/// Milliseconds as seconds, to a tenth: two digits that one can compare at a glance; smaller ones in full.
fn seconds(milliseconds: u64) -> String {
    let (whole, rest) = (milliseconds / 1000, milliseconds % 1000);
    if milliseconds < 1000 { format!("0.{rest:03}") } else { format!("{whole}.{}", rest / 100) }
}

#[cfg(test)]
mod tests;
