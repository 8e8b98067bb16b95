//! Container images as packages.

use std::collections::BTreeMap;

use crate::formats::containerfile::ImageRef;
use crate::formats::package::{Origin, Package};
use crate::formats::purl::Purl;

/// Where an image without a registry in its name comes from.
const USUAL_REGISTRY: &str = "docker.io";

/// The package of an image. It has no ecosystem: advisories are about what is in it. Its version is the tag as written,
/// or the digest where there is no tag; the purl is of type `oci`, whose version is the digest and nothing else.
pub(super) fn package(image: &ImageRef, line: u32) -> Package {
    let registry = image.registry.as_deref().unwrap_or(USUAL_REGISTRY);
    let library = if image.registry.is_none() && !image.repository.contains('/') { "library/" } else { "" };
    let address = format!("{registry}/{library}{}", image.repository).to_lowercase();
    let name = address.rsplit('/').next().unwrap_or_default().to_owned();
    let mut qualifiers = BTreeMap::from([("repository_url".to_owned(), address)]);
    if let Some(tag) = image.tag.as_ref().filter(|tag| !tag.is_empty()) {
        qualifiers.insert("tag".to_owned(), tag.clone());
    }
    let purl = Purl {
        kind: "oci".to_owned(),
        namespace: None,
        name,
        version: image.digest.clone(),
        qualifiers,
        subpath: None,
    };
    Package {
        name: image.name(),
        version: image.tag.clone().or_else(|| image.digest.clone()).filter(|version| !version.is_empty()),
        purl: Some(purl),
        line,
        direct: Some(true),
        origin: Origin::Registry(image.registry.clone().unwrap_or_default()),
        ..Package::default()
    }
}
