//! Container files: the images that they build on, copy from and mount. One entry for each place that names one.

use super::{Lockfile, Unread, image_package};
use crate::formats::containerfile::{
    self, Base, Containerfile, ImageRef, Instruction, InstructionKind, is_containerfile_name,
};
use crate::formats::fault::Fault;

/// Whether the file is of this kind: `path` is relative to the tree, `name` its last part.
pub(super) fn is_name(_path: &str, name: &str) -> bool {
    is_containerfile_name(name)
}

/// Reads it.
pub(super) fn parse(bytes: &[u8]) -> Result<Lockfile, Fault> {
    let file = containerfile::parse(bytes).map_err(|error| Fault::new(error.line, error.message))?;
    let mut lock = Lockfile::default();
    for stage in &file.stages {
        let written = &stage.from.image.raw;
        add(&mut lock, &stage.from.base, written, stage.head.line);
        for instruction in &stage.instructions {
            copied(&mut lock, &file, instruction);
        }
    }
    Ok(lock)
}

fn add(lock: &mut Lockfile, base: &Base, written: &str, line: u32) {
    match base {
        Base::Scratch | Base::Stage(_) => {}
        Base::Image(image) if image.repository.is_empty() => {
            lock.left_out.push(Unread { line, reason: "no image", name: written.to_owned() });
        }
        Base::Image(image) => lock.packages.push(image_package::package(image, line)),
        Base::Unresolved => {
            let reason = "an image that depends on a variable without a value";
            lock.left_out.push(Unread { line, reason, name: written.to_owned() });
        }
    }
}

/// `COPY --from` and `RUN --mount=from=`: an image, where the name is of no stage.
fn copied(lock: &mut Lockfile, file: &Containerfile, instruction: &Instruction) {
    let bases: Vec<&Base> = match &instruction.kind {
        InstructionKind::Copy(transfer) | InstructionKind::Add(transfer) => transfer.from.iter().collect(),
        InstructionKind::Run(run) => run.mounts.iter().filter_map(|mount| mount.from.as_ref()).collect(),
        _ => return,
    };
    for base in bases {
        match base {
            // A bare name may also be a build context that is named on the command line.
            Base::Image(image) if is_bare(image) => {
                let name = image.repository.clone();
                let reason = "an image or a named build context";
                lock.left_out.push(Unread { line: instruction.line, reason, name });
            }
            _ => {
                let written = file.text(instruction.arguments).split_whitespace().next().unwrap_or_default();
                add(lock, base, written, instruction.line);
            }
        }
    }
}

fn is_bare(image: &ImageRef) -> bool {
    let ImageRef { registry, repository, tag, digest } = image;
    registry.is_none() && tag.is_none() && digest.is_none() && !repository.contains('/')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::package::Origin;

    const FILE: &str = "\
ARG VERSION=3.20
FROM alpine:${VERSION} AS base
FROM Registry.example.org:5000/team/App:1.2@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
COPY --from=base /a /a
COPY --from=busybox:1.36 /bin/sh /sh
COPY --from=assets /x /x
FROM base
FROM scratch
FROM ${UNKNOWN}
FROM debian
";

    #[test]
    fn external_images_are_packages() {
        let lock = parse(FILE.as_bytes()).unwrap();
        let seen: Vec<_> = lock
            .packages
            .iter()
            .map(|one| {
                let purl = one.purl.as_ref().unwrap();
                let url = purl.qualifiers["repository_url"].as_str();
                (
                    one.name.as_str(),
                    one.version.as_deref(),
                    one.line,
                    purl.name.as_str(),
                    url,
                    purl.qualifiers.get("tag").map(String::as_str),
                )
            })
            .collect();
        assert_eq!(
            seen,
            [
                ("alpine", Some("3.20"), 2, "alpine", "docker.io/library/alpine", Some("3.20")),
                (
                    "Registry.example.org:5000/team/App",
                    Some("1.2"),
                    3,
                    "app",
                    "registry.example.org:5000/team/app",
                    Some("1.2")
                ),
                ("busybox", Some("1.36"), 5, "busybox", "docker.io/library/busybox", Some("1.36")),
                ("debian", None, 10, "debian", "docker.io/library/debian", None),
            ]
        );
        let pinned = &lock.packages[1];
        assert!(pinned.purl.as_ref().unwrap().version.as_ref().unwrap().starts_with("sha256:0123"));
        assert_eq!(pinned.origin, Origin::Registry("Registry.example.org:5000".to_owned()));
        assert!(lock.packages.iter().all(|one| one.ecosystem.is_none()));
        let left: Vec<_> = lock.left_out.iter().map(|one| (one.line, one.name.as_str())).collect();
        assert_eq!(left, [(6, "assets"), (9, "${UNKNOWN}")]);
    }

    #[test]
    fn what_is_no_container_file_is_refused() {
        assert!(parse(b"").is_err());
        assert!(is_name("a/Dockerfile", "Dockerfile") && !is_name("a/main.rs", "main.rs"));
    }
}
