//! A file read forwards with small steps and large leaps, never beyond its end.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use super::Fault;

pub(super) struct Stream<R> {
    reader: BufReader<R>,
    at: u64,
    length: u64,
}

impl<R: Read + Seek> Stream<R> {
    pub(super) fn new(mut reader: R) -> io::Result<Self> {
        let length = reader.seek(SeekFrom::End(0))?;
        reader.seek(SeekFrom::Start(0))?;
        Ok(Self { reader: BufReader::with_capacity(64 << 10, reader), at: 0, length })
    }

    /// Bytes of the file.
    pub(super) const fn length(&self) -> u64 {
        self.length
    }

    /// Where it stands.
    pub(super) const fn at(&self) -> u64 {
        self.at
    }

    /// Bytes from here to the end.
    pub(super) const fn rest(&self) -> u64 {
        self.length.saturating_sub(self.at)
    }

    /// The first bytes, at most `count`; stands at the beginning again.
    pub(super) fn start(&mut self, count: u64) -> io::Result<Vec<u8>> {
        let mut start = Vec::new();
        self.reader.seek(SeekFrom::Start(0))?;
        (&mut self.reader).take(count).read_to_end(&mut start)?;
        self.reader.seek(SeekFrom::Start(0))?;
        self.at = 0;
        Ok(start)
    }

    /// Goes to a place within the file, its end included.
    pub(super) fn go_to(&mut self, place: u64) -> Result<(), Fault> {
        if place > self.length {
            return Err(Fault::Damaged("it ends in the middle".to_owned()));
        }
        match (i64::try_from(place), i64::try_from(self.at)) {
            // Within what is buffered nothing is read anew.
            (Ok(to), Ok(from)) => self.reader.seek_relative(to - from)?,
            _ => drop(self.reader.seek(SeekFrom::Start(place))?),
        }
        self.at = place;
        Ok(())
    }

    pub(super) fn skip(&mut self, count: u64) -> Result<(), Fault> {
        self.go_to(self.at.saturating_add(count))
    }

    /// Bytes, at most `most`, which is what the caller can hold.
    pub(super) fn bytes(&mut self, count: u64, most: usize) -> Result<Vec<u8>, Fault> {
        if count > self.rest() {
            return Err(Fault::Damaged("it ends in the middle".to_owned()));
        }
        let size = usize::try_from(count).ok().filter(|size| *size <= most);
        let Some(size) = size else {
            return Err(Fault::Damaged(format!("a part of {count} bytes where {most} are the most")));
        };
        let mut bytes = vec![0; size];
        self.reader.read_exact(&mut bytes)?;
        self.at += count;
        Ok(bytes)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let mut bytes = [0; N];
        self.reader.read_exact(&mut bytes)?;
        self.at += N as u64;
        Ok(bytes)
    }

    pub(super) fn u8(&mut self) -> Result<u8, Fault> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(super) fn u16(&mut self) -> Result<u16, Fault> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, Fault> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, Fault> {
        self.array().map(u64::from_le_bytes)
    }

    /// A number in groups of seven bits, lowest first (LEB128).
    pub(super) fn varint(&mut self) -> Result<u64, Fault> {
        let mut value = 0_u64;
        for group in 0..10 {
            let byte = self.u8()?;
            value |= u64::from(byte & 0x7F) << (7 * group);
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Fault::Damaged("a number of more than ten bytes".to_owned()))
    }

    /// A line without its end, at most `most` bytes.
    pub(super) fn line(&mut self, most: usize) -> Result<Vec<u8>, Fault> {
        let mut line = Vec::new();
        loop {
            match self.u8()? {
                b'\n' => return Ok(line),
                byte if line.len() < most => line.push(byte),
                _ => return Err(Fault::Damaged(format!("a line of more than {most} bytes"))),
            }
        }
    }

    /// What reads from here on, for readers of their own; come back with [`Self::go_to`] after [`Self::returned`].
    pub(super) const fn inner(&mut self) -> &mut BufReader<R> {
        &mut self.reader
    }

    /// Stands at the beginning again, wherever somebody else has read.
    pub(super) fn returned(&mut self) -> io::Result<()> {
        self.reader.seek(SeekFrom::Start(0))?;
        self.at = 0;
        Ok(())
    }
}
