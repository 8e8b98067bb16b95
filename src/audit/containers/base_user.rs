//! Which user well-known images are published with.

use crate::formats::containerfile::ImageRef;

/// What is known of the user that an image is published with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BaseUser {
    Root,
    /// Root, but its start script or its server changes the user of what does the work.
    Deferred,
    /// Someone else.
    Other,
    Unknown,
}

/// Official images whose own configuration names another user.
const OFFICIAL_OTHER: &[&str] = &[
    "adminer",
    "elasticsearch",
    "fluentd",
    "groovy",
    "haproxy",
    "irssi",
    "jenkins",
    "jetty",
    "kibana",
    "kong",
    "liquibase",
    "logstash",
    "memcached",
    "odoo",
    "open-liberty",
    "solr",
    "sonarqube",
    "spark",
    "teamspeak",
    "varnish",
    "websphere-liberty",
];
/// Official images without a user.
const OFFICIAL_ROOT: &[&str] = &[
    "alpine",
    "almalinux",
    "alt",
    "amazoncorretto",
    "amazonlinux",
    "archlinux",
    "bash",
    "buildpack-deps",
    "busybox",
    "caddy",
    "cirros",
    "clearlinux",
    "clojure",
    "composer",
    "centos",
    "dart",
    "debian",
    "docker",
    "eclipse-temurin",
    "elixir",
    "erlang",
    "fedora",
    "gcc",
    "golang",
    "gradle",
    "haskell",
    "haxe",
    "hello-world",
    "hylang",
    "ibm-semeru-runtimes",
    "ibmjava",
    "jruby",
    "julia",
    "mageia",
    "maven",
    "mono",
    "nats",
    "node",
    "openjdk",
    "opensuse",
    "oraclelinux",
    "perl",
    "photon",
    "php",
    "phpmyadmin",
    "pypy",
    "python",
    "r-base",
    "rakudo-star",
    "registry",
    "rockylinux",
    "ros",
    "ruby",
    "rust",
    "sapmachine",
    "sl",
    "swift",
    "swipl",
    "tomcat",
    "tomee",
    "traefik",
    "ubuntu",
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

/// What is known of the user of an image.
pub(super) fn base_user(image: &ImageRef) -> BaseUser {
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
    if OFFICIAL_OTHER.contains(&official) {
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
    if OFFICIAL_ROOT.contains(&official) || ROOT.iter().any(|prefix| name.starts_with(prefix)) {
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
            ("our-base", BaseUser::Unknown),
        ] {
            assert_eq!(base_user(&ImageRef::parse(image)), expected, "{image}");
        }
    }
}
