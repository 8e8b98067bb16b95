//! `Gemfile` and `gems.rb` of Bundler.
//!
//! They are programs in Ruby, which does not run here: calls with literal arguments, one on a line or continued behind a
//! comma, are read, and blocks by the words that open and close them. A gem whose name is computed, or that stands where
//! it is not read, stands there without a name. What stands under a condition, or is for other platforms than the usual
//! Ruby alone, is optional.

use super::{Declared, Dependency};
use crate::formats::fault::Fault;
use crate::formats::package::{Origin, Scope};
use crate::formats::source_url::{commit, without_credentials};

/// How long a file may be, in bytes.
const MAX_BYTES: usize = 1 << 20;
/// How many lines one call may be continued over.
const MAX_CONTINUED: usize = 50;

/// How long a literal may be, in bytes: that of a block is given to every gem within.
const MAX_LITERAL: usize = 2_000;

/// Whether a file with this name is of the kind.
pub(super) fn is_name(name: &str) -> bool {
    matches!(name, "Gemfile" | "gems.rb") || name.ends_with(".gemfile")
}

/// What a block says of the gems within it.
#[derive(Clone, Default)]
struct Block {
    scope: Option<Scope>,
    origin: Option<Origin>,
    /// Whether what it holds is asked for only under a condition.
    conditional: bool,
}

/// Reads it.
pub(super) fn parse(bytes: &[u8]) -> Result<Declared, Fault> {
    if bytes.len() > MAX_BYTES {
        return Err(Fault::new(1, "the file is larger than a Gemfile may be (1 MiB)"));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|_| Fault::new(1, "not UTF-8"))?;
    let mut declared = Declared::default();
    let mut blocks: Vec<Block> = Vec::new();
    let mut lines = (1..=u32::MAX).zip(text.lines());
    while let Some((line, written)) = lines.next() {
        let mut call = code(written).trim().to_owned();
        for _ in 0..MAX_CONTINUED {
            if !call.ends_with(',') {
                break;
            }
            let Some((_, next)) = lines.next() else { break };
            call.push(' ');
            call.push_str(code(next).trim());
        }
        if call == "end" || call.starts_with("end ") || call.starts_with("end.") {
            blocks.pop();
            continue;
        }
        let word = call.split([' ', '(']).next().unwrap_or_default();
        let arguments = arguments(call.get(word.len()..).unwrap_or_default());
        let rest = call.get(word.len()..).unwrap_or_default().trim_start();
        if word == "gem" && !rest.starts_with('=') {
            let mut dependency = gem(&arguments, &blocks, line);
            if [" if ", " unless "].iter().any(|word| call.contains(word)) {
                dependency.scope = Scope::Optional;
            }
            declared.dependencies.push(dependency);
        } else if asks_unseen(&call, word, &arguments) {
            declared.dependencies.push(gem(&[], &blocks, line));
        }
        declared.published |= word == "gemspec";
        let opens = is_opening(&call, word);
        if word == "source"
            && let Some(url) = arguments.first().and_then(Argument::literal)
        {
            declared.registries.push((without_credentials(url), line));
        }
        if opens && blocks.len() < 1000 {
            blocks.push(block(word, &arguments));
        }
    }
    Ok(declared)
}

/// Whether a line opens what an `end` closes. A condition behind a call (`gem "x" if y`) opens nothing.
fn is_opening(call: &str, word: &str) -> bool {
    let closed = call.ends_with(" end");
    let keyword = matches!(
        word,
        "if" | "unless" | "case" | "def" | "begin" | "while" | "until" | "for" | "class" | "module"
    );
    let block = call.ends_with(" do") || (call.ends_with('|') && call.contains(" do |"));
    let assigned = ["= if ", "= case ", "= begin", "= unless "].iter().any(|text| call.contains(text));
    (keyword || block || assigned) && !closed
}

fn block(word: &str, arguments: &[Argument]) -> Block {
    let first = arguments.first().and_then(Argument::literal).unwrap_or_default();
    match word {
        "group" => {
            let groups: Vec<&str> = arguments.iter().filter_map(Argument::literal).collect();
            Block { scope: Some(scope(&groups)), ..Block::default() }
        }
        "source" => Block { origin: Some(Origin::Registry(without_credentials(first))), ..Block::default() },
        "path" => Block { origin: Some(Origin::Path(first.to_owned())), ..Block::default() },
        "git" => Block { origin: Some(git(first, arguments)), ..Block::default() },
        "platform" | "platforms" => Block { conditional: elsewhere(arguments), ..Block::default() },
        "if" | "unless" | "case" | "install_if" => Block { conditional: true, ..Block::default() },
        _ => Block::default(),
    }
}

/// Groups are names that a project gives; these are what nearly all of them call development.
fn scope(groups: &[&str]) -> Scope {
    let development =
        |group: &&str| matches!(*group, "development" | "test" | "ci" | "lint" | "doc" | "docs" | "rubocop");
    if groups.is_empty() {
        Scope::Unknown
    } else if groups.iter().all(development) {
        Scope::Development
    } else {
        Scope::Runtime
    }
}

/// Whether platforms are named and the usual Ruby is none of them.
fn elsewhere(platforms: &[Argument]) -> bool {
    let mut names = platforms.iter().flat_map(|one| &one.values);
    !platforms.is_empty() && !names.any(|name| name.starts_with("ruby") || name.starts_with("mri"))
}

fn git(url: &str, arguments: &[Argument]) -> Origin {
    Origin::Git { url: without_credentials(url), commit: named(arguments, "ref").and_then(commit) }
}

/// Whether a line asks for gems in a way that is not read: within a line, or in a file whose name does not tell.
fn asks_unseen(call: &str, word: &str, arguments: &[Argument]) -> bool {
    if word == "eval_gemfile" {
        let name = arguments.first().and_then(Argument::literal).and_then(|path| path.rsplit('/').next());
        return !name.is_some_and(is_name);
    }
    ["{ gem ", "| gem ", "; gem ", "then gem ", " do gem "].iter().any(|text| call.contains(text))
}

fn gem(arguments: &[Argument], blocks: &[Block], line: u32) -> Dependency {
    let name = arguments.first().filter(|first| first.key.is_none()).and_then(Argument::literal);
    let name = name.unwrap_or_default().to_owned();
    let requirements: Vec<&str> =
        arguments.iter().skip(1).filter(|one| one.key.is_none()).filter_map(Argument::literal).collect();
    let groups: Vec<&str> = arguments
        .iter()
        .filter(|one| matches!(one.key.as_deref(), Some("group" | "groups")))
        .flat_map(|one| one.values.iter().map(String::as_str))
        .collect();
    let outer =
        |pick: fn(&Block) -> bool| blocks.iter().rev().find(|block| pick(block)).cloned().unwrap_or_default();
    let platforms: Vec<Argument> = arguments
        .iter()
        .filter(|one| matches!(one.key.as_deref(), Some("platform" | "platforms")))
        .cloned()
        .collect();
    let conditional = blocks.iter().any(|block| block.conditional)
        || elsewhere(&platforms)
        || arguments.iter().any(|one| one.key.as_deref() == Some("install_if"));
    let scope = match groups.as_slice() {
        _ if conditional => Scope::Optional,
        [] => outer(|block| block.scope.is_some()).scope.unwrap_or(Scope::Runtime),
        groups => scope(groups),
    };
    let origin = if let Some(path) = named(arguments, "path") {
        Origin::Path(path.to_owned())
    } else if let Some(url) = named(arguments, "git") {
        git(url, arguments)
    } else if let Some(repository) = named(arguments, "github") {
        git(&format!("https://github.com/{repository}"), arguments)
    } else if let Some(url) = named(arguments, "source") {
        Origin::Registry(without_credentials(url))
    } else {
        outer(|block| block.origin.is_some()).origin.unwrap_or_default()
    };
    Dependency { name, requirement: requirements.join(", "), scope, origin, line }
}

/// One argument of a call: its key (`git:`, `:git =>`), and the literals in it (several in a list).
#[derive(Clone)]
struct Argument {
    key: Option<String>,
    values: Vec<String>,
}

impl Argument {
    fn literal(&self) -> Option<&str> {
        self.values.first().map(String::as_str)
    }
}

fn named<'a>(arguments: &'a [Argument], key: &str) -> Option<&'a str> {
    arguments.iter().find(|one| one.key.as_deref() == Some(key))?.literal()
}

/// Splits the arguments of a call at the commas outside of quotes and brackets.
fn arguments(text: &str) -> Vec<Argument> {
    let text = text.trim().strip_prefix('(').unwrap_or(text);
    let (mut all, mut start, mut quote, mut depth) = (Vec::new(), 0, None, 0_usize);
    for (at, next) in text.char_indices() {
        match (quote, next) {
            (Some(open), _) if open == next => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(next),
            (None, '[' | '{') => depth += 1,
            (None, ']' | '}') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => {
                all.push(argument(text.get(start..at).unwrap_or_default()));
                start = at + 1;
            }
            _ => {}
        }
    }
    all.push(argument(text.get(start..).unwrap_or_default()));
    all
}

fn argument(text: &str) -> Argument {
    let text = text.trim();
    let word =
        |key: &str| !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let (key, rest) = match (text.split_once("=>"), text.split_once(": ")) {
        (Some((key, rest)), _) if word(key.trim().trim_start_matches(':')) => {
            (Some(key.trim().trim_start_matches(':').to_owned()), rest)
        }
        (_, Some((key, rest))) if word(key) => (Some(key.to_owned()), rest),
        _ => (None, text),
    };
    Argument { key, values: literals(rest) }
}

/// The strings and symbols of an argument; none when it is anything but those, in a list or alone.
fn literals(text: &str) -> Vec<String> {
    let text = text.trim();
    let list = |open: &str| Some(text.strip_prefix(open)?.split_once(']')?.0);
    if let Some(words) = list("%w[").or_else(|| list("%i[")) {
        return words.split_whitespace().map(str::to_owned).collect();
    }
    match list("[") {
        Some(items) => items.split(',').filter_map(literal).collect(),
        None => literal(text).into_iter().collect(),
    }
}

/// `"text"`, `'text'` or `:symbol`, up to what follows it (a closing bracket, `if …`, `do`). A text that holds code is none.
fn literal(text: &str) -> Option<String> {
    let text = text.trim();
    if let Some(symbol) = text.strip_prefix(':') {
        let end = symbol.find(|next: char| !(next.is_alphanumeric() || next == '_')).unwrap_or(symbol.len());
        return symbol.get(..end).filter(|symbol| !symbol.is_empty()).map(str::to_owned);
    }
    let quote = text.chars().next().filter(|first| matches!(first, '"' | '\''))?;
    let (inner, rest) = text.strip_prefix(quote)?.split_once(quote)?;
    // Something is done with it: `"a" + b`.
    let computed = rest.trim_start().starts_with(['+', '.', '%', '*', '[']);
    let code = quote == '"' && inner.contains("#{");
    (!computed && !code && inner.len() <= MAX_LITERAL).then(|| inner.to_owned())
}

/// A line without its comment.
fn code(line: &str) -> &str {
    let mut quote = None;
    for (at, next) in line.char_indices() {
        match (quote, next) {
            (Some(open), _) if open == next => quote = None,
            (None, '"' | '\'') => quote = Some(next),
            (None, '#') => return line.get(..at).unwrap_or_default(),
            _ => {}
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    const GEMFILE: &str = "\
source \"https://gems.example.org\"
ruby file: \".ruby-version\"
gemspec
gem \"rails\", \"~> 7.1\", \">= 7.1.3\" # the # frame
gem 'pg', :group => :production, :require => false
gem(\"bootsnap\", require: false)
gem \"x-#{name}\", \"1\"
gem name, \"1\"
gem \"far\",
  git: \"https://example.org/far.git\",
  ref: \"0123456789abcdef0123456789abcdef01234567\"
gem \"hub\", github: \"a/hub\", branch: \"main\"
gem \"both\", groups: [:development, :test]

group :development, :test do
  gem \"debug\", platforms: %i[ mri windows ]
  if ENV[\"X\"]
    gem \"inner\", path: \"../inner\"
  end
  gem \"after\"
end

source \"https://private.example.org\" do
  gem \"secret\"
end
platforms :jruby do
  gem \"plain\", '1.0' if RUBY_VERSION < '3'
end
";

    #[test]
    fn literal_calls_are_read() {
        let declared = parse(GEMFILE.as_bytes()).unwrap();
        let seen: Vec<_> = declared
            .dependencies
            .iter()
            .map(|one| (one.name.as_str(), one.requirement.as_str(), one.scope, one.line))
            .collect();
        let (runtime, development) = (Scope::Runtime, Scope::Development);
        assert_eq!(
            seen,
            [
                ("rails", "~> 7.1, >= 7.1.3", runtime, 4),
                ("pg", "", runtime, 5),
                ("bootsnap", "", runtime, 6),
                ("", "1", runtime, 7),
                ("", "1", runtime, 8),
                ("far", "", runtime, 9),
                ("hub", "", runtime, 12),
                ("both", "", development, 13),
                ("debug", "", development, 16),
                ("inner", "", Scope::Optional, 18),
                ("after", "", development, 20),
                ("secret", "", runtime, 24),
                ("plain", "1.0", Scope::Optional, 27),
            ]
        );
        let origin = |index: usize| declared.dependencies[index].origin.clone();
        let commit = Some("0123456789abcdef0123456789abcdef01234567".to_owned());
        assert_eq!(origin(0), Origin::Unknown);
        assert_eq!(origin(5), Origin::Git { url: "https://example.org/far.git".to_owned(), commit });
        assert_eq!(origin(6), Origin::Git { url: "https://github.com/a/hub".to_owned(), commit: None });
        assert_eq!(origin(9), Origin::Path("../inner".to_owned()));
        assert_eq!(origin(11), Origin::Registry("https://private.example.org".to_owned()));
        assert_eq!(declared.registries.len(), 2);
        assert_eq!(declared.registries[1], ("https://private.example.org".to_owned(), 23));
    }

    #[test]
    fn what_is_computed_is_told_without_a_name() {
        for text in [
            "%w[rails pg].each { |one| gem one }",
            "%w[rails pg].each do |one|\n  gem one, '1'\nend",
            "group(:test) { gem 'rspec' }",
            "if x then gem 'a' end",
            "eval_gemfile 'gemfiles/common.rb'",
            "eval_gemfile File.join(__dir__, name)",
            "\u{FEFF}gem name",
        ] {
            let declared = parse(text.as_bytes()).unwrap();
            let names: Vec<_> = declared.dependencies.iter().map(|one| one.name.as_str()).collect();
            assert_eq!(names, [""], "{text}");
        }
        // Another Gemfile is read by its own name, and what is no call of `gem` asks for nothing.
        for text in
            ["eval_gemfile 'gemfiles/rails.gemfile'", "gemspec", "ruby '3.3'", "puts 'the gem is gone'"]
        {
            assert_eq!(parse(text.as_bytes()).unwrap().dependencies, [], "{text}");
        }
    }

    #[test]
    fn secrets_of_addresses_are_not_kept() {
        let text = "source 'https://u:hunter2@a.example' do\n  gem 'a'\nend\ngem 'b', git: 'https://hunter2@b.example/b'\n\
                    gem 'c', source: 'https://u:hunter2@c.example'\n";
        let declared = parse(text.as_bytes()).unwrap();
        assert_eq!((declared.dependencies.len(), declared.registries.len()), (3, 1));
        assert!(!format!("{declared:?}").contains("hunter2"));
    }

    #[test]
    fn hostile_files_stay_cheap() {
        for text in ["gem \"a\",\n", "group :x do\n", "gem [[[[", "\"'\"'", "end\n"] {
            let text: String = text.chars().cycle().take(MAX_BYTES).collect();
            assert!(parse(text.as_bytes()).is_ok());
        }
        assert!(parse(&vec![b' '; MAX_BYTES + 1]).is_err() && parse(b"\xFF").is_err());
    }
}
