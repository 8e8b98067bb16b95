//! What a file is for, judged by its path: a test, documentation, an example, or the product.
//!
//! A role never hides anything. A rule that names a severity for what stands outside the product gets that severity
//! there, and the finding says so.

use crate::report::PathRole;

/// Folders that hold tests and their data.
const TESTS: &[&str] = &[
    "test",
    "tests",
    "testing",
    "testdata",
    "testfiles",
    "test-data",
    "test_data",
    "test-fixtures",
    "testfixtures",
    "fixtures",
    "fixture",
    "__tests__",
    "__mocks__",
    "__fixtures__",
    "mocks",
    "spec",
    "specs",
    "e2e",
    "cypress",
    "playwright",
    "integration-tests",
    "unit-tests",
    "unittests",
    "androidtest",
    "snapshots",
    "__snapshots__",
    "benches",
    "benchmarks",
    "fuzz",
    "golden",
];
/// Folders that hold documentation.
const DOCUMENTATION: &[&str] = &["doc", "docs", "documentation", "site-docs", "man", "wiki", "website"];
/// Folders that hold examples.
const EXAMPLES: &[&str] = &[
    "example",
    "examples",
    "sample",
    "samples",
    "demo",
    "demos",
    "tutorial",
    "tutorials",
    "quickstart",
    "cookbook",
    "playground",
];

/// Judges a path relative to the tree.
#[must_use]
pub fn role(path: &str) -> Option<PathRole> {
    let lower = path.to_ascii_lowercase();
    if let Some(project) = pipeline(&lower) {
        return role(path.get(..project)?);
    }
    let (folders, name) = lower.rsplit_once('/').unwrap_or(("", &lower));
    let under = |names: &[&str]| folders.split('/').any(|folder| names.contains(&folder));
    // `cargo-test-support`, `integration_tests`: the word counts, `latest` and `contest` do not hold it.
    let word = |folder: &str| {
        folder.split(['-', '_', '.']).any(|word| {
            matches!(word, "test" | "tests" | "testing" | "fixtures" | "testfile" | "testfiles" | "testdata")
        })
    };
    if under(TESTS) || folders.split('/').any(word) || is_test_name(path, name) {
        return Some(PathRole::Test);
    }
    if under(EXAMPLES) || is_example_name(name) {
        return Some(PathRole::Example);
    }
    if under(DOCUMENTATION) || is_documentation_name(name) {
        return Some(PathRole::Documentation);
    }
    None
}

/// Folders whose files a build service runs.
const PIPELINES: &[&str] = &[
    ".github/workflows/",
    ".github/actions/",
    ".gitea/workflows/",
    ".forgejo/workflows/",
    ".gitlab/ci/",
    ".circleci/",
    ".buildkite/",
    ".woodpecker/",
    ".azure-pipelines/",
];

/// How much of a path leads to the project that it defines a build of, if it does. `test.yml` there tests the product,
/// and runs with the product's credentials: its own name says nothing of what it may do.
fn pipeline(path: &str) -> Option<usize> {
    let name_at = path.rfind('/').map_or(0, |at| at + 1);
    let name = path.get(name_at..).unwrap_or_default();
    let yaml = name.ends_with(".yml") || name.ends_with(".yaml");
    let named = name == "jenkinsfile"
        || name.starts_with("jenkinsfile.")
        || name.ends_with(".jenkinsfile")
        || yaml && name.contains(".gitlab-ci")
        || yaml && name.starts_with("azure-pipelines");
    if named {
        return Some(name_at);
    }
    let folder = |folder: &&str| {
        let at = path.find(*folder)?;
        (at == 0 || path.as_bytes().get(at - 1) == Some(&b'/')).then_some(at)
    };
    PIPELINES.iter().find_map(folder).filter(|_| yaml)
}

fn is_test_name(path: &str, name: &str) -> bool {
    let original = path.rsplit('/').next().unwrap_or(path);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let camel = original.rsplit_once('.').is_some_and(|(stem, extension)| {
        matches!(extension, "java" | "kt" | "cs" | "php" | "scala" | "swift" | "groovy")
            && (stem.ends_with("Test")
                || stem.ends_with("Tests")
                || stem.ends_with("Spec")
                || stem.ends_with("IT"))
    });
    camel
        || stem.starts_with("test_")
        || stem.starts_with("test-")
        || ["_test", "_tests", "_spec", ".test", ".spec", ".cy", ".stories"]
            .iter()
            .any(|end| stem.ends_with(end))
        || matches!(stem, "conftest" | "tests" | "test" | "phpunit" | "phpunit.xml")
        || stem.contains("_test_")
}

fn is_example_name(name: &str) -> bool {
    let word = name
        .split(['.', '-', '_'])
        .any(|word| matches!(word, "example" | "examples" | "sample" | "samples" | "skeleton"));
    word || name.split('.').skip(1).any(|part| matches!(part, "dist" | "template" | "tmpl"))
}

fn is_documentation_name(name: &str) -> bool {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    matches!(extension, "md" | "markdown" | "rst" | "adoc" | "asciidoc" | "mdx" | "rdoc")
        || ["readme", "changelog", "changes", "history", "news", "contributing", "authors"]
            .contains(&name.split('.').next().unwrap_or(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_by_path() {
        for (path, expected) in [
            ("src/main.rs", None),
            ("config/production.yaml", None),
            ("src/contest/app.py", None),
            ("src/latest/app.py", None),
            ("crates/cargo-test-support/Dockerfile", Some(PathRole::Test)),
            ("parser/testfiles-negative/empty/Dockerfile", Some(PathRole::Test)),
            ("phpunit.xml", Some(PathRole::Test)),
            ("phpunit.xml.dist", Some(PathRole::Test)),
            ("sdk/test-resources.bicep", Some(PathRole::Test)),
            ("src/testimonials.xml", None),
            ("config/application-secret-samples.yml", Some(PathRole::Example)),
            ("tests/data/key.pem", Some(PathRole::Test)),
            ("pkg/server_test.go", Some(PathRole::Test)),
            ("src/app.spec.ts", Some(PathRole::Test)),
            ("src/AppTest.java", Some(PathRole::Test)),
            ("vendor/openpgp/keys_test_data.go", Some(PathRole::Test)),
            ("src/Latest.java", None),
            (".env.example", Some(PathRole::Example)),
            ("config.sample.php", Some(PathRole::Example)),
            ("examples/app/main.py", Some(PathRole::Example)),
            ("docs/setup.html", Some(PathRole::Documentation)),
            ("README.md", Some(PathRole::Documentation)),
            (".github/workflows/test.yml", None),
            (".github/workflows/e2e.test.yaml", None),
            (".github/workflows/sample.yml", None),
            (".github/actions/test/action.yml", None),
            ("app/.circleci/test_config.yml", None),
            ("ci/test.gitlab-ci.yml", None),
            ("azure-pipelines-test.yml", None),
            ("azure-pipelines_test.yml", None),
            ("ci/test.Jenkinsfile", None),
            ("Jenkinsfile.test", None),
            ("tests/data/.github/workflows/ci.yml", Some(PathRole::Test)),
            ("tests/azure-pipelines.yml", Some(PathRole::Test)),
            ("examples/a/.gitlab-ci.yml", Some(PathRole::Example)),
            (".github/test.yml", Some(PathRole::Test)),
        ] {
            assert_eq!(role(path), expected, "{path}");
        }
    }
}
