//! Which syntax a file is in, by its name.

/// The syntaxes this module reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Syntax {
    /// YAML 1.2 with the core schema, any number of documents.
    Yaml,
    /// JSON (RFC 8259); comments and trailing commas are tolerated and noted.
    Json,
    /// TOML 1.0 and 1.1.
    Toml,
    /// `KEY=value` lines as dotenv libraries and shells read them.
    Env,
    /// Sections and `key = value` lines.
    Ini,
    /// Java `.properties`.
    Properties,
}

impl Syntax {
    /// The syntax of a file by the last part of its path, upper or lower case. `None` where the name does not tell:
    /// `.conf` may be anything.
    pub fn of_file_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        match name.as_str() {
            ".env" | ".flaskenv" | "dotenv" => return Some(Self::Env),
            "cargo.lock" | "poetry.lock" | "uv.lock" | "pipfile" => return Some(Self::Toml),
            "composer.lock" | "pipfile.lock" | ".babelrc" | ".eslintrc" | ".swcrc" => {
                return Some(Self::Json);
            }
            ".editorconfig" | ".gitconfig" | ".gitmodules" | ".npmrc" | ".pylintrc" | ".flake8"
            | ".coveragerc" | "pip.conf" => return Some(Self::Ini),
            ".clang-format" | ".clang-tidy" | ".yamllint" | ".prettierrc" => return Some(Self::Yaml),
            _ => {}
        }
        match name.rsplit_once('.')?.1 {
            "yaml" | "yml" => Some(Self::Yaml),
            "json" | "jsonc" | "webmanifest" => Some(Self::Json),
            "toml" => Some(Self::Toml),
            "env" => Some(Self::Env),
            "ini" | "cfg" | "cnf" => Some(Self::Ini),
            "properties" => Some(Self::Properties),
            // `.env.production` and `.env.example`; of `.env.yaml` the extension has decided above.
            _ if name.starts_with(".env.") => Some(Self::Env),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_the_syntax() {
        for (name, expected) in [
            ("prod.yml", Some(Syntax::Yaml)),
            ("Chart.YAML", Some(Syntax::Yaml)),
            ("package.json", Some(Syntax::Json)),
            ("tsconfig.jsonc", Some(Syntax::Json)),
            ("Cargo.toml", Some(Syntax::Toml)),
            ("Cargo.lock", Some(Syntax::Toml)),
            (".env", Some(Syntax::Env)),
            (".env.production", Some(Syntax::Env)),
            ("prod.env", Some(Syntax::Env)),
            (".env.yaml", Some(Syntax::Yaml)),
            ("setup.cfg", Some(Syntax::Ini)),
            ("application.properties", Some(Syntax::Properties)),
            (".envrc", None),
            ("nginx.conf", None),
            ("README", None),
            ("yarn.lock", None),
        ] {
            assert_eq!(Syntax::of_file_name(name), expected, "{name}");
        }
    }
}
