//! Workers of stated cost, in place of what is slow or outside.

use super::*;

/// In place of a microphone: a tone while somebody speaks.
pub(super) async fn talk(
    mut io: WorkerIo<Never, mic::Done>,
    shared: Shared,
) -> Result<(), StageError> {
    io.ready("");
    let (clock, scenario) = (io.clock(), &shared.scenario);
    let mut at = (clock.now().since_start().as_millis() as u64).div_ceil(FRAME) * FRAME;
    loop {
        // A frame is there once its last sample is.
        clock.sleep_until(Time::from_millis(at + FRAME)).await;
        shared.worker("mic").await?;
        let per_ms = u64::from(RATE) / 1000;
        let sample = |index: u64| {
            let ms = index / per_ms;
            let loud = scenario.says.iter().any(|say| (say.from..say.until).contains(&ms));
            // 500 Hz: the same area above and below zero in each 2 ms.
            let sign = if ms.is_multiple_of(2) { 1.0 } else { -1.0 };
            if loud { LOUD * sign } else { 0.0 }
        };
        let samples = (at * per_ms..(at + FRAME) * per_ms).map(sample).collect();
        let audio = Audio { samples, rate: RATE, at: Time::from_millis(at) };
        io.emit(mic::Done::Audio(audio)).await;
        at += FRAME;
        if at >= scenario.end() && !shared.end_told.swap(true, Relaxed) {
            io.emit(mic::Done::Ended).await;
        }
    }
}

/// In place of a recogniser: the words whose sound it was given.
pub(super) async fn recognise(
    mut io: WorkerIo<stt::core::Job, stt::core::Done>,
    shared: Shared,
) -> Result<(), StageError> {
    io.ready("");
    let ms = |time: Time| time.since_start().as_millis() as u64;
    let words = |sound: &stt::core::Sound| {
        let from = sound.pieces.first().map_or(Time::ZERO, |piece| piece.at);
        shared.scenario.words(ms(from), ms(sound.until()))
    };
    // What was said when somebody listened last.
    let mut last = String::new();
    while let Some(job) = io.next().await {
        shared.worker("stt").await?;
        match job {
            stt::core::Job::Partial { sound, cancel } => {
                let partial = tokio::select! {
                    biased;
                    () = cancel.cancelled() => None,
                    () = shared.spend("partial") => Some(words(&sound)),
                };
                let partial = partial.filter(|text| !text.is_empty());
                let before = partial.clone().map(|text| std::mem::replace(&mut last, text));
                let before = before.unwrap_or_default();
                let partial = partial.map(|text| stt::core::Partial {
                    utterance: sound.utterance,
                    // Words that were heard twice stay.
                    stable: if text.starts_with(&before) { before.len() } else { 0 },
                    finished: finished(&text),
                    until: sound.until(),
                    at: io.clock().now(),
                    text,
                });
                io.emit(stt::core::Done::Partial(partial)).await;
            }
            stt::core::Job::Final { turn, sound, cancel } => {
                tokio::select! {
                    biased;
                    () = cancel.cancelled() => {}
                    () = shared.spend("stt") => {
                        let (text, at) = (words(&sound), io.clock().now());
                        let finished = finished(&text);
                        io.emit(stt::core::Done::Final { turn, text, finished, at }).await;
                    }
                }
            }
        }
    }
    Ok(())
}

/// As sure as the shipped recogniser, which ends nothing unfinished with a mark.
fn finished(text: &str) -> Option<antiphon_actors::Finished> {
    let probability = if text.ends_with(['.', '?', '!']) { 0.99 } else { 0.01 };
    Some(antiphon_actors::Finished { probability, trust: 1.0 })
}

/// The words that a language model has read.
#[derive(Default)]
struct Reader(Vec<String>);

impl Reader {
    /// Reads those that it does not know, one after the other until they are not wanted.
    async fn read(
        &mut self,
        job: &llm::core::Job,
        shared: &Stagecraft,
    ) -> Result<Usage, StageError> {
        let words = job.messages.iter().flat_map(|it| it.content.split_whitespace());
        let words: Vec<_> = words.map(str::to_string).collect();
        let known = self.0.iter().zip(&words).take_while(|(a, b)| a == b).count();
        let mut usage = Usage { read: Some(0), reused: Some(known as u64), written: 0 };
        if known < words.len() {
            self.0.truncate(known);
        }
        for word in words.into_iter().skip(known) {
            if shared.scenario.reads_ahead() {
                shared.worker("llm").await?;
                tokio::select! {
                    biased;
                    () = job.cancel.cancelled() => break,
                    () = shared.spend("read") => {}
                }
            }
            self.0.push(word);
            usage.read = usage.read.map(|read| read + 1);
        }
        Ok(usage)
    }
}

/// In place of a network that hears the ends of turns: log-odds of the words whose sound it was given.
pub(super) async fn listen(
    mut io: WorkerIo<endpoint::core::Job, endpoint::core::Done>,
    shared: Shared,
) -> Result<(), StageError> {
    io.ready("");
    let ms = |time: Time| time.since_start().as_millis() as u64;
    while let Some(endpoint::core::Job { stop, samples, cancel }) = io.next().await {
        shared.worker(END_OF_TURN).await?;
        let length = samples.len() as u64 * 1000 / u64::from(RATE);
        let words = shared.scenario.words(ms(stop).saturating_sub(length), ms(stop));
        let log_odds = shared.scenario.odds.get(&words).copied().unwrap_or_default();
        tokio::select! {
            biased;
            () = cancel.cancelled() => {}
            () = shared.spend("network") => {
                io.emit(endpoint::core::Done::LogOdds { stop, log_odds }).await;
            }
        }
    }
    Ok(())
}

/// In place of a language model: the answer, a word at a time.
pub(super) async fn answer(
    mut io: WorkerIo<llm::core::Job, llm::core::Done>,
    shared: Shared,
) -> Result<(), StageError> {
    io.ready("");
    let mut reader = Reader::default();
    while let Some(job) = io.next().await {
        let known = reader.read(&job, &shared).await?;
        let llm::core::Job { turn, messages, cancel, draft, .. } = job;
        if draft {
            io.emit(llm::core::Done::Read { turn, tokens: known.read.unwrap_or_default() }).await;
            continue;
        }
        if shared.scenario.reads_ahead() {
            io.emit(llm::core::Done::Usage { turn, usage: known }).await;
        }
        let asked = messages.last().map(|message| message.content.as_str()).unwrap_or_default();
        let answer = shared.scenario.answers.get(asked);
        let answer = answer.cloned().unwrap_or_else(|| format!("You said: {asked}"));
        for (index, word) in answer.split_inclusive(' ').enumerate() {
            shared.worker("llm").await?;
            shared.spend(if index == 0 { "llm" } else { "piece" }).await;
            if cancel.is_cancelled() {
                break;
            }
            io.emit(llm::core::Done::Piece { turn, text: word.into(), at: io.clock().now() }).await;
        }
        io.emit(llm::core::Done::End { turn, at: io.clock().now() }).await;
    }
    Ok(())
}

/// The sample value that the voice of an attempt has, so that the tape tells them apart.
fn level(turn: u64) -> f32 {
    0.1 + 0.02 * turn as f32
}

/// The attempt whose voice has that sample value.
pub(in crate::engine::tests) fn attempt(level: f32) -> u64 {
    ((level - 0.1) / 0.02).round() as u64
}

/// In place of a voice: a constant for each word; whether it tells when words sound is `timed`.
pub(super) async fn speak(
    mut io: WorkerIo<tts::core::Job, tts::core::Done>,
    shared: Shared,
    timed: bool,
) -> Result<(), StageError> {
    io.ready("");
    while let Some(tts::core::Job { turn, index, speech, cancel, .. }) = io.next().await {
        shared.spend("tts").await;
        for (word, written) in speech.split_whitespace().enumerate() {
            shared.worker("tts").await?;
            if word > 0 {
                shared.spend("next").await;
            }
            if cancel.is_cancelled() {
                break;
            }
            let length = shared.scenario.cost("word") * 16;
            let samples = vec![level(turn.0); length as usize];
            if timed {
                let start = written.as_ptr().addr() - speech.as_ptr().addr();
                let samples = length * word as u64..length * (word as u64 + 1);
                let words =
                    vec![tts::core::SpokenWord { speech: start..start + written.len(), samples }];
                io.emit(tts::core::Done::Words { turn, index, words }).await;
            }
            io.emit(tts::core::Done::Sound {
                turn,
                index,
                samples,
                rate: RATE,
                at: io.clock().now(),
            })
            .await;
        }
        io.emit(tts::core::Done::End { turn, index, at: io.clock().now() }).await;
    }
    Ok(())
}

/// In place of a loudspeaker: the sink without a device, until it fails.
pub(super) async fn play(
    io: WorkerIo<speaker::Job, speaker::Done>,
    shared: Shared,
) -> Result<(), StageError> {
    let clock = io.clock();
    let run = speaker::timed::run(io, RATE);
    tokio::pin!(run);
    for fail in shared.scenario.fails.iter().filter(|fail| fail.place == "speaker.worker") {
        tokio::select! {
            biased;
            () = clock.sleep_until(Time::from_millis(fail.at)) => {}
            result = &mut run => return result,
        }
        // A sink that stalls keeps its jobs.
        shared.worker("speaker").await?;
    }
    run.await
}

/// In place of a file.
pub(super) async fn write(
    mut io: WorkerIo<Arc<Record>, logger::core::Notice>,
    shared: Shared,
) -> Result<(), StageError> {
    io.ready("");
    while io.next().await.is_some() {
        shared.worker("logger").await?;
    }
    Ok(())
}

/// In place of a screen.
pub(super) async fn show(
    mut io: WorkerIo<console::core::Show, Never>,
    shared: Shared,
) -> Result<(), StageError> {
    io.ready("");
    while let Some(show) = io.next().await {
        shared.worker("console").await?;
        if let console::core::Show::Said(text) = show {
            shared.tell(shared.clock.now(), "console", format!("shows {text:?}"));
        }
    }
    Ok(())
}
