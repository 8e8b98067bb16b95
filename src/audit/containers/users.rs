//! The user that the image runs as.

use super::view::{View, command};
use crate::engine::Findings;
use crate::formats::containerfile::{Base, ImageRef, Instruction, InstructionKind, Source, Stage, User};
use crate::report::LeftOutKind;

/// Programs that start another one as another user.
const CHANGES_USER: &[&str] =
    &["gosu", "su-exec", "setpriv", "s6-setuidgid", "setuidgid", "runuser", "chpst", "fixuid", "s6-overlay"];

/// CTR-001 to CTR-004, and CTR-049: the last stage, and what is known of the user it ends with.
pub(super) fn runs_as_root(view: &View<'_>, findings: &mut Findings<'_>) {
    let lineage = view.final_lineage();
    let (Some(last), Some(root)) = (lineage.first(), lineage.last()) else { return };
    let place = view.head(&last.head);
    if let Some((instruction, user)) = user_in_effect(view, last) {
        let name = user.name.as_str();
        let Some(first) = name.chars().next() else { return };
        if first == '$' || name.contains("${") {
            let reason = "the user of the image is a variable without a known value";
            findings.left_out(LeftOutKind::Unsupported, reason, view.path);
            return;
        }
        if !is_root(name) {
            return;
        }
        let place = view.head(instruction);
        if let Some(program) = changes_user(&lineage) {
            return findings.at("CTR-003", place, deferred(&program));
        }
        let message = format!("the last USER of the image is `{name}`, so its processes run as root");
        return findings.at("CTR-001", place, message);
    }
    match &root.from.base {
        Base::Scratch if starts(view, last) => findings.at(
            "CTR-004",
            place,
            "the image is built from scratch and sets no USER, so its program runs as root",
        ),
        Base::Scratch | Base::Stage(_) => {}
        Base::Unresolved => {
            let reason = "the base image is a variable without a known value, so its user is not known";
            findings.left_out(LeftOutKind::Unsupported, reason, view.path);
        }
        Base::Image(image) => {
            let name = image.name();
            match base_user(image) {
                BaseUser::Other => {}
                BaseUser::Deferred => findings.at(
                    "CTR-003",
                    place,
                    format!(
                        "the image starts as root and leaves it to `{name}` to change the user at run time"
                    ),
                ),
                _ if changes_user(&lineage).is_some() => {
                    let program = changes_user(&lineage).unwrap_or_default();
                    findings.at("CTR-003", place, deferred(&program));
                }
                BaseUser::Root if !starts(view, last) => findings.at(
                    "CTR-049",
                    place,
                    format!("no USER is set and `{name}` has none either; what is started in the image runs as root"),
                ),
                BaseUser::Root => findings.at(
                    "CTR-001",
                    place,
                    format!("no USER is set and `{name}` has none either, so the image runs as root"),
                ),
                BaseUser::Unknown => findings.at(
                    "CTR-002",
                    place,
                    format!("no USER is set; the image runs as root unless `{name}` sets one"),
                ),
            }
        }
    }
}

fn deferred(program: &str) -> String {
    format!("the image starts as root and changes the user only at run time, with `{program}`")
}

fn user_in_effect<'a>(view: &View<'a>, last: &Stage) -> Option<(&'a Instruction, &'a User)> {
    let is_user = |kind: &InstructionKind| matches!(kind, InstructionKind::User(_));
    let instruction = view.file.in_effect(last.index, is_user)?;
    match &instruction.kind {
        InstructionKind::User(user) => Some((instruction, user)),
        _ => None,
    }
}

fn is_root(name: &str) -> bool {
    let number = name.bytes().all(|byte| byte == b'0');
    name == "root" || number || name.eq_ignore_ascii_case("ContainerAdministrator")
}

/// Whether the stage says what runs; an image from scratch without that is a bundle of files.
fn starts(view: &View<'_>, stage: &Stage) -> bool {
    let is_start =
        |kind: &InstructionKind| matches!(kind, InstructionKind::Cmd(_) | InstructionKind::Entrypoint(_));
    view.file.in_effect(stage.index, is_start).is_some()
}

/// The program by which the image changes its user when it starts, if some instruction names one.
fn changes_user(lineage: &[&Stage]) -> Option<String> {
    let known = |text: &str| {
        let name = text.rsplit('/').next().unwrap_or_default();
        let is = |program: &&&str| {
            name.strip_prefix(**program)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '=', '_', '.']))
        };
        CHANGES_USER.iter().find(is).copied()
    };
    for stage in lineage {
        for instruction in &stage.instructions {
            if let InstructionKind::Copy(transfer) | InstructionKind::Add(transfer) = &instruction.kind {
                let paths = transfer.sources.iter().filter_map(|source| match source {
                    Source::Path(value) => known(&value.text),
                    Source::Heredoc(_) => None,
                });
                if let Some(program) = paths.chain(known(&transfer.destination.text)).next() {
                    return Some(program.to_owned());
                }
            }
            let script = command(&instruction.kind).and_then(|command| command.script.as_ref());
            let words = script.into_iter().flat_map(|script| script.commands());
            let found = words.flat_map(|command| &command.words).find_map(|word| known(&word.text));
            if let Some(program) = found {
                return Some(program.to_owned());
            }
        }
    }
    None
}

/// What is known of the user that an image is published with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BaseUser {
    Root,
    /// Root, but its start script or its server changes the user of what does the work.
    Deferred,
    /// Someone else.
    Other,
    Unknown,
}

/// Official images whose own configuration names another user.
const OFFICIAL_OTHER: &[&str] = &[
    "elasticsearch",
    "haproxy",
    "jenkins",
    "kibana",
    "kong",
    "logstash",
    "memcached",
    "solr",
    "sonarqube",
    "varnish",
];
/// Official images that start as root and hand over to another user.
const OFFICIAL_DEFERRED: &[&str] = &[
    "aerospike",
    "cassandra",
    "couchbase",
    "couchdb",
    "ghost",
    "httpd",
    "influxdb",
    "mariadb",
    "mongo",
    "mysql",
    "neo4j",
    "nextcloud",
    "nginx",
    "percona",
    "postgres",
    "rabbitmq",
    "redis",
    "redmine",
    "valkey",
    "vault",
    "wordpress",
    "zookeeper",
    "drupal",
    "joomla",
    "consul",
    "rethinkdb",
    "arangodb",
    "crate",
    "eclipse-mosquitto",
];
/// Publishers whose images name another user, by the start of the name (after the registry when it is the usual one).
const OTHER: &[&str] = &[
    "apache/airflow",
    "apache/kafka",
    "apache/superset",
    "apache/nifi",
    "bitnami/",
    "bitnamilegacy/",
    "bitnamisecure/",
    "cgr.dev/",
    "chainguard/",
    "cimg/",
    "circleci/",
    "codercom/",
    "confluentinc/cp-",
    "curlimages/curl",
    "dhi.io/",
    "docker.elastic.co/",
    "dpage/pgadmin4",
    "ghcr.io/puppeteer/",
    "grafana/",
    "jaegertracing/",
    "jboss/",
    "jenkins/",
    "jupyter/",
    "mcr.microsoft.com/mssql/",
    "nginxinc/nginx-unprivileged",
    "nginx/nginx-unprivileged",
    "opensearchproject/",
    "otel/",
    "payara/",
    "prom/",
    "quay.io/jupyter/",
    "quay.io/keycloak/",
    "quay.io/prometheus/",
    "quay.io/wildfly/",
    "selenium/",
    "quay.io/strimzi/",
    "gitpod/",
    "homebrew/",
    "linuxbrew/",
    "ghcr.io/open-telemetry/",
    "zenika/alpine-chrome",
    "varnish",
    "registry.access.redhat.com/hi/",
    "docker.redpanda.com/",
    "hashicorp/http-echo",
];
/// Publishers whose images run as root, by the start of the name.
const ROOT: &[&str] = &[
    "gcr.io/distroless/",
    "nvidia/cuda",
    "nvcr.io/nvidia/cuda",
    "opensuse/",
    "registry.suse.com/bci/",
    "public.ecr.aws/amazonlinux/",
    "public.ecr.aws/ubuntu/",
    "mcr.microsoft.com/dotnet/",
    "mcr.microsoft.com/playwright",
    "mcr.microsoft.com/devcontainers/",
    "mcr.microsoft.com/openjdk/",
    "mcr.microsoft.com/azurelinux/",
    "mcr.microsoft.com/cbl-mariner/",
    "phusion/baseimage",
    "arm64v8/",
    "amd64/",
    "arm32v7/",
    "i386/",
    "rockylinux/",
    "almalinux/",
    "oraclelinux/",
    "container-registry.oracle.com/os/",
    "ghcr.io/astral-sh/uv",
    "python/",
    "pypy/",
    "denoland/deno",
    "oven/bun",
    "tiangolo/uvicorn",
    "tiangolo/uwsgi",
    "tiangolo/meinheld",
    "ubuntu/",
    "linuxserver/",
    "balenalib/",
    "rust-lang/",
    "gcc/",
];
/// Words of a tag or name that say so themselves.
const SAYS_OTHER: &[&str] =
    &["nonroot", "non-root", "rootless", "unprivileged", "chiseled", "distroless-nonroot"];

fn base_user(image: &ImageRef) -> BaseUser {
    let tag = image.tag.as_deref().unwrap_or_default();
    let full = image.name().to_ascii_lowercase();
    if SAYS_OTHER.iter().any(|word| tag.contains(word) || full.contains(word)) {
        return BaseUser::Other;
    }
    let windows =
        ["nanoserver", "servercore", "windows"].iter().any(|word| tag.contains(word) || full.contains(word));
    if windows {
        return BaseUser::Other;
    }
    let name = ["docker.io/", "index.docker.io/", "registry-1.docker.io/"]
        .iter()
        .find_map(|registry| full.strip_prefix(registry))
        .unwrap_or(&full);
    let official = ["library/", "public.ecr.aws/docker/library/", "mirror.gcr.io/library/"]
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix))
        .unwrap_or(name);
    let is_official = !official.contains('/');
    if is_official && OFFICIAL_OTHER.contains(&official) {
        return BaseUser::Other;
    }
    let apache = is_official && official == "php" && (tag.contains("apache") || tag.contains("fpm"));
    if apache || is_official && OFFICIAL_DEFERRED.contains(&official) {
        return BaseUser::Deferred;
    }
    // Red Hat's language images name user 1001; the plain ones do not.
    if let Some(rest) =
        name.strip_prefix("registry.access.redhat.com/").or_else(|| name.strip_prefix("registry.redhat.io/"))
    {
        let plain = rest.rsplit('/').next().is_some_and(|last| {
            matches!(last, "ubi" | "ubi7" | "ubi8" | "ubi9" | "ubi10")
                || last.starts_with("ubi-")
                || last.ends_with("-minimal")
                || last.ends_with("-micro")
                || last.ends_with("-init")
        });
        return if plain { BaseUser::Root } else { BaseUser::Other };
    }
    if OTHER.iter().any(|prefix| name.starts_with(prefix)) {
        return BaseUser::Other;
    }
    if is_official || ROOT.iter().any(|prefix| name.starts_with(prefix)) {
        return BaseUser::Root;
    }
    BaseUser::Unknown
}

#[cfg(test)]
mod tests {
    use super::{BaseUser, base_user};
    use crate::formats::containerfile::ImageRef;

    #[test]
    fn users_of_published_images() {
        for (image, expected) in [
            ("alpine:3.20", BaseUser::Root),
            ("docker.io/library/python:3.12", BaseUser::Root),
            ("gcr.io/distroless/static-debian12", BaseUser::Root),
            ("gcr.io/distroless/static-debian12:nonroot", BaseUser::Other),
            ("cgr.dev/chainguard/node", BaseUser::Other),
            ("nginxinc/nginx-unprivileged:1.27", BaseUser::Other),
            ("nginx:1.27", BaseUser::Deferred),
            ("php:8.3-apache", BaseUser::Deferred),
            ("php:8.3-cli", BaseUser::Root),
            ("registry.access.redhat.com/ubi9/python-312", BaseUser::Other),
            ("registry.access.redhat.com/ubi9/ubi-minimal:9.4", BaseUser::Root),
            ("mcr.microsoft.com/dotnet/aspnet:8.0-jammy-chiseled", BaseUser::Other),
            ("mcr.microsoft.com/dotnet/aspnet:8.0", BaseUser::Root),
            ("ghcr.io/someone/base:1", BaseUser::Unknown),
        ] {
            assert_eq!(base_user(&ImageRef::parse(image)), expected, "{image}");
        }
    }
}
