//! The provenance of what was prepared here: an in-toto statement with SLSA provenance v1 that is true and claims no more
//! than Build L1, because whoever prepares a release on their own machine signs their own word.

use serde_json::{Map, Value, json};

use crate::formats::intoto::{PROVENANCE_V1, STATEMENT_V1};

/// How a release is prepared, as `docs/provenance.md` describes it. The name does not resolve: the project has no public
/// address yet, and `.invalid` is reserved for names that never do (RFC 2606 section 2).
pub const BUILD_TYPE: &str = "https://readiness.invalid/buildtypes/prepare/v1";
/// Who prepared it: this program, on the machine and on the word of whoever releases.
pub const BUILDER: &str = "https://readiness.invalid/builders/self-asserted/v1";
/// Where the provenance stands in a release that is signed: in an envelope.
pub const ENVELOPE_PATH: &str = "slsa/provenance.intoto.jsonl";
/// Where it stands, bare, in a release that nobody signed.
pub const STATEMENT_PATH: &str = "slsa/provenance.statement.json";

/// What is known of the preparation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Build {
    /// What was released: file name and SHA-256 (hex), before encryption.
    pub subjects: Vec<(String, String)>,
    /// The version.
    pub version: String,
    /// The profile.
    pub profile: Option<String>,
    /// The command as it was given, paths as they were named, no secrets.
    pub arguments: Vec<String>,
    /// Where the repository is published, without user and password.
    pub repository: Option<String>,
    /// The commit, hex.
    pub commit: Option<String>,
    /// Whether the work tree held changes that the commit does not.
    pub dirty: Option<bool>,
    /// The tag or branch, as `refs/…`.
    pub reference: Option<String>,
    /// What else went in: path or package URL, and SHA-256 (hex).
    pub dependencies: Vec<(String, String)>,
    /// When it began and ended, RFC 3339 in UTC; the same under `SOURCE_DATE_EPOCH`.
    pub started: String,
    /// See `started`.
    pub finished: String,
    /// Version of this program.
    pub tool_version: String,
    /// CI system that ran it, as its own variables say, such as `github-actions`; none elsewhere. It is a claim.
    pub ci: Option<String>,
}

/// The statement's bytes: JSON on one line, fields and subjects in a fixed order, nothing in it that is not known. The same
/// build gives the same bytes.
#[must_use]
pub fn statement(build: &Build) -> Vec<u8> {
    let mut subjects = build.subjects.clone();
    subjects.sort();
    subjects.dedup();
    let subjects: Vec<Value> = subjects
        .into_iter()
        .map(|(name, sha256)| json!({"name": name, "digest": {"sha256": sha256}}))
        .collect();
    let repository = build.repository.as_deref().and_then(git_uri);

    let mut external = Map::new();
    external.insert("version".to_owned(), json!(build.version));
    external.insert("arguments".to_owned(), json!(build.arguments));
    insert(&mut external, "profile", build.profile.as_deref());
    insert(&mut external, "source", repository.as_deref());

    let mut definition = Map::new();
    definition.insert("buildType".to_owned(), json!(BUILD_TYPE));
    definition.insert("externalParameters".to_owned(), Value::Object(external));
    if let Some(ci) = &build.ci {
        definition.insert("internalParameters".to_owned(), json!({"ci": ci}));
    }
    let dependencies = dependencies(build, repository.as_deref());
    if !dependencies.is_empty() {
        definition.insert("resolvedDependencies".to_owned(), Value::Array(dependencies));
    }

    let mut metadata = Map::new();
    insert(&mut metadata, "startedOn", Some(build.started.as_str()));
    insert(&mut metadata, "finishedOn", Some(build.finished.as_str()));
    let mut run = Map::new();
    run.insert("builder".to_owned(), json!({"id": BUILDER, "version": {"readiness": build.tool_version}}));
    if !metadata.is_empty() {
        run.insert("metadata".to_owned(), Value::Object(metadata));
    }
    let statement = json!({
        "_type": STATEMENT_V1,
        "subject": subjects,
        "predicateType": PROVENANCE_V1,
        "predicate": {"buildDefinition": definition, "runDetails": run},
    });
    // Texts and lists alone: nothing that JSON cannot hold.
    serde_json::to_vec(&statement).unwrap_or_default()
}

fn insert(map: &mut Map<String, Value>, key: &str, text: Option<&str>) {
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        map.insert(key.to_owned(), json!(text));
    }
}

/// What went in: the commit, then everything else by name. A work tree with changes is not what its commit holds, so that
/// this stands beside it.
fn dependencies(build: &Build, repository: Option<&str>) -> Vec<Value> {
    let mut all = Vec::new();
    if let Some(commit) = &build.commit {
        let mut source = Map::new();
        source.insert("name".to_owned(), json!("source"));
        source.insert("digest".to_owned(), json!({"gitCommit": commit}));
        if let Some(repository) = repository {
            let reference = build.reference.as_deref().filter(|reference| !reference.is_empty());
            let uri = reference.map_or_else(|| repository.to_owned(), |name| format!("{repository}@{name}"));
            source.insert("uri".to_owned(), json!(uri));
        }
        if let Some(dirty) = build.dirty {
            source.insert("annotations".to_owned(), json!({"readiness_dirty": dirty}));
        }
        all.push(Value::Object(source));
    }
    let mut others = build.dependencies.clone();
    others.sort();
    others.dedup();
    all.extend(others.into_iter().map(|(name, sha256)| {
        let key = if name.starts_with("pkg:") { "uri" } else { "name" };
        json!({key: name, "digest": {"sha256": sha256}})
    }));
    all
}

/// A repository as SPDX and SLSA write it: `git+` before its URL; `user@host:path` is an SSH address.
fn git_uri(repository: &str) -> Option<String> {
    if repository.starts_with("git+") {
        return Some(repository.to_owned());
    }
    if repository.contains("://") {
        return Some(format!("git+{repository}"));
    }
    let (host, path) = repository.split_once(':')?;
    (host.contains('@') && !path.is_empty())
        .then(|| format!("git+ssh://{host}/{}", path.trim_start_matches('/')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::intoto::{SlsaProvenance, Statement};

    fn build() -> Build {
        Build {
            subjects: vec![("b".to_owned(), "bb".repeat(32)), ("a".to_owned(), "aa".repeat(32))],
            version: "1.2.3".to_owned(),
            profile: Some("prod".to_owned()),
            arguments: vec!["release".to_owned(), "prepare".to_owned()],
            repository: Some("https://example.org/acme/app.git".to_owned()),
            commit: Some("c0".repeat(20)),
            dirty: Some(false),
            reference: Some("refs/tags/v1.2.3".to_owned()),
            dependencies: vec![("Cargo.lock".to_owned(), "cc".repeat(32))],
            started: "2026-01-01T00:00:00Z".to_owned(),
            finished: "2026-01-01T00:00:01Z".to_owned(),
            tool_version: "0.1.0".to_owned(),
            ci: None,
        }
    }

    // By hand, field by field, from `build-provenance.md`.
    #[test]
    fn every_field_is_where_the_specification_has_it() {
        let value: Value = serde_json::from_slice(&statement(&build())).unwrap();
        let expected = json!({
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [
                {"name": "a", "digest": {"sha256": "aa".repeat(32)}},
                {"name": "b", "digest": {"sha256": "bb".repeat(32)}}],
            "predicateType": "https://slsa.dev/provenance/v1",
            "predicate": {
                "buildDefinition": {
                    "buildType": "https://readiness.invalid/buildtypes/prepare/v1",
                    "externalParameters": {"version": "1.2.3", "profile": "prod",
                        "arguments": ["release", "prepare"], "source": "git+https://example.org/acme/app.git"},
                    "resolvedDependencies": [
                        {"name": "source", "uri": "git+https://example.org/acme/app.git@refs/tags/v1.2.3",
                            "digest": {"gitCommit": "c0".repeat(20)}, "annotations": {"readiness_dirty": false}},
                        {"name": "Cargo.lock", "digest": {"sha256": "cc".repeat(32)}}]},
                "runDetails": {
                    "builder": {"id": "https://readiness.invalid/builders/self-asserted/v1", "version": {"readiness": "0.1.0"}},
                    "metadata": {"startedOn": "2026-01-01T00:00:00Z", "finishedOn": "2026-01-01T00:00:01Z"}}},
        });
        assert_eq!(value, expected);
    }

    #[test]
    fn it_is_read_back_and_its_bytes_do_not_depend_on_order() {
        let mut other = build();
        other.subjects.reverse();
        assert_eq!(statement(&build()), statement(&other));
        let read = Statement::parse(&statement(&build())).unwrap();
        let provenance = SlsaProvenance::of(&read).unwrap();
        assert_eq!(
            provenance.source(),
            (Some("git+https://example.org/acme/app.git".to_owned()), Some("c0".repeat(20)))
        );
        assert_eq!(provenance.moment(), Some("2026-01-01T00:00:01Z"));
    }

    #[test]
    fn what_is_not_known_is_not_said() {
        let bare = Build { subjects: build().subjects, version: "1".to_owned(), ..Build::default() };
        let text = String::from_utf8(statement(&bare)).unwrap();
        for absent in
            ["source", "profile", "metadata", "internalParameters", "resolvedDependencies", "dirty", "null"]
        {
            assert!(!text.contains(absent), "{absent} in {text}");
        }
        let dirty =
            Build { repository: None, dirty: Some(true), ci: Some("github-actions".to_owned()), ..build() };
        let value: Value = serde_json::from_slice(&statement(&dirty)).unwrap();
        let definition = &value["predicate"]["buildDefinition"];
        assert_eq!(definition["resolvedDependencies"][0]["annotations"]["readiness_dirty"], true);
        assert!(definition["resolvedDependencies"][0].get("uri").is_none());
        assert_eq!(definition["internalParameters"]["ci"], "github-actions");
        assert_eq!(
            git_uri("git@example.org:acme/app.git").as_deref(),
            Some("git+ssh://git@example.org/acme/app.git")
        );
        assert_eq!(git_uri("../elsewhere"), None);
    }
}
