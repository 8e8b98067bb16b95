//! The kinds of project file that are not read, with how each is known to ask for packages.
//!
//! What is longer than other modules here is one list.

use super::super::Kind;
use super::Script;
use super::looks;
use crate::formats::document::Syntax::{Json, Toml, Yaml};

/// What speaks for projects of Python.
const PYTHON: &[Kind] = &[Kind::Poetry, Kind::Uv, Kind::Pdm, Kind::Pipfile, Kind::Requirements];

/// Libraries that come with Julia.
const WITH_JULIA: &[&str] = &[
    "Artifacts",
    "Base64",
    "CRC32c",
    "Dates",
    "DelimitedFiles",
    "Distributed",
    "Downloads",
    "FileWatching",
    "Future",
    "InteractiveUtils",
    "LazyArtifacts",
    "LibCURL",
    "LibGit2",
    "Libdl",
    "LinearAlgebra",
    "Logging",
    "Markdown",
    "Mmap",
    "NetworkOptions",
    "Pkg",
    "Printf",
    "Profile",
    "REPL",
    "Random",
    "SHA",
    "Serialization",
    "SharedArrays",
    "Sockets",
    "SparseArrays",
    "Statistics",
    "SuiteSparse",
    "TOML",
    "Tar",
    "Test",
    "UUIDs",
    "Unicode",
];

const fn script(names: &'static [&'static str], asks: fn(&str) -> bool, reason: &'static str) -> Script {
    Script { names, asks, locks: &[], unread_locks: &[], is_central: false, ships: true, reason }
}

impl Script {
    const fn locked_by(self, locks: &'static [Kind]) -> Self {
        Self { locks, ..self }
    }

    const fn or_told_by(self, unread_locks: &'static [&'static str]) -> Self {
        Self { unread_locks, ..self }
    }

    const fn central(self) -> Self {
        Self { is_central: true, ..self }
    }

    const fn of_surroundings(self) -> Self {
        Self { ships: false, ..self }
    }
}

/// All of them. Where several have a name in common, the first one that asks counts.
pub(super) static SCRIPTS: &[Script] = &[
    // The JVM.
    script(
        &["*.gradle", "*.gradle.kts"],
        looks::gradle,
        "a build script of Gradle, which is not read, without a gradle.lockfile",
    )
    .locked_by(&[Kind::Gradle]),
    script(
        &["*.versions.toml"],
        |text| looks::keys(text, Toml, &[&["libraries"]], &[]),
        "a version catalog of Gradle, which is not read, without a gradle.lockfile",
    )
    .locked_by(&[Kind::Gradle])
    .central(),
    script(
        &["*.sbt", "project/*.scala"],
        |text| looks::words(text, &["libraryDependencies"]) || looks::has(text, &["\" %", "\"%"]),
        "a build script of sbt, which is not read",
    ),
    script(
        &["build.sc", "build.mill", "package.mill"],
        |text| looks::has(text, &["ivy\"", "mvn\""]),
        "a build script of Mill, which is not read",
    ),
    script(&["project.clj"], looks::leiningen, "a project of Leiningen, which is not read"),
    script(
        &["deps.edn", "bb.edn", "shadow-cljs.edn"],
        |text| looks::has(text, &[":mvn/version", ":git/sha", ":git/tag", ":sha \""]),
        "a list of dependencies of Clojure, which is not read",
    ),
    script(&["ivy.xml"], |text| looks::has(text, &["<dependency "]), "a module of Ivy, which is not read"),
    script(
        &["MODULE.bazel", "WORKSPACE", "WORKSPACE.bazel"],
        |text| looks::has(text, &["maven.install(", "maven_install(", "maven.artifact("]),
        "dependencies of Bazel from Maven, which are not read",
    )
    .or_told_by(&["maven_install.json"]),
    // Python and conda.
    script(
        &["setup.py", "setup.cfg"],
        looks::setuptools,
        "a script of setuptools, which is not read, without a lock file or requirements.txt",
    )
    .locked_by(PYTHON),
    script(
        &["requirements*.in", "*requirements.in", "requirements/*.in"],
        looks::pip,
        "requirements of pip-tools without the list that it makes of them",
    )
    .locked_by(PYTHON),
    script(
        &["environment*.yml", "environment*.yaml", "*environment.yml", "*environment.yaml"],
        looks::conda,
        "an environment of conda, which is not read",
    )
    .or_told_by(&["conda-lock.yml", "pixi.lock"]),
    script(
        &["construct.yaml"],
        |text| looks::keys(text, Yaml, &[&["specs"]], &["python", "pip"]),
        "an installer of conda, which is not read",
    ),
    script(
        &["conda-*.lock"],
        |text| looks::starts(text, &["@EXPLICIT"]),
        "this kind of lock file is not read: its packages are not known",
    ),
    script(
        &["meta.yaml", "recipe.yaml"],
        looks::recipe,
        "a recipe of conda, which is not read, without a lock file or requirements.txt",
    )
    .locked_by(PYTHON),
    script(
        &["pixi.toml"],
        |text| {
            let tables: &[&[&str]] = &[
                &["dependencies"],
                &["pypi-dependencies"],
                &["target", "*", "dependencies"],
                &["feature", "*", "dependencies"],
                &["feature", "*", "pypi-dependencies"],
            ];
            looks::keys(text, Toml, tables, &["python", "pip"])
        },
        "a project of Pixi, which is not read",
    )
    .or_told_by(&["pixi.lock"]),
    // C, C++ and others that are built from source.
    script(&["conanfile.txt"], looks::conan, "a list of Conan, which is not read")
        .or_told_by(&["conan.lock"]),
    script(
        &["conanfile.py"],
        |text| looks::calls(text, &["requires", "tool_requires", "build_requires", "test_requires"]),
        "a recipe of Conan, which is not read",
    )
    .or_told_by(&["conan.lock"]),
    script(
        &["vcpkg.json"],
        |text| looks::keys(text, Json, &[&["dependencies"], &["features", "*", "dependencies"]], &[]),
        "a manifest of vcpkg, which is not read",
    ),
    script(
        &["CMakeLists.txt"],
        |text| {
            looks::words(
                text,
                &["FetchContent_Declare", "ExternalProject_Add", "CPMAddPackage", "CPMFindPackage"],
            )
        },
        "a build script of CMake that downloads sources, which is not read",
    ),
    script(
        &["subprojects/*.wrap"],
        |text| looks::starts(text, &["[wrap-"]),
        "a subproject of Meson, which is not read",
    ),
    script(&["build.zig.zon"], |text| looks::words(text, &[".url"]), "a manifest of Zig, which is not read"),
    script(
        &["dub.json"],
        |text| {
            let tables: &[&[&str]] = &[
                &["dependencies"],
                &["configurations", "*", "dependencies"],
                &["subPackages", "*", "dependencies"],
            ];
            looks::keys(text, Json, tables, &[])
        },
        "a project of DUB, which is not read",
    )
    .or_told_by(&["dub.selections.json"]),
    script(&["dub.sdl"], |text| looks::starts(text, &["dependency "]), "a project of DUB, which is not read")
        .or_told_by(&["dub.selections.json"]),
    script(
        &["*.nimble"],
        |text| looks::names_other(text, "requires", "nim"),
        "a package of Nim, which is not read",
    )
    .or_told_by(&["nimble.lock"]),
    script(
        &["shard.yml"],
        |text| looks::keys(text, Yaml, &[&["dependencies"], &["development_dependencies"]], &[]),
        "a manifest of Shards, which is not read",
    )
    .or_told_by(&["shard.lock"]),
    // Apple's platforms.
    script(
        &["Package.swift", "Package@*.swift"],
        |text| looks::words(text, &[".package"]),
        "a manifest of Swift, which is not read, without a Package.resolved",
    )
    .locked_by(&[Kind::Swift]),
    script(
        &["project.pbxproj"],
        |text| looks::words(text, &["XCRemoteSwiftPackageReference"]),
        "a project of Xcode, which is not read, without a Package.resolved",
    )
    .locked_by(&[Kind::Swift])
    .central(),
    script(
        &["Podfile"],
        |text| looks::starts(text, &["pod '", "pod \"", "pod("]),
        "a list of CocoaPods, which is not read",
    )
    .or_told_by(&["Podfile.lock"]),
    script(
        &["*.podspec"],
        |text| looks::has(text, &[".dependency"]),
        "a specification of CocoaPods, which is not read",
    )
    .or_told_by(&["Podfile.lock"]),
    script(
        &["*.podspec.json"],
        |text| looks::keys(text, Json, &[&["dependencies"]], &[]),
        "a specification of CocoaPods, which is not read",
    )
    .or_told_by(&["Podfile.lock"]),
    script(
        &["Cartfile", "Cartfile.private"],
        |text| looks::starts(text, &["github ", "git ", "binary "]),
        "a list of Carthage, which is not read",
    )
    .or_told_by(&["Cartfile.resolved"]),
    // Erlang, Elixir, Gleam.
    script(
        &["mix.exs"],
        |text| looks::words(text, &["deps"]),
        "a script of Mix, which is not read, without a mix.lock",
    )
    .locked_by(&[Kind::Mix]),
    script(&["rebar.config"], looks::rebar, "a project of Rebar, which is not read")
        .locked_by(&[Kind::Mix])
        .or_told_by(&["rebar.lock"]),
    script(
        &["gleam.toml"],
        |text| {
            looks::keys(text, Toml, &[&["dependencies"], &["dev-dependencies"], &["dev_dependencies"]], &[])
        },
        "a project of Gleam, which is not read",
    ),
    // Ruby, .NET, JavaScript, Go.
    script(
        &["*.gemspec"],
        |text| {
            let words = ["add_dependency", "add_runtime_dependency", "add_development_dependency"];
            looks::words(text, &words)
        },
        "a specification of a gem, which is not read, without a Gemfile.lock",
    )
    .locked_by(&[Kind::Bundler]),
    script(&["importmap.rb"], looks::importmap, "an import map of Rails, which is not read"),
    script(
        &["*.vcxproj"],
        |text| looks::has(text, &["<PackageReference "]),
        "a project of C++ with packages of NuGet, which is not read, without a lock file",
    )
    .locked_by(&[Kind::NuGet, Kind::PackagesConfig]),
    script(
        &["*.nuspec"],
        |text| looks::has(text, &["<dependency "]),
        "a specification of a NuGet package, which is not read, without a lock file",
    )
    .locked_by(&[Kind::NuGet, Kind::PackagesConfig]),
    script(
        &["paket.dependencies"],
        |text| looks::starts(text, &["nuget ", "github ", "git ", "http ", "clitool "]),
        "a list of Paket, which is not read",
    )
    .or_told_by(&["paket.lock"]),
    script(
        &["project.assets.json", "*.deps.json"],
        looks::dotnet_libraries,
        "a list that .NET writes beside a build, which is not read",
    )
    .locked_by(&[Kind::NuGet]),
    script(
        &["libman.json"],
        |text| looks::keys(text, Json, &[&["libraries"]], &[]),
        "a list of LibMan, which is not read",
    ),
    script(
        &["bower.json"],
        |text| looks::keys(text, Json, &[&["dependencies"], &["devDependencies"]], &[]),
        "a manifest of Bower, which is not read",
    ),
    script(
        &["deno.json", "deno.jsonc", "jsr.json", "jsr.jsonc", "import_map.json", "importmap.json", "deps.ts"],
        looks::deno,
        "imports of Deno, which are not read",
    )
    .or_told_by(&["deno.lock"]),
    script(
        &["vendor/modules.txt"],
        |text| text.lines().any(|line| line.starts_with("# ")),
        "vendored modules of Go, whose list is not read, without a go.mod",
    )
    .locked_by(&[Kind::GoMod]),
    script(
        &["Packages/manifest.json"],
        |text| looks::keys(text, Json, &[&["dependencies"]], &[]),
        "a manifest of Unity, which is not read",
    )
    .or_told_by(&["Packages/packages-lock.json", "packages-lock.json"]),
    // Haskell, OCaml, Elm, R, Julia, Perl, Lua.
    script(
        &["stack.yaml"],
        |text| looks::keys(text, Yaml, &[&["extra-deps"]], &[]),
        "a project of Stack, which is not read",
    )
    .or_told_by(&["stack.yaml.lock"]),
    script(
        &["cabal.project"],
        |text| looks::starts(text, &["source-repository-package", "extra-packages:"]),
        "a project of Cabal, which is not read",
    )
    .or_told_by(&["cabal.project.freeze"]),
    script(&["*.cabal"], looks::cabal, "a package of Cabal, which is not read")
        .or_told_by(&["cabal.project.freeze", "stack.yaml.lock"]),
    script(
        &["package.yaml"],
        |text| {
            let lists: &[&[&str]] = &[
                &["dependencies"],
                &["library", "dependencies"],
                &["executables", "*", "dependencies"],
                &["executable", "dependencies"],
            ];
            looks::keys(text, Yaml, lists, &["base"])
        },
        "a package of hpack, which is not read",
    )
    .or_told_by(&["cabal.project.freeze", "stack.yaml.lock"]),
    script(&["*.opam", "opam", "*.opam.locked"], looks::opam, "a package of opam, which is not read"),
    script(&["dune-project"], looks::dune, "a project of Dune, which is not read"),
    script(
        &["elm.json"],
        |text| {
            looks::keys(
                text,
                Json,
                &[&["dependencies"], &["dependencies", "direct"]],
                &["direct", "indirect"],
            )
        },
        "a project of Elm, which is not read",
    ),
    script(&["DESCRIPTION"], looks::r_package, "a package of R, which is not read")
        .or_told_by(&["renv.lock", "packrat/packrat.lock"]),
    script(
        &["Manifest.toml", "JuliaManifest.toml", "Manifest-v*.toml"],
        |text| looks::starts(text, &["git-tree-sha1"]),
        "this kind of lock file is not read: its packages are not known",
    ),
    script(
        &["Project.toml", "JuliaProject.toml"],
        |text| looks::keys(text, Toml, &[&["deps"]], WITH_JULIA),
        "a project of Julia, which is not read",
    )
    .or_told_by(&["Manifest.toml", "JuliaManifest.toml"]),
    script(
        &["cpanfile", "Makefile.PL", "Build.PL"],
        |text| looks::names_other(text, "requires", "perl") || looks::words(text, &["PREREQ_PM"]),
        "a list of modules of Perl, which is not read",
    )
    .or_told_by(&["cpanfile.snapshot"]),
    script(
        &["META.json"],
        |text| looks::keys(text, Json, &[&["prereqs", "runtime", "requires"]], &["perl"]),
        "a distribution of Perl, which is not read",
    )
    .or_told_by(&["cpanfile.snapshot"]),
    script(&["*.rockspec"], looks::rock, "a rock of Lua, which is not read").or_told_by(&["luarocks.lock"]),
    // What builds and runs it.
    script(
        &[".pre-commit-config.yaml"],
        |text| looks::keys(text, Yaml, &[&["repos"]], &[]),
        "hooks of pre-commit, which are not looked at",
    )
    .of_surroundings(),
    script(
        &["dotnet-tools.json"],
        |text| looks::keys(text, Json, &[&["tools"]], &[]),
        "tools of .NET, which are not looked at",
    )
    .of_surroundings(),
    script(
        &["MODULE.bazel", "WORKSPACE", "WORKSPACE.bazel"],
        |text| looks::has(text, &["bazel_dep(", "http_archive(", "git_repository("]),
        "modules of Bazel, which are not looked at",
    )
    .of_surroundings(),
    script(
        &["Chart.yaml"],
        |text| looks::keys(text, Yaml, &[&["dependencies"]], &[]),
        "charts of Helm, which are not looked at",
    )
    .of_surroundings(),
    script(
        &[".terraform.lock.hcl"],
        |text| looks::starts(text, &["provider "]),
        "providers of Terraform, which are not looked at",
    )
    .of_surroundings(),
    script(
        &["flake.lock"],
        |text| looks::keys(text, Json, &[&["nodes"]], &["root"]),
        "inputs of Nix, which are not looked at",
    )
    .of_surroundings(),
];
