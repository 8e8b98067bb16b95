//! SLSA provenance out of statements; v0.2 is read into the fields of v1.

use serde_json::{Map, Value};

use super::statement::resource;
use super::{
    MAX_RESOURCES, PROVENANCE_V0_2, PROVENANCE_V1, Resource, SlsaProvenance, Statement, StatementError,
};
use crate::formats::source_url::without_credentials;

/// Longest text taken over, in bytes.
const MAX_TEXT: usize = 4096;
/// Most parameters whose names are kept.
const MAX_NAMES: usize = 1000;

/// Why a statement holds no provenance that can be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProvenanceError {
    /// It says something else of its subjects.
    #[error("not SLSA provenance (v1 or v0.2) but a statement of another kind")]
    OtherPredicate,
    /// Fields without which it does not reach Build L1.
    #[error("{} missing or empty", .0.join(", "))]
    Missing(Vec<&'static str>),
    /// A field is not what it should be.
    #[error(transparent)]
    Field(#[from] StatementError),
}

impl SlsaProvenance {
    /// The provenance in a statement. Texts are cut at bounds that no real one reaches, lists refused beyond theirs.
    ///
    /// # Errors
    /// The statement is about something else, or lacks what Build L1 needs.
    pub fn of(statement: &Statement) -> Result<Self, ProvenanceError> {
        match statement.predicate_type.as_str() {
            PROVENANCE_V1 => v1(&statement.predicate),
            PROVENANCE_V0_2 => v0_2(&statement.predicate),
            _ => Err(ProvenanceError::OtherPredicate),
        }
    }

    /// Where the source is from and at which commit, as far as the provenance says: what was asked for comes before what
    /// went in. URIs are given without user and password.
    #[must_use]
    pub fn source(&self) -> (Option<String>, Option<String>) {
        let asked = asked_source(&self.external_parameters);
        let is_git = |dependency: &&Resource| {
            let commit =
                dependency.digest.contains_key("gitCommit") || dependency.digest.contains_key("sha1");
            dependency.uri.as_deref().is_some_and(|uri| uri.starts_with("git+") || commit)
        };
        let same = |dependency: &&Resource| match (&asked, &dependency.uri) {
            (Some(asked), Some(uri)) => super::same_source(asked, uri),
            _ => false,
        };
        let dependency = match &asked {
            Some(_) => self.resolved_dependencies.iter().filter(is_git).find(same),
            None => self.resolved_dependencies.iter().find(is_git),
        };
        let commit = dependency.and_then(|dependency| {
            dependency.digest.get("gitCommit").or_else(|| dependency.digest.get("sha1")).cloned()
        });
        let commit = commit.or_else(|| {
            let digest = self.external_parameters.pointer("/configSource/digest/sha1")?.as_str()?;
            crate::formats::source_url::commit(digest)
        });
        let source = asked.or_else(|| dependency.and_then(|dependency| dependency.uri.clone()));
        (source.map(|uri| clean(&uri)), commit)
    }

    /// When the build ended, or began, as the provenance says: the time that windows of keys are held against.
    #[must_use]
    pub fn moment(&self) -> Option<&str> {
        self.finished_on.as_deref().or(self.started_on.as_deref())
    }
}

/// A URI without secrets; the reference behind an `@` stays.
fn clean(uri: &str) -> String {
    without_credentials(uri)
}

/// The source that was asked for: GitHub's workflow, a generator's source, Cloud Build's repository, v0.2's configuration.
fn asked_source(parameters: &Value) -> Option<String> {
    let paths = [
        "/workflow/repository",
        "/source/uri",
        "/source",
        "/sourceToBuild/repository",
        "/buildConfigSource/repository",
        "/configSource/uri",
    ];
    let found =
        paths.iter().find_map(|path| parameters.pointer(path)?.as_str().filter(|uri| !uri.is_empty()));
    found.map(cut)
}

fn v1(predicate: &Value) -> Result<SlsaProvenance, ProvenanceError> {
    let builder_id = text(predicate.pointer("/runDetails/builder/id"));
    let build_type = text(predicate.pointer("/buildDefinition/buildType"));
    let external_parameters = object(predicate.pointer("/buildDefinition/externalParameters"));
    let missing: Vec<&str> = [
        ("buildDefinition.buildType", build_type.is_none()),
        ("buildDefinition.externalParameters", is_empty(&external_parameters)),
        ("runDetails.builder.id", builder_id.is_none()),
    ]
    .into_iter()
    .filter_map(|(name, missing)| missing.then_some(name))
    .collect();
    let (Some(builder_id), Some(build_type), []) = (builder_id, build_type, missing.as_slice()) else {
        return Err(ProvenanceError::Missing(missing));
    };
    let metadata = |key: &str| text(predicate.pointer(&format!("/runDetails/metadata/{key}")));
    Ok(SlsaProvenance {
        builder_id,
        build_type,
        parameter_names: names(&external_parameters),
        external_parameters,
        internal_parameters: object(predicate.pointer("/buildDefinition/internalParameters")),
        resolved_dependencies: resources(
            predicate.pointer("/buildDefinition/resolvedDependencies"),
            "buildDefinition.resolvedDependencies",
        )?,
        invocation_id: metadata("invocationId"),
        started_on: metadata("startedOn"),
        finished_on: metadata("finishedOn"),
    })
}

/// The mapping of SLSA v1.0, `provenance.md`, "migrating from v0.2". `invocation` was optional there.
fn v0_2(predicate: &Value) -> Result<SlsaProvenance, ProvenanceError> {
    let builder_id = text(predicate.pointer("/builder/id"));
    let build_type = text(predicate.get("buildType"));
    let missing: Vec<&str> = [("buildType", build_type.is_none()), ("builder.id", builder_id.is_none())]
        .into_iter()
        .filter_map(|(name, missing)| missing.then_some(name))
        .collect();
    let (Some(builder_id), Some(build_type)) = (builder_id, build_type) else {
        return Err(ProvenanceError::Missing(missing));
    };
    let given = object(predicate.pointer("/invocation/parameters"));
    let mut external = Map::new();
    for (name, value) in [
        ("configSource", object(predicate.pointer("/invocation/configSource"))),
        ("parameters", given.clone()),
    ] {
        if !is_empty(&value) {
            external.insert(name.to_owned(), value);
        }
    }
    let metadata = |key: &str| text(predicate.pointer(&format!("/metadata/{key}")));
    Ok(SlsaProvenance {
        builder_id,
        build_type,
        external_parameters: Value::Object(external),
        internal_parameters: object(predicate.pointer("/invocation/environment")),
        resolved_dependencies: resources(predicate.get("materials"), "materials")?,
        invocation_id: metadata("buildInvocationId"),
        started_on: metadata("buildStartedOn"),
        finished_on: metadata("buildFinishedOn"),
        // What v1 calls the parameters are those of the invocation; where the source is from has its own rule.
        parameter_names: names(&given),
    })
}

fn cut(text: &str) -> String {
    text.chars().take(MAX_TEXT).collect()
}

/// A text that is neither absent nor empty.
fn text(value: Option<&Value>) -> Option<String> {
    value.and_then(Value::as_str).filter(|text| !text.trim().is_empty()).map(cut)
}

/// An object, or an empty one. A list (v0.2 allowed any kind of parameters) is taken for an object without names.
fn object(value: Option<&Value>) -> Value {
    match value {
        Some(value @ (Value::Object(_) | Value::Array(_))) => value.clone(),
        _ => Value::Object(Map::new()),
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Object(entries) => entries.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => true,
    }
}

/// The names of parameters that are set; those without a value are not.
fn names(value: &Value) -> Vec<String> {
    let set = |value: &Value| match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(_) | Value::Object(_) => !is_empty(value),
        _ => true,
    };
    match value {
        Value::Object(entries) => entries
            .iter()
            .filter(|(_, value)| set(value))
            .take(MAX_NAMES)
            .map(|(name, _)| cut(name))
            .collect(),
        Value::Array(items) => (0..items.len()).take(MAX_NAMES).map(|place| format!("[{place}]")).collect(),
        _ => Vec::new(),
    }
}

fn resources(value: Option<&Value>, path: &'static str) -> Result<Vec<Resource>, StatementError> {
    match value {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(items)) if items.len() > MAX_RESOURCES => Err(StatementError::TooMany),
        Some(Value::Array(items)) => items
            .iter()
            .enumerate()
            .map(|(place, item)| resource(item, &format!("{path}[{place}]")))
            .collect(),
        Some(_) => Err(super::statement::field(path, "is not a list")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(kind: &str, predicate: Value) -> Result<SlsaProvenance, ProvenanceError> {
        SlsaProvenance::of(&Statement { predicate_type: kind.to_owned(), predicate, ..Statement::default() })
    }

    // After the example of a GitHub workflow in the SLSA specification.
    #[test]
    fn version_1() {
        let read = of(
            PROVENANCE_V1,
            json!({"buildDefinition": {"buildType": "https://actions.github.io/buildtypes/workflow/v1",
                "externalParameters": {"inputs": {}, "workflow": {"ref": "refs/heads/main",
                    "repository": "https://github.com/octocat/hello", "path": "a.yml"}},
                "internalParameters": {"github": {"event_name": "push"}},
                "resolvedDependencies": [
                    {"uri": "pkg:cargo/x", "digest": {"sha256": "00".repeat(32)}},
                    {"uri": "git+https://github.com/octocat/hello@refs/heads/main", "digest": {"gitCommit": "c2".repeat(20)}}]},
                "runDetails": {"builder": {"id": "https://b"}, "metadata": {"startedOn": "2023-01-01T12:34:56Z"}}}),
        )
        .unwrap();
        assert_eq!((read.builder_id.as_str(), read.moment()), ("https://b", Some("2023-01-01T12:34:56Z")));
        assert_eq!(read.parameter_names, ["workflow"], "an empty parameter is not set");
        let commit = "c2".repeat(20);
        assert_eq!(read.source(), (Some("https://github.com/octocat/hello".to_owned()), Some(commit)));
    }

    // After the example of SLSA provenance v0.2.
    #[test]
    fn version_0_2() {
        let read = of(
            PROVENANCE_V0_2,
            json!({"builder": {"id": "https://b"}, "buildType": "https://t",
                "invocation": {"configSource": {"uri": "git+https://github.com/curl/curl-docker@master",
                    "digest": {"sha1": "d6".repeat(20)}, "entryPoint": "build.yaml:maketgz"},
                    "parameters": {"CFLAGS": "-O3"}, "environment": {"os": "linux"}},
                "metadata": {"buildInvocationId": "7", "buildStartedOn": "2020-08-19T08:38:00Z"},
                "materials": [{"uri": "git+https://github.com/curl/curl-docker@master", "digest": {"sha1": "d6".repeat(20)}}]}),
        )
        .unwrap();
        assert_eq!(read.source().0.as_deref(), Some("git+https://github.com/curl/curl-docker@master"));
        assert_eq!(read.source().1, Some("d6".repeat(20)));
        assert_eq!(read.parameter_names, ["CFLAGS"]);
        assert_eq!(read.external_parameters["configSource"]["entryPoint"], "build.yaml:maketgz");
        assert_eq!(
            (read.internal_parameters["os"].as_str(), read.invocation_id.as_deref()),
            (Some("linux"), Some("7"))
        );
    }

    #[test]
    fn what_level_one_needs_is_asked_for() {
        let error = of(PROVENANCE_V1, json!({"buildDefinition": {"externalParameters": {}}})).unwrap_err();
        let expected = "buildDefinition.buildType, buildDefinition.externalParameters, runDetails.builder.id missing or empty";
        assert_eq!(error.to_string(), expected);
        assert_eq!(
            of(PROVENANCE_V0_2, json!({"builder": {"id": "b"}})).unwrap_err(),
            ProvenanceError::Missing(vec!["buildType"])
        );
        assert_eq!(
            of("https://slsa.dev/provenance/v0.1", json!({})).unwrap_err(),
            ProvenanceError::OtherPredicate
        );
        let wrong = json!({"builder": {"id": "b"}, "buildType": "t", "materials": {"uri": "x"}});
        assert!(of(PROVENANCE_V0_2, wrong).unwrap_err().to_string().contains("`materials` is not a list"));
    }

    #[test]
    fn a_source_is_told_without_its_secrets() {
        let read = of(
            PROVENANCE_V1,
            json!({"buildDefinition": {"buildType": "t", "externalParameters": {"source": "https://u:secret@example.org/a"}},
                "runDetails": {"builder": {"id": "b"}}}),
        );
        assert_eq!(read.unwrap().source().0.as_deref(), Some("https://example.org/a"));
    }
}
