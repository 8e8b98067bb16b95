//! Package URLs from text, from its end to its start.

use std::borrow::Cow;

use super::{MAX_BYTES, Purl, PurlError, percent, types};

/// Reads a package URL.
pub(super) fn parse(text: &str) -> Result<Purl, PurlError> {
    let text = text.trim();
    if text.len() > MAX_BYTES {
        return Err(PurlError::new(format!("longer than {MAX_BYTES} bytes")));
    }
    let (text, subpath) = match text.rsplit_once('#') {
        Some((text, subpath)) => (text, Some(subpath)),
        None => (text, None),
    };
    // The specification splits at the last `?`. No part before the qualifiers may hold one, but URLs among them are often
    // not encoded, so the first one is right more often.
    let (text, qualifiers) = text.split_once('?').unwrap_or((text, ""));
    let rest = match text.split_once(':') {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("pkg") => rest.trim_start_matches('/'),
        _ => return Err(PurlError::new("does not begin with `pkg:`")),
    };
    let Some((kind, rest)) = rest.split_once('/') else {
        return Err(PurlError::new("the type or the name is missing"));
    };
    let (path, version) = split_version(rest);
    if version.is_some() && path.ends_with('/') {
        return Err(PurlError::new("the name is missing"));
    }
    let (namespace, name) = split_name(kind, path.trim_matches('/'));
    Purl::new(
        kind,
        namespace.map(decoded).transpose()?.as_deref(),
        &decoded(name)?,
        version.map(decoded).transpose()?.as_deref(),
        qualifiers
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(qualifier)
            .collect::<Result<Vec<_>, _>>()?,
        subpath.map(decoded).transpose()?.as_deref(),
    )
}

/// Splits at the last `@`, but not at one that begins a segment before the name: that is a scope whose `@` is not encoded.
fn split_version(path: &str) -> (&str, Option<&str>) {
    match path.rsplit_once('@') {
        Some((before, after)) if (before.is_empty() || before.ends_with('/')) && after.contains('/') => {
            (path, None)
        }
        Some((before, after)) => (before, Some(after)),
        None => (path, None),
    }
}

/// Splits at the last slash; the name of a git repository is all behind the host.
fn split_name<'a>(kind: &str, path: &'a str) -> (Option<&'a str>, &'a str) {
    let halves =
        if kind.eq_ignore_ascii_case(types::GIT) { path.split_once('/') } else { path.rsplit_once('/') };
    match halves {
        Some((namespace, name)) => (Some(namespace), name),
        None => (None, path),
    }
}

fn qualifier(pair: &str) -> Result<(String, String), PurlError> {
    let Some((key, value)) = pair.split_once('=') else {
        return Err(PurlError::new("a qualifier has no value"));
    };
    Ok((key.to_owned(), decoded(value)?.into_owned()))
}

fn decoded(text: &str) -> Result<Cow<'_, str>, PurlError> {
    percent::decode(text).ok_or_else(|| PurlError::new("a percent sign does not encode a character"))
}
