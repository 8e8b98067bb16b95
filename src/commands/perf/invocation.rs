//! The command as a report records it, so that it can be run again. Tokens are never recorded, URLs without user and query.

use jiff::Timestamp;

use super::super::Variable;
use super::super::words::{Words, moment, url};
use crate::cli::{CompareArgs, ExecArgs, JudgingArgs, LoadArgs, MergeArgs};
use crate::report::{Invocation, mask_secrets};

/// The flags that every judgement has.
fn judging(words: &mut Words, judging: &JudgingArgs) {
    let JudgingArgs { threshold, vary, fail_on } = judging;
    all(words, "--threshold", threshold);
    all(words, "--vary", vary);
    words.fail_on(*fail_on);
}

/// A flag once for each value, without the secrets in it.
fn all(words: &mut Words, flag: &str, values: &[String]) {
    values.iter().for_each(|value| words.add(flag, Some(mask_secrets(value))));
}

/// The command of a load test.
pub(super) fn of_load(args: &LoadArgs, now: Timestamp, variable: Variable<'_>) -> Invocation {
    // Every field is named, so that a new flag cannot be forgotten here.
    let LoadArgs {
        url: server,
        duration,
        requests,
        concurrency,
        rate,
        profile,
        steps,
        rate_steps,
        warm_up,
        ramp,
        runs,
        share,
        start_at: _,
        timeout,
        retries,
        config,
        no_tree_config,
        auth_token,
        http,
        streams,
        no_keep_alive,
        cacert,
        insecure,
        engine,
        threads,
        no_pin,
        expect_header,
        target_pid: _,
        label,
        max_error_rate,
        baseline,
        against,
        judging,
        output: _,
    } = args;
    let mut words = Words::of(&["perf"]);
    words.add("--url", server.as_deref().map(url));
    words.add("--duration", duration.as_ref());
    words.add("--requests", *requests);
    words.add("--concurrency", *concurrency);
    words.add("--rate", *rate);
    words.word("--profile", *profile);
    let steps = steps.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
    words.add("--steps", Some(steps).filter(|steps| !steps.is_empty()));
    words.switch("--rate-steps", *rate_steps);
    words.add("--warm-up", warm_up.as_ref());
    words.add("--ramp", ramp.as_ref());
    words.add("--runs", *runs);
    words.add("--share", share.as_ref());
    words.add("--timeout", timeout.as_ref());
    words.add("--retries", *retries);
    words.path("--config", config.as_deref());
    words.switch("--no-tree-config", *no_tree_config);
    words.word("--http", *http);
    words.add("--streams", *streams);
    words.switch("--no-keep-alive", *no_keep_alive);
    words.path("--cacert", cacert.as_deref());
    words.switch("--insecure", *insecure);
    words.word("--engine", *engine);
    words.add("--threads", *threads);
    words.switch("--no-pin", *no_pin);
    // The value can be as secret as any header's.
    words.add(
        "--expect-header",
        expect_header.as_ref().and_then(|text| text.split('=').next().map(str::to_owned)),
    );
    all(&mut words, "--label", label);
    words.add("--max-error-rate", max_error_rate.as_ref());
    words.path("--baseline", baseline.as_deref());
    words.add("--against", against.as_deref().map(url));
    self::judging(&mut words, judging);
    let mut environment = moment(now, variable);
    // Whoever runs it again needs a token, too.
    environment.extend(
        auth_token.as_ref().filter(|token| !token.is_empty()).map(|_| "READINESS_AUTH_TOKEN".to_owned()),
    );
    Invocation { arguments: words.done(), environment }
}

/// The command of a comparison.
pub(super) fn of_compare(args: &CompareArgs) -> Invocation {
    let CompareArgs { before, after, judging, config, no_tree_config, output: _ } = args;
    let mut words = Words::of(&["perf", "compare"]);
    words.extend([before, after].map(|path| path.display().to_string()));
    self::judging(&mut words, judging);
    words.path("--config", config.as_deref());
    words.switch("--no-tree-config", *no_tree_config);
    Invocation { arguments: words.done(), environment: Vec::new() }
}

/// The command of a merge.
pub(super) fn of_merge(args: &MergeArgs) -> Invocation {
    let MergeArgs { reports, baseline, judging, config, no_tree_config, output: _ } = args;
    let mut words = Words::of(&["perf", "merge"]);
    words.extend(reports.iter().map(|path| path.display().to_string()));
    words.path("--baseline", baseline.as_deref());
    self::judging(&mut words, judging);
    words.path("--config", config.as_deref());
    words.switch("--no-tree-config", *no_tree_config);
    Invocation { arguments: words.done(), environment: Vec::new() }
}

/// The command of a benchmark of commands, whose own secrets are masked.
pub(super) fn of_exec(args: &ExecArgs) -> Invocation {
    let ExecArgs {
        before,
        after,
        command,
        baseline,
        threshold,
        label,
        runs,
        warm_up,
        prepare,
        cleanup,
        timeout,
        ignore_failure,
        shell,
        input,
        dir,
        show_output: _,
        config,
        no_tree_config,
        fail_on,
        output: _,
    } = args;
    let mut words = Words::of(&["perf", "exec"]);
    let commands = [
        ("--before", before),
        ("--after", after),
        ("--command", command),
        ("--prepare", prepare),
        ("--cleanup", cleanup),
    ];
    for (flag, command) in commands {
        words.add(flag, command.as_deref().map(mask_secrets));
    }
    words.path("--baseline", baseline.as_deref());
    words.add("--threshold", threshold.as_ref());
    all(&mut words, "--label", label);
    words.add("--runs", *runs);
    words.add("--warm-up", *warm_up);
    words.add("--timeout", timeout.as_ref());
    words.switch("--ignore-failure", *ignore_failure);
    words.switch("--shell", *shell);
    words.path("--input", input.as_deref());
    words.path("--dir", dir.as_deref());
    words.path("--config", config.as_deref());
    words.switch("--no-tree-config", *no_tree_config);
    words.fail_on(*fail_on);
    Invocation { arguments: words.done(), environment: Vec::new() }
}
