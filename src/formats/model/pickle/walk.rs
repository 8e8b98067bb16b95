//! The machine of pickles, with a stack of shadows: texts are kept, because imports may be named by them; of everything else
//! only its place is.

use std::io::{Read, Seek};
use std::rc::Rc;

use super::super::stream::Stream;
use super::super::{Fault, damaged};
use super::{Code, Import};

/// Most opcodes of a file.
pub(super) const OPCODES: u64 = 30_000_000;
/// Most values on the stack, and in the memo.
const VALUES: usize = 4 << 20;
/// Longest name that is kept, in bytes.
const NAME: u64 = 512;
/// Longest line, in bytes: numbers and strings of protocol 0.
const LINE: usize = 1 << 20;

#[derive(Clone, Debug)]
enum Shadow {
    Mark,
    /// A text that could be the name of a module.
    Text(Rc<str>),
    Other,
}

pub(super) struct Machine<'c> {
    code: &'c mut Code,
    /// Opcodes that may still come.
    pub(super) left: &'c mut u64,
    stack: Vec<Shadow>,
    memo: Vec<Shadow>,
    pub(super) protocol: u8,
}

impl<'c> Machine<'c> {
    pub(super) const fn new(code: &'c mut Code, left: &'c mut u64) -> Self {
        Self { code, left, stack: Vec::new(), memo: Vec::new(), protocol: 0 }
    }

    /// Walks to the end of one pickle.
    pub(super) fn run<R: Read + Seek>(&mut self, stream: &mut Stream<R>) -> Result<(), Fault> {
        loop {
            let Some(left) = self.left.checked_sub(1) else {
                return damaged(format!("more than {OPCODES} opcodes"));
            };
            *self.left = left;
            let opcode = stream.u8()?;
            if opcode == b'.' {
                return match self.stack.as_slice() {
                    [.., Shadow::Text(_) | Shadow::Other] => Ok(()),
                    _ => damaged("it ends without a value"),
                };
            }
            self.step(opcode, stream)?;
            if self.stack.len() > VALUES || self.memo.len() > VALUES {
                return damaged(format!("more than {VALUES} values at once"));
            }
        }
    }

    fn step<R: Read + Seek>(&mut self, opcode: u8, stream: &mut Stream<R>) -> Result<(), Fault> {
        match opcode {
            b'(' => self.stack.push(Shadow::Mark),
            b'0' => drop(self.pop_any()?),
            b'2' => {
                let top = self.top()?;
                self.stack.push(top);
            }
            // Numbers and references in lines.
            b'F' | b'I' | b'L' | b'P' => {
                stream.line(LINE)?;
                self.push();
            }
            b'K' => self.skipped(stream, 1)?,
            b'M' => self.skipped(stream, 2)?,
            b'J' => self.skipped(stream, 4)?,
            b'G' => self.skipped(stream, 8)?,
            b'N' | b'}' | b']' | b')' | 0x88 | 0x89 | 0x8F | 0x97 => self.push(),
            b'S' | b'V' => {
                let line = stream.line(LINE)?;
                self.written(opcode, &line);
            }
            b'U' | 0x8C => {
                let size = u64::from(stream.u8()?);
                self.text(stream, size)?;
            }
            b'T' | b'X' => {
                let size = u64::from(stream.u32()?);
                self.text(stream, size)?;
            }
            0x8D => {
                let size = stream.u64()?;
                self.text(stream, size)?;
            }
            b'C' | 0x8A => {
                let size = u64::from(stream.u8()?);
                self.skipped(stream, size)?;
            }
            b'B' | 0x8B => {
                let size = u64::from(stream.u32()?);
                self.skipped(stream, size)?;
            }
            0x8E | 0x96 => {
                let size = stream.u64()?;
                self.skipped(stream, size)?;
            }
            b'Q' | 0x85 => self.replace(1)?,
            0x86 => self.replace(2)?,
            0x87 => self.replace(3)?,
            b'a' => drop(self.pop()?),
            b's' => self.pop_many(2)?,
            b'1' | b'e' | b'u' | 0x90 => self.pop_to_mark()?,
            b'd' | b'l' | b't' | 0x91 => {
                self.pop_to_mark()?;
                self.push();
            }
            b'p' | b'q' | b'r' | 0x94 | b'g' | b'h' | b'j' => self.remember(opcode, stream)?,
            b'c' | b'i' => {
                let (module, name) = (stream.line(LINE)?, stream.line(LINE)?);
                self.import(&String::from_utf8_lossy(&module), &String::from_utf8_lossy(&name));
                if opcode == b'i' {
                    self.pop_to_mark()?;
                    self.called();
                }
                self.push();
            }
            0x93 => self.import_from_stack()?,
            // Numbers of a registry of this process, which stand for imports.
            0x82 => self.registered(stream, 1)?,
            0x83 => self.registered(stream, 2)?,
            0x84 => self.registered(stream, 4)?,
            b'R' | 0x81 => {
                self.replace(2)?;
                self.called();
            }
            0x92 => {
                self.replace(3)?;
                self.called();
            }
            b'o' => {
                self.pop_to_mark()?;
                self.push();
                self.called();
            }
            b'b' => {
                self.pop()?;
                self.top()?;
                self.called();
            }
            0x80 => {
                let protocol = stream.u8()?;
                if protocol > 5 {
                    return damaged(format!("protocol {protocol} is not known"));
                }
                self.protocol = self.protocol.max(protocol);
            }
            0x95 => drop(stream.u64()?),
            0x98 => drop(self.top()?),
            _ => return damaged(format!("{opcode:#04x} at byte {} is no opcode", stream.at() - 1)),
        }
        Ok(())
    }

    fn push(&mut self) {
        self.stack.push(Shadow::Other);
    }

    const fn called(&mut self) {
        self.code.calls = self.code.calls.saturating_add(1);
    }

    fn pop_any(&mut self) -> Result<Shadow, Fault> {
        self.stack.pop().ok_or_else(|| Fault::Damaged("it takes a value where there is none".to_owned()))
    }

    /// A value, which a mark is not.
    fn pop(&mut self) -> Result<Shadow, Fault> {
        match self.pop_any()? {
            Shadow::Mark => damaged("it takes a value where there is none"),
            value => Ok(value),
        }
    }

    fn top(&mut self) -> Result<Shadow, Fault> {
        let value = self.pop()?;
        self.stack.push(value.clone());
        Ok(value)
    }

    fn pop_many(&mut self, count: usize) -> Result<(), Fault> {
        (0..count).try_for_each(|_| self.pop().map(drop))
    }

    fn replace(&mut self, count: usize) -> Result<(), Fault> {
        self.pop_many(count)?;
        self.push();
        Ok(())
    }

    fn pop_to_mark(&mut self) -> Result<(), Fault> {
        while let Some(value) = self.stack.pop() {
            if matches!(value, Shadow::Mark) {
                return Ok(());
            }
        }
        damaged("it goes back to a mark where there is none")
    }

    fn skipped<R: Read + Seek>(&mut self, stream: &mut Stream<R>, size: u64) -> Result<(), Fault> {
        stream.skip(size)?;
        self.push();
        Ok(())
    }

    fn text<R: Read + Seek>(&mut self, stream: &mut Stream<R>, size: u64) -> Result<(), Fault> {
        if size > NAME {
            return self.skipped(stream, size);
        }
        let bytes = stream.bytes(size, 512)?;
        self.stack.push(Shadow::Text(String::from_utf8_lossy(&bytes).into()));
        Ok(())
    }

    /// A text in a line: quoted (`S`), or not (`V`). One with escapes is not read: no honest name has any.
    fn written(&mut self, opcode: u8, line: &[u8]) {
        let text = String::from_utf8_lossy(line);
        let text = text.trim_end_matches('\r');
        let plain = match opcode {
            b'S' => ['\'', '"'].iter().find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote)),
            _ => Some(text),
        };
        let kept = plain.filter(|plain| !plain.contains('\\') && plain.len() as u64 <= NAME);
        self.stack.push(kept.map_or(Shadow::Other, |plain| Shadow::Text(plain.into())));
    }

    fn remember<R: Read + Seek>(&mut self, opcode: u8, stream: &mut Stream<R>) -> Result<(), Fault> {
        let index = match opcode {
            0x94 => self.memo.len(),
            b'q' | b'h' => usize::from(stream.u8()?),
            b'r' | b'j' => stream.u32()? as usize,
            _ => {
                let line = stream.line(32)?;
                let number = std::str::from_utf8(&line).ok().and_then(|line| line.trim().parse().ok());
                let Some(number) = number else { return damaged("a place in its memo is no number") };
                number
            }
        };
        if index > VALUES {
            return damaged(format!("place {index} in its memo, which has {VALUES} at most"));
        }
        if matches!(opcode, b'g' | b'h' | b'j') {
            match self.memo.get(index) {
                Some(value) if !matches!(value, Shadow::Mark) => self.stack.push(value.clone()),
                _ => return damaged(format!("place {index} in its memo is empty")),
            }
            return Ok(());
        }
        let value = self.top()?;
        if index >= self.memo.len() {
            // Marks stand for places that nothing was put in.
            self.memo.resize(index + 1, Shadow::Mark);
        }
        if let Some(place) = self.memo.get_mut(index) {
            *place = value;
        }
        Ok(())
    }

    fn import(&mut self, module: &str, name: &str) {
        self.code.add(Import::new(module, name));
    }

    fn import_from_stack(&mut self) -> Result<(), Fault> {
        let (name, module) = (self.pop()?, self.pop()?);
        match (module, name) {
            (Shadow::Text(module), Shadow::Text(name)) => self.import(&module, &name),
            _ => self.code.hidden = true,
        }
        self.push();
        Ok(())
    }

    fn registered<R: Read + Seek>(&mut self, stream: &mut Stream<R>, size: u64) -> Result<(), Fault> {
        self.code.hidden = true;
        self.skipped(stream, size)
    }
}
