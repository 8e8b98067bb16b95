//! What a project declares to depend on: `package.json`, `Cargo.toml`, `pyproject.toml`, …, as opposed to what a lock
//! file pins.

mod cargo;
mod composer;
mod gemfile;
mod npm;
mod nuget;
mod pipfile;
mod pubspec;
mod pyproject;

use super::fault::Fault;
use super::lockfile;
use super::package::{Origin, Scope};

/// What a project file declares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// Name of the project.
    pub name: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// What it asks for.
    pub dependencies: Vec<Dependency>,
    /// What building it, or surroundings that no lock file covers, asks for: `[build-system]` and the environments of
    /// Hatch in `pyproject.toml`.
    pub tools: Vec<Dependency>,
    /// Whether it says of itself that it is published for others to depend on; they do not get its lock file.
    pub published: bool,
    /// Folders (globs) of workspace members, relative to the file; behind a `!` those that are none of them.
    pub members: Vec<String>,
    /// Registries that it names besides the usual one: URL and line.
    pub registries: Vec<(String, u32)>,
}

/// One dependency as asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// Name as its ecosystem writes it.
    pub name: String,
    /// The requirement as written; empty where there is none.
    pub requirement: String,
    /// What for.
    pub scope: Scope,
    /// Where from.
    pub origin: Origin,
    /// Line, from 1.
    pub line: u32,
}

/// The kinds of project file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `Cargo.toml`.
    Cargo,
    /// `package.json`.
    Npm,
    /// `pyproject.toml` (PEP 621, Poetry, PEP 735 groups).
    PyProject,
    /// `Pipfile`.
    Pipfile,
    /// `composer.json`.
    Composer,
    /// `Gemfile`, `gems.rb`.
    Gemfile,
    /// `pubspec.yaml`.
    Pub,
    /// `*.csproj`, `*.fsproj`, `*.vbproj`, `Directory.Packages.props`.
    NuGet,
}

/// Tells a kind by the name of a file.
type IsName = fn(&str) -> bool;

impl Kind {
    /// The project files that a kind of lock file speaks for; none where the lock file is all there is.
    #[must_use]
    pub const fn of_lock(lock: lockfile::Kind) -> Option<Self> {
        match lock {
            lockfile::Kind::Cargo => Some(Self::Cargo),
            lockfile::Kind::Yarn | lockfile::Kind::Npm | lockfile::Kind::Bun | lockfile::Kind::Pnpm => {
                Some(Self::Npm)
            }
            lockfile::Kind::Poetry | lockfile::Kind::Uv | lockfile::Kind::Pdm => Some(Self::PyProject),
            lockfile::Kind::Pipfile => Some(Self::Pipfile),
            lockfile::Kind::Composer => Some(Self::Composer),
            lockfile::Kind::Bundler => Some(Self::Gemfile),
            lockfile::Kind::Pub => Some(Self::Pub),
            lockfile::Kind::NuGet => Some(Self::NuGet),
            _ => None,
        }
    }

    /// The kind of the file with this name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        let named: [(Self, IsName); 8] = [
            (Self::Cargo, cargo::is_name),
            (Self::Npm, npm::is_name),
            (Self::PyProject, pyproject::is_name),
            (Self::Pipfile, pipfile::is_name),
            (Self::Composer, composer::is_name),
            (Self::Gemfile, gemfile::is_name),
            (Self::Pub, pubspec::is_name),
            (Self::NuGet, nuget::is_name),
        ];
        named.iter().find(|(_, is_name)| is_name(name)).map(|(kind, _)| *kind)
    }
}

/// Reads a project file.
///
/// # Errors
/// When it is not of its kind.
pub fn parse(kind: Kind, bytes: &[u8]) -> Result<Declared, Fault> {
    match kind {
        Kind::Cargo => cargo::parse(bytes),
        Kind::Npm => npm::parse(bytes),
        Kind::PyProject => pyproject::parse(bytes),
        Kind::Pipfile => pipfile::parse(bytes),
        Kind::Composer => composer::parse(bytes),
        Kind::Gemfile => gemfile::parse(bytes),
        Kind::Pub => pubspec::parse(bytes),
        Kind::NuGet => nuget::parse(bytes),
    }
}
