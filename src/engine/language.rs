//! What language a file is in: by name, or by its first line.

use serde::Deserialize;

/// Languages that rules tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Language {
    Shell,
    PowerShell,
    Batch,
    Python,
    JavaScript,
    Php,
    Ruby,
    Perl,
    Go,
    Rust,
    Jvm,
    DotNet,
    C,
    Lua,
    Sql,
    Markup,
    Style,
    Yaml,
    Json,
    Toml,
    Env,
    Ini,
    Xml,
    Terraform,
    Container,
    Make,
    Nix,
    Prose,
    Lock,
    Other,
}

impl Language {
    /// How many languages there are.
    pub const COUNT: usize = Self::Other as usize + 1;

    /// Judges by the file's name alone.
    #[must_use]
    pub fn of_name(name: &str) -> Self {
        let lower = name.to_ascii_lowercase();
        match lower.as_str() {
            "makefile" | "gnumakefile" | "justfile" | "rakefile.mk" => return Self::Make,
            "jenkinsfile" => return Self::Jvm,
            "gemfile" | "rakefile" | "podfile" | "vagrantfile" | "fastfile" => return Self::Ruby,
            "readme" | "license" | "licence" | "copying" | "changelog" | "authors" | "notice"
            | "contributing" => return Self::Prose,
            "cargo.lock"
            | "package-lock.json"
            | "yarn.lock"
            | "pnpm-lock.yaml"
            | "poetry.lock"
            | "uv.lock"
            | "composer.lock"
            | "gemfile.lock"
            | "go.sum"
            | "pipfile.lock"
            | "flake.lock"
            | "npm-shrinkwrap.json"
            | "bun.lock"
            | "mix.lock"
            | "pubspec.lock"
            | "packages.lock.json"
            | "gradle.lockfile"
            | "package.resolved"
            | "deno.lock"
            | "pdm.lock" => return Self::Lock,
            ".bashrc" | ".zshrc" | ".profile" | ".bash_profile" | ".envrc" | "gradlew" | "mvnw"
            | "configure" => return Self::Shell,
            ".npmrc" | ".pypirc" | ".netrc" | ".editorconfig" | ".gitconfig" | ".s3cfg" => return Self::Ini,
            _ => {}
        }
        if lower == ".env" || lower.starts_with(".env.") || lower.ends_with(".env") {
            return Self::Env;
        }
        let stem = lower.split('.').next().unwrap_or_default();
        let extension = lower.rsplit_once('.').map_or("", |(_, extension)| extension);
        let prose = matches!(
            extension,
            "md" | "markdown"
                | "rst"
                | "txt"
                | "adoc"
                | "asciidoc"
                | "tex"
                | "org"
                | "rdoc"
                | "pod"
                | "1"
                | "5"
                | "8"
                | "mdx"
        );
        if (matches!(stem, "dockerfile" | "containerfile" | "podmanfile")
            || matches!(extension, "dockerfile" | "containerfile"))
            && !prose
        {
            return Self::Container;
        }
        match extension {
            "sh" | "bash" | "zsh" | "ksh" | "fish" | "bats" | "ash" | "dash" => Self::Shell,
            "ps1" | "psm1" | "psd1" => Self::PowerShell,
            "bat" | "cmd" => Self::Batch,
            "py" | "pyw" | "pyi" | "pyx" | "ipynb" => Self::Python,
            "js" | "mjs" | "cjs" | "jsx" | "ts" | "tsx" | "mts" | "cts" | "vue" | "svelte" | "astro"
            | "coffee" => Self::JavaScript,
            "php" | "phtml" | "php5" | "php7" | "inc" | "module" => Self::Php,
            "rb" | "erb" | "rake" | "gemspec" | "ru" => Self::Ruby,
            "pl" | "pm" | "t" | "cgi" => Self::Perl,
            "go" => Self::Go,
            "rs" => Self::Rust,
            "java" | "kt" | "kts" | "scala" | "groovy" | "gradle" | "clj" => Self::Jvm,
            "cs" | "fs" | "vb" | "csproj" | "cshtml" | "razor" => Self::DotNet,
            "c" | "h" | "cc" | "cpp" | "cxx" | "hpp" | "hh" | "m" | "mm" | "swift" | "zig" | "dart" => {
                Self::C
            }
            "lua" => Self::Lua,
            "sql" => Self::Sql,
            "html" | "htm" | "xhtml" | "twig" | "blade" | "hbs" | "ejs" | "jinja" | "jinja2" | "j2"
            | "tmpl" | "tpl" | "svg" => Self::Markup,
            "css" | "scss" | "sass" | "less" => Self::Style,
            "yaml" | "yml" => Self::Yaml,
            "json" | "jsonc" | "json5" | "jsonl" | "ndjson" | "map" | "geojson" => Self::Json,
            "toml" => Self::Toml,
            "ini" | "cfg" | "conf" | "properties" | "service" | "desktop" | "config" => Self::Ini,
            "xml" | "plist" | "xsd" | "xsl" | "resx" | "nuspec" | "props" | "targets" => Self::Xml,
            "tf" | "tfvars" | "hcl" => Self::Terraform,
            "mk" | "make" => Self::Make,
            "nix" => Self::Nix,
            "lock" => Self::Lock,
            _ if prose => Self::Prose,
            _ => Self::Other,
        }
    }

    /// Refines [`Language::Other`] by an interpreter line (`#!/usr/bin/env python3`).
    #[must_use]
    pub fn refine(self, contents: &[u8]) -> Self {
        if self != Self::Other || !contents.starts_with(b"#!") {
            return self;
        }
        let line = contents.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let line = String::from_utf8_lossy(line.get(..line.len().min(200)).unwrap_or_default());
        let program = line
            .split(['/', ' '])
            .rfind(|word| !word.is_empty() && !word.starts_with('-'))
            .unwrap_or_default();
        match program.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.') {
            "sh" | "bash" | "zsh" | "ksh" | "dash" | "ash" | "fish" => Self::Shell,
            "python" => Self::Python,
            "node" | "deno" | "bun" => Self::JavaScript,
            "php" => Self::Php,
            "ruby" => Self::Ruby,
            "perl" => Self::Perl,
            "pwsh" => Self::PowerShell,
            _ => Self::Other,
        }
    }
}

/// Whether a line is nothing but a comment in a language (line comments only; a block comment's inner lines count when
/// they begin with `*`).
#[must_use]
pub fn is_comment(language: Language, line: &[u8]) -> bool {
    let line = line.trim_ascii_start();
    let starts = |marks: &[&[u8]]| marks.iter().any(|mark| line.starts_with(mark));
    match language {
        Language::JavaScript
        | Language::Go
        | Language::Rust
        | Language::Jvm
        | Language::DotNet
        | Language::C
        | Language::Style => starts(&[b"//", b"/*", b"* ", b"*/"]),
        Language::Php => starts(&[b"//", b"/*", b"* ", b"*/", b"#"]) && !line.starts_with(b"#["),
        Language::Lua | Language::Sql => starts(&[b"--", b"/*"]),
        Language::Batch => starts(&[b"::", b"rem ", b"REM ", b"@rem"]),
        Language::Markup | Language::Xml => starts(&[b"<!--", b"{#", b"{{--"]),
        Language::Json | Language::Prose | Language::Lock => false,
        Language::Ini => starts(&[b"#", b";"]),
        Language::Terraform => starts(&[b"#", b"//"]),
        _ => starts(&[b"#"]) && !line.starts_with(b"#!"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_interpreters() {
        for (name, language) in [
            ("Dockerfile", Language::Container),
            ("api.Containerfile", Language::Container),
            ("Dockerfile.prod", Language::Container),
            ("Dockerfile.md", Language::Prose),
            (".env.production", Language::Env),
            ("install.SH", Language::Shell),
            ("Cargo.lock", Language::Lock),
            ("noextension", Language::Other),
        ] {
            assert_eq!(Language::of_name(name), language, "{name}");
        }
        assert_eq!(Language::Other.refine(b"#!/usr/bin/env -S python3.11\nx"), Language::Python);
        assert_eq!(Language::Other.refine(b"#!/bin/sh"), Language::Shell);
        assert_eq!(Language::Other.refine(b"plain"), Language::Other);
    }

    #[test]
    fn comments_by_language() {
        // readiness:ignore COD-001 a case of a test
        assert!(is_comment(Language::Shell, b"  # curl x | sh"));
        assert!(!is_comment(Language::Shell, b"#!/bin/sh"));
        assert!(is_comment(Language::JavaScript, b"// x"));
        assert!(!is_comment(Language::JavaScript, b"# x"));
        assert!(!is_comment(Language::Json, b"// x"));
    }
}
