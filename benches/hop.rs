//! One hop of a 20 ms frame without a wake-up: through an edge, and through a bare channel.

#![expect(clippy::print_stdout, reason = "a program whose output is its table")]

use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Instant;

use antiphon_actors::frame::Audio;
use antiphon_actors::{Edge, Frame, Overflow, Payload, PortType, Time, TurnBoard};
use tokio::sync::mpsc;

/// Hops of one round.
const HOPS: u32 = 100_000;
/// Rounds, of which the fastest counts.
const ROUNDS: u32 = 20;

fn main() {
    let audio = Audio { samples: vec![0.1; 320].into(), rate: 16_000, at: Time::ZERO };
    let frame = Frame::free(Payload::Audio(audio));
    let board = TurnBoard::new();
    let (mut turns, view) = (board.watch(), board.get());
    let edge = Edge::new("a", "b", PortType::Audio, 50, Overflow::DropOldest);
    time("edge", || {
        let push = pin!(edge.push(frame.clone(), &mut turns));
        let pushed = push.poll(&mut Context::from_waker(Waker::noop())).is_ready();
        black_box((pushed, edge.pop(&view)));
    });
    let (sender, mut receiver) = mpsc::channel(50);
    time("tokio channel", || {
        black_box((sender.try_send(frame.clone()).is_ok(), receiver.try_recv().ok()));
    });
}

fn time(name: &str, mut hop: impl FnMut()) {
    let round = |_| {
        let began = Instant::now();
        (0..HOPS).for_each(|_| hop());
        began.elapsed() / HOPS
    };
    let fastest = (0..ROUNDS).map(round).min().unwrap_or_default();
    println!("{name}: {} ns a hop", fastest.as_nanos());
}
