//! Cheap looks at project files: whether they ask for any package at all. A file that is not of its syntax asks when the
//! word stands in it.

use std::collections::HashSet;

use crate::formats::document::{self, Limits, Node, Syntax, Value};

/// Signs with which a line is a comment in one of the languages.
const COMMENTS: [&str; 8] = ["//", "#", "*", "/*", "--", ";", "%%", "<!--"];

/// How far a list is read, in bytes, and how many of them in one file.
const NEAR: usize = 2 << 10;
const MOST_PLACES: usize = 1_000;

/// The lines that are no comments, without what indents them.
pub(super) fn code(text: &str) -> impl Iterator<Item = &str> {
    let lines = text.lines().map(str::trim_start);
    lines.filter(|line| !is_comment(line))
}

/// Whether a line, without what indents it, is a comment.
fn is_comment(line: &str) -> bool {
    COMMENTS.iter().any(|mark| line.starts_with(mark))
}

/// Whether one of the words stands in the code as a whole.
pub(super) fn words(text: &str, words: &[&str]) -> bool {
    code(text).any(|line| words.iter().any(|word| around(line, word).next().is_some()))
}

/// Whether one of the words is called, or something is assigned to it that is not empty.
pub(super) fn calls(text: &str, words: &[&str]) -> bool {
    let gives = |after: &str| {
        let after = after.trim_start();
        let given = after.strip_prefix('(').or_else(|| after.strip_prefix('=')).map(str::trim_start);
        given.is_some_and(|given| !["[]", "()", "None", ")"].iter().any(|none| given.starts_with(none)))
    };
    code(text).any(|line| words.iter().any(|word| around(line, word).any(|(_, after)| gives(after))))
}

/// Whether a line of code starts with one of the texts.
pub(super) fn starts(text: &str, with: &[&str]) -> bool {
    code(text).any(|line| with.iter().any(|start| line.starts_with(start)))
}

/// Whether one of the texts stands in a line of code.
pub(super) fn has(text: &str, any: &[&str]) -> bool {
    code(text).any(|line| any.iter().any(|one| line.contains(one)))
}

/// What follows each place where a text stands, not far: a list that a hostile file opens again and again is not read to
/// its end each time.
fn after_each<'t>(text: &'t str, what: &'static str) -> impl Iterator<Item = &'t str> {
    let after = text.match_indices(what).filter_map(|(at, found)| text.get(at + found.len()..));
    after.take(MOST_PLACES).map(near)
}

/// The start of a text.
fn near(text: &str) -> &str {
    text.get(..text.floor_char_boundary(NEAR)).unwrap_or(text)
}

/// What stands before and after each place where a word stands in a line as a whole.
fn around<'t>(line: &'t str, word: &str) -> impl Iterator<Item = (&'t str, &'t str)> {
    let part = |at: char| at.is_alphanumeric() || at == '_';
    line.match_indices(word).filter_map(move |(at, found)| {
        let (before, after) = (line.get(..at)?, line.get(at + found.len()..)?);
        let whole = !before.ends_with(part) && !after.starts_with(part);
        whole.then_some((before, after))
    })
}

/// Whether a list or a table at one of the paths (`*`: every value there) names something, besides the names that are
/// no packages.
pub(super) fn keys(text: &str, syntax: Syntax, paths: &[&[&str]], besides: &[&str]) -> bool {
    match document::parse(text.as_bytes(), syntax, &Limits::default()) {
        Ok(read) => read.roots.iter().any(|root| paths.iter().any(|path| names(root, path, besides))),
        Err(_) => paths.iter().filter_map(|path| path.last()).any(|key| words(text, &[key])),
    }
}

fn names(node: &Node, path: &[&str], besides: &[&str]) -> bool {
    match (path.split_first(), &node.value) {
        (None, Value::List(items)) => items.iter().any(|item| {
            item.text().map_or(!item.is_null(), |text| {
                let name = name_of(text);
                !name.is_empty() && !besides.contains(&name)
            })
        }),
        (None, Value::Map(entries)) => entries.iter().any(|entry| !besides.contains(&entry.key.as_str())),
        (None, _) => false,
        (Some((&"*", rest)), Value::List(items)) => items.iter().any(|item| names(item, rest, besides)),
        (Some((&"*", rest)), Value::Map(entries)) => {
            entries.iter().any(|entry| names(&entry.value, rest, besides))
        }
        (Some((key, rest)), _) => node.get(key).is_some_and(|node| names(node, rest, besides)),
    }
}

/// The name at the start of a requirement.
fn name_of(text: &str) -> &str {
    let is_end = |letter: char| letter.is_whitespace() || "=<>!~^[]{}();,|@:".contains(letter);
    text.trim_start().split(is_end).next().unwrap_or_default()
}

/// The texts in quotes of either kind.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split(['"', '\'']).skip(1).step_by(2)
}

/// A build script of Gradle: a configuration is given something.
pub(super) fn gradle(text: &str) -> bool {
    const EXACT: [&str; 10] = [
        "implementation",
        "api",
        "compile",
        "compileOnly",
        "runtime",
        "runtimeOnly",
        "annotationProcessor",
        "kapt",
        "ksp",
        "testCompile",
    ];
    const ENDINGS: [&str; 5] = ["Implementation", "CompileOnly", "RuntimeOnly", "AnnotationProcessor", "Api"];
    let is_part = |letter: char| letter.is_alphanumeric() || "_.:/-$".contains(letter);
    let gives = |line: &str| {
        let mut rest = line;
        while let Some(start) = rest.find(is_part) {
            let (before, word) = rest.split_at_checked(start).unwrap_or_default();
            let end = word.find(|letter| !is_part(letter)).unwrap_or(word.len());
            let (word, after) = word.split_at_checked(end).unwrap_or_default();
            let is_configuration = EXACT.contains(&word) || ENDINGS.iter().any(|end| word.ends_with(end));
            let is_text = before.ends_with(['"', '\'']);
            let is_given = if is_text {
                after.starts_with("\"(") || after.starts_with("'(")
            } else {
                let given = after.trim_start();
                let parted = after.starts_with(char::is_whitespace);
                given.starts_with(['(', '"', '\'']) || (parted && given.starts_with(char::is_alphabetic))
            };
            // What a build script itself needs; a task has a `classpath` of other things, too.
            let quoted = ["'", "\"", "('", "(\"", "(libs."];
            let is_buildscript = word == "classpath"
                && !is_text
                && quoted.iter().any(|start| after.trim_start().starts_with(start));
            if (is_configuration && is_given) || is_buildscript {
                return true;
            }
            rest = after;
        }
        false
    };
    code(text).any(|line| !line.starts_with("import ") && gives(line))
}

/// `setup.py`, `setup.cfg`: `install_requires` that is not an empty list.
pub(super) fn setuptools(text: &str) -> bool {
    let mut lines =
        text.lines().filter(|line| !line.trim().is_empty() && !is_comment(line.trim_start())).peekable();
    while let Some(line) = lines.next() {
        let given = around(line, "install_requires").take(10).any(|(_, after)| {
            let after = near(after).trim_start().trim_start_matches(['"', '\'']).trim_start();
            match after.strip_prefix(['=', ':']).map(str::trim) {
                // In `setup.cfg` the list follows, one requirement a line.
                Some("") => lines.peek().is_some_and(|next| next.starts_with(char::is_whitespace)),
                Some(list) => !list.starts_with("[]") && !list.starts_with("()"),
                None => true,
            }
        });
        if given {
            return true;
        }
    }
    false
}

/// `conanfile.txt`: a section of requirements that has any.
pub(super) fn conan(text: &str) -> bool {
    let mut asked = false;
    for line in code(text).map(str::trim).filter(|line| !line.is_empty()) {
        if line.starts_with('[') {
            asked = line.ends_with("requires]");
        } else if asked {
            return true;
        }
    }
    false
}

/// `environment.yml`: packages besides the interpreter; what it hands to pip from another file is read there.
pub(super) fn conda(text: &str) -> bool {
    let Ok(read) = document::parse(text.as_bytes(), Syntax::Yaml, &Limits::default()) else {
        return starts(text, &["dependencies:"]);
    };
    let is_package = |text: &str| !text.starts_with('-') && !matches!(name_of(text), "" | "python" | "pip");
    let dependencies = read.roots.iter().filter_map(|root| root.get("dependencies")).flat_map(Node::items);
    dependencies.into_iter().any(|item| match item.text() {
        Some(text) => is_package(text),
        None => item
            .entries()
            .iter()
            .flat_map(|entry| entry.value.items())
            .any(|item| item.text().is_some_and(is_package)),
    })
}

/// A recipe of conda, which is a template: something under `run` or `host` of `requirements` besides the interpreter.
pub(super) fn recipe(text: &str) -> bool {
    let (mut block, mut asked) = (None, false);
    for line in text.lines() {
        let bare = line.trim_start();
        if bare.is_empty() || bare.starts_with(['#', '{']) {
            continue;
        }
        let indent = line.len() - bare.len();
        if block.is_some_and(|block| indent <= block && !bare.starts_with("- ")) {
            (block, asked) = (None, false);
        }
        let bare = bare.trim_end();
        if bare.trim_start_matches("- ") == "requirements:" {
            block = Some(indent);
        } else if block.is_some() && bare.ends_with(':') {
            asked = matches!(bare, "run:" | "host:");
        } else if asked
            && let Some(item) = bare.strip_prefix("- ")
            && !matches!(name_of(item), "python" | "pip" | "setuptools" | "wheel")
        {
            return true;
        }
    }
    false
}

/// `rebar.config`: `{deps, [...]}` with something in it.
pub(super) fn rebar(text: &str) -> bool {
    let code: String = text.lines().map(|line| line.split('%').next().unwrap_or_default()).collect();
    after_each(&code, "{deps").any(|after| {
        let list =
            after.trim_start().strip_prefix(',').map(str::trim_start).and_then(|list| list.strip_prefix('['));
        list.is_some_and(|list| !list.trim_start().starts_with(']'))
    })
}

/// `project.clj`: `:dependencies [...]` with something in it.
pub(super) fn leiningen(text: &str) -> bool {
    let code: Vec<&str> = code(text).collect();
    let code = code.join("\n");
    after_each(&code, ":dependencies").any(|after| {
        after.trim_start().strip_prefix('[').is_some_and(|list| !list.trim_start().starts_with(']'))
    })
}

/// A package of Cabal: `build-depends` of anything but `base` and itself.
pub(super) fn cabal(text: &str) -> bool {
    let field = |line: &str, key: &str| {
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case(key).then(|| value.to_owned())
    };
    let own = code(text).find_map(|line| field(line, "name")).unwrap_or_default();
    let is_other = |list: &str| {
        list.split(',')
            .map(name_of)
            .any(|name| !matches!(name, "" | "base" | "if" | "else" | "elif") && name != own.trim())
    };
    let mut inside = false;
    for line in text.lines().filter(|line| !line.trim_start().starts_with("--")) {
        let value = field(line, "build-depends");
        let is_field = line.split_once(':').is_some_and(|(name, _)| {
            name.trim().chars().all(|letter| letter.is_alphanumeric() || letter == '-')
        });
        inside = value.is_some() || (inside && !is_field && line.starts_with(char::is_whitespace));
        if inside && is_other(value.as_deref().unwrap_or(line)) {
            return true;
        }
    }
    false
}

/// `DESCRIPTION` of R: a package besides those that come with R.
pub(super) fn r_package(text: &str) -> bool {
    const WITH_R: [&str; 16] = [
        "",
        "R",
        "base",
        "compiler",
        "datasets",
        "grDevices",
        "graphics",
        "grid",
        "methods",
        "parallel",
        "splines",
        "stats",
        "stats4",
        "tcltk",
        "tools",
        "utils",
    ];
    if !text.lines().any(|line| line.starts_with("Package:") || line.starts_with("Type:")) {
        return false;
    }
    let mut inside = false;
    text.lines().any(|line| {
        let mut list = line;
        if !line.starts_with(char::is_whitespace) {
            let (key, value) = line.split_once(':').unwrap_or_default();
            (inside, list) = (matches!(key, "Imports" | "Depends" | "LinkingTo"), value);
        }
        inside && list.split(',').any(|one| !WITH_R.contains(&name_of(one)))
    })
}

/// A package of opam: `depends: [...]` of anything but the compiler and Dune.
pub(super) fn opam(text: &str) -> bool {
    after_each(text, "depends:").any(|after| {
        let list = after.trim_start().strip_prefix('[');
        let list = list.and_then(|list| list.split(']').next()).unwrap_or_default();
        // What stands in braces are versions and conditions.
        let plain: Vec<&str> = list
            .split('{')
            .enumerate()
            .map(
                |(index, part)| {
                    if index == 0 { part } else { part.split_once('}').map_or("", |(_, after)| after) }
                },
            )
            .collect();
        plain.iter().flat_map(|part| quoted(part)).any(|name| !of_ocaml(name))
    })
}

/// `dune-project`: `(depends ...)` of anything but the compiler, Dune and the packages of the project.
pub(super) fn dune(text: &str) -> bool {
    let code: Vec<&str> = code(text).collect();
    let code = code.join(" ");
    let own: HashSet<&str> = after_each(&code, "(name ").map(name_of).collect();
    let asks = |list: &str| {
        let (mut depth, mut first) = (1_u32, false);
        for token in tokens(list) {
            match token {
                "(" => (depth, first) = (depth + 1, true),
                ")" if depth <= 1 => return false,
                ")" => depth -= 1,
                name => {
                    if (depth == 1 || (depth == 2 && first)) && !of_ocaml(name) && !own.contains(&name) {
                        return true;
                    }
                    first = false;
                }
            }
        }
        false
    };
    after_each(&code, "(depends").any(asks)
}

fn of_ocaml(name: &str) -> bool {
    matches!(name, "" | "ocaml" | "dune" | "ocaml-base-compiler")
}

/// Parentheses and the words between them.
fn tokens(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive(['(', ')', ' ', '\t']).flat_map(|part| {
        let word = part.trim_end_matches(['(', ')', ' ', '\t']);
        let mark = part.get(word.len()..).unwrap_or_default().trim();
        [word, mark].into_iter().filter(|token| !token.is_empty())
    })
}

/// Lines of pip: a requirement, and not only an option.
pub(super) fn pip(text: &str) -> bool {
    text.lines().map(str::trim).any(|line| !line.is_empty() && !line.starts_with(['#', '-']))
}

/// A word with names in quotes behind it, of which one is not the language itself (`requires 'perl'`).
pub(super) fn names_other(text: &str, word: &str, language: &str) -> bool {
    let others = |after: &str| {
        quoted(after.get(..after.floor_char_boundary(1_000)).unwrap_or(after))
            .any(|name| name.starts_with(char::is_alphabetic) && name_of(name) != language)
    };
    code(text).any(|line| around(line, word).take(10).any(|(_, after)| others(after)))
}

/// A rock of Lua: `dependencies = {...}` of anything but Lua.
pub(super) fn rock(text: &str) -> bool {
    let code: Vec<&str> = code(text).collect();
    let code = code.join("\n");
    after_each(&code, "dependencies").any(|after| {
        let list =
            after.trim_start().strip_prefix('=').map(str::trim_start).and_then(|list| list.strip_prefix('{'));
        let list = list.and_then(|list| list.split('}').next()).unwrap_or_default();
        quoted(list).any(|name| !matches!(name_of(name), "" | "lua"))
    })
}

/// A map of imports, or the project of Deno that has one: what comes from elsewhere.
pub(super) fn deno(text: &str) -> bool {
    let from = ["\"npm:", "\"jsr:", "\"https://", "\"http://"];
    code(text).any(|line| !line.contains("$schema") && from.iter().any(|start| line.contains(start)))
}

/// `config/importmap.rb`: pins of what comes from elsewhere, or was taken from there.
pub(super) fn importmap(text: &str) -> bool {
    code(text).any(|line| {
        line.starts_with("pin ")
            && (line.contains("\"http") || line.contains("'http") || line.contains("# @"))
    })
}

/// What .NET writes beside a build: a library that is a package.
pub(super) fn dotnet_libraries(text: &str) -> bool {
    keys(text, Syntax::Json, &[&["libraries"]], &[])
        && text.lines().any(|line| line.contains("\"type\"") && line.contains("\"package\""))
}
