use super::*;
use crate::frame::{Payload, Token, TurnId};
use crate::turn::{Phase, TurnBoard};

fn token(turn: u64, text: &str) -> Frame {
    Frame::of(TurnId(turn), Payload::Token(Token { text: text.into(), end: false }))
}

fn edge(capacity: usize, overflow: Overflow) -> Arc<Edge> {
    Edge::new("a", "b", PortType::Token, capacity, overflow)
}

fn at(turn: u64) -> TurnView {
    TurnView { turn: TurnId(turn), phase: Phase::Replying, ..TurnView::default() }
}

/// Whatever happened on the edge, every frame offered is accounted for.
#[track_caller]
fn balance(edge: &Edge) -> EdgeSnapshot {
    let counts = edge.snapshot();
    let all = counts.handled + counts.dropped() + counts.depth as u64;
    assert_eq!(counts.offered, all, "{counts:?}");
    counts
}

fn texts(edge: &Edge, view: &TurnView) -> String {
    let mut all = String::new();
    while let Some(Frame { payload: Payload::Token(token), .. }) = edge.pop(view) {
        all.push_str(&token.text);
    }
    all
}

#[tokio::test]
async fn policies_keep_what_they_say() {
    let policies = [(Overflow::DropOldest, "cde", (2, 0)), (Overflow::Latest, "e", (0, 4))];
    for (overflow, kept, dropped) in policies {
        let (edge, board) = (edge(3, overflow), TurnBoard::new());
        for text in ["a", "b", "c", "d", "e"] {
            edge.push(token(0, text), &mut board.watch()).await;
        }
        assert_eq!(texts(&edge, &at(0)), kept);
        let counts = balance(&edge);
        assert_eq!((counts.dropped_full, counts.dropped_superseded), dropped);
    }
}

#[tokio::test]
async fn a_sender_waits_for_a_place_and_no_longer_than_its_frame_is_worth() {
    let (edge, board) = (edge(1, Overflow::Wait), TurnBoard::new());
    board.set(at(1));
    edge.push(token(1, "a"), &mut board.watch()).await;
    let send = |text: &'static str| {
        let (edge, mut turns) = (edge.clone(), board.watch());
        tokio::spawn(async move { edge.push(token(1, text), &mut turns).await })
    };
    let second = send("b");
    tokio::task::yield_now().await;
    assert!(!second.is_finished());
    assert!(edge.pop(&at(1)).is_some());
    second.await.unwrap();
    let third = send("c");
    tokio::task::yield_now().await;
    assert!(!third.is_finished());
    board.set(at(2));
    third.await.unwrap();
    assert_eq!(texts(&edge, &at(2)), "");
    let counts = balance(&edge);
    assert_eq!((counts.handled, counts.dropped_stale), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn how_long_frames_wait_is_kept_once_somebody_asks() {
    let (edge, board, clock) = (edge(2, Overflow::DropOldest), TurnBoard::new(), Clock::start());
    let pass = |ms| tokio::time::advance(std::time::Duration::from_millis(ms));
    let waits = || {
        let all = edge.waits()?;
        Some(all.means().map(|(mean, count)| (mean * 1e3, count)).collect::<Vec<_>>())
    };
    edge.push(token(1, "a"), &mut board.watch()).await;
    assert_eq!(waits(), None);
    edge.measure(clock);
    pass(30).await;
    edge.push(token(1, "b"), &mut board.watch()).await;
    pass(5).await;
    assert_eq!(texts(&edge, &at(1)), "ab");
    assert_eq!(waits(), Some(vec![(5.0, 1), (35.0, 1)]));
    // What is dropped was not handled, and what comes after it counts from its own place.
    for (turn, text) in [(1, "c"), (1, "d"), (2, "e")] {
        edge.push(token(turn, text), &mut board.watch()).await;
        pass(1).await;
    }
    assert_eq!(texts(&edge, &at(2)), "e");
    edge.push(token(2, "f"), &mut board.watch()).await;
    edge.clear(DropReason::Restart);
    edge.push(token(2, "g"), &mut board.watch()).await;
    pass(1_000).await;
    assert_eq!(texts(&edge, &at(2)), "g");
    assert_eq!(waits(), Some(vec![(1.0, 1), (5.0, 1), (35.0, 1), (1_000.0, 1)]));
    assert_eq!(edge.waits().map(|it| it.count()), Some(balance(&edge).handled));
}

#[tokio::test]
async fn a_closed_edge_frees_its_sender() {
    let (edge, board) = (edge(1, Overflow::Wait), TurnBoard::new());
    edge.push(token(0, "a"), &mut board.watch()).await;
    let (sender, mut turns) = (edge.clone(), board.watch());
    let waiting = tokio::spawn(async move { sender.push(token(0, "b"), &mut turns).await });
    tokio::task::yield_now().await;
    edge.close();
    waiting.await.unwrap();
    assert_eq!(balance(&edge).dropped_closed, 2);
}

#[tokio::test]
async fn a_receiver_is_called_once_for_all_that_waits() {
    let (edge, board) = (edge(9, Overflow::Wait), TurnBoard::new());
    let receiver = Arc::new(StageStats::default());
    edge.set_receiver(&receiver);
    let called = || receiver.calls().take().has(Call::Frames);
    edge.push(token(0, "a"), &mut board.watch()).await;
    assert!(called());
    edge.push(token(0, "b"), &mut board.watch()).await;
    assert!(!called(), "it has not looked yet");
    assert_eq!(edge.take(TurnId(0)).map(|(_, more)| more), Some(true));
    edge.push(token(0, "c"), &mut board.watch()).await;
    assert!(!called(), "it knows of more");
    assert_eq!(texts(&edge, &at(0)), "bc");
    edge.push(token(0, "d"), &mut board.watch()).await;
    assert!(called());
    assert_eq!(balance(&edge).handled, 3);
}

#[test]
fn what_a_frame_touches_lies_in_two_cache_lines() {
    assert!(std::mem::offset_of!(Edge, space) <= 128);
}
