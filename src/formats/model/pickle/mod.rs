//! Pickles of Python (<https://docs.python.org/3/library/pickle.html>, opcodes as `pickletools` documents them): programs of
//! a small machine that imports and calls what it names. They are walked, and nothing is carried out.

mod reach;
mod walk;

use std::io::{self, Read, Seek};

use super::stream::Stream;
use super::{Fault, Format, Head, counted};
use reach::is_beyond;
use walk::Machine;

/// Most imports that are kept.
const IMPORTS: usize = 1000;
/// Most pickles in a row: `torch.save` of old writes five.
const ROW: usize = 64;
/// Bytes of what cannot be walked that are searched for names.
const SEARCHED: u64 = 64 << 20;
/// The number that `torch.save` of old begins with, pickled.
const TORCH: &[u8] = &[0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, b'.'];

/// A name that a pickle imports.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Import {
    /// Its module.
    pub module: String,
    /// Its name there.
    pub name: String,
}

impl Import {
    pub(super) fn new(module: &str, name: &str) -> Self {
        Self { module: module.to_owned(), name: name.to_owned() }
    }
}

/// What loading a file carries out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Code {
    /// What it imports, each once, in order; at most a thousand.
    pub imports: Vec<Import>,
    /// How often it calls something, or hands a state to an object.
    pub calls: u64,
    /// Whether it was walked to its end.
    pub walked: bool,
    /// Whether it imports something whose name cannot be told without carrying it out, or could not be looked into.
    pub hidden: bool,
}

impl Code {
    /// Code that could not be looked into.
    pub(super) fn unseen() -> Self {
        Self { hidden: true, ..Self::default() }
    }

    /// The imports that no model needs: they reach the system, the network, or run code.
    pub fn beyond(&self) -> impl Iterator<Item = &Import> {
        self.imports.iter().filter(|import| is_beyond(&import.module, &import.name))
    }

    pub(super) fn add(&mut self, import: Import) {
        // A dangerous one is never the one that there is no room for.
        if self.imports.len() < IMPORTS || is_beyond(&import.module, &import.name) {
            if let Err(place) = self.imports.binary_search(&import) {
                self.imports.insert(place, import);
            }
            self.imports.truncate(2 * IMPORTS);
        }
    }

    pub(super) fn join(&mut self, other: Self) {
        other.imports.into_iter().for_each(|import| self.add(import));
        self.calls = self.calls.saturating_add(other.calls);
        self.walked &= other.walked;
        self.hidden |= other.hidden;
    }
}

/// What a walk through a row of pickles saw.
#[derive(Debug, Default)]
pub(super) struct Walk {
    pub(super) code: Code,
    /// Why it could not be walked to its end.
    pub(super) damage: Option<String>,
    /// Highest protocol that was named.
    protocol: u8,
    /// Bytes after the last end.
    after: u64,
    /// Whether it is what `torch.save` of old writes.
    is_torch: bool,
}

/// Walks the pickle that begins here, and those that follow it.
pub(super) fn walk<R: Read + Seek>(stream: &mut Stream<R>) -> Result<Walk, Fault> {
    let mut walk = Walk::default();
    walk.code.walked = true;
    let mut left = walk::OPCODES;
    for place in 0..ROW {
        let begun = stream.at();
        let mut machine = Machine::new(&mut walk.code, &mut left);
        let ended = machine.run(stream);
        let (protocol, is_spent) = (machine.protocol, *machine.left == 0);
        walk.protocol = walk.protocol.max(protocol);
        match ended {
            Ok(()) => {}
            Err(Fault::Read(error)) => return Err(Fault::Read(error)),
            Err(Fault::Damaged(words)) => {
                walk.code.walked = false;
                // Raw arrays stand between the opcodes of joblib; only its own program can tell how long they are.
                let is_joblib =
                    walk.code.imports.iter().any(|import| import.module.starts_with("joblib.numpy_pickle"));
                if !is_joblib && !is_spent {
                    walk.damage = Some(words);
                }
                search(stream, begun, &mut walk.code)?;
                break;
            }
        }
        walk.after = stream.rest();
        // The mark of the protocol stands before the number; from protocol 4 on a frame of nine bytes, too.
        let before = stream.at().checked_sub(begun + TORCH.len() as u64);
        if place == 0 && matches!(before, Some(2 | 11)) {
            walk.is_torch = ends_as_torch_begins(stream)?;
        }
        if walk.after == 0 || (walk.is_torch && place == 4) || !another(stream)? {
            break;
        }
    }
    Ok(walk)
}

/// Whether another pickle begins here.
fn another<R: Read + Seek>(stream: &mut Stream<R>) -> Result<bool, Fault> {
    let here = stream.at();
    if stream.rest() < 2 {
        return Ok(false);
    }
    let mark = stream.array::<2>()?;
    stream.go_to(here)?;
    Ok(matches!(mark, [0x80, 1..=5]))
}

/// Whether the pickle that ends here is the number that `torch.save` of old begins with.
fn ends_as_torch_begins<R: Read + Seek>(stream: &mut Stream<R>) -> Result<bool, Fault> {
    let here = stream.at();
    stream.go_to(here.saturating_sub(TORCH.len() as u64))?;
    let number = stream.bytes(TORCH.len() as u64, TORCH.len())?;
    stream.go_to(here)?;
    Ok(number == TORCH)
}

/// Searches what could not be walked for imports that no model needs, written as pickles write them.
fn search<R: Read + Seek>(stream: &mut Stream<R>, begun: u64, code: &mut Code) -> Result<(), Fault> {
    stream.go_to(begun)?;
    let bytes = stream.bytes(stream.rest().min(SEARCHED), usize::try_from(SEARCHED).unwrap_or(usize::MAX))?;
    for (module, name) in reach::SEARCHED {
        let short = |text: &str| {
            let mut bytes = vec![0x8C, u8::try_from(text.len()).unwrap_or(u8::MAX)];
            bytes.extend_from_slice(text.as_bytes());
            bytes
        };
        let line = format!("c{module}\n{name}\n");
        let has = |needle: &[u8]| memchr::memmem::find(&bytes, needle).is_some();
        if has(line.as_bytes()) || (has(&short(module)) && has(&short(name))) {
            code.add(Import::new(module, name));
        }
    }
    Ok(())
}

/// A file that begins as pickles of protocol 2 and later do.
pub(super) fn look<R: Read + Seek>(stream: &mut Stream<R>) -> io::Result<Head> {
    match walk(stream) {
        Ok(walk) => Ok(head(walk)),
        Err(Fault::Read(error)) => Err(error),
        Err(Fault::Damaged(words)) => {
            let code = Some(Code::unseen());
            Ok(Head { damage: Some(words), code, ..Head::of(Format::Pickle, "pickle".to_owned()) })
        }
    }
}

/// A file without the mark of protocol 2, if it is a pickle all the same: the mark is not needed to load it. It is one when
/// it ends as a pickle does with nothing after it, or has called something by name before it goes wrong.
pub(super) fn look_without_mark<R: Read + Seek>(
    stream: &mut Stream<R>,
    start: &[u8],
) -> io::Result<Option<Head>> {
    if !start.first().is_some_and(|first| b"(]})cldIFSVLNKMJGXUTBCi\x80\x82\x8c\x95".contains(first)) {
        return Ok(None);
    }
    let walk = match walk(stream) {
        Ok(walk) => walk,
        Err(Fault::Read(error)) => return Err(error),
        Err(Fault::Damaged(_)) => return Ok(None),
    };
    let ends_well = walk.damage.is_none() && walk.code.walked && walk.after == 0;
    let is_name = |text: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '<' | '>'))
    };
    let acts = walk.code.calls > 0
        && !walk.code.imports.is_empty()
        && walk.code.imports.iter().all(|import| is_name(&import.module) && is_name(&import.name));
    Ok((ends_well || acts).then(|| head(walk)))
}

fn head(walk: Walk) -> Head {
    let (format, mut about) = if walk.is_torch {
        (Format::Pytorch, "PyTorch before 1.6, a row of pickles".to_owned())
    } else {
        (Format::Pickle, format!("pickle, protocol {}", walk.protocol))
    };
    about.push_str(&format!(", {}", counted(walk.code.imports.len() as u64, "import")));
    if walk.after > 0 && !walk.is_torch && walk.damage.is_none() && walk.code.walked {
        about.push_str(&format!(", {} after its end", counted(walk.after, "byte")));
    }
    if !walk.code.walked && walk.damage.is_none() {
        about.push_str(", not walked to its end");
    }
    Head { format: Some(format), about, damage: walk.damage, code: Some(walk.code) }
}
