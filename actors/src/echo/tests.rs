//! Echo in simulated rooms: what is left of it, and what voice detection makes of that.

use std::time::Duration;

use antiphon_config::{Gate, Speaker, Vad};
use proptest::prelude::*;

use super::core::{Done, EchoCore};
use super::{ERLE_DB, Early, FarEnd, Mode, RATE};
use crate::core::{Effect, Out, Side, StageCore};
use crate::fact::Fact;
use crate::frame::{Audio, Frame, Payload, PortType, TurnId, Voice};
use crate::sound;
use crate::speaker::SinkKind;
use crate::testing::Rig;
use crate::testing::room::{LiveRoom, Room};
use crate::time::Time;
use crate::turn::{Phase, TurnView};

const FRAME: usize = 320;
const DEVICE: Mode = Mode::Cancel { early: Early::DEVICE };

/// What an agent says: more than a minute with its pauses.
const REPLIES: [&str; 5] = [
    "The capital of France is Paris. It lies on the river Seine, and about two million people \
     live there. Would you like to hear more about its history, or shall we talk about something \
     else today? There is a lot to tell.",
    "I think that is a good question. The sky looks blue because the air scatters short waves of \
     light more than long ones. In the evening the light takes a longer path, so more of the blue \
     is gone, and what is left looks red and orange to us.",
    "Sure. First heat the oven, then mix the flour, the butter and the sugar in a bowl. Add two \
     eggs and a little milk. Stir until it is smooth, and bake it for about forty minutes. Let it \
     cool before you cut it into slices.",
    "Let me see. Seven times eight is fifty six, and if you add twelve you get sixty eight. Half \
     of that is thirty four. I hope this helps you with your homework, and please tell me if \
     anything is not clear to you.",
    "Yes, of course! Trains leave every ten minutes in the morning, and every twenty minutes \
     after nine. The last one goes at half past eleven. Take an umbrella, as it may rain tonight.",
];

/// Brings the loud parts of speech to a level, in dBFS.
fn levelled(mut samples: Vec<f32>, level: f32) -> Vec<f32> {
    let loud: Vec<f32> =
        samples.chunks(160).filter(|it| sound::dbfs(it) > -60.0).flatten().copied().collect();
    let gain = sound::amplitude(level - sound::dbfs(&loud));
    samples.iter_mut().for_each(|sample| *sample *= gain);
    samples
}

/// A second of silence, then the replies at -20 dBFS with half a second after each; none where
/// there is nobody to speak them.
fn replies(count: usize) -> Option<Vec<f32>> {
    let mut samples = sound::silence(1.0);
    for text in &REPLIES[..count] {
        let (_, spoken) =
            sound::spoken(text).into_iter().find(|(program, _)| *program == "espeak-ng")?;
        samples.extend(levelled(spoken, -20.0));
        samples.extend(sound::silence(0.5));
    }
    Some(samples)
}

fn room(delay_ms: u64, gain_db: f32, reverb_ms: u64) -> Room {
    Room::new(Duration::from_millis(delay_ms), gain_db, Duration::from_millis(reverb_ms))
}

/// The samples as a clock hears them that is fast by so many parts of a million.
fn drifting(samples: &[f32], ppm: f64) -> Vec<f32> {
    let at = |index: usize| {
        let place = index as f64 * (1.0 + ppm / 1e6);
        let (before, share) = (place as usize, place.fract() as f32);
        let get = |index: usize| samples.get(index).copied().unwrap_or_default();
        get(before) * (1.0 - share) + get(before + 1) * share
    };
    (0..samples.len()).map(at).collect()
}

/// What a microphone in the room hears, over its own noise of -70 dBFS.
fn heard(room: &Room, far: &[f32], ppm: f64) -> Vec<f32> {
    sound::over_noise(room.echo(&drifting(far, ppm), 0, far.len()), -70.0)
}

/// Puts a voice into what the microphone hears, from `second` on.
fn say(mic: &mut [f32], second: f32, voice: &[f32]) {
    let from = sound::samples(second);
    for (sample, voice) in mic[from..].iter_mut().zip(voice) {
        *sample += voice;
    }
}

fn audio(samples: &[f32], from: usize) -> Audio {
    let at = Time::ZERO.plus_samples(from as u64, RATE);
    Audio { samples: samples.into(), rate: RATE, at }
}

/// Cancels, the microphone's sound in pieces of the sizes given over and over, the loudspeaker's
/// likewise and a second ahead; the core and what came out.
fn cancelled(
    far: &[f32],
    mic: &[f32],
    sizes: &[usize],
    far_sizes: &[usize],
) -> (EchoCore, Vec<f32>) {
    let (mut core, mut out) = (EchoCore::new(DEVICE), Out::default());
    let (mut from, mut played, mut left) = (0, 0, Vec::new());
    let mut far_sizes = far_sizes.iter().cycle();
    for &size in sizes.iter().cycle() {
        if from == mic.len() {
            break;
        }
        let to = (from + size).min(mic.len());
        while played < far.len().min(to + RATE as usize) {
            let end = (played + far_sizes.next().copied().unwrap_or(FRAME)).min(far.len());
            let done = Done::Played(audio(&far[played..end], played));
            core.on_done(done, Time::ZERO, &mut out).unwrap();
            played = end;
        }
        let frame = Frame::free(Payload::Audio(audio(&mic[from..to], from)));
        core.on_frame(frame, Time::ZERO, &mut out).unwrap();
        from = to;
    }
    for effect in out.take() {
        let Effect::Send(Frame { turn: None, payload: Payload::Audio(audio) }) = effect else {
            panic!("unexpected {effect:?}");
        };
        assert_eq!(audio.at, Time::ZERO.plus_samples(left.len() as u64, RATE));
        left.extend(audio.samples.iter());
    }
    (core, left)
}

/// How much later than it sounded a sound server says what sounded, in ms, 10 ms at a time: mostly
/// at once, now and then late by more than a frame of the microphone.
const TOLD_LATE: [usize; 12] = [3, 6, 2, 9, 4, 38, 27, 15, 3, 8, 31, 5];

/// Cancels what is heard without any delay and as loud as it is played, as a sound server loops it
/// back, the loudspeaker being told of late and by times that are 0.4 ms late.
fn looped_back(far: &[f32], mic: &[f32]) -> (EchoCore, Vec<f32>) {
    let (mut core, mut out) = (EchoCore::new(DEVICE), Out::default());
    let pieces = far.chunks(160).enumerate().scan(0, |last, (index, piece)| {
        let late = TOLD_LATE[index % TOLD_LATE.len()] * 16;
        // They come one after the other.
        *last = (*last).max((index + 1) * 160 + late);
        Some((*last, true, audio(piece, index * 160 + 7)))
    });
    // A frame is there 10 ms after its last sample.
    let frames = mic.chunks(FRAME).enumerate();
    let frames = frames
        .map(|(index, frame)| ((index + 1) * FRAME + 160, false, audio(frame, index * FRAME)));
    let mut events: Vec<_> = pieces.chain(frames).collect();
    events.sort_by_key(|(at, ..)| *at);
    for (_, is_far, audio) in events {
        if is_far {
            core.on_done(Done::Played(audio), Time::ZERO, &mut out).unwrap();
        } else {
            core.on_frame(Frame::free(Payload::Audio(audio)), Time::ZERO, &mut out).unwrap();
        }
    }
    let left = out.take().into_iter().flat_map(|effect| {
        let Effect::Send(Frame { payload: Payload::Audio(audio), .. }) = effect else {
            panic!("unexpected {effect:?}");
        };
        audio.samples.to_vec()
    });
    (core, left.collect())
}

#[tokio::test(start_paused = true)]
async fn a_sound_server_that_loops_back_at_once_and_tells_late_is_no_trouble() {
    let Some(far) = replies(3) else {
        eprintln!("skipped 1 test: no espeak-ng");
        return;
    };
    let mut mic = heard(&room(0, 0.0, 0), &far, 0.0);
    let (core, left) = looped_back(&far, &mic);
    let mut figures = std::collections::BTreeMap::new();
    core.figures(&mut |name, value| {
        figures.insert(name, value);
    });
    eprintln!("{figures:?}");
    assert!(figures[ERLE_DB] > 20.0, "{figures:?}");
    assert!((10.0..=50.0).contains(&figures["wait_ms"]), "{figures:?}");
    assert_eq!(starts(&[], &left, None).await, []);
    // Somebody who speaks over it is heard.
    let (_, voice) = sound::spoken("Stop, please tell me what a cat says.").remove(0);
    let from = sound::samples(9.0);
    say(&mut mic, 9.0, &levelled(voice, -20.0));
    let (_, left) = looped_back(&far, &mic);
    let starts = starts(&[], &left, None).await;
    let onset = starts.first().map(|(at, _)| *at).expect("somebody is heard");
    assert!((onset - from as f64 / 16_000.0).abs() < 0.6, "{starts:?}");
}

#[test]
fn the_wait_for_the_loudspeaker_becomes_shorter_again() {
    let wait = |core: &EchoCore| {
        let mut wait = 0.0;
        core.figures(&mut |name, value| {
            if name == "wait_ms" {
                wait = value
            }
        });
        wait
    };
    let far = sound::noise(20.0, -20.0);
    let (mut core, mut out) = (EchoCore::new(DEVICE), Out::default());
    let mut waits = Vec::new();
    for (index, piece) in far.chunks(FRAME).enumerate() {
        let from = index * FRAME;
        let frame = || Frame::free(Payload::Audio(audio(piece, from)));
        let played = || Done::Played(audio(piece, from));
        // Late once; else a frame ahead of the microphone.
        if index == 10 {
            core.on_frame(frame(), Time::ZERO, &mut out).unwrap();
            core.on_done(played(), Time::ZERO, &mut out).unwrap();
        } else {
            core.on_done(played(), Time::ZERO, &mut out).unwrap();
            core.on_frame(frame(), Time::ZERO, &mut out).unwrap();
        }
        if waits.last() != Some(&wait(&core)) {
            waits.push(wait(&core));
        }
    }
    assert_eq!(waits.first(), Some(&0.0));
    let most = waits.iter().copied().fold(0.0, f64::max);
    assert!(waits.last().is_some_and(|last| *last < most), "{waits:?}");
}

/// When speech was found, and when that was known, in seconds.
type Starts = Vec<(f64, f64)>;

/// What voice detection finds when the microphone's sound goes through the stages `echo`, `gate`
/// and `vad` on a paused clock; without the first if there is no `mode`.
async fn starts(far: &[f32], mic: &[f32], mode: Option<Mode>) -> Starts {
    let audio_port = Some(PortType::Audio);
    let mut echo = Rig::new(audio_port, audio_port).await.unwrap();
    let mut gate = echo.beside(audio_port, audio_port).await.unwrap();
    let mut vad = gate.beside(audio_port, Some(PortType::Utterance)).await.unwrap();
    let far_end = FarEnd::default();
    echo.start(&super::blueprint(mode.unwrap_or(Mode::Pass), far_end.clone())).await.unwrap();
    gate.start(&crate::gate::blueprint(Gate::default())).await.unwrap();
    vad.start(&crate::vad::blueprint(Vad::default())).await.unwrap();
    let (tape, clock, begin) = (far_end.tape(None), echo.clock, echo.clock.now());
    let shift = |mut audio: Audio| {
        audio.at = audio.at + begin.since_start();
        audio
    };
    let mut starts = Vec::new();
    for (index, frame) in mic.chunks(FRAME).enumerate() {
        let from = index * FRAME;
        // A device says 20 ms ahead what will sound.
        let ahead = from + FRAME;
        let played = if index == 0 { 0 } else { ahead }..far.len().min(ahead + FRAME);
        let place = played.start;
        tape(Side::Agent, shift(audio(far.get(played).unwrap_or_default(), place)));
        let due = begin.plus_samples((from + FRAME) as u64, RATE);
        clock.sleep_until(due).await;
        echo.push(Frame::free(Payload::Audio(shift(audio(frame, from))))).await;
        for (this, next) in [(&echo, &gate), (&gate, &vad)] {
            clock.sleep_until(clock.now() + Duration::from_micros(1)).await;
            for frame in this.sent() {
                next.push(frame).await;
            }
        }
        clock.sleep_until(clock.now() + Duration::from_micros(1)).await;
        for fact in vad.facts.take() {
            if let Fact::SpeechStart { at } = fact {
                let seconds = |time: Time| time.since(begin).as_secs_f64();
                starts.push((seconds(at), seconds(due)));
            }
        }
    }
    assert_eq!(echo.faults.take(), [] as [&str; 0]);
    starts
}

#[test]
fn sound_comes_8_ms_late_and_its_times_say_so() {
    let mic = sound::noise(3.0, -30.0);
    let (_, left) = cancelled(&[], &mic, &[FRAME], &[FRAME]);
    assert_eq!(left.len(), mic.len() - 128);
    let likeness = |lag: usize| -> f32 {
        left[16_000..32_000].iter().zip(&mic[16_000 + lag - 8..]).map(|(a, b)| a * b).sum()
    };
    let best = (0..17).max_by(|a, b| likeness(*a).total_cmp(&likeness(*b))).unwrap();
    assert_eq!(best, 8, "the output is {} samples off its times", best as i64 - 8);
    assert!((sound::dbfs(&left[16_000..]) - sound::dbfs(&mic)).abs() < 1.0);
}

#[test]
fn rooms_lose_their_echo() {
    let Some(far) = replies(2) else { return };
    for (delay, gain, reverb, ppm, erle) in [
        (20, -6.0, 150, 0.0, 36.0),
        (60, -12.0, 200, 0.0, 30.0),
        (60, -12.0, 200, 30.0, 30.0),
        (120, -20.0, 200, 0.0, 25.0),
        (200, -6.0, 200, 0.0, 36.0),
    ] {
        let mic = heard(&room(delay, gain, reverb), &far, ppm);
        let (core, left) = cancelled(&far, &mic, &[FRAME], &[FRAME]);
        let found = core.erle();
        let told = found.db().unwrap();
        let from = sound::samples(2.0);
        let whole = sound::dbfs(&mic[from..]) - sound::dbfs(&left[from..]);
        eprintln!(
            "{delay} ms, {gain} dB, {reverb} ms of reverb, {ppm} ppm: ERLE {told:.1} dB over \
             {:.1} s; {whole:.1} dB with what the guard does",
            found.seconds()
        );
        assert!(told > erle, "ERLE {told} dB");
        assert!(found.seconds() > 10.0, "{} s", found.seconds());
        assert!(f64::from(whole) > told - 3.0, "{whole} dB");
    }
}

#[tokio::test(start_paused = true)]
async fn an_agent_alone_never_hears_itself() {
    let Some(far) = replies(5) else { return };
    let seconds = far.len() as f32 / RATE as f32;
    assert!(seconds > 60.0, "{seconds} s");
    for (delay, gain, reverb, ppm) in
        [(20, -6.0, 150, 0.0), (60, -12.0, 300, 20.0), (60, -6.0, 500, 0.0), (200, -20.0, 200, 0.0)]
    {
        let mic = heard(&room(delay, gain, reverb), &far, ppm);
        let found = starts(&far, &mic, Some(DEVICE)).await;
        eprintln!("{delay} ms, {gain} dB, {reverb} ms: {found:.2?} in {seconds:.0} s");
        assert_eq!(found, [], "{delay} ms, {gain} dB, {reverb} ms, {ppm} ppm");
    }
    let mic = heard(&room(60, -12.0, 200), &far, 0.0);
    let without = starts(&far, &mic, None).await;
    eprintln!("without: {} starts", without.len());
    assert!(without.len() > 5, "the test can fail: {without:?}");
}

#[tokio::test(start_paused = true)]
async fn a_person_is_heard_over_the_echo() {
    let Some(far) = replies(4) else { return };
    let mut voices: Vec<_> = sound::spoken("wait a moment, I have a question about that");
    voices.retain(|(program, _)| *program == "flite");
    let mut voices: Vec<_> =
        voices.into_iter().map(|(name, samples)| (name.to_owned(), samples)).collect();
    voices.extend(sound::recordings().into_iter().filter(|(name, _)| name.starts_with("harvard")));
    let seconds = far.len() as f32 / RATE as f32;
    for over in [0.0, 6.0] {
        let (mut found, mut late, mut asked) = (0, Vec::new(), 0);
        for (delay, gain) in [(20, -6.0), (60, -12.0), (200, -12.0)] {
            let mut mic = heard(&room(delay, gain, 200), &far, 0.0);
            let mut onsets = Vec::new();
            for (slot, (name, voice)) in voices.iter().cycle().enumerate() {
                let second = 4.0 + 5.3 * slot as f32;
                if second + 3.0 > seconds {
                    break;
                }
                let mut voice = levelled(voice.clone(), -20.0 + gain + over);
                voice.truncate(sound::samples(2.0));
                let begins = voice.iter().position(|x| x.abs() > sound::amplitude(-40.0)).unwrap();
                say(&mut mic, second, &voice);
                onsets.push((name, f64::from(second) + begins as f64 / f64::from(RATE)));
            }
            let starts = starts(&far, &mic, Some(DEVICE)).await;
            for (name, onset) in onsets {
                let hit = starts.iter().find(|(at, _)| (at - onset).abs() < 1.2);
                asked += 1;
                if let Some((_, known)) = hit {
                    found += 1;
                    late.push((known - onset) * 1e3);
                } else {
                    eprintln!("{name} over {delay} ms, {gain} dB at {onset:.1} s: not heard");
                }
            }
        }
        late.sort_by(f64::total_cmp);
        let of = |share: f64| late[((late.len() - 1) as f64 * share) as usize];
        eprintln!(
            "{over} dB over the echo: {found} of {asked} heard, after {:.0} ms (median), {:.0} ms \
             (95 of 100)",
            of(0.5),
            of(0.95)
        );
        assert!(found * 10 >= asked * 9, "{found} of {asked}");
        assert!(of(0.5) < 400.0, "{late:?}");
    }
}

/// Where nothing of the loudspeaker is heard, a voice over it is as soon as without one.
#[tokio::test(start_paused = true)]
async fn a_person_with_headphones_is_heard_at_once() {
    let Some(far) = replies(2) else { return };
    for (name, voice) in sound::spoken("what is the day that comes after Monday") {
        for noise in [f32::NEG_INFINITY, -70.0, -55.0] {
            let mut mic = sound::silence(far.len() as f32 / RATE as f32);
            if noise.is_finite() {
                mic = sound::over_noise(mic, noise);
            }
            // A second and a half after the first reply begins, and in the second one.
            for second in [2.5, 18.0] {
                say(&mut mic, second, &levelled(voice.clone(), -26.0));
            }
            let found = starts(&far, &mic, Some(DEVICE)).await;
            let alone = starts(&far, &mic, None).await;
            eprintln!("{name} over noise of {noise} dBFS: {found:.3?}, alone {alone:.3?}");
            assert_eq!(alone.len(), 2);
            for (at, known) in alone {
                // A reply that is spoken over does not go on for seconds as this one does.
                let same = |it: &&(f64, f64)| (it.0 - at).abs() < 0.03 && it.1 - known < 0.03;
                assert!(found.iter().any(|it| same(&it)), "{at} s");
            }
        }
    }
}

/// A reply through the stages `speaker`, `mic` in a room, `echo`, `gate` and `vad`, over which a
/// person speaks from the twelfth second on: what is played reaches the canceller in time, what is
/// cut off was never heard.
#[tokio::test(start_paused = true)]
async fn a_reply_is_played_into_a_room_and_stopped_by_a_voice() {
    let (Some(far), Some((_, person))) = (replies(1), sound::recordings().into_iter().next())
    else {
        return;
    };
    let person = levelled(person, -29.0);
    let begins = person.iter().position(|x| x.abs() > sound::amplitude(-40.0)).unwrap();
    let mut near = sound::noise(30.0, -70.0);
    say(&mut near, 12.0, &person);
    let onset = Time::from_start(Duration::from_secs(12)).plus_samples(begins as u64, RATE);

    let place = LiveRoom::new(room(40, -12.0, 200));
    let far_end = FarEnd::default();
    let (audio_port, voice_port) = (Some(PortType::Audio), Some(PortType::Voice));
    let mut speaker = Rig::new(voice_port, None).await.unwrap();
    speaker.record_on(far_end.tape(Some(place.tape())));
    let mut mic = speaker.beside(None, audio_port).await.unwrap();
    let mut echo = mic.beside(audio_port, audio_port).await.unwrap();
    let mut gate = echo.beside(audio_port, audio_port).await.unwrap();
    let mut vad = gate.beside(audio_port, Some(PortType::Utterance)).await.unwrap();
    let mode = Mode::Cancel { early: Early::VIRTUAL };
    let sink = SinkKind::Virtual { rate: 48_000 };
    vad.start(&crate::vad::blueprint(Vad::default())).await.unwrap();
    gate.start(&crate::gate::blueprint(Gate::default())).await.unwrap();
    echo.start(&super::blueprint(mode, far_end)).await.unwrap();
    speaker.start(&crate::speaker::blueprint(Speaker::default(), sink)).await.unwrap();
    mic.start(&place.mic(near)).await.unwrap();

    let view = |turn, phase| TurnView { turn: TurnId(turn), phase, ..TurnView::default() };
    speaker.board.set(view(1, Phase::Replying));
    let voice = Voice {
        samples: far.into(),
        rate: RATE,
        chunk: (0, "A reply.".into()),
        words: [].into(),
        chunk_end: true,
        end: true,
    };
    speaker.push(Frame::of(TurnId(1), Payload::Voice(voice))).await;
    let (clock, mut starts) = (speaker.clock, Vec::new());
    while clock.now() < Time::from_millis(16_000) {
        clock.sleep_until(clock.now() + Duration::from_millis(5)).await;
        for (this, next) in [(&mic, &echo), (&echo, &gate), (&gate, &vad)] {
            for frame in this.sent() {
                next.push(frame).await;
            }
        }
        for fact in vad.facts.take() {
            if let Fact::SpeechStart { at } = fact {
                starts.push((at, clock.now()));
                speaker.board.set(view(2, Phase::Hearing));
            }
        }
    }
    let Some((at, known)) = starts.first().copied() else { panic!("nobody was heard") };
    let played = place.taped.take().into_iter().map(|(_, audio)| audio.end()).max().unwrap();
    let figures = echo.figures();
    eprintln!(
        "a voice from {onset} on was heard from {at} on, which was known at {known}; the last \
         sample sounded at {played}; {figures:?}"
    );
    assert!(at.millis_since(onset).abs() < 300.0, "{starts:?}");
    assert!(known.since(onset) < Duration::from_millis(600), "{starts:?}");
    assert!(played.since(known) < Duration::from_millis(15), "{played}");
    assert!(figures[ERLE_DB] > 25.0 && !figures.contains_key("late_ms"), "{figures:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn frames_may_be_cut_anywhere(
        sizes in prop::collection::vec(1..900_usize, 1..6),
        far_sizes in prop::collection::vec(1..900_usize, 1..6),
    ) {
        let far = [sound::silence(0.1), sound::noise(1.0, -20.0)].concat();
        let mic = heard(&room(30, -10.0, 50), &far, 0.0);
        let (_, whole) = cancelled(&far, &mic, &[FRAME], &[FRAME]);
        let (_, cut) = cancelled(&far, &mic, &sizes, &far_sizes);
        prop_assert!(whole == cut, "{sizes:?} and {far_sizes:?} differ");
    }
}
