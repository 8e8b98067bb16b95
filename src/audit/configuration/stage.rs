//! What a configuration file is for: production, development, or nothing that its name says.

use super::keys::Phrase;

/// What a configuration file is for, judged by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Production or staging.
    Production,
    /// Nothing says; it may well be what ships.
    Neutral,
    /// Development or testing.
    Development,
}

impl Stage {
    /// What the path of a file says.
    pub(super) fn of_path(path: &str) -> Self {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        match Self::of_words(&Phrase::of([name])) {
            Self::Neutral => Self::of_words(&Phrase::of([folder.rsplit('/').next().unwrap_or_default()])),
            stage => stage,
        }
    }

    /// What words say; a name that speaks of both is taken for what it is nearer to shipping.
    pub(super) fn of_words(phrase: &Phrase) -> Self {
        let has = |wanted| phrase.words().filter_map(Self::of_word).any(|stage| stage == wanted);
        if has(Self::Production) {
            Self::Production
        } else if has(Self::Development) {
            Self::Development
        } else {
            Self::Neutral
        }
    }

    /// What one word says.
    pub(super) fn of_word(word: &str) -> Option<Self> {
        match word {
            "production" | "prod" | "prd" | "live" | "release" | "staging" | "stage" | "stg" | "uat"
            | "preprod" | "preproduction" => Some(Self::Production),
            "development" | "dev" | "develop" | "devel" | "local" | "localhost" | "test" | "tests"
            | "testing" | "ci" | "e2e" | "testcontainers" => Some(Self::Development),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_by_name() {
        for (path, expected) in [
            ("config/production.yaml", Stage::Production),
            ("application-dev.yml", Stage::Development),
            ("appsettings.Development.json", Stage::Development),
            (".env.local", Stage::Development),
            (".env", Stage::Neutral),
            ("environments/prod/app.yaml", Stage::Production),
            ("config/local-production.json", Stage::Production),
        ] {
            assert_eq!(Stage::of_path(path), expected, "{path}");
        }
    }
}
