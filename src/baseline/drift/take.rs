//! Takes a snapshot.

use std::collections::BTreeMap;
use std::io::{self, Read as _};

use super::digests::{Digests, is_salt, new_salt};
use super::{FileState, Order, Seen, Snapshot, tree, values, versions};
use crate::host::files::open_regular;
use crate::host::listener;
use crate::host::terminal::clean;

/// Largest file, in bytes.
const FILE: u64 = 2 << 20;
/// Most bytes of all files; most keys of all files.
const ALL: u64 = 64 << 20;
const KEYS: usize = 20_000;
/// Most open findings of the audit that are kept.
const FINDINGS: usize = 10_000;
/// Most words on what could not be seen.
const UNSEEN: usize = 200;

/// Takes a snapshot. What cannot be seen is told in [`Snapshot::unseen`].
#[must_use]
pub fn take(order: &Order<'_>) -> Snapshot {
    let salt = order.salt.filter(|salt| is_salt(salt)).map_or_else(new_salt, str::to_owned);
    let digests = Digests::new(&salt);
    let mut unseen = Vec::new();
    let files = files(order, &digests, &mut unseen);
    let environment = order.settings.environment.iter().map(|name| {
        let value = order.around.environment.iter().find(|(known, _)| known == name);
        let digest = value.map(|(_, value)| digests.of(&["environment", name], value.as_encoded_bytes()));
        (name.clone(), digest)
    });
    let environment = environment.collect();
    let asked = &order.settings.versions;
    let names = asked.iter().map(|version| version.name.clone());
    let versions: BTreeMap<String, Seen> = names.zip(versions::ask(asked, order.around)).collect();
    let ports = if order.settings.ports { ports(&mut unseen) } else { None };
    let findings = order.findings.map(|findings| {
        if findings.len() > FINDINGS {
            unseen.push(format!("{} open findings: {FINDINGS} of them are kept", findings.len()));
        }
        findings.iter().take(FINDINGS).map(|(print, finding)| (print.clone(), finding.clone())).collect()
    });
    if order.settings.findings && findings.is_none() {
        unseen.push("the open findings of the audit".to_owned());
    }
    let more = unseen.len().saturating_sub(UNSEEN);
    unseen.truncate(UNSEEN);
    unseen.iter_mut().for_each(|words| *words = clean(words));
    if more > 0 {
        unseen.push(format!("{more} more"));
    }
    Snapshot { salt, files, environment, versions, ports, findings, unseen }
}

fn files(order: &Order<'_>, digests: &Digests, unseen: &mut Vec<String>) -> BTreeMap<String, FileState> {
    let mut found = BTreeMap::new();
    let (mut bytes_left, mut keys_left) = (ALL, KEYS);
    for path in tree::find(order.root, &order.settings.files, unseen) {
        let bytes = match read(order, &path, bytes_left) {
            Ok(bytes) => bytes,
            // It was removed meanwhile.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => {
                unseen.push(format!("{path}: {error}"));
                continue;
            }
        };
        bytes_left = bytes_left.saturating_sub(bytes.len() as u64);
        let (state, fits) = values::state(&path, &bytes, digests, order.weigh, keys_left);
        if !fits {
            unseen.push(format!("{path}: more than {KEYS} keys in all files, it is compared as a whole"));
        }
        keys_left = keys_left.saturating_sub(state.values.len());
        found.insert(path, state);
    }
    found
}

fn read(order: &Order<'_>, path: &str, left: u64) -> io::Result<Vec<u8>> {
    let (file, _) = open_regular(&order.root.join(path))?;
    let limit = FILE.min(left);
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        let reason = if limit < FILE {
            format!("more than {ALL} bytes in all files")
        } else {
            format!("larger than {FILE} bytes")
        };
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, reason));
    }
    Ok(bytes)
}

fn ports(unseen: &mut Vec<String>) -> Option<BTreeMap<String, String>> {
    let Some(ports) = listener::ports() else {
        unseen.push("listening ports: this system does not say which there are".to_owned());
        return None;
    };
    let named = |port: listener::Port| {
        (format!("{} {}", if port.udp { "udp" } else { "tcp" }, port.address), port.program)
    };
    Some(ports.into_iter().map(named).collect())
}
