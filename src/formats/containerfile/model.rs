//! What a container file consists of.

use super::image::ImageRef;
use crate::formats::shell::Script;
use std::sync::Arc;

/// Bytes of the file, from `start` up to but not including `end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset behind the last byte.
    pub end: usize,
}

/// A parsed container file.
#[derive(Clone, Debug)]
pub struct Containerfile {
    /// The text the spans refer to: as long as the input, with `?` for every byte that is not UTF-8.
    pub source: String,
    /// Parser directives, in order.
    pub directives: Vec<Directive>,
    /// The escape character: `\`, or the backquote if a directive says so.
    pub escape: char,
    /// `ARG` instructions before the first `FROM`.
    pub global_args: Vec<Instruction>,
    /// Other instructions before the first `FROM`, which no builder takes.
    pub misplaced: Vec<Instruction>,
    /// The stages; at least one.
    pub stages: Vec<Stage>,
    /// What a builder would refuse, in order of lines; parsing went on behind it.
    pub problems: Vec<Problem>,
}

/// `# name=value` at the very start of the file: `syntax`, `escape` or `check`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    /// The name in lower case.
    pub name: String,
    /// The value, trimmed.
    pub value: String,
    /// Its line, from 1.
    pub line: u32,
}

/// Something a builder would refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The line, from 1.
    pub line: u32,
    /// What is wrong; holds no value from the file.
    pub message: String,
}

/// A `FROM` and the instructions up to the next one.
#[derive(Clone, Debug)]
pub struct Stage {
    /// Its position, from 0.
    pub index: usize,
    /// What `FROM` says.
    pub from: From,
    /// The `FROM` instruction, for its lines, spans and flags.
    pub head: Instruction,
    /// The instructions behind it, in order.
    pub instructions: Vec<Instruction>,
}

/// `FROM [--platform=P] IMAGE [AS NAME]`.
#[derive(Clone, Debug)]
pub struct From {
    /// The image or stage as written, and expanded with the global arguments.
    pub image: Value,
    /// What the expanded text names.
    pub base: Base,
    /// The name after `AS`, as written; stages are looked up without regard to letter case.
    pub alias: Option<String>,
    /// The value of `--platform`.
    pub platform: Option<Value>,
}

/// What a stage builds on, or what `--from` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Base {
    /// `scratch`: nothing.
    Scratch,
    /// An earlier stage, by its index.
    Stage(usize),
    /// An image. Behind `--from` it may also be a named build context.
    Image(ImageRef),
    /// The name depends on variables without a known value, so that not even the presence of a tag is known.
    Unresolved,
}

/// A text that may hold quotes and variables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Value {
    /// As written.
    pub raw: String,
    /// Without quotes and escapes, variables replaced by what the file says about them (defaults of `ARG` count, as
    /// nothing is passed to the build). A variable without a known value stands as `${NAME}`.
    pub text: String,
    /// The variables without a known value; at most 16 are named.
    pub unresolved: Vec<String>,
}

/// One instruction.
#[derive(Clone, Debug)]
pub struct Instruction {
    /// Line of the keyword, from 1.
    pub line: u32,
    /// Last line, with continuations and here-documents.
    pub end_line: u32,
    /// The whole instruction, from the keyword to the end of its last line (without the newline).
    pub span: Span,
    /// The keyword.
    pub keyword: Span,
    /// The arguments with the flags, without here-document bodies; empty if there are none.
    pub arguments: Span,
    /// The flags, in order.
    pub flags: Vec<Flag>,
    /// The here-documents of `RUN`, `COPY` and `ADD`.
    pub heredocs: Vec<Heredoc>,
    /// The instruction, typed.
    pub kind: InstructionKind,
}

/// `--name=value` before the arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// The name without the dashes.
    pub name: String,
    /// The text after `=`, without quotes; variables are not expanded.
    pub value: Option<String>,
    /// Its line.
    pub line: u32,
}

/// A here-document of an instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heredoc {
    /// The delimiter, without quotes: also the name of the file that `COPY` makes.
    pub name: String,
    /// `<<-`: leading tabs are removed from the body.
    pub strip_tabs: bool,
    /// The delimiter is not quoted, so variables in the body are expanded.
    pub expand: bool,
    /// The lines before the delimiter, as written.
    pub body: String,
    /// Line of the first of them.
    pub line: u32,
    /// Line of the closing delimiter.
    pub end_line: u32,
}

/// An instruction, typed. Where the arguments are malformed, lists are empty or short and [`Containerfile::problems`] says so.
#[derive(Clone, Debug)]
pub enum InstructionKind {
    /// `FROM`; its contents are in [`Stage::from`].
    From,
    /// `RUN`
    Run(Run),
    /// `CMD`
    Cmd(Command),
    /// `ENTRYPOINT`
    Entrypoint(Command),
    /// `SHELL`: the words of its JSON list.
    Shell(Vec<String>),
    /// `COPY`
    Copy(Transfer),
    /// `ADD`
    Add(Transfer),
    /// `ENV`
    Env(Vec<Pair>),
    /// `LABEL`
    Label(Vec<Pair>),
    /// `ARG`
    Arg(Vec<Argument>),
    /// `EXPOSE`: ports, ranges, with protocol.
    Expose(Vec<Value>),
    /// `USER`
    User(User),
    /// `WORKDIR`
    Workdir(Value),
    /// `VOLUME`
    Volume(Vec<Value>),
    /// `STOPSIGNAL`
    Stopsignal(Value),
    /// `HEALTHCHECK`; `None` for `HEALTHCHECK NONE`.
    Healthcheck(Option<Command>),
    /// `ONBUILD`: the instruction kept for the next build; its variables are not expanded. `None` if it is missing.
    Onbuild(Option<Box<Instruction>>),
    /// `MAINTAINER`
    Maintainer(String),
    /// Any other keyword, as written.
    Unknown(String),
}

/// What is run by `RUN`, `CMD`, `ENTRYPOINT` or a health check.
#[derive(Clone, Debug)]
pub struct Command {
    /// Exec form or shell form.
    pub form: Form,
    /// The commands, split. The exec form is one command, and the script it gives to a shell; of `RUN` with a
    /// here-document alone it is the body. `None` when the text is not for a POSIX-like shell: `SHELL` names another, the
    /// escape character is that of Windows, or the here-document starts with `#!` of another interpreter.
    pub script: Option<Script>,
    /// Shell form that starts with `[`: probably meant as exec form, but no JSON list of strings.
    pub malformed_exec: bool,
}

/// How a command is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// A JSON list of words, run without a shell.
    Exec(Vec<String>),
    /// A text for the shell, with continuations joined.
    Shell(String),
}

/// `RUN`.
#[derive(Clone, Debug)]
pub struct Run {
    /// What runs.
    pub command: Command,
    /// The `SHELL` in effect; `None` is the builder's default.
    pub shell: Option<Arc<[String]>>,
    /// Every `--mount`.
    pub mounts: Vec<Mount>,
}

/// `--mount=type=…,…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// The type: `bind` unless given.
    pub kind: String,
    /// All options with lower-case keys, in order, the type among them.
    pub options: Vec<(String, Option<String>)>,
    /// What `from` names.
    pub from: Option<Base>,
    /// The line of the flag.
    pub line: u32,
}

/// `COPY` or `ADD`.
#[derive(Clone, Debug)]
pub struct Transfer {
    /// What is copied.
    pub sources: Vec<Source>,
    /// Where to; empty if it is missing.
    pub destination: Value,
    /// What `--from` names; `None` is the build context.
    pub from: Option<Base>,
    /// The value of `--chown`.
    pub chown: Option<Value>,
    /// The value of `--chmod`.
    pub chmod: Option<Value>,
    /// The value of `--checksum`.
    pub checksum: Option<Value>,
    /// Written as JSON list.
    pub exec_form: bool,
}

/// A source of `COPY` or `ADD`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A path, pattern, URL or repository.
    Path(Value),
    /// A here-document: its index in [`Instruction::heredocs`].
    Heredoc(usize),
}

/// `NAME=value` of `ENV` or `LABEL`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The name, unquoted and expanded.
    pub name: String,
    /// The value.
    pub value: Value,
    /// Its line.
    pub line: u32,
    /// Written as `ENV name value`.
    pub legacy: bool,
}

/// One name of `ARG`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// The name.
    pub name: String,
    /// The default, if one is given.
    pub default: Option<Value>,
    /// Its line.
    pub line: u32,
}

/// `USER name[:group]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The whole argument.
    pub value: Value,
    /// The user name or number, expanded.
    pub name: String,
    /// The group name or number, expanded.
    pub group: Option<String>,
}
