use std::cell::RefCell;

use super::*;

fn command(which: Which) -> Command {
    Command { which, words: vec![which.name().to_owned()], shown: vec![which.name().to_owned()] }
}

fn pair(warm_ups: u32, runs: u32) -> Plan {
    Plan {
        commands: vec![command(Which::Before), command(Which::After)],
        prepare: None,
        cleanup: None,
        warm_ups,
        runs,
        ignore_failure: false,
        timeout: Duration::from_secs(9),
    }
}

fn around(plan: Plan) -> Plan {
    Plan { prepare: Some(command(Which::Prepare)), cleanup: Some(command(Which::Cleanup)), ..plan }
}

fn letter(which: Which) -> char {
    match which {
        Which::Before => 'A',
        Which::After => 'B',
        Which::Command => 'C',
        Which::Prepare => '(',
        Which::Cleanup => ')',
    }
}

fn code(code: i32) -> Seen {
    Seen { ended: Ended { code: Some(code), ..Ended::default() }, said: String::new() }
}

fn cut(cut: Cut) -> Seen {
    Seen { ended: Ended { cut: Some(cut), signal: Some(15), ..Ended::default() }, said: "late\n".to_owned() }
}

/// Follows a plan; the answer of each call comes from its number (from 1) and what is called.
fn play(plan: &Plan, answer: impl Fn(usize, Which) -> Seen) -> (Result<Measured, ExecError>, String) {
    let calls = RefCell::new(String::new());
    let mut run_one = |invocation: &Invocation<'_>| {
        calls.borrow_mut().push(letter(invocation.command.which));
        let number = calls.borrow().len();
        let mut seen = answer(number, invocation.command.which);
        seen.ended.wall = Duration::from_nanos(number as u64);
        Ok(seen)
    };
    let result = follow(plan, &mut run_one, &|_| (), &AtomicBool::new(false));
    (result, calls.into_inner())
}

fn walls(measured: &Measured) -> Vec<Vec<u64>> {
    measured.runs.iter().map(|runs| runs.iter().map(|run| run.wall_ns).collect()).collect()
}

#[test]
fn two_commands_take_turns_and_swap_places() {
    let (measured, calls) = play(&pair(1, 4), |_, _| code(0));
    assert_eq!(calls, "ABABBAABBA");
    let measured = measured.unwrap();
    assert_eq!(walls(&measured), [[3, 6, 7, 10], [4, 5, 8, 9]], "warm-ups are not counted");
    assert!(!measured.aborted);
    assert_eq!(play(&pair(3, 1), |_, _| code(0)).1, "ABBAABAB");
}

#[test]
fn one_command_runs_alone() {
    let plan = Plan { commands: vec![command(Which::Command)], ..pair(2, 3) };
    let (measured, calls) = play(&around(plan), |_, _| code(0));
    assert_eq!(calls, "(C)(C)(C)(C)(C)");
    assert_eq!(walls(&measured.unwrap()), [[8, 11, 14]]);
}

#[test]
fn every_run_is_prepared_and_cleaned_up() {
    let (_, calls) = play(&around(pair(1, 2)), |_, _| code(0));
    assert_eq!(calls, "(A)(B)(A)(B)(B)(A)");
}

#[test]
fn a_failure_ends_it_after_cleaning_up() {
    let fails = |which: Which| move |_: usize, now: Which| code(if now == which { 3 } else { 0 });
    let (result, calls) = play(&around(pair(0, 2)), fails(Which::After));
    assert_eq!(calls, "(A)(B)");
    let error = result.unwrap_err();
    assert_eq!(error.to_string(), "--after (`after`): it ended with code 3");
    assert!(error.hint().unwrap().contains("--ignore-failure"));
    let (result, calls) = play(&around(pair(0, 2)), fails(Which::Prepare));
    assert_eq!(calls, "()", "what could not be prepared is not measured");
    assert!(matches!(result, Err(ExecError::Failed { which: Which::Prepare, .. })));
    let (result, calls) = play(&around(pair(0, 2)), fails(Which::Cleanup));
    assert_eq!(calls, "(A)");
    assert!(matches!(result, Err(ExecError::Failed { which: Which::Cleanup, .. })));
    // Of two failures, the one that came first is told.
    let (result, _) = play(&around(pair(0, 2)), |_, now| code(if now == Which::Prepare { 0 } else { 1 }));
    assert!(matches!(result, Err(ExecError::Failed { which: Which::Before, .. })));
}

#[test]
fn failures_count_where_they_are_ignored_and_only_of_what_is_measured() {
    let plan = Plan { ignore_failure: true, ..around(pair(1, 2)) };
    let (measured, _) = play(&plan, |_, now| code(if now == Which::After { 3 } else { 0 }));
    let measured = measured.unwrap();
    let codes = |at: usize| measured.runs[at].iter().map(|run| run.code).collect::<Vec<_>>();
    assert_eq!((codes(0), codes(1)), (vec![Some(0); 2], vec![Some(3); 2]));
    let (result, _) = play(&plan, |_, now| code(if now == Which::Prepare { 3 } else { 0 }));
    assert!(result.is_err());
    let (result, _) = play(&plan, |_, now| if now == Which::Before { cut(Cut::TooLong) } else { code(0) });
    let said = result.unwrap_err().to_string();
    assert_eq!(said, "--before (`before`): it took longer than 9 s and was ended\n  late");
}

#[test]
fn what_is_stopped_is_not_counted_and_cleaned_up() {
    let stopped =
        |at: usize| move |number: usize, _: Which| if number == at { cut(Cut::Stopped) } else { code(0) };
    // The second of the pair is under way.
    let (measured, calls) = play(&around(pair(0, 3)), stopped(5));
    assert_eq!(calls, "(A)(B)");
    let measured = measured.unwrap();
    assert!(measured.aborted);
    assert_eq!(walls(&measured), [vec![2], vec![]]);
    // Its preparation is.
    let (measured, calls) = play(&around(pair(0, 3)), stopped(4));
    assert_eq!(calls, "(A)()");
    assert!(measured.unwrap().aborted);
}

#[test]
fn between_runs_the_flag_is_looked_at() {
    let stop = AtomicBool::new(false);
    let mut calls = 0;
    let mut run_one = |_: &Invocation<'_>| {
        calls += 1;
        stop.store(calls == 3, Ordering::Relaxed);
        Ok(code(0))
    };
    let measured = follow(&pair(0, 5), &mut run_one, &|_| (), &stop).unwrap();
    assert_eq!(calls, 3);
    assert!(measured.aborted);
    assert_eq!(measured.runs.iter().map(Vec::len).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn progress_tells_of_each_run_twice() {
    let steps = RefCell::new(Vec::new());
    let mut run_one = |_: &Invocation<'_>| Ok(code(0));
    follow(&pair(1, 2), &mut run_one, &|step| steps.borrow_mut().push(step), &AtomicBool::new(false))
        .unwrap();
    let steps = steps.into_inner();
    assert_eq!(steps.len(), 12);
    let begun: Vec<_> = steps
        .iter()
        .filter(|step| step.wall.is_none())
        .map(|step| (step.name, step.counted, step.number, step.of, step.done, step.total))
        .collect();
    assert_eq!(
        begun,
        [
            ("before", false, 1, 1, 0, 6),
            ("after", false, 1, 1, 1, 6),
            ("before", true, 1, 2, 2, 6),
            ("after", true, 1, 2, 3, 6),
            ("after", true, 2, 2, 4, 6),
            ("before", true, 2, 2, 5, 6),
        ]
    );
}

#[test]
fn what_cannot_be_started_is_named() {
    let mut run_one = |_: &Invocation<'_>| Err(io::ErrorKind::NotFound.into());
    let error = follow(&pair(0, 2), &mut run_one, &|_| (), &AtomicBool::new(false)).unwrap_err();
    assert!(error.to_string().starts_with("--before (`before`): it could not be started ("), "{error}");
}

#[test]
fn what_a_command_said_is_shown_bounded_and_without_secrets() {
    let said = "one\ntwo\n\nthree\nfour\nfive\npassword=hunter2hunter2\n".to_owned() + &"x".repeat(1000);
    let (result, _) = play(&pair(0, 1), |_, _| Seen { said: said.clone(), ..code(1) });
    let text = result.unwrap_err().to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 6);
    assert_eq!(lines[1], "  three");
    assert!(!text.contains("hunter2"), "{text}");
    assert!(text.len() < 500, "{}", text.len());
}
