//! The part of Python's pickle language that PyTorch's files use, read without running anything.
//!
//! Opcodes: <https://github.com/python/cpython/blob/3.13/Lib/pickletools.py>. Values lie in one list and
//! name each other by their place there, so that no file can make reading, copying or dropping them
//! recurse.

use std::collections::HashMap;

/// The place of a value.
pub(super) type Id = usize;

/// What a pickle holds, as far as checkpoints need it.
#[derive(Debug)]
pub(super) enum Value {
    Whole(i64),
    Text(String),
    /// `module.name` of a class or function.
    Global(String),
    Tuple(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    /// The argument of a persistent load: in these files, a storage.
    Persistent(Id),
    Tensor(Rebuild),
    /// What no checkpoint's tensors depend on.
    Other,
}

/// The arguments of `torch._utils._rebuild_tensor_v2`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rebuild {
    pub storage: Id,
    pub offset: Id,
    pub size: Id,
    pub stride: Id,
}

/// A pickle that was read.
#[derive(Debug)]
pub(super) struct Pickle {
    values: Vec<Value>,
    root: Id,
}

impl Pickle {
    /// Reads a pickle; the error says at which byte what was found.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        let mut machine = Machine { bytes, ..Machine::default() };
        loop {
            let at = machine.at;
            match machine.step() {
                Ok(Some(root)) => return Ok(Self { values: machine.values, root }),
                Ok(None) => {}
                Err(fault) => return Err(format!("{fault} at byte {at}")),
            }
        }
    }

    pub fn root(&self) -> &Value {
        &self.values[self.root]
    }

    pub fn get(&self, id: Id) -> &Value {
        &self.values[id]
    }

    pub fn text(&self, id: Id) -> Option<&str> {
        if let Value::Text(text) = self.get(id) { Some(text) } else { None }
    }

    pub fn global(&self, id: Id) -> Option<&str> {
        if let Value::Global(name) = self.get(id) { Some(name) } else { None }
    }

    pub fn tuple(&self, id: Id) -> Option<&[Id]> {
        if let Value::Tuple(items) = self.get(id) { Some(items) } else { None }
    }

    /// A number that is not negative.
    pub fn count(&self, id: Id) -> Option<usize> {
        if let Value::Whole(n) = self.get(id) { usize::try_from(*n).ok() } else { None }
    }

    /// A tuple of numbers that are not negative.
    pub fn counts(&self, id: Id) -> Option<Vec<usize>> {
        self.tuple(id)?.iter().map(|&item| self.count(item)).collect()
    }
}

#[derive(Default)]
struct Machine<'a> {
    bytes: &'a [u8],
    at: usize,
    values: Vec<Value>,
    stack: Vec<Id>,
    /// Heights of the stack.
    marks: Vec<usize>,
    memo: HashMap<u32, Id>,
}

type Step<T> = Result<T, &'static str>;

const END: &str = "the end of the file";

impl Machine<'_> {
    /// Runs one opcode; the last gives the root.
    fn step(&mut self) -> Step<Option<Id>> {
        match self.take::<1>()?[0] {
            b'.' => return self.pop().map(Some),
            0x80 => drop(self.take::<1>()?),
            b'(' => self.marks.push(self.stack.len()),
            b'c' => {
                let module = self.line()?;
                let name = self.line()?;
                self.push(Value::Global(format!("{module}.{name}")));
            }
            b'X' => {
                let length = u32::from_le_bytes(self.take()?) as usize;
                let text = self.slice(length)?;
                let text = std::str::from_utf8(text).map_err(|_| "text that is not UTF-8")?;
                let text = text.to_string();
                self.push(Value::Text(text));
            }
            b'K' => {
                let n = self.take::<1>()?[0];
                self.push(Value::Whole(n.into()));
            }
            b'M' => {
                let n = u16::from_le_bytes(self.take()?);
                self.push(Value::Whole(n.into()));
            }
            b'J' => {
                let n = i32::from_le_bytes(self.take()?);
                self.push(Value::Whole(n.into()));
            }
            0x8a => self.long()?,
            b'G' => {
                self.take::<8>()?;
                self.push(Value::Other);
            }
            b'N' | 0x88 | 0x89 | b']' => self.push(Value::Other),
            b'}' => self.push(Value::Dict(Vec::new())),
            b')' => self.push(Value::Tuple(Vec::new())),
            0x85 => self.tuple(1)?,
            0x86 => self.tuple(2)?,
            0x87 => self.tuple(3)?,
            b't' => {
                let items = self.marked()?;
                self.push(Value::Tuple(items));
            }
            b'a' => drop(self.pop()?),
            b'e' => drop(self.marked()?),
            b's' => {
                let pair = [self.pop()?, self.pop()?];
                self.insert(&[pair[1], pair[0]])?;
            }
            b'u' => {
                let items = self.marked()?;
                self.insert(&items)?;
            }
            // The state of an ordered dictionary or a parameter: attributes that no tensor needs.
            b'b' => drop(self.pop()?),
            b'Q' => {
                let id = self.pop()?;
                self.push(Value::Persistent(id));
            }
            b'R' | 0x81 => self.reduce()?,
            code => self.memo(code)?,
        }
        Ok(None)
    }

    fn memo(&mut self, code: u8) -> Step<()> {
        let key = match code {
            b'q' | b'h' => self.take::<1>()?[0].into(),
            b'r' | b'j' => u32::from_le_bytes(self.take()?),
            _ => return Err("an unknown opcode"),
        };
        if matches!(code, b'q' | b'r') {
            let &top = self.stack.last().ok_or("an empty stack")?;
            self.memo.insert(key, top);
        } else {
            let &id = self.memo.get(&key).ok_or("a value that was never stored")?;
            self.stack.push(id);
        }
        Ok(())
    }

    fn reduce(&mut self) -> Step<()> {
        let (arguments, callable) = (self.pop()?, self.pop()?);
        let Value::Tuple(arguments) = &self.values[arguments] else {
            return Err("a call without a tuple of arguments");
        };
        let name =
            if let Value::Global(name) = &self.values[callable] { name.as_str() } else { "" };
        let value = match (name, &arguments[..]) {
            ("collections.OrderedDict", _) => Value::Dict(Vec::new()),
            ("torch._utils._rebuild_tensor_v2", &[storage, offset, size, stride, ..]) => {
                Value::Tensor(Rebuild { storage, offset, size, stride })
            }
            ("torch._utils._rebuild_parameter", &[tensor, ..]) => {
                self.stack.push(tensor);
                return Ok(());
            }
            _ => Value::Other,
        };
        self.push(value);
        Ok(())
    }

    /// Adds keys and values, in turn, to the dictionary on top of the stack.
    fn insert(&mut self, items: &[Id]) -> Step<()> {
        let &top = self.stack.last().ok_or("an empty stack")?;
        let Value::Dict(pairs) = &mut self.values[top] else {
            return Err("a key for what is no dictionary");
        };
        if !items.len().is_multiple_of(2) {
            return Err("a key without a value");
        }
        pairs.extend(items.chunks_exact(2).map(|pair| (pair[0], pair[1])));
        Ok(())
    }

    fn long(&mut self) -> Step<()> {
        let length = self.take::<1>()?[0] as usize;
        let bytes = self.slice(length)?;
        if length > 8 {
            return Err("a number of more than 64 bits");
        }
        let sign = bytes.last().is_some_and(|byte| byte & 0x80 != 0);
        let mut number = [if sign { 0xff } else { 0 }; 8];
        number[..length].copy_from_slice(bytes);
        self.push(Value::Whole(i64::from_le_bytes(number)));
        Ok(())
    }

    fn tuple(&mut self, count: usize) -> Step<()> {
        let from = self.stack.len().checked_sub(count).ok_or("an empty stack")?;
        let items = self.stack.split_off(from);
        self.push(Value::Tuple(items));
        Ok(())
    }

    /// What lies above the last mark.
    fn marked(&mut self) -> Step<Vec<Id>> {
        let height = self.marks.pop().ok_or("no mark")?;
        if height > self.stack.len() {
            return Err("a mark above the stack");
        }
        Ok(self.stack.split_off(height))
    }

    fn push(&mut self, value: Value) {
        self.stack.push(self.values.len());
        self.values.push(value);
    }

    fn pop(&mut self) -> Step<Id> {
        self.stack.pop().ok_or("an empty stack")
    }

    fn line(&mut self) -> Step<String> {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|&byte| byte == b'\n').ok_or(END)?;
        self.at += length + 1;
        Ok(String::from_utf8_lossy(&rest[..length]).into_owned())
    }

    fn slice(&mut self, length: usize) -> Step<&[u8]> {
        let rest = &self.bytes[self.at..];
        let slice = rest.get(..length).ok_or(END)?;
        self.at += length;
        Ok(slice)
    }

    fn take<const N: usize>(&mut self) -> Step<[u8; N]> {
        let (&taken, _) = self.bytes[self.at..].split_first_chunk().ok_or(END)?;
        self.at += N;
        Ok(taken)
    }
}
