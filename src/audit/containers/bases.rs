//! What an image is built from: base images and stages.

use std::collections::BTreeSet;

use super::view::View;
use crate::engine::Findings;
use crate::formats::containerfile::{Base, ImageRef, InstructionKind, Value};

/// Tags that are made to move.
const MOVING: &[&str] =
    &["edge", "nightly", "master", "main", "dev", "develop", "head", "canary", "rolling", "unstable"];

/// CTR-005 and CTR-006: base images, and images that are copied from, without a fixed version or digest.
pub(super) fn images(view: &View<'_>, findings: &mut Findings<'_>) {
    let mut seen = BTreeSet::new();
    let mut judge = |image: &ImageRef, written: Option<&Value>, place| {
        if written.is_some_and(|value| !value.unresolved.is_empty()) || image.digest.is_some() {
            return;
        }
        let name = image.name();
        if name.is_empty() || !seen.insert((name.clone(), image.tag.clone())) {
            return;
        }
        match image.tag.as_deref() {
            None => {
                findings.at(
                    "CTR-005",
                    place,
                    format!("`{name}` has no tag, so whatever is `latest` is taken"),
                );
            }
            Some(tag) if tag.contains("latest") || MOVING.contains(&tag) => {
                findings.at(
                    "CTR-005",
                    place,
                    format!("the tag `{tag}` of `{name}` moves with every release"),
                );
            }
            Some(tag) => {
                findings.at("CTR-006", place, format!("`{name}:{tag}` is not pinned by its digest"));
            }
        }
    };
    for stage in &view.file.stages {
        if let Base::Image(image) = &stage.from.base {
            judge(image, Some(&stage.from.image), view.head(&stage.head));
        }
    }
    for placed in &view.placed {
        let named: Vec<&Base> = match &placed.instruction.kind {
            InstructionKind::Copy(transfer) => transfer.from.iter().collect(),
            InstructionKind::Run(run) => run.mounts.iter().filter_map(|mount| mount.from.as_ref()).collect(),
            _ => continue,
        };
        for base in named {
            // A bare word may as well be a build context given to the build by that name.
            if let Base::Image(image) = base
                && (image.tag.is_some() || image.repository.contains('/') || image.registry.is_some())
                && !image.name().contains('$')
                && !image.tag.as_deref().is_some_and(|tag| tag.contains('$'))
            {
                judge(image, None, view.head(placed.instruction));
            }
        }
    }
}

/// CTR-007: a stage whose name a later stage takes.
pub(super) fn shadowed_names(view: &View<'_>, findings: &mut Findings<'_>) {
    let mut later: std::collections::BTreeMap<String, u32> = std::collections::BTreeMap::new();
    for stage in view.file.stages.iter().rev() {
        let Some(alias) = &stage.from.alias else { continue };
        if let Some(line) = later.insert(alias.to_ascii_lowercase(), stage.head.line) {
            let message = format!("the stage `{alias}` is named again in line {line}");
            findings.at("CTR-007", view.head(&stage.head), message);
        }
    }
}

/// CTR-008: `--from` with the number of a stage.
pub(super) fn numbered_stages(view: &View<'_>, findings: &mut Findings<'_>) {
    for (placed, transfer, _) in view.transfers() {
        let Some(Base::Stage(index)) = transfer.from else { continue };
        let Some(written) = placed.instruction.flag("from").and_then(|flag| flag.value.as_deref()) else {
            continue;
        };
        if written.bytes().all(|byte| byte.is_ascii_digit()) && written.parse() == Ok(index) {
            let message = format!("stage {index} is named by its number");
            findings.at("CTR-008", view.head(placed.instruction), message);
        }
    }
}

/// CTR-009: `FROM --platform` with a fixed platform.
pub(super) fn fixed_platform(view: &View<'_>, findings: &mut Findings<'_>) {
    for stage in &view.file.stages {
        if !view.ships(stage.index) {
            continue;
        }
        if let Some(platform) = &stage.from.platform
            && !platform.raw.contains('$')
            && !platform.text.is_empty()
        {
            let message = format!("the image is always made for `{}`", platform.text);
            findings.at("CTR-009", view.head(&stage.head), message);
        }
    }
}
