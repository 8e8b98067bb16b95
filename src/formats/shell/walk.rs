//! Questions to a split shell text: every command at every depth, who pipes into whom, what really runs.

use super::model::{Group, Pipeline, Redirection, Script, SimpleCommand, Stage, Word};

impl Script {
    /// Every simple command at every depth: in groups, substitutions, here-documents that feed a shell, and texts
    /// given to `sh -c`. In the order of the file, by their first characters.
    pub fn commands(&self) -> Vec<&SimpleCommand> {
        let mut found = Vec::new();
        visit(&self.pipelines, &mut |stage| {
            if let Stage::Command(command) = stage {
                found.push(command);
            }
        });
        found.sort_by_key(|command| command.offset);
        found
    }

    /// Every pipeline at every depth that has two stages or more.
    pub fn pipes(&self) -> Vec<&Pipeline> {
        let mut found = Vec::new();
        visit_pipelines(&self.pipelines, &mut |pipeline| {
            if pipeline.stages.len() > 1 {
                found.push(pipeline);
            }
        });
        found
    }
}

impl Stage {
    /// The simple commands that read the stage's input and write its output: those of groups, not those in substitutions.
    pub fn commands(&self) -> Vec<&SimpleCommand> {
        let mut found = Vec::new();
        self.collect(&mut found);
        found
    }

    fn collect<'a>(&'a self, found: &mut Vec<&'a SimpleCommand>) {
        match self {
            Self::Command(command) => found.push(command),
            Self::Group(group) => {
                for stage in group.body.iter().flat_map(|pipeline| &pipeline.stages) {
                    stage.collect(found);
                }
            }
        }
    }
}

/// A command without the wrappers around it.
#[derive(Clone, Copy, Debug)]
pub struct Program<'a> {
    /// The name without its folder; empty when a substitution or variable names it.
    pub name: &'a str,
    /// The arguments.
    pub args: &'a [Word],
}

/// Commands that run the command in their arguments: their options that take a value, and how many operands come first.
const WRAPPERS: &[(&str, &[&str], usize)] = &[
    ("builtin", &[], 0),
    ("busybox", &[], 0),
    ("command", &[], 0),
    ("doas", &["-u", "-C"], 0),
    ("eatmydata", &[], 0),
    ("env", &["-u", "-C", "--unset", "--chdir"], 0),
    ("exec", &["-a"], 0),
    ("gosu", &[], 1),
    ("ionice", &["-c", "-n"], 0),
    ("nice", &["-n"], 0),
    ("nohup", &[], 0),
    ("setsid", &[], 0),
    ("stdbuf", &["-i", "-o", "-e"], 0),
    ("su-exec", &[], 1),
    ("sudo", &["-u", "-g", "-p", "-C", "-h", "-U", "-r", "-t", "-T", "-D", "-R", "--user", "--group"], 0),
    ("time", &["-f", "-o"], 0),
    ("timeout", &["-k", "-s"], 1),
    ("xargs", &["-I", "-n", "-P", "-L", "-d", "-a", "-s", "-E", "--max-args", "--max-procs"], 0),
];

impl SimpleCommand {
    /// The name of the command as written, without its folder; empty when there is none or it is not a fixed text.
    pub fn name(&self) -> &str {
        self.words.first().map_or("", name_of)
    }

    /// The command that runs in the end, with `sudo`, `env`, `exec`, `xargs`, `timeout` and the like taken off.
    pub fn program(&self) -> Program<'_> {
        let mut words = self.words.as_slice();
        loop {
            let Some((first, rest)) = words.split_first() else { return Program { name: "", args: &[] } };
            let name = name_of(first);
            // `command -v` asks whether a command exists.
            if name == "command" && rest.first().is_some_and(|word| matches!(word.text.as_str(), "-v" | "-V"))
            {
                return Program { name, args: rest };
            }
            let wrapper = WRAPPERS.iter().find(|(wrapper, ..)| *wrapper == name);
            let Some(inner) =
                wrapper.and_then(|(_, valued, operands)| inner_command(rest, valued, *operands))
            else {
                return Program { name, args: rest };
            };
            words = inner;
        }
    }
}

impl Program<'_> {
    /// Whether some argument is exactly `text`.
    pub fn has(&self, text: &str) -> bool {
        self.args.iter().any(|word| word.text == text)
    }

    /// The arguments that do not start with `-`.
    pub fn operands(&self) -> impl Iterator<Item = &Word> {
        self.args.iter().filter(|word| !word.text.starts_with('-'))
    }

    /// Whether it is a POSIX-like shell.
    pub fn is_shell(&self) -> bool {
        is_shell_name(self.name)
    }
}

/// Whether `name` (without folder) is a shell whose language this module splits.
pub fn is_shell_name(name: &str) -> bool {
    matches!(name, "sh" | "bash" | "dash" | "ash" | "ksh" | "ksh93" | "mksh" | "zsh" | "rbash")
}

fn name_of(word: &Word) -> &str {
    if word.dynamic {
        return "";
    }
    word.text.rsplit('/').next().unwrap_or_default()
}

/// The words after a wrapper's own options, assignments and leading operands; `None` when nothing is left to run.
fn inner_command<'a>(mut words: &'a [Word], valued: &[&str], mut operands: usize) -> Option<&'a [Word]> {
    loop {
        let (first, rest) = words.split_first()?;
        let text = first.text.as_str();
        if text == "--" {
            return (!rest.is_empty()).then_some(rest);
        }
        if text.starts_with('-') && text.len() > 1 {
            words = if valued.contains(&text) { rest.split_first()?.1 } else { rest };
        } else if is_assignment(text) {
            words = rest;
        } else if operands > 0 {
            operands -= 1;
            words = rest;
        } else {
            return Some(words);
        }
    }
}

/// Whether `text` reads `NAME=…`.
fn is_assignment(text: &str) -> bool {
    text.split_once('=').is_some_and(|(name, _)| is_name(name))
}

/// Whether `name` is a variable name.
pub(super) fn is_name(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && name.bytes().next().is_some_and(|first| !first.is_ascii_digit())
}

fn visit<'a>(pipelines: &'a [Pipeline], each: &mut dyn FnMut(&'a Stage)) {
    visit_pipelines(pipelines, &mut |pipeline| pipeline.stages.iter().for_each(&mut *each));
}

/// Calls `each` for every pipeline; the depth is that of the parser, so recursion is bounded.
fn visit_pipelines<'a>(pipelines: &'a [Pipeline], each: &mut dyn FnMut(&'a Pipeline)) {
    for pipeline in pipelines {
        each(pipeline);
        for stage in &pipeline.stages {
            match stage {
                Stage::Command(command) => visit_inside(command, each),
                Stage::Group(Group { body, redirections, .. }) => {
                    visit_pipelines(body, each);
                    visit_redirections(redirections, each);
                }
            }
        }
    }
}

fn visit_inside<'a>(command: &'a SimpleCommand, each: &mut dyn FnMut(&'a Pipeline)) {
    for assignment in &command.assignments {
        visit_word(&assignment.value, each);
    }
    for (index, word) in command.words.iter().enumerate() {
        match &command.nested {
            // The substitutions of that word appear again in its split text.
            Some((at, script)) if *at == index => visit_pipelines(&script.pipelines, each),
            _ => visit_word(word, each),
        }
    }
    visit_redirections(&command.redirections, each);
}

fn visit_redirections<'a>(redirections: &'a [Redirection], each: &mut dyn FnMut(&'a Pipeline)) {
    for redirection in redirections {
        visit_word(&redirection.target, each);
        if let Some(script) = redirection.document.as_ref().and_then(|document| document.script.as_ref()) {
            visit_pipelines(&script.pipelines, each);
        }
    }
}

fn visit_word<'a>(word: &'a Word, each: &mut dyn FnMut(&'a Pipeline)) {
    for substitution in &word.substitutions {
        visit_pipelines(&substitution.body, each);
    }
}
