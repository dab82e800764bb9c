"""Holds the conversations of `antiphon bench beside` with pipecat.

    python dead_air_pipecat.py SETTINGS FOLDER [virtual]

With `virtual`, time stands still while pipecat works, so that its own work costs nothing, whatever
else the machine does. FOLDER holds script.json and the sound it names, mono 32-bit floats. SETTINGS is one of those below.
All models are fakes that cost what script.json says; voice detection, end of turn, aggregators,
speculation and transports are pipecat's. Prints one line of JSON: what was said when, and what
sounded, in seconds from the start of each conversation.
"""

import asyncio
import json
import os
import sys
import time
from pathlib import Path

import numpy as np
import virtual_time
from engine_pipecat import start
from pipecat.audio.turn.smart_turn.local_smart_turn_v3 import LocalSmartTurnAnalyzerV3
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.audio.vad.vad_analyzer import VADParams
from pipecat.frames.frames import (
    InputAudioRawFrame,
    InterimTranscriptionFrame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    ProposedUserStartedSpeakingFrame,
    ProposedUserStoppedSpeakingFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
)
from pipecat.services.llm_service import LLMService
from pipecat.services.settings import LLMSettings, STTSettings, TTSSettings
from pipecat.services.stt_service import STTService
from pipecat.services.tts_service import TextAggregationMode, TTSService
from pipecat.transports.base_input import BaseInputTransport
from pipecat.transports.base_output import BaseOutputTransport
from pipecat.transports.base_transport import TransportParams
from pipecat.turns.eager_end_of_turn_mixin import EagerEndOfTurnSTTServiceMixin
from pipecat.turns.user_stop import (
    SpeechTimeoutUserTurnStopStrategy,
    TurnAnalyzerUserTurnStopStrategy,
)
from pipecat.turns.user_turn_strategies import EagerUserTurnStrategies, UserTurnStrategies
from pipecat.workers.runner import WorkerRunner

RATE, FRAME = 16_000, 320
AUDIBLE, JOINT = 0.003_162_3, 0.02
# As in the bench's player: silence before the next line, shortest wait for an answer, longest.
PAUSE, SETTLE, LIMIT = 0.4, 1.5, 8.0
# Sound that a device has beyond what is heard.
AHEAD = 0.02
LEVEL = 0.1
INTERIM = 0.3


def smart_turn(**params):
    return TurnAnalyzerUserTurnStopStrategy(turn_analyzer=LocalSmartTurnAnalyzerV3(**params))


def smart():
    return UserTurnStrategies(stop=[smart_turn()])


def silence():
    stop = SpeechTimeoutUserTurnStopStrategy(user_speech_timeout=0.3)
    return UserTurnStrategies(stop=[stop])


SENTENCE, TOKEN = TextAggregationMode.SENTENCE, TextAggregationMode.TOKEN
# Voice detection, turn strategies, what the voice is given at a time, output in 10 ms.
SETTINGS = {
    # What a pipeline gets that says nothing.
    "default": (VADParams(), lambda: None, SENTENCE, 4),
    # Its model of the end of turn asked sooner, text spoken by the token, small chunks.
    "smart": (VADParams(stop_secs=0.1), smart, TOKEN, 1),
    # Voice detection and 0.3 s more of silence, without the model.
    "silence": (VADParams(), silence, TOKEN, 1),
    # The same silence, the answer made in advance after 0.1 s of it.
    "eager": (VADParams(stop_secs=0.1), EagerUserTurnStrategies, TOKEN, 1),
}


class Clock:
    """Seconds since the conversation began."""

    def __init__(self):
        self.began = time.perf_counter()

    def now(self):
        return time.perf_counter() - self.began

    async def until(self, at):
        await asyncio.sleep(max(0.0, at - self.now()))


class Sounding:
    """From when until when something audible was heard."""

    def __init__(self):
        self.sounds = []

    def take(self, start, samples):
        for place in np.flatnonzero(np.abs(samples) > AUDIBLE * 32768):
            at = start + place / RATE
            if self.sounds and at - self.sounds[-1][1] <= JOINT:
                self.sounds[-1][1] = at + 1 / RATE
            else:
                self.sounds.append([at, at + 1 / RATE])


class Input(BaseInputTransport):
    async def start(self, frame):
        await super().start(frame)
        await self.set_transport_ready(frame)


class Output(BaseOutputTransport):
    """A loudspeaker without latency: sound is heard as it is written, one after the other."""

    def __init__(self, params, clock, sounding):
        super().__init__(params)
        self.clock, self.sounding, self.free = clock, sounding, 0.0

    async def start(self, frame):
        await super().start(frame)
        await self.set_transport_ready(frame)

    async def write_audio_frame(self, frame):
        samples = np.frombuffer(frame.audio, np.int16)
        begin = max(self.clock.now(), self.free)
        self.sounding.take(begin, samples)
        self.free = begin + len(samples) / RATE
        await self.clock.until(self.free - AHEAD)
        return True


class Recogniser(STTService):
    """Hears the words that were said, a stated time after it was told that speech stopped."""

    def __init__(self, costs, player, **kwargs):
        self.cost, self.player = costs["stt_ms"] / 1e3, player
        # Finished transcripts are marked, so that nobody waits for that long.
        latency, settings = self.cost + 0.25, STTSettings(model=None, language=None)
        super().__init__(ttfs_p99_latency=latency, settings=settings, **kwargs)
        self.heard, self.told, self.due = 0.0, "", INTERIM

    async def run_stt(self, audio):
        at = self.player.captured
        if at >= self.due:
            self.due = at + INTERIM
            text = self.player.words(self.heard, at)
            if text and text != self.told:
                self.told = text
                self.create_task(self.interim(text))
        yield None

    async def interim(self, text):
        await asyncio.sleep(self.cost)
        await self.push_frame(InterimTranscriptionFrame(text, "user", ""))

    async def process_frame(self, frame, direction):
        await super().process_frame(frame, direction)
        if isinstance(frame, VADUserStoppedSpeakingFrame):
            at = self.player.captured
            self.hear(frame, self.player.words(self.heard, at), at)

    def hear(self, _frame, text, at):
        self.create_task(self.final(text, at))

    async def final(self, text, at):
        await asyncio.sleep(self.cost)
        if text:
            await self.tell(text, at)

    async def tell(self, text, at):
        self.heard, self.told = max(self.heard, at), ""
        frame = TranscriptionFrame(text, "user", "")
        frame.finalized = True
        await self.push_frame(frame)


class EagerRecogniser(EagerEndOfTurnSTTServiceMixin, Recogniser):
    """Decides itself when a turn ends: by silence, and expects that as soon as there is some."""

    silence = 0.5

    def __init__(self, costs, player):
        super().__init__(costs, player, enable_eager_end_of_turn=True)
        self.ending = None

    async def process_frame(self, frame, direction):
        await super().process_frame(frame, direction)
        if isinstance(frame, VADUserStartedSpeakingFrame):
            if self.ending:
                await self.cancel_task(self.ending)
                self.ending = None
            await self._cancel_eager_end_of_turn()
            await self.broadcast_frame(ProposedUserStartedSpeakingFrame)

    def hear(self, frame, text, at):
        self.ending = self.create_task(self.end(text, at, self.silence - frame.stop_secs))

    async def end(self, text, at, more):
        due = self.player.clock.now() + more
        await asyncio.sleep(self.cost)
        if text:
            await self._push_eager_end_of_turn(text, user_id="")
        await self.player.clock.until(due)
        self.ending = None
        if text:
            await self.tell(text, at)
            await self.broadcast_frame(ProposedUserStoppedSpeakingFrame)
            self._clear_eager_end_of_turn()


class Model(LLMService):
    """Writes the same answer to everything, a word a token."""

    def __init__(self, costs):
        super().__init__(settings=LLMSettings())
        self.costs = costs

    async def process_frame(self, frame, direction):
        await super().process_frame(frame, direction)
        if not isinstance(frame, LLMContextFrame):
            await self.push_frame(frame, direction)
            return
        await self.push_frame(LLMFullResponseStartFrame())
        words = self.costs["answer"].split(" ")
        for place, word in enumerate(words):
            await asyncio.sleep(self.costs["llm_token_ms" if place else "llm_first_ms"] / 1e3)
            await self.push_frame(LLMTextFrame(word if place == len(words) - 1 else word + " "))
        await self.push_frame(LLMFullResponseEndFrame())


class Voice(TTSService):
    """Speaks words of a stated length, the first of a text after a stated time."""

    def __init__(self, costs, mode):
        super().__init__(
            sample_rate=RATE,
            text_aggregation_mode=mode,
            push_start_frame=True,
            push_stop_frames=True,
            settings=TTSSettings(model=None, voice=None, language=None),
        )
        self.costs, self.last = costs, None
        samples = np.full(int(RATE * costs["word_ms"] / 1e3), LEVEL * 32767, np.int16)
        self.word = samples.tobytes()

    async def run_tts(self, text, context_id):
        # What gets text by the token begins once for all of it.
        begins = self._text_aggregation_mode != TextAggregationMode.TOKEN or self.last != context_id
        self.last = context_id
        for place, _ in enumerate(text.split()):
            first = self.costs["tts_first_ms"] if begins and place == 0 else 0.0
            await asyncio.sleep((first + self.costs["tts_word_ms"]) / 1e3)
            yield TTSAudioRawFrame(self.word, RATE, 1, context_id=context_id)


class Player:
    """Says the lines, each once there was an answer and silence."""

    def __init__(self, conversation, folder, clock, sounding):
        def sound(name):
            return np.fromfile(folder / name, np.float32) if name else np.zeros(0, np.float32)

        self.lines = [(line, sound(line["sound"])) for line in conversation["lines"]]
        self.noise = sound(conversation["noise"])
        self.clock, self.sounding = clock, sounding
        self.said, self.captured, self.late = [], 0.0, 0.0

    def words(self, since, until):
        """What was said between two moments, by the middle of each word."""
        return " ".join(
            word
            for said in self.said
            for at, word in said["words"]
            if since < said["speech"][0][0] + at <= until
        )

    def say(self, number, at):
        line, samples = self.lines[number]
        speech = [[at + start, at + end] for start, end in line["speech"]]
        self.said.append({"line": number, "speech": speech, "words": line["words"]})
        return samples, round(at * RATE)

    def is_done(self, at, end):
        """Whether the last line was answered and it is quiet again."""
        sounds = [sound for sound in self.sounding.sounds if sound[1] > end]
        quiet = sounds and at - self.sounding.sounds[-1][1] >= PAUSE and at >= end + SETTLE
        return quiet or at >= end + LIMIT

    async def talk(self, send):
        number, place, now, end = 0, round(self.clock.now() * RATE / FRAME) * FRAME, None, None
        origin = place / RATE + PAUSE
        while True:
            at = place / RATE
            if at >= origin if now is None else self.is_done(at, end):
                if number == len(self.lines):
                    return
                now = self.say(number, at)
                end = self.said[-1]["speech"][-1][1]
                number += 1
            frame = np.zeros(FRAME, np.float32)
            if now is not None:
                rest = now[0][place - now[1] : place - now[1] + FRAME]
                frame[: len(rest)] = rest
            if len(self.noise):
                frame += self.noise[(place + np.arange(FRAME)) % len(self.noise)]
            place += FRAME
            # A frame is there once its last sample is.
            await self.clock.until(place / RATE)
            self.late = max(self.late, self.clock.now() - place / RATE)
            self.captured = place / RATE
            pcm = (np.clip(frame, -1, 1) * 32767).astype(np.int16).tobytes()
            await send(InputAudioRawFrame(pcm, RATE, 1))


async def hold(runner, conversation, folder, costs, settings):
    vad, strategies, mode, chunks = settings
    recogniser = EagerRecogniser if strategies is EagerUserTurnStrategies else Recogniser
    clock, sounding = Clock(), Sounding()
    player = Player(conversation, folder, clock, sounding)
    params = TransportParams(
        audio_in_enabled=True,
        audio_in_sample_rate=RATE,
        audio_out_enabled=True,
        audio_out_sample_rate=RATE,
        audio_out_10ms_chunks=chunks,
    )
    user = LLMUserAggregatorParams(
        vad_analyzer=SileroVADAnalyzer(params=vad),
        user_turn_strategies=strategies(),
    )
    pair = LLMContextAggregatorPair(LLMContext(), user_params=user)
    ear = Input(params)
    stages = [ear, recogniser(costs, player), pair.user(), Model(costs), Voice(costs, mode)]
    stages += [Output(params, clock, sounding), pair.assistant()]
    started = await start(runner, stages)
    await started.wait()
    await player.talk(ear.push_audio_frame)
    said = [{"line": it["line"], "speech": it["speech"]} for it in player.said]
    number, late = conversation["number"], 1e3 * player.late
    return {"number": number, "said": said, "sounds": sounding.sounds, "late_ms": late}


async def main():
    settings, folder = SETTINGS[sys.argv[1]], Path(sys.argv[2])
    script = json.loads((folder / "script.json").read_text())
    runner = WorkerRunner(handle_sigint=False)
    run = asyncio.create_task(runner.run())
    at_once = asyncio.Semaphore(script["jobs"])

    async def one(conversation):
        async with at_once:
            return await hold(runner, conversation, folder, script["costs"], settings)

    held = await asyncio.gather(*(one(it) for it in script["conversations"]))
    print(json.dumps(held), flush=True)
    run.cancel()
    # Ending pipelines in order takes longer than the measurement.
    os._exit(0)


def loop():
    loop = virtual_time.Loop()
    virtual_time.patch(loop)
    return loop


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=loop if "virtual" in sys.argv else None) as runner:
        runner.run(main())
