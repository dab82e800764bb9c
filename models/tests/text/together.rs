//! Sessions that answer at the same time share the passes of the network, and say what each would
//! alone.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::thread::{self, ThreadId};

use antiphon_models::text::{
    Cancel, Finish, GenerateOptions, Llm, Message, Reply, Session, SessionOptions,
};

use super::support::random;

fn session(llm: &Arc<Llm>) -> Session {
    Session::new(llm.clone(), &SessionOptions::default()).unwrap()
}

fn most(tokens: usize) -> GenerateOptions {
    GenerateOptions { max_tokens: tokens, ..GenerateOptions::default() }
}

fn say(session: &mut Session, chat: &[Message], options: &GenerateOptions) -> (Reply, String) {
    let mut said = String::new();
    let reply = session.generate(chat, options, &mut |piece| {
        said.push_str(piece);
        ControlFlow::Continue(())
    });
    (reply.unwrap(), said)
}

fn chats() -> Vec<Vec<Message>> {
    vec![
        vec![Message::user("Hello there, how are you today?")],
        vec![Message::system("You are a friendly voice."), Message::user("3 times 7?")],
        vec![Message::user("My name is Ada.")],
        vec![Message::user("What is there to see in the garden?")],
    ]
}

/// Asks once whether to stop, and remembers who asks.
#[derive(Clone, Default)]
struct Asked(Arc<Mutex<Vec<ThreadId>>>);

impl Asked {
    fn options(&self, tokens: usize) -> GenerateOptions {
        let asked = self.0.clone();
        let cancel = Cancel::when(move || {
            asked.lock().unwrap().push(thread::current().id());
            false
        });
        GenerateOptions { cancel, ..most(tokens) }
    }

    fn by(&self, thread: ThreadId) -> bool {
        self.0.lock().unwrap().contains(&thread)
    }
}

#[test]
fn those_who_join_say_what_each_would_alone() {
    let llm = random(10);
    let lengths = [9, 4, 12, 1];
    let expected: Vec<_> = chats()
        .iter()
        .zip(lengths)
        .map(|(chat, length)| say(&mut session(&llm), chat, &most(length)))
        .collect();
    let (begun, done) = (Barrier::new(5), Arc::new(AtomicUsize::new(0)));
    thread::scope(|scope| {
        // It makes the passes until the others are done.
        let left = done.clone();
        let enough = Cancel::when(move || left.load(Ordering::SeqCst) == 4);
        let options = GenerateOptions { cancel: enough, ..most(usize::MAX) };
        let (llm, begun) = (&llm, &begun);
        let leader = scope.spawn(move || {
            let mut waited = false;
            let reply = session(llm).generate(&[Message::user("Go on.")], &options, &mut |_| {
                if !std::mem::replace(&mut waited, true) {
                    begun.wait();
                }
                thread::yield_now();
                ControlFlow::Continue(())
            });
            reply.unwrap()
        });
        let leads = leader.thread().id();
        for ((chat, length), (reply, said)) in chats().into_iter().zip(lengths).zip(&expected) {
            let done = done.clone();
            scope.spawn(move || {
                begun.wait();
                let asked = Asked::default();
                let mut session = session(llm);
                let (found, heard) = say(&mut session, &chat, &asked.options(length));
                assert_eq!((&found.tokens, found.finish), (&reply.tokens, reply.finish));
                assert_eq!(&heard, said);
                assert!(asked.by(leads), "{length} tokens: not made by the one who leads");
                // The conversation came back, and goes on from what was read.
                let again = say(&mut session, &chat, &most(length)).0;
                assert_eq!(again.tokens, reply.tokens);
                assert_eq!(again.prefill_tokens, 1);
                done.fetch_add(1, Ordering::SeqCst);
            });
        }
    });
}

#[test]
fn another_goes_on_when_the_first_is_done() {
    let llm = random(11);
    let lengths = [3, 60, 40, 50];
    let expected: Vec<_> = chats()
        .iter()
        .zip(lengths)
        .map(|(chat, length)| say(&mut session(&llm), chat, &most(length)).0.tokens)
        .collect();
    for _ in 0..20 {
        let begun = Barrier::new(4);
        thread::scope(|scope| {
            for ((chat, length), tokens) in chats().into_iter().zip(lengths).zip(&expected) {
                let (llm, begun) = (&llm, &begun);
                scope.spawn(move || {
                    let mut session = session(llm);
                    begun.wait();
                    assert_eq!(&say(&mut session, &chat, &most(length)).0.tokens, tokens);
                });
            }
        });
    }
}

#[test]
fn who_leaves_or_fails_holds_up_nobody() {
    let llm = random(12);
    let chats = chats();
    let alone = say(&mut session(&llm), &chats[0], &most(30)).0.tokens;
    for round in 0..20 {
        let begun = Barrier::new(3);
        thread::scope(|scope| {
            let (llm, begun, chats) = (&llm, &begun, &chats);
            let leaves = scope.spawn(move || {
                begun.wait();
                session(llm).generate(&chats[1], &most(30), &mut |_| ControlFlow::Break(()))
            });
            let fails = scope.spawn(move || {
                begun.wait();
                session(llm).generate(&chats[2], &most(30), &mut |_| panic!("as it should"))
            });
            let stays = scope.spawn(move || {
                begun.wait();
                let mut session = session(llm);
                let reply =
                    session.generate(&chats[0], &most(30), &mut |_| ControlFlow::Continue(()));
                // Only one that was in the failed one's pass may fail with it; then it is asked again.
                match reply {
                    Ok(reply) => reply,
                    Err(error) => {
                        assert!(error.to_string().contains("made the passes"), "{error}");
                        say(&mut session, &chats[0], &most(30)).0
                    }
                }
            });
            assert!(fails.join().is_err());
            match leaves.join().unwrap() {
                Ok(reply) => assert_eq!(reply.finish, Finish::Cancelled, "round {round}"),
                Err(error) => assert!(error.to_string().contains("made the passes"), "{error}"),
            }
            assert_eq!(stays.join().unwrap().tokens, alone, "round {round}");
        });
    }
}
