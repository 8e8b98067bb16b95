use super::*;

fn asks(path: &str, text: &str) -> bool {
    Script::asking(path, text.as_bytes()).is_some()
}

/// Files that ask for a package, and the same kind of file when it does not.
const CASES: &[(&str, &[&str], &[&str])] = &[
    (
        "build.gradle",
        &[
            "dependencies {\n  implementation 'a:b:1'\n}",
            "dependencies { testImplementation(libs.junit) }",
            "dependencies { api \"a:b:1\" }",
            "    debugImplementation platform('a:b:1')",
        ],
        &[
            "// implementation 'a:b:1'\nplugins { id 'java' }\n",
            "rapid = compileJava",
            "import com.example.build.api.Variant",
            "classpath = sourceSets.main.runtimeClasspath",
            "dependencies {\n}\n",
        ],
    ),
    ("build.gradle.kts", &["dependencies { \"implementation\"(\"a:b:1\") }"], &["plugins { java }"]),
    ("buildSrc/src/main/kotlin/own.gradle.kts", &["dependencies { api(\"a:b:1\") }"], &[""]),
    ("settings.gradle", &[], &["include ':api', ':app'\ninclude(\"api\")\nrootProject.name = 'api'\n"]),
    (
        "gradle/libs.versions.toml",
        &["[libraries]\na = \"b:c:1\"\n"],
        &["[versions]\na = \"1\"\n", "[libraries]\n"],
    ),
    ("build.sbt", &["libraryDependencies += \"a\" % \"b\" % \"1\""], &["name := \"a\"\n"]),
    ("project/Dependencies.scala", &["val a = \"a\" %% \"b\" % \"1\""], &["object Dependencies {}"]),
    ("src/Main.scala", &[], &["val a = \"a\" %% \"b\""]),
    ("build.mill", &["def mvnDeps = Seq(mvn\"a::b:1\")"], &["object a extends ScalaModule"]),
    (
        "project.clj",
        &["(defproject a \"1\"\n  :dependencies [[a/b \"1\"]])", ":dependencies [ ; one\n [a \"1\"]]"],
        &["(defproject a \"1\" :dependencies [])", "; :dependencies [[a \"1\"]]"],
    ),
    ("deps.edn", &["{:deps {a/b {:mvn/version \"1\"}}}"], &["{:paths [\"src\"]}"]),
    (
        "ivy.xml",
        &["<ivy-module><dependencies><dependency org=\"a\" name=\"b\"/></dependencies></ivy-module>"],
        &["<ivy-module><dependencies/></ivy-module>"],
    ),
    (
        "MODULE.bazel",
        &["maven.install(artifacts = [\"a:b:1\"])", "bazel_dep(name = \"a\", version = \"1\")"],
        &["module(name = \"a\")"],
    ),
    (
        "setup.py",
        &["setup(\n  install_requires=['a'],\n)", "install_requires = read()", "{'install_requires': ['a']}"],
        &["from setuptools import setup\nsetup()", "setup(install_requires=[])"],
    ),
    (
        "setup.cfg",
        &["[options]\ninstall_requires =\n    a>=1\n", "install_requires =\n    a==1\n"],
        &["[flake8]\nmax-line-length = 100\n", "[options]\ninstall_requires =\npackages = find:\n"],
    ),
    ("requirements.in", &["# of us\nflask\n"], &["# nothing\n-r other.in\n", ""]),
    ("requirements/base.in", &["flask>=1"], &["--index-url https://pypi.example\n"]),
    ("template.in", &[], &["flask"]),
    (
        "environment.yml",
        &[
            "name: a\ndependencies:\n  - python=3.11\n  - numpy=1.26\n",
            "dependencies:\n- pip\n- pip:\n  - flask==1\n",
            "dependencies:\n  - {{ package }}\n  - [\n",
        ],
        &[
            "name: a\ndependencies:\n  - python=3.11\n  - pip:\n    - -r requirements.txt\n",
            "dependencies: []\n",
            "stage: production\n",
        ],
    ),
    ("environment-dev.yaml", &["dependencies:\n- numpy\n"], &[""]),
    ("conda-linux-64.lock", &["# platform: linux-64\n@EXPLICIT\nhttps://c.example/a.conda\n"], &["other"]),
    (
        "recipe/meta.yaml",
        &[
            "{% set v = 1 %}\nrequirements:\n  build:\n    - {{ compiler('c') }}\n  run:\n    - python\n    - numpy >=1\n",
            "outputs:\n  - name: a\n    requirements:\n      run:\n        - numpy\n",
        ],
        &[
            "requirements:\n  host:\n    - python\n    - pip\n  run:\n    - python\nabout:\n  run:\n    - x\n",
            "version: 2\nrequirements: []\n",
        ],
    ),
    (
        "pixi.toml",
        &["[dependencies]\nnumpy = \"*\"\n", "[feature.a.pypi-dependencies]\nflask = \"*\"\n"],
        &["[dependencies]\npython = \"3.11\"\n", "[project]\nname = \"a\"\n"],
    ),
    (
        "conanfile.txt",
        &["[requires]\nzlib/1.3\n[generators]\nCMakeDeps\n"],
        &["[requires]\n\n[generators]\nCMakeDeps\n"],
    ),
    (
        "conanfile.py",
        &[
            "class A(ConanFile):\n    requires = \"zlib/1.3\"\n",
            "    def requirements(self):\n        self.requires(\"zlib/1.3\")\n",
            "    tool_requires = \"cmake/3.2\"\n",
        ],
        &[
            "class A(ConanFile):\n    python_requires = \"b/1\"\n    requires = []\n    # requires = \"zlib/1\"\n",
        ],
    ),
    (
        "vcpkg.json",
        &[
            r#"{"dependencies": ["zlib"]}"#,
            r#"{"dependencies": [{"name": "zlib"}]}"#,
            r#"{"features": {"a": {"dependencies": ["zlib"]}}}"#,
            "{\"dependencies\": [",
        ],
        &[r#"{"name": "a", "dependencies": []}"#, "{}"],
    ),
    (
        "CMakeLists.txt",
        &["FetchContent_Declare(a URL https://a.example/a.tar.gz)", "CPMAddPackage(\"gh:a/b@1\")"],
        &["# FetchContent_Declare(a)\nfind_package(ZLIB)\n"],
    ),
    ("subprojects/zlib.wrap", &["[wrap-file]\nsource_url = https://a.example\n"], &["[provide]\n"]),
    (
        "build.zig.zon",
        &[".{ .dependencies = .{ .a = .{ .url = \"https://a.example\", .hash = \"h\" } } }"],
        &[".{ .name = \"a\", .dependencies = .{} }"],
    ),
    ("dub.json", &[r#"{"dependencies": {"a": "~>1"}}"#], &[r#"{"name": "a", "dependencies": {}}"#]),
    (
        "dub.sdl",
        &["name \"a\"\ndependency \"b\" version=\"1\"\n"],
        &["name \"a\"\ndescription \"dependency b\"\n"],
    ),
    ("a.nimble", &["requires \"nim >= 2\", \"chronos\"\n"], &["requires \"nim >= 2.0\"\n"]),
    ("shard.yml", &["dependencies:\n  a:\n    github: a/a\n"], &["name: a\n"]),
    (
        "Package.swift",
        &["dependencies: [.package(url: \"https://a.example/a\", from: \"1.0.0\")]"],
        &["let package = Package(name: \"a\")"],
    ),
    ("Podfile", &["target 'A' do\n  pod 'B', '~> 1'\nend\n"], &["platform :ios\n# pod 'B'\n"]),
    ("A.podspec", &["s.dependency 'B'"], &["s.name = 'A'"]),
    ("Cartfile", &["github \"a/b\" ~> 1\n"], &["# github \"a/b\"\n"]),
    ("mix.exs", &["defp deps do"], &["def project, do: [app: :a]"]),
    (
        "rebar.config",
        &["{erl_opts, []}.\n{deps, [\n  {cowboy, \"2.0\"}\n]}.\n"],
        &["{deps, []}.\n", "% {deps, [a]}.\n"],
    ),
    ("gleam.toml", &["[dependencies]\na = \"1\"\n"], &["name = \"a\"\n[dependencies]\n"]),
    (
        "a.gemspec",
        &["  s.add_dependency 'rack'\n", "spec.add_runtime_dependency(\"rack\")"],
        &["s.name = 'a'"],
    ),
    (
        "config/importmap.rb",
        &["pin \"react\", to: \"https://a.example/react.js\"", "pin \"react\" # @18.2.0\n"],
        &["pin \"application\"\npin_all_from \"app/javascript\"\n"],
    ),
    (
        "a.nuspec",
        &["<dependencies><dependency id=\"A\" version=\"1\"/></dependencies>"],
        &["<package><metadata/></package>"],
    ),
    ("paket.dependencies", &["source https://a.example\nnuget A\n"], &["source https://a.example\n"]),
    (
        "app.deps.json",
        &["{\"libraries\": {\n\"A/1.0.0\": {\n  \"type\": \"package\"\n}}}"],
        &["{\"libraries\": {\n\"app/1.0.0\": {\n  \"type\": \"project\"\n}}}"],
    ),
    ("libman.json", &[r#"{"libraries": [{"library": "jquery@3.7.1"}]}"#], &[r#"{"libraries": []}"#]),
    ("bower.json", &[r#"{"dependencies": {"jquery": "1"}}"#], &[r#"{"name": "a"}"#]),
    (
        "deno.jsonc",
        &[
            "{ // ours\n\"imports\": {\"a\": \"jsr:@a/a@1\"}}",
            "{\"imports\": {\"a\": \"https://a.example/a.ts\"}}",
        ],
        &["{\"$schema\": \"https://a.example/schema.json\",\n\"imports\": {\"a/\": \"./a/\"}}"],
    ),
    ("vendor/modules.txt", &["# example.org/a v1.0.0\n## explicit\n"], &[""]),
    ("Packages/manifest.json", &[r#"{"dependencies": {"com.a.b": "1.0.0"}}"#], &[r#"{"dependencies": {}}"#]),
    (
        "a.cabal",
        &[
            "name: a\nlibrary\n  build-depends: base >=4, text\n",
            "library\n  build-depends:\n    base\n    , text\n",
        ],
        &[
            "name: a\nlibrary\n  build-depends: base >= 4 && < 5\n  default-language: Haskell2010\n",
            "name: a\ntest-suite b\n  build-depends: base, a\n",
        ],
    ),
    (
        "package.yaml",
        &["dependencies:\n- base\n- text >= 2\n"],
        &["name: a\ndependencies:\n- base >= 4.7 && < 5\n"],
    ),
    (
        "a.opam",
        &["depends: [\n  \"ocaml\" {>= \"4.08\"}\n  \"lwt\" {>= \"5\"}\n]\n"],
        &["depends: [\"ocaml\" {>= \"4.08\"} \"dune\"]\n", "synopsis: \"depends\"\n"],
    ),
    (
        "dune-project",
        &["(package (name a)\n (depends ocaml (lwt (>= 5))))", "(depends dune lwt)"],
        &["(lang dune 3.0)\n(package (name a) (depends (ocaml (>= 4.08)) dune b))\n(package (name b))\n"],
    ),
    (
        "elm.json",
        &[
            r#"{"dependencies": {"direct": {"elm/core": "1.0.5"}, "indirect": {}}}"#,
            r#"{"type": "package", "dependencies": {"elm/core": "1.0.0 <= v < 2.0.0"}}"#,
        ],
        &[r#"{"dependencies": {"direct": {}, "indirect": {}}}"#],
    ),
    (
        "DESCRIPTION",
        &["Package: a\nDepends: R (>= 4)\nImports:\n    stats,\n    dplyr (>= 1.0)\n"],
        &["Package: a\nDepends: R (>= 4)\nImports: stats, utils\nSuggests: testthat\n", "Imports: words\n"],
    ),
    (
        "Manifest.toml",
        &["[[deps.JSON]]\ngit-tree-sha1 = \"00\"\n"],
        &["[[deps.Dates]]\n", "[package]\nname = \"a\"\n"],
    ),
    (
        "Project.toml",
        &["[deps]\nJSON = \"682c06a0\"\n"],
        &["[deps]\nDates = \"ade2ca70\"\n", "name = \"a\"\n"],
    ),
    ("cpanfile", &["requires 'perl', '5.10';\nrequires 'Moo';\n"], &["requires 'perl', '5.010';\n"]),
    ("Makefile.PL", &["WriteMakefile(PREREQ_PM => {'Moo' => 1});"], &["WriteMakefile(NAME => 'A');"]),
    (
        "META.json",
        &[r#"{"prereqs": {"runtime": {"requires": {"Moo": "2"}}}}"#],
        &[r#"{"prereqs": {"runtime": {"requires": {"perl": "5"}}}}"#, r#"{"requires": {"a": "1"}}"#],
    ),
    (
        "a.rockspec",
        &["dependencies = {\n  \"lua >= 5.1\",\n  \"lpeg\"\n}\n"],
        &["dependencies = { \"lua >= 5.1\" }\n"],
    ),
    ("A.podspec.json", &[r#"{"dependencies": {"B": []}}"#], &[r#"{"name": "A"}"#]),
    (
        "App.xcodeproj/project.pbxproj",
        &[
            "\t\t1A /* XCRemoteSwiftPackageReference \"Alamofire\" */ = {\n\t\t\tisa = XCRemoteSwiftPackageReference;\n",
        ],
        &["\t\t1A = {\n\t\t\tisa = PBXProject;\n"],
    ),
    (
        "src/a.vcxproj",
        &["<ItemGroup>\n  <PackageReference Include=\"Microsoft.Windows.CppWinRT\" Version=\"2.0\" />\n"],
        &["<ItemGroup>\n  <ProjectReference Include=\"b.vcxproj\" />\n", "<!-- <PackageReference -->\n"],
    ),
    (
        "stack.yaml",
        &["resolver: lts-22.1\nextra-deps:\n- a-1.0\n"],
        &["resolver: lts-22.1\nextra-deps: []\n"],
    ),
    (
        "cabal.project",
        &["packages: .\n\nsource-repository-package\n  type: git\n", "packages: .\nextra-packages: a ==1\n"],
        &["packages: .\n-- source-repository-package\n"],
    ),
    ("construct.yaml", &["specs:\n  - numpy >=1\n"], &["specs: [python 3.12, pip]\n", "name: a\n"]),
    (".pre-commit-config.yaml", &["repos:\n- repo: https://a.example/b\n  rev: v1\n"], &["repos: []\n"]),
    (
        ".config/dotnet-tools.json",
        &[r#"{"version": 1, "tools": {"dotnet-ef": {"version": "8.0.0"}}}"#],
        &[r#"{"version": 1, "tools": {}}"#],
    ),
    ("chart/Chart.yaml", &["dependencies:\n- name: redis\n  version: 1\n"], &["name: a\n"]),
    (".terraform.lock.hcl", &["provider \"registry.example/a\" {\n}\n"], &["# none\n"]),
    ("flake.lock", &[r#"{"nodes": {"root": {}, "nixpkgs": {}}}"#], &[r#"{"nodes": {"root": {}}}"#]),
];

#[test]
fn files_that_ask_for_packages_are_told_from_those_that_do_not() {
    for (path, asking, silent) in CASES {
        for text in *asking {
            assert!(asks(path, text), "{path} asks: {text}");
        }
        for text in *silent {
            assert!(!asks(path, text), "{path} does not ask: {text}");
        }
    }
    assert!(!asks("setup.txt", "install_requires"));
}

#[test]
fn every_kind_has_a_case() {
    for script in SCRIPTS {
        let of = |(path, asking, _): &&(&str, &[&str], &[&str])| script.is_at(path) && !asking.is_empty();
        assert!(CASES.iter().any(|case| of(&case)), "{script:?}");
    }
}

#[test]
fn what_only_builds_or_runs_it_does_not_ship() {
    let ships = |path: &str, text: &str| Script::asking(path, text.as_bytes()).unwrap().ships;
    assert!(!ships("MODULE.bazel", "bazel_dep(name = \"a\")"));
    assert!(ships("MODULE.bazel", "bazel_dep(name = \"a\")\nmaven.install(artifacts = [\"a:b:1\"])"));
    assert!(!ships("Chart.yaml", "dependencies: [{name: a}]"));
}

#[test]
fn names_are_compared_part_by_part() {
    for (path, pattern, expected) in [
        ("a/b/Podfile", "Podfile", true),
        ("a/xPodfile", "Podfile", false),
        ("modules.txt", "vendor/modules.txt", false),
        ("a/vendor/modules.txt", "vendor/modules.txt", true),
        ("a/b.gradle", "*.gradle", true),
        ("ab", "ab*b", false),
    ] {
        assert_eq!(is_named(path, pattern), expected, "{path} {pattern}");
    }
}

#[test]
fn hostile_files_are_looked_at_in_time_that_grows_with_them() {
    for path in CASES.iter().map(|(path, _, _)| *path) {
        for piece in [
            "depends:[",
            "(depends (",
            "install_requires= ",
            "requires ",
            "{deps,",
            "api\t",
            "dependencies={",
            "- ",
            "(name ",
        ] {
            let text = piece.repeat((1 << 16) / piece.len());
            let start = std::time::Instant::now();
            let _ = asks(path, &text);
            assert!(start.elapsed().as_secs() < 3, "{path} {piece}");
        }
    }
}
