//! What a stretch inside a file is for: documentation that stands in code, tests that stand beside what they test.
//!
//! Like the role of a path, it never hides anything: a rule that names a severity for what stands outside the product
//! gets that severity there, and the finding says so.

use std::ops::Range;

use super::Language;
use crate::report::PathRole;

/// Names that Python programs give to texts which are shown to a reader.
const SHOWN: &[&[u8]] =
    &[b"DOCUMENTATION", b"EXAMPLES", b"EXAMPLE", b"RETURN", b"__doc__", b"epilog", b"description", b"usage"];
/// Most bytes of indentation before a comment.
const INDENT: usize = 200;
/// Most stretches kept of one file.
const MOST: usize = 20_000;

/// The stretches of one file that are not the product, in order.
pub(super) fn asides(text: &[u8], language: Language) -> Vec<(Range<usize>, PathRole)> {
    let mut found = match language {
        Language::Python => documentation_strings(text),
        Language::Rust => rust_asides(text),
        Language::Ruby => ruby_samples(text),
        Language::Jvm | Language::JavaScript | Language::Php | Language::DotNet | Language::C => {
            block_comments(text)
        }
        _ => Vec::new(),
    };
    found.truncate(MOST);
    found
}

/// The role of a position, if it lies in one of the stretches.
pub(super) fn role_at(asides: &[(Range<usize>, PathRole)], at: usize) -> Option<PathRole> {
    let after = asides.partition_point(|(range, _)| range.start <= at);
    asides.get(after.checked_sub(1)?).filter(|(range, _)| range.contains(&at)).map(|(_, role)| *role)
}

/// Lines with their position, without their ends.
fn lines(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut at = 0;
    text.split(|byte| *byte == b'\n').map(move |line| {
        let start = at;
        at += line.len() + 1;
        (start, line)
    })
}

/// Python: strings in three quotation marks that are a statement of their own behind a heading or at the top of the
/// file, or that are given to a name which says that they are shown.
fn documentation_strings(text: &[u8]) -> Vec<(Range<usize>, PathRole)> {
    let mut found = Vec::new();
    // The last byte of code before the line at hand: a documentation string follows a colon, or nothing.
    let mut last = None;
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let end = at + memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let line = text.get(at..end).unwrap_or_default();
        let Some((open, quote)) = triple_quote(line) else {
            let code = line.trim_ascii();
            if !code.is_empty() && !code.starts_with(b"#") {
                last = code.last().copied();
            }
            at = end + 1;
            continue;
        };
        let from = at + open + 3;
        let close = text.get(from..).and_then(|inside| memchr::memmem::find(inside, quote));
        let to = close.map_or(text.len(), |length| from + length);
        let code = line.get(..open).unwrap_or_default().trim_ascii();
        let code = code.trim_ascii_end().strip_suffix(b"r").or(code.strip_suffix(b"R")).unwrap_or(code);
        let name = code.trim_ascii_end().strip_suffix(b"=").unwrap_or_default().trim_ascii();
        let statement = code.is_empty() && matches!(last, None | Some(b':'));
        if statement || SHOWN.contains(&name) {
            found.push((from..to, PathRole::Documentation));
        }
        last = Some(b'"');
        // What stands behind the closing marks on the same line is read as a line of its own.
        at = to + 3;
    }
    found
}

/// Where three quotation marks open a string on a line, outside comments and other strings.
fn triple_quote(line: &[u8]) -> Option<(usize, &'static [u8])> {
    let (mut at, mut open) = (0, None);
    while let Some(byte) = line.get(at) {
        let rest = line.get(at..).unwrap_or_default();
        match (byte, open) {
            (b'\\', _) => at += 1,
            (b'#', None) => return None,
            (b'"', None) if rest.starts_with(b"\"\"\"") => return Some((at, b"\"\"\"")),
            (b'\'', None) if rest.starts_with(b"'''") => return Some((at, b"'''")),
            (b'"' | b'\'', None) => open = Some(*byte),
            (quote, Some(opening)) if *quote == opening => open = None,
            _ => {}
        }
        at += 1;
    }
    None
}

/// Rust: documentation comments, and modules that are only there for tests.
fn rust_asides(text: &[u8]) -> Vec<(Range<usize>, PathRole)> {
    let mut found = Vec::new();
    let (mut announced, mut tests) = (false, None);
    // An attribute may stand over several lines.
    let mut attribute = Attribute::default();
    for (start, line) in lines(text) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if let Some(from) = tests {
            if line == b"}" {
                found.push((from..start, PathRole::Test));
                tests = None;
            }
            continue;
        }
        let mut code = line;
        while attribute.is_open() || code.starts_with(b"#[") {
            let Some(rest) = attribute.read(code) else {
                code = b"";
                break;
            };
            announced |= attribute.is_test();
            attribute = Attribute::default();
            code = rest.trim_ascii_start();
        }
        let bare = code.trim_ascii();
        if bare.starts_with(b"///") || bare.starts_with(b"//!") {
            found.push((start..start + line.len(), PathRole::Documentation));
        } else if announced && (code.starts_with(b"mod ") || code.starts_with(b"pub mod ")) {
            announced = false;
            tests = line.ends_with(b"{").then_some(start);
        } else if !bare.is_empty() && !bare.starts_with(b"//") {
            announced = false;
        }
    }
    if let Some(from) = tests {
        found.push((from..text.len(), PathRole::Test));
    }
    found
}

/// Most lines of an attribute.
const ATTRIBUTE: usize = 60;

/// An attribute of Rust that is being read line by line.
#[derive(Default)]
struct Attribute {
    /// Its first bytes, without blanks.
    begins: Vec<u8>,
    depth: usize,
    quoted: bool,
    lines: usize,
}

impl Attribute {
    const fn is_open(&self) -> bool {
        self.lines > 0
    }

    /// Reads a line of it. Gives what stands behind its end; none while it goes on. One that never ends is given up.
    fn read<'a>(&mut self, line: &'a [u8]) -> Option<&'a [u8]> {
        self.lines += 1;
        let mut escaped = false;
        for (at, byte) in line.iter().enumerate() {
            if self.begins.len() < 32 && !byte.is_ascii_whitespace() {
                self.begins.push(*byte);
            }
            match byte {
                _ if escaped => escaped = false,
                b'\\' if self.quoted => escaped = true,
                b'"' => self.quoted = !self.quoted,
                b'[' if !self.quoted => self.depth += 1,
                b']' if !self.quoted => self.depth = self.depth.saturating_sub(1),
                b'/' if !self.quoted && line.get(at + 1) == Some(&b'/') => break,
                _ => {}
            }
            if *byte == b']' && !self.quoted && self.depth == 0 {
                return line.get(at + 1..);
            }
        }
        (self.lines > ATTRIBUTE).then_some(b"")
    }

    fn is_test(&self) -> bool {
        self.begins.starts_with(b"#[cfg(test)]") || self.begins.starts_with(b"#[cfg(all(test")
    }
}

/// Elixir: the texts of `@moduledoc`, `@doc` and `@typedoc`.
pub(super) fn elixir_documentation(text: &[u8]) -> Vec<(Range<usize>, PathRole)> {
    let mut found = Vec::new();
    let mut open: Option<(usize, &[u8])> = None;
    for (start, line) in lines(text) {
        let code = line.trim_ascii();
        match open {
            Some((from, mark)) if code.starts_with(mark) => {
                found.push((from..start, PathRole::Documentation));
                open = None;
            }
            Some(_) => {}
            None => {
                let names = [&b"@moduledoc"[..], b"@doc", b"@typedoc"];
                let Some(rest) = names.iter().find_map(|name| code.strip_prefix(*name)) else { continue };
                let rest = rest.trim_ascii_start();
                let rest = rest.strip_prefix(b"~S").or_else(|| rest.strip_prefix(b"~s")).unwrap_or(rest);
                let marks = [&b"\"\"\""[..], b"'''"];
                open = marks.into_iter().find(|mark| rest == *mark).map(|mark| (start, mark));
            }
        }
    }
    found.truncate(MOST);
    found
}

/// Ruby: samples in comments, which `RDoc` tells from prose by their indent.
fn ruby_samples(text: &[u8]) -> Vec<(Range<usize>, PathRole)> {
    lines(text)
        .filter(|(_, line)| line.trim_ascii_start().starts_with(b"#   "))
        .map(|(start, line)| (start..start + line.len(), PathRole::Documentation))
        .collect()
}

/// Comments that documentation is made of: `/** … */`, when they begin their line.
fn block_comments(text: &[u8]) -> Vec<(Range<usize>, PathRole)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = text.get(at..).and_then(|rest| memchr::memmem::find(rest, b"/**")) {
        let from = at + open;
        // Only indentation may stand before it. Nothing further is searched for a mark inside a line, of which a
        // hostile file can hold many.
        let before = text.get(from.saturating_sub(INDENT)..from).unwrap_or_default();
        let line =
            memchr::memrchr(b'\n', before).map_or(before, |end| before.get(end + 1..).unwrap_or_default());
        if !line.trim_ascii().is_empty() || line.len() == INDENT || text.get(from + 3) == Some(&b'/') {
            at = from + 3;
            continue;
        }
        let inside = text.get(from + 3..).unwrap_or_default();
        let Some(length) = memchr::memmem::find(inside, b"*/") else { break };
        found.push((from..from + 3 + length, PathRole::Documentation));
        at = from + 3 + length + 2;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The role of the place where a word stands.
    fn role(language: Language, text: &str) -> Option<PathRole> {
        let at = text.find("HERE").unwrap();
        role_at(&asides(text.as_bytes(), language), at)
    }

    #[test]
    fn python_strings_that_are_shown() {
        for text in [
            "\"\"\"Top.\n\nHERE\n\"\"\"\n",
            "#!/usr/bin/python\n# licence\n'''HERE'''\n",
            "DOCUMENTATION = r'''\nx\n'''\n\nEXAMPLES = r\"\"\"\n- expect:\n    HERE\n\"\"\"\n",
            "class A:\n    \"\"\"One HERE.\"\"\"\n",
            "def f(a):\n\n    r\"\"\"HERE\"\"\"\n",
        ] {
            assert_eq!(role(Language::Python, text), Some(PathRole::Documentation), "{text}");
        }
        for text in [
            "password = 'HERE'\n",
            "QUERY = \"\"\"\nHERE\n\"\"\"\n",
            "f(\n    \"\"\"HERE\"\"\",\n)\n",
            "\"\"\"Top.\"\"\"\npassword = 'HERE'\n",
            "a = '\"\"\"'\nb = 'HERE'\n",
            "# it's \"\"\"\nb = 'HERE'\n",
            "\"\"\"Top.\"\"\"; b = 'HERE'\n",
        ] {
            assert_eq!(role(Language::Python, text), None, "{text}");
        }
    }

    #[test]
    fn rust_tests_and_documentation() {
        let tests = "fn a() {}\n\n#[cfg(test)]\n#[allow(x)]\nmod tests {\n    fn b() { HERE }\n}\n";
        assert_eq!(role(Language::Rust, tests), Some(PathRole::Test));
        for head in [
            "#[cfg(test)]\n#[expect(\n    clippy::unwrap_used,\n    reason = \"a [ test\"\n)]\n",
            "#[cfg(\n    test\n)]\n",
            "#[cfg(test)] ",
            "#[cfg(all(\n    test,\n    unix,\n))]\n// why\n\n",
        ] {
            let text = format!("{head}mod tests {{\n    HERE\n}}\n");
            assert_eq!(role(Language::Rust, &text), Some(PathRole::Test), "{text}");
        }
        assert_eq!(role(Language::Rust, "/// let x = HERE;\nfn a() {}\n"), Some(PathRole::Documentation));
        for text in [
            "#[cfg(test)]\nmod tests;\nfn a() { HERE }\n",
            "#[cfg(test)]\nmod tests {\n}\nfn a() { HERE }\n",
            "#[cfg(test)]\nuse x;\nmod a {\n    HERE\n}\n",
            "// HERE\n",
            "#[cfg(test)]\n#[expect(\n    a\n)]\nfn a() {}\nmod b {\n    HERE\n}\n",
            "#[expect(\n    a,\n)]\nmod b {\n    HERE\n}\n",
        ] {
            assert_eq!(role(Language::Rust, text), None, "{text}");
        }
    }

    #[test]
    fn comments_that_documentation_is_made_of() {
        assert_eq!(role(Language::Jvm, "/**\n * HERE\n */\nclass A {}\n"), Some(PathRole::Documentation));
        assert_eq!(role(Language::Jvm, "/**/ String a = \"HERE\";\n"), None);
        assert_eq!(role(Language::JavaScript, "glob('src/**/*.js'); x = 'HERE'\n"), None);
        assert_eq!(role(Language::JavaScript, "/** A. */\nx = 'HERE'\n"), None);
        assert_eq!(role(Language::Php, "/* HERE */\n"), None);
        assert_eq!(role(Language::Ruby, "  #   a = HERE\n"), Some(PathRole::Documentation));
        assert_eq!(role(Language::Ruby, "# a = HERE\n"), None);
    }

    #[test]
    fn texts_of_elixir_modules_are_documentation() {
        let role = |text: &str| role_at(&elixir_documentation(text.as_bytes()), text.find("HERE").unwrap());
        for text in
            ["defmodule A do\n  @moduledoc \"\"\"\n  HERE\n  \"\"\"\nend\n", "  @doc ~S'''\n  HERE\n  '''\n"]
        {
            assert_eq!(role(text), Some(PathRole::Documentation), "{text}");
        }
        for text in [
            "  @doc \"\"\"\n  a\n  \"\"\"\n  @key \"HERE\"\n",
            "  x = \"\"\"\n  HERE\n  \"\"\"\n",
            "  @doc false\n  @key \"HERE\"\n",
            "  @doc \"\"\"\n  never closed HERE\n",
        ] {
            assert_eq!(role(text), None, "{text}");
        }
    }

    #[test]
    fn unclosed_text_ends_with_the_file() {
        for language in [Language::Python, Language::Rust, Language::Jvm, Language::Ruby] {
            for text in ["\"\"\"", "'''x", "\"\"\"a\"\"", "/**", "/***", "#[cfg(test)]\nmod t {", "#", ""] {
                asides(text.as_bytes(), language);
            }
        }
    }
}
