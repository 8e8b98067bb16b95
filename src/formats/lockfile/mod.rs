//! Lock files and other lists of exact package versions, with lines and graph. One file a kind.

mod apk;
mod bun;
mod bundler;
mod cargo;
mod composer;
mod dpkg;
mod elixir;
mod go_mod;
mod go_sum;
mod gradle;
mod image_package;
mod images;
mod maven;
mod mix;
pub(super) mod node;
mod npm;
mod nuget;
mod packages_config;
mod pdm;
mod pipfile;
mod pnpm;
mod poetry;
mod pubspec;
mod pylock;
mod python;
mod reading;
mod requirements;
mod script;
mod swift;
mod text;
mod uv;
mod workflow;
mod yarn;

use super::fault::Fault;
use super::package::{Origin, Package};

pub use script::Script;

/// What a lock file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lockfile {
    /// Its packages in the order of the file; the project's own ones have [`super::package::Origin::Own`].
    pub packages: Vec<Package>,
    /// Entries that were not understood: nothing is known of the packages they may name.
    pub left_out: Vec<Unread>,
    /// Other files of the same kind that this one includes (`-r other.txt`), as written, with their line.
    pub includes: Vec<(String, u32)>,
    /// Registries and places to look for packages that the file names, by their URL (or host, or path) as written but
    /// without credentials, with their line.
    pub registries: Vec<(String, u32)>,
    /// Those of [`Self::registries`] that are asked besides the usual or the named one for every package
    /// (`--extra-index-url`).
    pub besides: Vec<(String, u32)>,
    /// Names that some of its packages stand in for (`replace` and `provide` of Composer), in lower case.
    pub stand_ins: Vec<String>,
    /// What the file asks of its surroundings, as name, version and line: `go`, `toolchain`. Minimums, not pins.
    pub platform: Vec<(String, String, u32)>,
    /// Why packages that will be installed may be missing from a file that was read in full: the kind, or the way it is
    /// used, lists only what is asked for and not what that needs.
    pub partial: Option<&'static str>,
}

impl Lockfile {
    /// Whether it tells of nothing that others made: no package, no entry that was not understood, no further file.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.left_out.is_empty()
            && self.includes.is_empty()
            && self.packages.iter().all(|package| package.origin == Origin::Own)
    }
}

/// An entry that was not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Its line, from 1.
    pub line: u32,
    /// Why, the same words for all entries of a kind: `no exact version`, `neither name nor version`.
    pub reason: &'static str,
    /// The package, where at least its name is known.
    pub name: String,
}

/// The reason of an entry that has no version of its own because a parent or an imported list sets it, which is another
/// file: Maven refuses to build without one.
pub const INHERITED: &str = "its version comes from a parent or an imported list";

/// The kinds of lock file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `Cargo.lock`.
    Cargo,
    /// `package-lock.json`, `npm-shrinkwrap.json` (versions 1 to 3).
    Npm,
    /// `yarn.lock`, classic and berry.
    Yarn,
    /// `pnpm-lock.yaml`.
    Pnpm,
    /// `bun.lock` (the text form).
    Bun,
    /// `poetry.lock`.
    Poetry,
    /// `uv.lock`.
    Uv,
    /// `Pipfile.lock`.
    Pipfile,
    /// `pdm.lock`, and `pylock.toml` (PEP 751).
    Pdm,
    /// `requirements*.txt`.
    Requirements,
    /// `go.mod`.
    GoMod,
    /// `go.sum`: digests for the modules of `go.mod`.
    GoSum,
    /// `gradle.lockfile`, `buildscript-gradle.lockfile`.
    Gradle,
    /// `pom.xml`: what it pins.
    Maven,
    /// `Gemfile.lock`, `gems.locked`.
    Bundler,
    /// `composer.lock`.
    Composer,
    /// `packages.lock.json`.
    NuGet,
    /// `packages.config`, what NuGet used before.
    PackagesConfig,
    /// `mix.lock`.
    Mix,
    /// `pubspec.lock`.
    Pub,
    /// `Package.resolved`.
    Swift,
    /// `var/lib/dpkg/status`, `var/lib/dpkg/status.d/*` of a root filesystem.
    Dpkg,
    /// `lib/apk/db/installed`, `usr/lib/apk/db/installed` of a root filesystem.
    Apk,
    /// GitHub workflows and actions: what they `uses:`.
    Workflow,
    /// Container files: the images that they build on and copy from.
    Containerfile,
}

/// Every kind, with its name for people.
pub const KINDS: &[(Kind, &str)] = &[
    (Kind::Cargo, "Cargo.lock"),
    (Kind::Npm, "package-lock.json"),
    (Kind::Yarn, "yarn.lock"),
    (Kind::Pnpm, "pnpm-lock.yaml"),
    (Kind::Bun, "bun.lock"),
    (Kind::Poetry, "poetry.lock"),
    (Kind::Uv, "uv.lock"),
    (Kind::Pipfile, "Pipfile.lock"),
    (Kind::Pdm, "pdm.lock"),
    (Kind::Requirements, "requirements.txt"),
    (Kind::GoMod, "go.mod"),
    (Kind::GoSum, "go.sum"),
    (Kind::Gradle, "gradle.lockfile"),
    (Kind::Maven, "pom.xml"),
    (Kind::Bundler, "Gemfile.lock"),
    (Kind::Composer, "composer.lock"),
    (Kind::NuGet, "packages.lock.json"),
    (Kind::PackagesConfig, "packages.config"),
    (Kind::Mix, "mix.lock"),
    (Kind::Pub, "pubspec.lock"),
    (Kind::Swift, "Package.resolved"),
    (Kind::Dpkg, "dpkg status"),
    (Kind::Apk, "apk installed"),
    (Kind::Workflow, "GitHub workflow"),
    (Kind::Containerfile, "container file"),
];

/// Files that list packages in a form that is not read, by the end of their path (whole parts of it), and why: what they
/// pin would otherwise look like nothing.
pub const UNREADABLE: &[(&str, &str)] = &[
    ("bun.lockb", BUN),
    ("Cartfile.resolved", FORM),
    ("Godeps/Godeps.json", FORM),
    ("Gopkg.lock", FORM),
    ("Packages/packages-lock.json", FORM),
    ("Podfile.lock", FORM),
    ("cabal.project.freeze", FORM),
    ("conan.lock", FORM),
    ("conda-lock.yml", FORM),
    ("cpanfile.snapshot", FORM),
    ("deno.lock", FORM),
    ("dub.selections.json", FORM),
    ("glide.lock", FORM),
    ("luarocks.lock", FORM),
    ("maven_install.json", FORM),
    ("nimble.lock", FORM),
    ("packrat/packrat.lock", FORM),
    ("paket.lock", FORM),
    ("pixi.lock", FORM),
    ("rebar.lock", FORM),
    ("renv.lock", FORM),
    ("shard.lock", FORM),
    ("spago.lock", FORM),
    ("stack.yaml.lock", FORM),
    ("var/lib/rpm/Packages", RPM),
    ("var/lib/rpm/Packages.db", RPM),
    ("var/lib/rpm/rpmdb.sqlite", RPM),
    ("usr/lib/sysimage/rpm/Packages", RPM),
    ("usr/lib/sysimage/rpm/Packages.db", RPM),
    ("usr/lib/sysimage/rpm/rpmdb.sqlite", RPM),
];

const BUN: &str = "Bun's binary lock file is not read; `bun install --save-text-lockfile` writes `bun.lock`";
const FORM: &str = "this kind of lock file is not read: its packages are not known";
const RPM: &str = "the database of rpm is binary and not read: its packages are not known";

/// Tells a kind by the path of a file and its last part.
type IsName = fn(&str, &str) -> bool;

impl Kind {
    /// The kind of the file at a path relative to the tree; by name, and for some by the folder it is in.
    #[must_use]
    pub fn of_path(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or(path);
        let named: [(Self, IsName); 25] = [
            (Self::Cargo, cargo::is_name),
            (Self::Npm, npm::is_name),
            (Self::Yarn, yarn::is_name),
            (Self::Pnpm, pnpm::is_name),
            (Self::Bun, bun::is_name),
            (Self::Poetry, poetry::is_name),
            (Self::Uv, uv::is_name),
            (Self::Pipfile, pipfile::is_name),
            (Self::Pdm, pdm::is_name),
            (Self::Requirements, requirements::is_name),
            (Self::GoMod, go_mod::is_name),
            (Self::GoSum, go_sum::is_name),
            (Self::Gradle, gradle::is_name),
            (Self::Maven, maven::is_name),
            (Self::Bundler, bundler::is_name),
            (Self::Composer, composer::is_name),
            (Self::NuGet, nuget::is_name),
            (Self::PackagesConfig, packages_config::is_name),
            (Self::Mix, mix::is_name),
            (Self::Pub, pubspec::is_name),
            (Self::Swift, swift::is_name),
            (Self::Dpkg, dpkg::is_name),
            (Self::Apk, apk::is_name),
            (Self::Workflow, workflow::is_name),
            (Self::Containerfile, images::is_name),
        ];
        named.iter().find(|(_, is_name)| is_name(path, name)).map(|(kind, _)| *kind)
    }

    /// Its name for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        KINDS.iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }
}

/// Reads a lock file.
///
/// # Errors
/// When it is not of its kind: nothing is known of any package in it.
pub fn parse(kind: Kind, bytes: &[u8]) -> Result<Lockfile, Fault> {
    match kind {
        Kind::Cargo => cargo::parse(bytes),
        Kind::Npm => npm::parse(bytes),
        Kind::Yarn => yarn::parse(bytes),
        Kind::Pnpm => pnpm::parse(bytes),
        Kind::Bun => bun::parse(bytes),
        Kind::Poetry => poetry::parse(bytes),
        Kind::Uv => uv::parse(bytes),
        Kind::Pipfile => pipfile::parse(bytes),
        Kind::Pdm => pdm::parse(bytes),
        Kind::Requirements => requirements::parse(bytes),
        Kind::GoMod => go_mod::parse(bytes),
        Kind::GoSum => go_sum::parse(bytes),
        Kind::Gradle => gradle::parse(bytes),
        Kind::Maven => maven::parse(bytes),
        Kind::Bundler => bundler::parse(bytes),
        Kind::Composer => composer::parse(bytes),
        Kind::NuGet => nuget::parse(bytes),
        Kind::PackagesConfig => packages_config::parse(bytes),
        Kind::Mix => mix::parse(bytes),
        Kind::Pub => pubspec::parse(bytes),
        Kind::Swift => swift::parse(bytes),
        Kind::Dpkg => dpkg::parse(bytes),
        Kind::Apk => apk::parse(bytes),
        Kind::Workflow => workflow::parse(bytes),
        Kind::Containerfile => images::parse(bytes),
    }
}
