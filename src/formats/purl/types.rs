//! What the registered types ask of their parts (<https://github.com/package-url/purl-spec/tree/main/types>).

use super::{Purl, PurlError};

/// The type whose name is a path.
pub(super) const GIT: &str = "git";

/// Whether a type has a namespace.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Namespace {
    Needed,
    Optional,
    None,
}

/// What becomes of upper and lower case.
#[derive(Clone, Copy)]
enum Case {
    Kept,
    Lower,
    Upper,
}

/// The rules of a type.
struct Rules {
    kind: &'static str,
    namespace: Namespace,
    namespace_case: Case,
    name_case: Case,
    version_case: Case,
}

/// For types without rules of their own, and for those that are not registered.
const PLAIN: Rules = rules("", Namespace::Optional, Case::Kept, Case::Kept, Case::Kept);

const fn rules(
    kind: &'static str,
    namespace: Namespace,
    namespace_case: Case,
    name_case: Case,
    version_case: Case,
) -> Rules {
    Rules { kind, namespace, namespace_case, name_case, version_case }
}

/// The types, but for those that are [`PLAIN`]. A Go module of one segment has no namespace, and neither has an old
/// model of Hugging Face, whatever their definitions say.
const TYPES: &[Rules] = &[
    rules("alpm", Namespace::Needed, Case::Lower, Case::Lower, Case::Kept),
    rules("apk", Namespace::Needed, Case::Lower, Case::Lower, Case::Kept),
    rules("bazel", Namespace::None, Case::Kept, Case::Kept, Case::Kept),
    rules("bitbucket", Namespace::Needed, Case::Lower, Case::Lower, Case::Kept),
    rules("bitnami", Namespace::None, Case::Kept, Case::Lower, Case::Kept),
    rules("brew", Namespace::Optional, Case::Lower, Case::Lower, Case::Kept),
    rules("cargo", Namespace::None, Case::Kept, Case::Kept, Case::Kept),
    rules("chrome-extension", Namespace::None, Case::Kept, Case::Lower, Case::Kept),
    rules("cocoapods", Namespace::None, Case::Kept, Case::Kept, Case::Kept),
    rules("composer", Namespace::Needed, Case::Lower, Case::Lower, Case::Kept),
    rules("conda", Namespace::None, Case::Kept, Case::Kept, Case::Kept),
    rules("cpan", Namespace::Optional, Case::Upper, Case::Kept, Case::Kept),
    rules("cran", Namespace::None, Case::Kept, Case::Kept, Case::Kept),
    rules("deb", Namespace::Needed, Case::Lower, Case::Lower, Case::Kept),
    rules("gem", Namespace::None, Case::Kept, Case::Kept, Case::Kept),
    rules(GIT, Namespace::Needed, Case::Lower, Case::Lower, Case::Kept),
    rules("github", Namespace::Needed, Case::Lower, Case::Lower, Case::Kept),
    rules("golang", Namespace::Optional, Case::Lower, Case::Lower, Case::Kept),
    rules("hackage", Namespace::None, Case::Kept, Case::Kept, Case::Kept),
    rules("hex", Namespace::Optional, Case::Lower, Case::Lower, Case::Kept),
    rules("huggingface", Namespace::Optional, Case::Kept, Case::Kept, Case::Lower),
    rules("julia", Namespace::None, Case::Kept, Case::Kept, Case::Kept),
    rules("luarocks", Namespace::Optional, Case::Lower, Case::Lower, Case::Kept),
    rules("maven", Namespace::Needed, Case::Kept, Case::Kept, Case::Kept),
    rules("mlflow", Namespace::None, Case::Kept, Case::Kept, Case::Kept),
    rules("nuget", Namespace::None, Case::Kept, Case::Kept, Case::Kept),
    rules("oci", Namespace::None, Case::Kept, Case::Lower, Case::Lower),
    rules("opam", Namespace::None, Case::Kept, Case::Kept, Case::Kept),
    rules("otp", Namespace::None, Case::Kept, Case::Lower, Case::Kept),
    rules("pub", Namespace::None, Case::Kept, Case::Lower, Case::Kept),
    rules("pypi", Namespace::None, Case::Kept, Case::Lower, Case::Lower),
    rules("qpkg", Namespace::Needed, Case::Lower, Case::Kept, Case::Kept),
    rules("rpm", Namespace::Needed, Case::Lower, Case::Kept, Case::Kept),
    rules("swift", Namespace::Needed, Case::Kept, Case::Kept, Case::Kept),
    rules("vcpkg", Namespace::None, Case::Kept, Case::Kept, Case::Kept),
    rules("vscode-extension", Namespace::Needed, Case::Lower, Case::Lower, Case::Lower),
    rules("yocto", Namespace::Optional, Case::Lower, Case::Kept, Case::Kept),
];

/// Brings the parts into the form that the type asks for.
pub(super) fn normalize(purl: &mut Purl) -> Result<(), PurlError> {
    let rules = TYPES.iter().find(|rules| rules.kind == purl.kind).unwrap_or(&PLAIN);
    split_name(purl);
    match (rules.namespace, &purl.namespace) {
        (Namespace::Needed, None) => {
            return Err(PurlError::new(format!("the type `{}` needs a namespace", rules.kind)));
        }
        (Namespace::None, Some(_)) => {
            return Err(PurlError::new(format!("the type `{}` has no namespace", rules.kind)));
        }
        _ => {}
    }
    if let Some(namespace) = &mut purl.namespace {
        fold(namespace, rules.namespace_case);
    }
    fold(&mut purl.name, rules.name_case);
    if let Some(version) = &mut purl.version {
        fold(version, rules.version_case);
    }
    special(purl)
}

/// Gives back to the namespace what stands in the name because the `/` between them was encoded, or for Maven because
/// group and artifact were written as Maven writes them; and the other way round for git.
fn split_name(purl: &mut Purl) {
    if purl.kind == GIT
        && !purl.name.is_empty()
        && let Some((host, path)) = purl.namespace.as_deref().and_then(|namespace| namespace.split_once('/'))
    {
        purl.name = format!("{path}/{}", purl.name);
        purl.namespace = Some(host.to_owned());
        return;
    }
    let separator = match purl.kind.as_str() {
        "bitbucket" | "composer" | "github" | "golang" | "npm" | "swift" => '/',
        "maven" => ':',
        _ => return,
    };
    if purl.namespace.is_some() && separator == ':' {
        return;
    }
    if let Some((namespace, name)) = purl.name.rsplit_once(separator) {
        let whole = match &purl.namespace {
            Some(start) => format!("{start}/{namespace}"),
            None => namespace.to_owned(),
        };
        purl.namespace = super::segments(&whole, |_| true);
        purl.name = name.trim_matches('/').to_owned();
    }
}

fn fold(text: &mut String, case: Case) {
    match case {
        Case::Kept => {}
        Case::Lower => *text = text.to_lowercase(),
        Case::Upper => *text = text.to_uppercase(),
    }
}

/// Rules of single types.
fn special(purl: &mut Purl) -> Result<(), PurlError> {
    let needs = |qualifier: &str| match purl.qualifiers.contains_key(qualifier) {
        true => Ok(()),
        false => Err(PurlError::new(format!("the type `{}` needs the qualifier `{qualifier}`", purl.kind))),
    };
    match purl.kind.as_str() {
        "chrome-extension" => chrome_extension(purl),
        "cpan" if purl.name.contains("::") => {
            Err(PurlError::new("the name of the type `cpan` is that of a distribution, not of a module"))
        }
        "julia" => needs("uuid"),
        "swid" => needs("tag_id"),
        "mlflow" => {
            // A model's name has a case in Azure, but none in Databricks.
            if purl.qualifier("repository_url").is_some_and(|url| url.contains("databricks")) {
                fold(&mut purl.name, Case::Lower);
            }
            Ok(())
        }
        "otp" => {
            if let Some(subpath) = &mut purl.subpath {
                fold(subpath, Case::Lower);
            }
            Ok(())
        }
        "pub" => {
            let known = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
            purl.name = purl.name.chars().map(|letter| if known(letter) { letter } else { '_' }).collect();
            Ok(())
        }
        "pypi" => {
            purl.name = purl.name.replace('_', "-");
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Thirty-two letters from a to p, and up to four numbers.
fn chrome_extension(purl: &Purl) -> Result<(), PurlError> {
    let named = purl.name.len() == 32 && purl.name.bytes().all(|byte| matches!(byte, b'a'..=b'p'));
    let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let numbered = purl
        .version
        .as_deref()
        .is_none_or(|version| version.split('.').count() <= 4 && version.split('.').all(number));
    if named && numbered {
        Ok(())
    } else {
        Err(PurlError::new("the name or the version is none of an extension"))
    }
}
