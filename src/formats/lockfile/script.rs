//! Project files that are programs, and are not read: what they ask for is known only by a lock file that speaks for
//! them. Where there is none, their packages are not known, and that must be said.

use super::Kind;

/// A kind of project file that is a program.
#[derive(Debug, PartialEq, Eq)]
pub struct Script {
    /// Its names.
    names: &'static [&'static str],
    /// Words of which one stands in it when it asks for packages.
    words: &'static [&'static str],
    /// The kinds of lock file that speak for it, from its folder or one above.
    pub locks: &'static [Kind],
    /// Why its packages are not known when there is no such file.
    pub reason: &'static str,
}

const SCRIPTS: &[Script] = &[
    Script {
        names: &["build.gradle", "build.gradle.kts"],
        words: &[
            "implementation",
            "api",
            "compile",
            "compileOnly",
            "runtime",
            "runtimeOnly",
            "annotationProcessor",
            "kapt",
        ],
        locks: &[Kind::Gradle],
        reason: "a build script of Gradle, which is not read, without a gradle.lockfile",
    },
    Script {
        names: &["setup.py", "setup.cfg"],
        words: &["install_requires"],
        locks: &[Kind::Poetry, Kind::Uv, Kind::Pdm, Kind::Pipfile, Kind::Requirements],
        reason: "a script of setuptools, which is not read, without a lock file or requirements.txt",
    },
    Script {
        names: &["mix.exs"],
        words: &["deps"],
        locks: &[Kind::Mix],
        reason: "a script of Mix, which is not read, without a mix.lock",
    },
    Script {
        names: &["Package.swift"],
        words: &[".package"],
        locks: &[Kind::Swift],
        reason: "a manifest of Swift, which is not read, without a Package.resolved",
    },
    Script {
        names: &["build.sbt"],
        words: &["libraryDependencies"],
        locks: &[],
        reason: "a build script of sbt, which is not read",
    },
];

impl Script {
    /// The script that a file of this name is.
    #[must_use]
    pub fn of_name(name: &str) -> Option<&'static Self> {
        SCRIPTS.iter().find(|script| script.names.contains(&name))
    }

    /// Whether the file asks for packages: one of the words stands in it, outside of lines that are comments.
    #[must_use]
    pub fn asks(&self, bytes: &[u8]) -> bool {
        let text = String::from_utf8_lossy(bytes);
        let code = text.lines().map(str::trim_start);
        code.filter(|line| !["//", "#", "*", "/*"].iter().any(|mark| line.starts_with(mark)))
            .any(|line| self.words.iter().any(|word| has_word(line, word)))
    }
}

/// Whether a word stands in a line as a whole.
fn has_word(line: &str, word: &str) -> bool {
    let part = |at: char| at.is_alphanumeric() || at == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        let after = line.get(at + word.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(part) && !after.is_some_and(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_that_ask_for_packages_are_told_from_those_that_do_not() {
        let asks =
            |name: &str, text: &str| Script::of_name(name).is_some_and(|script| script.asks(text.as_bytes()));
        assert!(asks("build.gradle", "dependencies {\n  implementation 'a:b:1'\n}"));
        assert!(asks("build.gradle.kts", "dependencies { api(\"a:b:1\") }"));
        assert!(!asks("build.gradle", "// implementation 'a:b:1'\nplugins { id 'java' }\n"));
        assert!(!asks("build.gradle", "rapid = compileJava"));
        assert!(asks("setup.py", "setup(\n  install_requires=['a'],\n)"));
        assert!(!asks("setup.py", "from setuptools import setup\nsetup()"));
        assert!(asks("mix.exs", "defp deps do"));
        assert!(asks(
            "Package.swift",
            "dependencies: [.package(url: \"https://example.org/a\", from: \"1.0.0\")]"
        ));
        assert!(asks("build.sbt", "libraryDependencies += \"a\" % \"b\" % \"1\""));
        assert!(!asks("setup.txt", "install_requires"));
    }
}
