//! What a shell text consists of: lists of pipelines of commands, at every depth.

/// A shell text, split.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// The pipelines in order.
    pub pipelines: Vec<Pipeline>,
    /// `false` when a limit or an unclosed quote or bracket left part of the text unread or uncertain.
    pub complete: bool,
}

/// Commands joined by `|`; a single command is a pipeline of one stage.
#[derive(Clone, Debug)]
pub struct Pipeline {
    /// What stands between the pipeline before and this one.
    pub joint: Joint,
    /// Preceded by `!`.
    pub negated: bool,
    /// At least one stage; each writes into the next.
    pub stages: Vec<Stage>,
}

/// What stands before a pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joint {
    /// Nothing: it is the first of its list.
    First,
    /// `&&`
    And,
    /// `||`
    Or,
    /// `;`, a newline, or a reserved word such as `then`.
    Then,
    /// `&`: the one before runs in the background.
    Background,
}

/// One stage of a pipeline.
#[derive(Clone, Debug)]
pub enum Stage {
    /// A simple command.
    Command(SimpleCommand),
    /// A list that runs as one.
    Group(Group),
}

/// A list of pipelines that share their input and output.
#[derive(Clone, Debug)]
pub struct Group {
    /// How it is written.
    pub kind: GroupKind,
    /// Its pipelines; those of conditions, branches and loop bodies one after the other.
    pub body: Vec<Pipeline>,
    /// Redirections of the whole.
    pub redirections: Vec<Redirection>,
    /// Line of its first character.
    pub line: u32,
}

/// How a group is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupKind {
    /// `( … )`
    Subshell,
    /// `{ …; }`
    Braces,
    /// `if`, `while`, `until`, `for`, `select`, `case`.
    Compound,
}

/// Assignments, words and redirections up to the next operator.
#[derive(Clone, Debug)]
pub struct SimpleCommand {
    /// Byte offset of its first character in the file.
    pub offset: usize,
    /// Line of its first character, from 1.
    pub line: u32,
    /// `NAME=value` in front of the command, or alone.
    pub assignments: Vec<Assignment>,
    /// The command's name and arguments. The words of `for x in …` and `case … in` stand here too, in a command of their own.
    pub words: Vec<Word>,
    /// Redirections, wherever they stand in the command.
    pub redirections: Vec<Redirection>,
    /// What `sh -c TEXT`, `su -c TEXT` and `eval TEXT` run: the index of the word that holds it, and the split text.
    pub nested: Option<(usize, Script)>,
}

/// `NAME=value` in front of a command.
#[derive(Clone, Debug)]
pub struct Assignment {
    /// The variable.
    pub name: String,
    /// Everything after `=`, with the substitutions found in it.
    pub value: Word,
}

/// One word of a command.
#[derive(Clone, Debug, Default)]
pub struct Word {
    /// The word without its quotes; expansions and substitutions stand as they were written.
    pub text: String,
    /// Some part of it is quoted or escaped.
    pub quoted: bool,
    /// It holds `$…` or a substitution, so its value is known only when it runs.
    pub dynamic: bool,
    /// Byte offset of its first character in the file.
    pub offset: usize,
    /// Line of its first character, from 1.
    pub line: u32,
    /// Commands inside it, in order.
    pub substitutions: Vec<Substitution>,
}

/// Commands inside a word.
#[derive(Clone, Debug)]
pub struct Substitution {
    /// How it is written.
    pub kind: SubstitutionKind,
    /// What runs.
    pub body: Vec<Pipeline>,
}

/// How commands stand in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubstitutionKind {
    /// `$(…)` or backquotes: the word receives the output.
    Command,
    /// `<(…)`: the word is a file with the output.
    ProcessOutput,
    /// `>(…)`: the word is a file that feeds the commands.
    ProcessInput,
}

/// `2> file`, `<< END` and the like.
#[derive(Clone, Debug)]
pub struct Redirection {
    /// The descriptor written before the operator.
    pub descriptor: Option<u32>,
    /// The operator: `<`, `>`, `>>`, `<<`, `<<-`, `<<<`, `<>`, `>|`, `<&`, `>&`, `&>`, `&>>`.
    pub operator: &'static str,
    /// The file, descriptor, delimiter or here-string.
    pub target: Word,
    /// The here-document, when the operator opens one and the text holds its body.
    pub document: Option<HereDocument>,
    /// Line of the operator.
    pub line: u32,
}

/// The body of a here-document.
#[derive(Clone, Debug)]
pub struct HereDocument {
    /// The lines before the delimiter, as written.
    pub body: String,
    /// Line of the first of them.
    pub line: u32,
    /// The body split as a script, when the command that reads it is a shell without a script of its own.
    pub script: Option<Script>,
    /// Where the body starts in the text that was split.
    pub(super) at: usize,
}
