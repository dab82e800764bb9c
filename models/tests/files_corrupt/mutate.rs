//! Deterministic damage to small valid files, and a watch over what reading them allocates.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind},
};

use antiphon_models::random::SplitMix64;

/// Records the largest single allocation of each thread.
pub struct Watch;

thread_local! {
    static LARGEST: Cell<usize> = const { Cell::new(0) };
}

fn note(size: usize) {
    // The storage of a thread that ends is gone, and nobody asks for it then.
    LARGEST.try_with(|largest| largest.set(largest.get().max(size))).ok();
}

// SAFETY: every call goes to the system's allocator with the caller's own arguments.
unsafe impl GlobalAlloc for Watch {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(size);
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// Feeds `read` every damaged form of `sample` and checks that none panics or takes a single
/// allocation of more than `limit` bytes. Returns how many forms it still accepted and how many
/// there were.
pub fn survive(sample: &[u8], limit: usize, read: impl Fn(&[u8]) -> bool) -> (usize, usize) {
    assert!(read(sample), "the sample itself is valid");
    let (mut accepted, mut total) = (0, 0);
    let mut one = |bytes: &[u8], what: &dyn Fn() -> String| {
        LARGEST.set(0);
        let outcome = catch_unwind(AssertUnwindSafe(|| read(bytes)));
        let largest = LARGEST.get();
        match outcome {
            Ok(good) => accepted += usize::from(good),
            Err(_) => panic!("a panic with {}", what()),
        }
        assert!(largest <= limit, "{largest} bytes allocated at once with {}", what());
        total += 1;
    };
    for length in 0..sample.len() {
        one(&sample[..length], &|| format!("the first {length} bytes"));
    }
    let mut bytes = sample.to_vec();
    for at in 0..sample.len() {
        for value in [0, 0xff, b'9', b'{', b'"', sample[at] ^ 1, sample[at] ^ 0x80] {
            bytes[at] = value;
            one(&bytes, &|| format!("byte {at} set to {value:#x}"));
        }
        bytes[at] = sample[at];
    }
    let numbers: [&[u8]; 5] = [
        &u32::MAX.to_le_bytes(),
        &(1_u32 << 31).to_le_bytes(),
        &u64::MAX.to_le_bytes(),
        &(1_u64 << 62).to_le_bytes(),
        &(1_u64 << 33).to_le_bytes(),
    ];
    for at in 0..sample.len() {
        for number in numbers.iter().filter(|number| at + number.len() <= sample.len()) {
            bytes[at..at + number.len()].copy_from_slice(number);
            one(&bytes, &|| format!("{number:?} at byte {at}"));
            bytes[at..at + number.len()].copy_from_slice(&sample[at..at + number.len()]);
        }
    }
    let mut random = Random(SplitMix64::new(1));
    for round in 0..2_000 {
        let mut bytes = sample.to_vec();
        for _ in 0..1 + random.below(8) {
            random.damage(&mut bytes);
        }
        one(&bytes, &|| format!("random round {round}"));
    }
    (accepted, total)
}

struct Random(SplitMix64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0.bits()
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    /// Changes, doubles or removes a run of bytes.
    fn damage(&mut self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        let start = self.below(bytes.len());
        let end = (start + 1 + self.below(16)).min(bytes.len());
        match self.below(4) {
            0 => bytes[start] = self.next() as u8,
            1 => {
                let value = self.next() as u8;
                bytes[start..end].fill(value);
            }
            2 => {
                let run = bytes[start..end].to_vec();
                let at = self.below(bytes.len());
                bytes.splice(at..at, run);
            }
            _ => {
                bytes.drain(start..end);
            }
        }
    }
}
