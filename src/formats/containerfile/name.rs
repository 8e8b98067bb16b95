//! Which file names are container files.

/// Endings of templates: what stands in one is not what is built.
const TEMPLATES: &[&str] = &[
    "dust",
    "eex",
    "ejs",
    "epp",
    "erb",
    "gohtml",
    "gotmpl",
    "gotpl",
    "handlebars",
    "hbs",
    "heex",
    "j2",
    "jinja",
    "jinja2",
    "leex",
    "liquid",
    "m4",
    "mako",
    "mustache",
    "njk",
    "template",
    "tera",
    "tmpl",
    // Templates of Thor, with which Rails makes an application.
    "tt",
    "tpl",
    "twig",
];

/// Endings of files that are about a container file, but are none: documents, data, backups.
const NOT_CONTAINERFILES: &[&str] = &[
    "adoc",
    "asc",
    "bak",
    "diff",
    "dockerignore",
    "html",
    "json",
    "lock",
    "markdown",
    "md",
    "orig",
    "patch",
    "pdf",
    "png",
    "rej",
    "rst",
    "sha256",
    "sig",
    "svg",
    "swp",
    "toml",
    "txt",
    "xml",
    "yaml",
    "yml",
];

/// Endings of source code. `Dockerfile.go` is the usual name of a variant for Go, `dockerfile.go` that of a parser in Go.
const SOURCE_CODE: &[&str] = &[
    "bash",
    "c",
    "cc",
    "cpp",
    "cs",
    "cts",
    "d",
    "el",
    "ex",
    "exs",
    "go",
    "h",
    "hpp",
    "hs",
    "java",
    "js",
    "jsx",
    "kt",
    "lua",
    "mjs",
    "mts",
    "php",
    "pl",
    "ps1",
    "py",
    "rb",
    "rs",
    "scala",
    "sh",
    "snap",
    "sublime-syntax",
    "swift",
    "ts",
    "tsx",
    "vim",
    "vue",
    "zig",
];

/// Whether a file called `name` (without its folder) is taken for a container file.
///
/// Taken, in any letter case: `Containerfile`, `Dockerfile`, `Podmanfile`; these with `.SUFFIX` (`Dockerfile.alpine`);
/// and `STEM.Containerfile`, `STEM.Dockerfile`, `STEM.Podmanfile`. Also `Dockerfile-SUFFIX` and `Dockerfile_SUFFIX`, with
/// the capital letter only, because in lower case such names belong to tools and packages.
///
/// Not taken: a last suffix of a document, template, data file or backup (`Dockerfile.md`, `Dockerfile.j2`,
/// `Dockerfile.dockerignore`, `Dockerfile~`), because what stands in a template is not what is built; and a suffix of a
/// programming language behind a name in lower case (`dockerfile.go`) or after `-` or `_`. `Containerfile.in` is taken:
/// Podman builds it by that name, and it mostly reads like any other, even where a preprocessor runs over it first.
pub fn is_containerfile_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    if let Some((stem, last)) = lower.rsplit_once('.')
        && !stem.is_empty()
        && is_base(last)
    {
        return true;
    }
    for base in ["containerfile", "dockerfile", "podmanfile"] {
        let Some(suffix) = lower.strip_prefix(base) else { continue };
        if suffix.is_empty() {
            return true;
        }
        let capital = name.starts_with(|first: char| first.is_ascii_uppercase());
        let last = suffix.rsplit('.').next().unwrap_or_default();
        if suffix.len() == 1
            || suffix.ends_with(['~', '#', '.'])
            || NOT_CONTAINERFILES.contains(&last)
            || TEMPLATES.contains(&last)
        {
            return false;
        }
        let code = suffix.contains('.') && SOURCE_CODE.contains(&last);
        return match suffix.as_bytes().first() {
            Some(b'.') => capital || !code,
            Some(b'-' | b'_') => capital && !code,
            _ => false,
        };
    }
    false
}

/// Whether a file called `name` (without its folder) is a template of which a container file is made:
/// `Dockerfile.eex`, `app.Dockerfile.j2`.
pub fn is_containerfile_template(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower.rsplit_once('.').is_some_and(|(rest, last)| {
        TEMPLATES.contains(&last) && rest.split(['.', '-', '_']).any(is_base) && is_containerfile_name(rest)
    })
}

fn is_base(word: &str) -> bool {
    matches!(word, "containerfile" | "dockerfile" | "podmanfile")
}

#[cfg(test)]
mod tests {
    use super::{is_containerfile_name, is_containerfile_template};

    #[test]
    fn names_of_container_files() {
        for name in [
            "Containerfile",
            "Dockerfile",
            "Podmanfile",
            "dockerfile",
            "DOCKERFILE",
            "Dockerfile.alpine",
            "dockerfile.dev",
            "Dockerfile.go",
            "Dockerfile.v1.2",
            "Containerfile.in",
            "app.Dockerfile",
            "app.dockerfile",
            "web.prod.Containerfile",
            "Dockerfile-debian",
            "Dockerfile_test",
            "Podmanfile.x",
        ] {
            assert!(is_containerfile_name(name), "{name}");
        }
    }

    #[test]
    fn names_of_templates() {
        for name in
            ["Dockerfile.eex", "Dockerfile.J2", "dockerfile.erb", "app.Dockerfile.tmpl", "Dockerfile.prod.tt"]
        {
            assert!(is_containerfile_template(name) && !is_containerfile_name(name), "{name}");
        }
        for name in ["Dockerfile", "Dockerfile.md", "index.html.eex", "Containerfile.in", "eex", "my.j2"] {
            assert!(!is_containerfile_template(name), "{name}");
        }
    }

    #[test]
    fn names_of_other_files() {
        for name in [
            "",
            "Dockerfile.md",
            "Dockerfile.j2",
            "Dockerfile.erb",
            "Dockerfile.tmpl",
            "Dockerfile.template",
            "Dockerfile.tt",
            "Dockerfile.dockerignore",
            "Dockerfile.alpine.bak",
            "Dockerfile~",
            "Dockerfile.",
            "Dockerfile-",
            ".dockerfile",
            "app.Dockerfile.j2",
            "dockerfile.go",
            "dockerfile-parse",
            "dockerfile_parser.py",
            "Dockerfile-parser.js",
            "Dockerfiles",
            "MyDockerfile",
            "docker-compose.yml",
            "Containerfiles.d",
            "dockerfile.rs",
            "Dockerfile\u{e9}",
        ] {
            assert!(!is_containerfile_name(name), "{name}");
        }
    }
}
