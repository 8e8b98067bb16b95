//! Which files are application configuration. Conservative: a file is one by a name that only applications use, or by
//! a likely name together with what stands in it; and never when its shape is that of something else.

use super::keys::Phrase;
use super::stage::Stage;
use crate::formats::document::{Documents, Node, Syntax, Value};

/// What a name says about a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    /// The syntax of its name.
    pub(super) syntax: Syntax,
    /// How many kinds of settings must be seen in it before it counts as application configuration.
    pub(super) evidence: usize,
}

/// Folders whose files configure the program beside them.
const CONFIG_FOLDERS: &[&str] = &[
    "config",
    "configs",
    "conf",
    "configuration",
    "settings",
    "profiles",
    "environments",
    "env",
    "envs",
    "etc",
];
/// Folders of tools that keep other things under such names.
const OTHER_FOLDERS: &[&str] = &[
    "node_modules",
    "vendor",
    "third_party",
    "site-packages",
    ".git",
    ".github",
    ".gitlab",
    ".circleci",
    ".vscode",
    ".idea",
    ".storybook",
    ".devcontainer",
    "i18n",
    "l10n",
    "locales",
    "locale",
    "lang",
    "languages",
    "translations",
    "messages",
    "templates",
    "charts",
    "chart",
    "helm",
    "k8s",
    "kubernetes",
    "manifests",
    "kustomize",
    "crd",
    "crds",
    "pylint",
    "yamllint",
    "rbac",
    "openapi",
    "swagger",
    "schemas",
    "schema",
    "playbooks",
    "roles",
    "group_vars",
    "host_vars",
    "ansible",
    "terraform",
    "cloudformation",
    "dashboards",
    "grafana-dashboards",
    "workflows",
    ".husky",
    ".config",
    "_data",
];
/// Words that name the configuration of a tool, a package or a platform.
const OTHER_WORDS: &[&str] = &[
    "package",
    "composer",
    "tsconfig",
    "jsconfig",
    "openapi",
    "swagger",
    "compose",
    "values",
    "chart",
    "kustomization",
    "mkdocs",
    "cargo",
    "pyproject",
    "poetry",
    "pipfile",
    "netlify",
    "vercel",
    "firebase",
    "angular",
    "nx",
    "turbo",
    "lerna",
    "biome",
    "renovate",
    "dependabot",
    "codecov",
    "travis",
    "cloudbuild",
    "buildspec",
    "serverless",
    "sonar",
    "deno",
    "manifest",
    "babel",
    "jest",
    "webpack",
    "rollup",
    "vite",
    "tailwind",
    "postcss",
    "lint",
    "eslint",
    "prettier",
    "stylelint",
    "commitlint",
    "karma",
    "cypress",
    "playwright",
    "nodemon",
    "launch",
    "launchsettings",
    "tasks",
    "extensions",
    "book",
    "clippy",
    "rustfmt",
    "golangci",
    "goreleaser",
    "mockery",
    "sqlc",
    "buf",
    "skaffold",
    "tilt",
    "helmfile",
    "ansible",
    "galaxy",
    "inventory",
    "playbook",
    "hosts",
    "workflow",
    "action",
    "readthedocs",
    "conda",
    "prometheus",
    "alertmanager",
    "otel",
    "collector",
    "fluent",
    "promtail",
    "loki",
    "tempo",
    "envoy",
    "schema",
    "lock",
    "locale",
    "translation",
    "translations",
    "messages",
    "gradle",
    "log4j",
    "log4j2",
    "logback",
    "logging",
    "checkstyle",
    "detekt",
    "haproxy",
    "nginx",
    "supervisor",
    "wrapper",
    "setup",
    "tox",
    "pytest",
    "mypy",
    "alembic",
    "uwsgi",
    "supervisord",
    "desktop",
    "php",
    "git",
    "pre",
    "kind",
    "minikube",
    "cluster",
    "vault",
];

/// Judges a path by its name alone; none if it cannot be application configuration.
pub(super) fn by_name(path: &str) -> Option<Candidate> {
    let lower = path.to_ascii_lowercase();
    let (folder, name) = lower.rsplit_once('/').unwrap_or(("", &lower));
    if folder.split('/').any(|part| OTHER_FOLDERS.contains(&part)) {
        return None;
    }
    let syntax = Syntax::of_file_name(name)?;
    let candidate = |evidence| Some(Candidate { syntax, evidence });
    if syntax == Syntax::Env {
        // `.env.vault` is encrypted, `.env.keys` holds its keys in a form of its own.
        return if name.ends_with(".vault") || name.ends_with(".keys") { None } else { candidate(0) };
    }
    // Other hidden files and folders belong to tools; the second maps settings to names of variables (node-config).
    if name.starts_with(['.', '_'])
        || folder.split('/').any(|part| part.starts_with('.'))
        || name.starts_with("custom-environment-variables")
    {
        return None;
    }
    let stem = Phrase::of([name.rsplit_once('.')?.0]);
    let first = stem.words().next()?;
    let has = |words: &[&str]| stem.words().any(|word| words.contains(&word));
    if has(OTHER_WORDS) || name.contains("docker-compose") {
        return None;
    }
    let placed = folder.rsplit('/').next().is_some_and(|parent| CONFIG_FOLDERS.contains(&parent));
    let staged = stem.words().all(|word| Stage::of_word(word).is_some() || word == "profile");
    match syntax {
        Syntax::Properties => match first {
            "application" => candidate(0),
            "bootstrap" | "config" | "server" | "app" | "security" | "settings" | "jwt" => candidate(2),
            _ => None,
        },
        Syntax::Ini => {
            let named =
                has(&["app", "config", "settings", "conf", "defaults", "custom", "server", "application"]);
            if named || staged || placed { candidate(2) } else { None }
        }
        _ => {
            if (first == "application" && syntax == Syntax::Yaml)
                || (first == "appsettings" && syntax == Syntax::Json)
            {
                return candidate(0);
            }
            if staged && (placed || Stage::of_words(&stem) == Stage::Production) {
                return candidate(1);
            }
            if placed && matches!(stem.0.as_str(), "default" | "defaults" | "base" | "common") {
                return candidate(1);
            }
            let named =
                has(&["config", "settings", "setting", "configuration", "conf", "application", "bootstrap"]);
            if named || placed { candidate(2) } else { None }
        }
    }
}

/// Whether a file is laid over another one by its framework: `application-prod.yml`, `appsettings.Production.json`.
pub(super) fn is_overlay(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    name.starts_with("application-") || (name.starts_with("appsettings.") && name != "appsettings.json")
}

/// Kinds of settings and the words that show them.
const KINDS: &[(&str, &[&str])] = &[
    ("server", &["server", "http", "https", "listen", "port", "bind", "host", "web"]),
    (
        "store",
        &[
            "database",
            "datasource",
            "redis",
            "mongo",
            "mongodb",
            "mysql",
            "postgres",
            "postgresql",
            "sql",
            "cache",
            "kafka",
            "rabbitmq",
            "amqp",
            "storage",
        ],
    ),
    (
        "login",
        &["jwt", "auth", "authentication", "oauth", "oidc", "session", "cookie", "login", "token", "ldap"],
    ),
    (
        "protection",
        &[
            "security",
            "secret",
            "password",
            "encryption",
            "signing",
            "tls",
            "ssl",
            "cors",
            "csrf",
            "rate",
            "compliance",
            "hash",
            "bcrypt",
            "privacy",
            "gdpr",
            "key",
        ],
    ),
    ("operation", &["log", "logger", "debug", "metrics", "audit", "management", "backup", "environment"]),
    ("mail", &["smtp", "mail", "email"]),
    ("application", &["app", "application", "spring", "api", "graphql", "site"]),
];

/// Whether the contents are application configuration, where the name asks for `evidence` kinds of settings.
pub(super) fn by_content(documents: &Documents, evidence: usize) -> bool {
    if documents.roots.iter().any(is_something_else) {
        return false;
    }
    if evidence == 0 {
        return true;
    }
    let mut seen = [false; KINDS.len()];
    let flat = documents.syntax == Syntax::Properties;
    for root in &documents.roots {
        for entry in root.entries().iter().take(2000) {
            note(&entry.key, flat, &mut seen);
            for inner in entry.value.entries().iter().take(500) {
                note(&inner.key, false, &mut seen);
            }
        }
    }
    let count = seen.iter().filter(|kind| **kind).count();
    // Protection, login, store or server: logging and an application's name alone are in every tool's settings.
    count >= evidence && seen.iter().take(4).any(|kind| *kind)
}

fn note(key: &str, dotted: bool, seen: &mut [bool; KINDS.len()]) {
    let phrase = Phrase::of(
        dotted
            .then_some(key)
            .into_iter()
            .flat_map(|key| key.split('.').take(3))
            .chain((!dotted).then_some(key)),
    );
    for (kind, seen) in KINDS.iter().zip(seen) {
        *seen |= phrase.words().any(|word| kind.1.contains(&word));
    }
}

/// Whether a document has the shape of something that is not application configuration.
pub(super) fn is_something_else(root: &Node) -> bool {
    if !matches!(root.value, Value::Map(_) | Value::Null) {
        return true;
    }
    let has = |key: &str| root.get(key).is_some();
    let map_of = |key: &str, inner: &[&str]| {
        root.get(key).is_some_and(|node| {
            node.entries()
                .iter()
                .take(200)
                .any(|entry| inner.iter().any(|key| entry.value.get(key).is_some()))
        })
    };
    let any_child = |inner: &[&str]| {
        root.entries().iter().take(200).any(|entry| inner.iter().any(|key| entry.value.get(key).is_some()))
    };
    // Kubernetes and what follows its conventions.
    (has("apiVersion") && (has("kind") || has("metadata") || has("datasources") || has("providers")))
        || (has("apiversion") && has("kind"))
        || (has("kind") && has("metadata"))
        || (has("resources") && (has("bases") || has("patches") || has("namePrefix") || has("configMapGenerator")))
        // Compose files, also fragments of them.
        || map_of("services", &["image", "build", "extends", "container_name"])
        || (any_child(&["image"]) && any_child(&["ports", "volumes", "environment"]))
        // Workflows of continuous integration.
        || map_of("jobs", &["steps", "runs-on", "uses", "script", "docker"])
        || (has("on") && has("jobs"))
        || (has("stages") && any_child(&["script"]))
        || (has("runs") && (has("inputs") || has("description")))
        || has("steps") || has("pipelines") || (has("trigger") && has("pool")) || (has("orbs") && has("version"))
        // Descriptions of interfaces and data.
        || has("openapi") || has("swagger") || has("asyncapi") || has("swaggerVersion")
        || (has("$schema") && (has("properties") || has("definitions") || has("$defs") || has("type")))
        || root.get("$schema").and_then(Node::as_str).is_some_and(|schema| {
            !schema.contains("appsettings") && (schema.contains("schemastore") || schema.contains("json-schema.org"))
        })
        || (has("type") && has("properties"))
        // Infrastructure.
        || has("AWSTemplateFormatVersion") || (has("Resources") && map_of("Resources", &["Type"]))
        || has("scrape_configs") || (has("receivers") && (has("exporters") || has("route"))) || has("static_resources")
        || (has("hosts") && has("tasks")) || has("entryPoints") || has("terraform")
        || root.get("all").is_some_and(|all| all.get("hosts").is_some() || all.get("children").is_some())
        // Packages, tools, documents.
        || (has("dependencies") && (has("name") || has("version") || has("package")))
        || has("devDependencies") || has("lockfileVersion") || has("compilerOptions") || has("build-system")
        || has("site_name") || has("bomFormat") || has("spdxVersion") || has("SPDXID") || has("repos")
        || (has("rules") && (has("extends") || has("plugins") || has("env")))
        || (has("info") && (has("item") || has("paths")))
        || (has("panels") && has("title")) || has("mcpServers") || has("linters")
        || (has("layout") && has("title")) || (has("runs") && has("version") && has("$schema"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::document::{Limits, parse};

    #[test]
    fn names_of_application_configuration() {
        for (path, expected) in [
            ("src/main/resources/application.yml", Some(0)),
            ("src/main/resources/application-prod.properties", Some(0)),
            ("src/Web/appsettings.Production.json", Some(0)),
            (".env", Some(0)),
            ("deploy/.env.production", Some(0)),
            ("deploy/web.env", Some(0)),
            ("config/production.json", Some(1)),
            ("config/default.yml", Some(1)),
            ("production.toml", Some(1)),
            ("settings.toml", Some(2)),
            ("server/config.yaml", Some(2)),
            ("conf/app.ini", Some(2)),
            (".env.vault", None),
            (".github/config.yml", None),
            ("_config.yml", None),
            ("values.yaml", None),
            ("charts/app/values-production.yaml", None),
            ("docker-compose.prod.yml", None),
            ("package.json", None),
            ("tsconfig.json", None),
            ("jest.config.json", None),
            ("locales/config.json", None),
            ("src/data.json", None),
            ("setup.cfg", None),
            ("src/test.json", None),
            ("gradle.properties", None),
            ("messages_de.properties", None),
        ] {
            assert_eq!(by_name(path).map(|candidate| candidate.evidence), expected, "{path}");
        }
    }

    #[test]
    fn other_shapes_are_no_configuration() {
        for text in [
            "apiVersion: v1\nkind: ConfigMap\ndata: {database: x, server: y}",
            "services:\n  web:\n    image: nginx\n  database:\n    image: postgres",
            "on: push\njobs:\n  server:\n    steps: []",
            "openapi: 3.0.0\nsecurity: []\nserver: x",
            "AWSTemplateFormatVersion: 2010-09-09\nserver: {}\nsecurity: {}",
            "- hosts: all\n  tasks: []",
            "site_name: Docs\nserver: x\nsecurity: y",
        ] {
            let documents = parse(text.as_bytes(), Syntax::Yaml, &Limits::default()).unwrap();
            assert!(!by_content(&documents, 0), "{text}");
        }
        let documents =
            parse(b"server: {port: 80}\ndatabase: {host: x}", Syntax::Yaml, &Limits::default()).unwrap();
        assert!(by_content(&documents, 2));
        assert!(!by_content(&documents, 3));
    }
}
