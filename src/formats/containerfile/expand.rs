//! Variables: what `ARG` and `ENV` say, and the expansion of `$X`, `${X}`, `${X:-d}` and their like.

use super::model::Value;
use std::collections::HashMap;
use std::sync::Arc;

/// How deep the words of `${X:-word}` may hold further expansions.
const MAX_DEPTH: usize = 16;
/// How long one expanded text may get, in bytes; variables behind that stay unresolved.
const MAX_TEXT: usize = 8 << 10;
/// How many bytes all variables of a file may add to its texts together.
const MAX_ADDED: usize = 4 << 20;
/// How many names [`Value::unresolved`] holds.
const MAX_UNRESOLVED: usize = 16;
/// How many stages up the variables of base stages are looked for.
const MAX_ANCESTORS: usize = 64;

/// The variables of one stage.
#[derive(Default)]
struct Scope {
    /// The stage whose variables this one inherits.
    base: Option<usize>,
    variables: HashMap<String, Variable>,
}

#[derive(Clone)]
struct Variable {
    /// `None`: declared, but with no known value.
    value: Option<Arc<Value>>,
    /// Set by `ENV`, which no `ARG` overrides.
    env: bool,
}

/// The variables of the whole file as far as it has been read. The current scope is the global one until a stage begins.
#[derive(Default)]
pub(super) struct Variables {
    global: Scope,
    stages: Vec<Scope>,
    added: usize,
}

impl Variables {
    /// Starts the next stage; `base` is the earlier stage that it builds on.
    pub(super) fn begin_stage(&mut self, base: Option<usize>) {
        self.stages.push(Scope { base, variables: HashMap::new() });
    }

    /// `ARG name` or `ARG name=default`.
    pub(super) fn declare(&mut self, name: &str, default: Option<Value>) {
        if self.lookup(name, false).is_some_and(|variable| variable.env) {
            return;
        }
        let value = default
            .map(Arc::new)
            .or_else(|| self.lookup(name, true).and_then(|variable| variable.value.clone()));
        self.set(name, Variable { value, env: false });
    }

    /// `ENV name=value`.
    pub(super) fn assign(&mut self, name: &str, value: Value) {
        self.set(name, Variable { value: Some(Arc::new(value)), env: true });
    }

    fn set(&mut self, name: &str, variable: Variable) {
        let scope = self.stages.last_mut().unwrap_or(&mut self.global);
        scope.variables.insert(name.to_owned(), variable);
    }

    fn lookup(&self, name: &str, global: bool) -> Option<&Variable> {
        if global {
            return self.global.variables.get(name);
        }
        let Some(mut scope) = self.stages.last() else { return self.global.variables.get(name) };
        for _ in 0..MAX_ANCESTORS {
            if let Some(variable) = scope.variables.get(name) {
                return Some(variable);
            }
            scope = scope.base.and_then(|base| self.stages.get(base))?;
        }
        None
    }

    /// Expands `raw` with the variables of the current stage.
    pub(super) fn expand(&mut self, raw: &str, escape: char) -> Value {
        self.run(raw, escape, Some(false))
    }

    /// Expands `raw` with the global arguments, as `FROM` does.
    pub(super) fn expand_global(&mut self, raw: &str, escape: char) -> Value {
        self.run(raw, escape, Some(true))
    }

    /// Takes off quotes and escapes; every variable stays unresolved.
    pub(super) fn unquote(&mut self, raw: &str, escape: char) -> Value {
        self.run(raw, escape, None)
    }

    fn run(&mut self, raw: &str, escape: char, global: Option<bool>) -> Value {
        let mut run =
            Run { variables: self, text: raw, pos: 0, escape, global, unresolved: Vec::new(), added: 0 };
        let text = run.until(None, 0);
        let (unresolved, added) = (run.unresolved, run.added);
        self.added += added;
        Value { raw: raw.to_owned(), text, unresolved }
    }
}

/// One expansion.
struct Run<'a> {
    variables: &'a Variables,
    text: &'a str,
    pos: usize,
    escape: char,
    global: Option<bool>,
    unresolved: Vec<String>,
    added: usize,
}

impl<'a> Run<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.pos..).unwrap_or_default()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.rest().chars().next()?;
        self.pos += next.len_utf8();
        Some(next)
    }

    /// Reads up to an unquoted `end` and over it, or to the end of the text.
    fn until(&mut self, end: Option<char>, depth: usize) -> String {
        let mut out = String::new();
        let mut double = false;
        while let Some(character) = self.next() {
            match character {
                _ if !double && Some(character) == end => return out,
                '\'' if !double => {
                    let rest = self.rest();
                    let length = rest.find('\'').unwrap_or(rest.len());
                    out.push_str(rest.get(..length).unwrap_or_default());
                    self.pos = (self.pos + length + 1).min(self.text.len());
                }
                '"' => double = !double,
                _ if character == self.escape => match self.next() {
                    // Inside double quotes the escape character stays before others than these.
                    Some(next) if double && !matches!(next, '"' | '$') && next != self.escape => {
                        out.push(character);
                        out.push(next);
                    }
                    Some(next) => out.push(next),
                    None => {}
                },
                '$' => self.variable(&mut out, depth),
                _ => out.push(character),
            }
        }
        out
    }

    fn name(&mut self) -> &'a str {
        let rest = self.rest();
        let word = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        // A positional or special parameter is one character.
        let length = match rest.bytes().next() {
            Some(b'0'..=b'9' | b'@' | b'*' | b'#' | b'?' | b'!') => 1,
            _ => word,
        };
        self.pos += length;
        rest.get(..length).unwrap_or_default()
    }

    fn variable(&mut self, out: &mut String, depth: usize) {
        let braces = self.rest().starts_with('{');
        self.pos += usize::from(braces);
        let name = self.name();
        if !braces {
            match name {
                "" => out.push('$'),
                _ => self.put(name, out),
            }
            return;
        }
        let start = self.pos;
        let colon = self.rest().starts_with(':');
        self.pos += usize::from(colon);
        match self.next() {
            Some('}') if !colon => self.put(name, out),
            Some(operator @ ('-' | '+' | '?')) if depth < MAX_DEPTH => {
                let mut word_unresolved = std::mem::take(&mut self.unresolved);
                let word = self.until(Some('}'), depth + 1);
                std::mem::swap(&mut word_unresolved, &mut self.unresolved);
                let known = self.value(name);
                let set = known.as_ref().is_some_and(|value| !(colon && value.text.is_empty()));
                match operator {
                    '-' if !set => {
                        push_bounded(out, &word);
                        word_unresolved.iter().for_each(|name| self.note(name));
                    }
                    '+' if set => {
                        push_bounded(out, &word);
                        word_unresolved.iter().for_each(|name| self.note(name));
                    }
                    '+' => {}
                    _ => self.put(name, out),
                }
            }
            // Patterns (`#`, `%`, `/`) and anything malformed are not evaluated.
            other => {
                self.pos = start;
                if other.is_some() {
                    self.skip_braces();
                }
                self.placeholder(name, out);
            }
        }
    }

    fn skip_braces(&mut self) {
        let mut open = 1_usize;
        while open > 0 {
            match self.next() {
                Some('{') => open += 1,
                Some('}') => open -= 1,
                Some(character) if character == self.escape => {
                    self.next();
                }
                Some(_) => {}
                None => return,
            }
        }
    }

    fn value(&self, name: &str) -> Option<&'a Value> {
        self.variables.lookup(name, self.global?)?.value.as_deref()
    }

    fn put(&mut self, name: &str, out: &mut String) {
        match self.value(name) {
            Some(value)
                if out.len() + value.text.len() <= MAX_TEXT
                    && self.variables.added + self.added + value.text.len() <= MAX_ADDED =>
            {
                self.added += value.text.len();
                out.push_str(&value.text);
                value.unresolved.iter().for_each(|name| self.note(name));
            }
            _ => self.placeholder(name, out),
        }
    }

    fn placeholder(&mut self, name: &str, out: &mut String) {
        out.push_str("${");
        out.push_str(name);
        out.push('}');
        self.note(name);
    }

    fn note(&mut self, name: &str) {
        if self.unresolved.len() < MAX_UNRESOLVED && !self.unresolved.iter().any(|known| known == name) {
            self.unresolved.push(name.to_owned());
        }
    }
}

fn push_bounded(out: &mut String, word: &str) {
    if out.len() + word.len() <= MAX_TEXT {
        out.push_str(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables() -> Variables {
        let mut variables = Variables::default();
        let one = variables.unquote("one", '\\');
        variables.declare("G", Some(one));
        variables.begin_stage(None);
        for (name, text) in [("A", "a"), ("E", ""), ("S", "x y")] {
            let value = variables.unquote(text, '\\');
            variables.assign(name, value);
        }
        variables
    }

    #[track_caller]
    fn check(raw: &str, text: &str, unresolved: &[&str]) {
        let value = variables().expand(raw, '\\');
        assert_eq!(
            (value.text.as_str(), value.unresolved.as_slice()),
            (text, unresolved_names(unresolved).as_slice())
        );
        assert_eq!(value.raw, raw);
    }

    fn unresolved_names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn forms_of_expansion() {
        check("$A-${A}b$Ab", "a-ab${Ab}", &["Ab"]);
        check("${A:-d}${X:-d}${E:-d}${E-d}", "add", &[]);
        check("${A:+d}${X:+d}${E:+d}${E+d}", "dd", &[]);
        check("${X:-${Y:-$A}}", "a", &[]);
        check("${X:-$Y}${A:-$Z}", "${Y}a", &["Y"]);
        check("${A:?no}${X?no}", "a${X}", &["X"]);
        check("${A%x*}-${A/x/y}", "${A}-${A}", &["A"]);
        check(r#"\$A '$A' "$A \$A" "\n" $S$"#, r#"$A $A a $A \n x y$"#, &[]);
        check("$", "$", &[]);
        check("${A", "${A}", &["A"]);
    }

    #[test]
    fn scopes() {
        let mut variables = variables();
        assert_eq!(variables.expand("$G", '\\').text, "${G}");
        assert_eq!(variables.expand_global("$G$A", '\\').text, "one${A}");
        variables.declare("G", None);
        assert_eq!(variables.expand("$G", '\\').text, "one");
        let other = variables.unquote("other", '\\');
        variables.declare("A", Some(other));
        assert_eq!(variables.expand("$A", '\\').text, "a", "ENV wins over ARG");
        variables.begin_stage(Some(0));
        assert_eq!(variables.expand("$A$G", '\\').text, "aone", "inherited from the base stage");
        variables.begin_stage(None);
        assert_eq!(variables.expand("$A", '\\').text, "${A}");
    }

    #[test]
    fn growth_is_bounded() {
        let mut variables = variables();
        for _ in 0..200 {
            let doubled = variables.expand("$A$A", '\\');
            variables.assign("A", doubled);
        }
        assert!(variables.expand("$A", '\\').text.len() <= MAX_TEXT + 8);
        let deep = "${X:-".repeat(10_000);
        variables.expand(&deep, '\\');
        for _ in 0..80 {
            variables.expand(&"$A".repeat(10_000), '\\');
        }
        assert!(variables.added <= MAX_ADDED);
    }
}
