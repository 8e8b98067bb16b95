//! Thrift's compact protocol, walked: every integer is told with the ids of the fields that lead to it.
//! (<https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md>)

use std::io::{Read, Seek};

use super::stream::Stream;
use super::{Fault, damaged};

/// Deepest nesting.
const DEPTH: usize = 16;
/// Most values.
const VALUES: u64 = 20_000_000;

/// What is told of a struct: an integer, the count of a list, the end of a struct.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    Integer(i64),
    List(u64),
    End,
}

/// Gets the path of field ids, and what stands there.
pub(super) type Listener<'l> = dyn FnMut(&[i64], Told) -> Result<(), Fault> + 'l;

/// Walks one struct. `told` gets the path of field ids; elements of a list have the path of the list.
pub(super) fn walk<R: Read + Seek>(stream: &mut Stream<R>, told: &mut Listener<'_>) -> Result<(), Fault> {
    let mut walker = Walker { stream, told, path: Vec::new(), values: 0 };
    walker.structure()
}

struct Walker<'s, 't, 'l, R> {
    stream: &'s mut Stream<R>,
    told: &'t mut Listener<'l>,
    path: Vec<i64>,
    values: u64,
}

impl<R: Read + Seek> Walker<'_, '_, '_, R> {
    fn structure(&mut self) -> Result<(), Fault> {
        if self.path.len() >= DEPTH {
            return damaged("its description is nested too deeply");
        }
        let mut id = 0_i64;
        loop {
            let head = self.stream.u8()?;
            if head == 0 {
                return (self.told)(&self.path, Told::End);
            }
            let step = i64::from(head >> 4);
            id = if step == 0 { self.integer()? } else { id.saturating_add(step) };
            self.path.push(id);
            match head & 0x0F {
                // The value of a truth stands in the head itself.
                1 | 2 => {}
                kind => self.value(kind)?,
            }
            self.path.pop();
        }
    }

    fn value(&mut self, kind: u8) -> Result<(), Fault> {
        self.values += 1;
        if self.values > VALUES {
            return damaged("its description has too many values");
        }
        match kind {
            1..=3 => self.stream.skip(1),
            4..=6 => {
                let value = self.integer()?;
                (self.told)(&self.path, Told::Integer(value))
            }
            7 => self.stream.skip(8),
            8 => {
                let size = self.stream.varint()?;
                self.stream.skip(size)
            }
            9 | 10 => {
                let head = self.stream.u8()?;
                let short = u64::from(head >> 4);
                let count = if short == 15 { self.stream.varint()? } else { short };
                (self.told)(&self.path, Told::List(count))?;
                (0..count).try_for_each(|_| self.element(head & 0x0F))
            }
            11 => {
                let count = self.stream.varint()?;
                let kinds = if count == 0 { 0 } else { self.stream.u8()? };
                (0..count).try_for_each(|_| {
                    self.element(kinds >> 4)?;
                    self.element(kinds & 0x0F)
                })
            }
            12 => self.structure(),
            13 => self.stream.skip(16),
            _ => damaged("its description has a value of no known type"),
        }
    }

    /// A value of a list. Lists in lists take a step of their own, so that they cannot be nested without end.
    fn element(&mut self, kind: u8) -> Result<(), Fault> {
        if !matches!(kind, 9..=11) {
            return self.value(kind);
        }
        if self.path.len() >= DEPTH {
            return damaged("its description is nested too deeply");
        }
        self.path.push(0);
        let result = self.value(kind);
        self.path.pop();
        result
    }

    /// A number in zigzag order.
    fn integer(&mut self) -> Result<i64, Fault> {
        let value = self.stream.varint()?;
        Ok((value >> 1).cast_signed() ^ -((value & 1).cast_signed()))
    }
}
