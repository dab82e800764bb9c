"""Measures pipecat with processors that cost nothing, as `benches/src/engine` measures our engine.

    python engine_pipecat.py MEASURE SESSIONS SECONDS_OR_TURNS [plain]

MEASURE is load, unpaced or talk. A pipeline has what pipecat gives it by default (observers of turns
and of RTVI), or with `plain` neither. Prints `ready` once all sessions run, waits for a line, and prints
its figures as one line of JSON.
"""

import asyncio
import json
import os
import sys
import time

from loguru import logger

logger.remove()

from pipecat.frames.frames import (  # noqa: E402
    InputAudioRawFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    TextFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    UserStoppedSpeakingFrame,
)
from pipecat.pipeline.pipeline import Pipeline  # noqa: E402
from pipecat.pipeline.worker import PipelineParams, PipelineWorker  # noqa: E402
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor  # noqa: E402
from pipecat.workers.runner import WorkerRunner  # noqa: E402

RATE, PERIOD, STAGES = 16_000, 0.02, 6
WARM_UP, STRAGGLERS, LOST_MS = 1.0, 0.5, 10_000.0
END_SILENCE, SPEECH_FRAMES, TURN_FRAMES = 0.05, 3, 15
SOUND = bytes(640)
PLAIN = "plain" in sys.argv
now = time.perf_counter


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096


def spread(values):
    values = sorted(values)

    def at(percent):
        return values[max(0, -(-len(values) * percent // 100) - 1)] if values else 0.0

    return at(50), at(99)


def put(figures, name, values):
    figures[f"{name}_p50_ms"], figures[f"{name}_p99_ms"] = spread(values)


class Pass(FrameProcessor):
    """Passes frames on."""

    async def process_frame(self, frame, direction):
        await super().process_frame(frame, direction)
        await self.push_frame(frame, direction)


class Exit(FrameProcessor):
    """Stamps sound as it arrives, and passes all else on."""

    def __init__(self, arrive):
        super().__init__()
        self.arrive = arrive

    async def process_frame(self, frame, direction):
        await super().process_frame(frame, direction)
        if isinstance(frame, InputAudioRawFrame | TTSAudioRawFrame):
            self.arrive(frame)
        else:
            await self.push_frame(frame, direction)


class Recogniser(FrameProcessor):
    """Waits for the silence that ends a turn, and says what was said."""

    async def process_frame(self, frame, direction):
        await super().process_frame(frame, direction)
        if isinstance(frame, UserStoppedSpeakingFrame):
            self.create_task(self.answer(frame.at))
        elif not isinstance(frame, InputAudioRawFrame):
            await self.push_frame(frame, direction)

    async def answer(self, at):
        await asyncio.sleep(max(0.0, at + END_SILENCE - now()))
        await self.push_frame(TranscriptionFrame("And now?", "user", ""))


class Model(FrameProcessor):
    async def process_frame(self, frame, direction):
        await super().process_frame(frame, direction)
        if isinstance(frame, TranscriptionFrame):
            await self.push_frame(LLMFullResponseStartFrame())
            await self.push_frame(LLMTextFrame("All is well."))
            await self.push_frame(LLMFullResponseEndFrame())
        else:
            await self.push_frame(frame, direction)


class Chunker(FrameProcessor):
    async def process_frame(self, frame, direction):
        await super().process_frame(frame, direction)
        if isinstance(frame, LLMTextFrame):
            await self.push_frame(TextFrame(frame.text))
        else:
            await self.push_frame(frame, direction)


class Voice(FrameProcessor):
    async def process_frame(self, frame, direction):
        await super().process_frame(frame, direction)
        if isinstance(frame, TextFrame):
            await self.push_frame(TTSAudioRawFrame(SOUND, RATE, 1))
        else:
            await self.push_frame(frame, direction)


async def start(runner, processors):
    """Runs a pipeline without time-outs; if plain, without turn tracking and RTVI too."""
    worker = PipelineWorker(
        Pipeline(processors),
        cancel_on_idle_timeout=False,
        idle_timeout_secs=None,
        **({"enable_turn_tracking": False, "enable_rtvi": False} if PLAIN else {}),
        params=PipelineParams(audio_in_sample_rate=RATE),
    )
    started = asyncio.Event()

    @worker.event_handler("on_pipeline_started")
    async def _(worker, frame):
        started.set()

    await runner.add_workers(worker)
    return started


async def go():
    print("ready", flush=True)
    if not await asyncio.to_thread(sys.stdin.readline):
        sys.exit("nobody is there to begin")


async def load(runner, sessions, seconds):
    before = resident()
    begin, arrivals, firsts, waits = [float("inf")], [], [], []

    def arrive(frame):
        if frame.due >= begin[0]:
            moment = now()
            arrivals.append((1e3 * (moment - frame.due), 1e3 * (moment - frame.sent)))

    for _ in range(sessions):
        processors = [Pass() for _ in range(STAGES - 1)] + [Exit(arrive)]
        waits.append(await start(runner, processors))
        firsts.append(processors[0])
    run = asyncio.create_task(runner.run())
    for started in waits:
        await started.wait()
    await go()
    origin = now() + 0.05
    begin[0] = origin + WARM_UP
    warm, step = round(WARM_UP / PERIOD), PERIOD / sessions
    for number in range(warm + round(seconds / PERIOD)):
        if number == warm:
            cpu, wall, memory = time.process_time(), now(), resident()
        for session, first in enumerate(firsts):
            due = origin + number * PERIOD + session * step
            if (early := due - now()) > 0:
                await asyncio.sleep(early)
            elif session == 0:
                # Late already: whatever waits gets its turn all the same.
                await asyncio.sleep(0)
            frame = InputAudioRawFrame(SOUND, RATE, 1)
            frame.due, frame.sent = due, now()
            await first.queue_frame(frame, FrameDirection.DOWNSTREAM)
    cpu, wall = time.process_time() - cpu, now() - wall
    await asyncio.sleep(STRAGGLERS)
    figures = {
        "sessions": sessions,
        "lost": sessions * round(seconds / PERIOD) - len(arrivals),
        "core_percent": 100 * cpu / wall,
        "memory_kib": (memory - before) / 1024,
    }
    lost = [(LOST_MS, LOST_MS)] * figures["lost"]
    put(figures, "late", [late for late, _ in arrivals + lost])
    put(figures, "transit", [transit for _, transit in arrivals + lost])
    run.cancel()
    return figures


async def unpaced(runner, _sessions, _seconds):
    arrived, transits = asyncio.Event(), []

    def arrive(frame):
        transits.append(1e3 * (now() - frame.sent))
        arrived.set()

    processors = [Pass() for _ in range(STAGES - 1)] + [Exit(arrive)]
    started = await start(runner, processors)
    run = asyncio.create_task(runner.run())
    await started.wait()
    await go()
    origin = now()
    while now() < origin + 1 + WARM_UP:
        if now() < origin + WARM_UP:
            transits.clear()
        arrived.clear()
        frame = InputAudioRawFrame(SOUND, RATE, 1)
        frame.sent = now()
        await processors[0].queue_frame(frame, FrameDirection.DOWNSTREAM)
        await arrived.wait()
    figures = {}
    put(figures, "transit", transits)
    run.cancel()
    return figures


async def talk(runner, sessions, turns):
    air, firsts, waits = [], [], []

    def session():
        stopped = [0.0]
        processors = [Pass(), Recogniser(), Model(), Chunker(), Voice()]
        processors.append(Exit(lambda _: air.append(1e3 * (now() - stopped[0] - END_SILENCE))))
        firsts.append((processors[0], stopped))
        return processors

    for _ in range(sessions):
        waits.append(await start(runner, session()))
    run = asyncio.create_task(runner.run())
    for started in waits:
        await started.wait()
    await go()
    origin, length = now() + 0.5, PERIOD * TURN_FRAMES

    async def converse(index):
        first, stopped = firsts[index]
        for number in range(turns * TURN_FRAMES):
            due = origin + length * index / sessions + PERIOD * number
            await asyncio.sleep(max(0.0, due - now()))
            place = number % TURN_FRAMES
            if place < SPEECH_FRAMES:
                await first.queue_frame(InputAudioRawFrame(SOUND, RATE, 1))
            elif place == SPEECH_FRAMES:
                stopped[0] = due
                frame = UserStoppedSpeakingFrame()
                frame.at = due
                await first.queue_frame(frame)

    await asyncio.gather(*(converse(index) for index in range(sessions)))
    await asyncio.sleep(STRAGGLERS)
    figures = {"turns": len(air)}
    put(figures, "own", air)
    run.cancel()
    return figures


async def main():
    measure, sessions, amount = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    measures = {"load": load, "unpaced": unpaced, "talk": talk}
    figures = await measures[measure](WorkerRunner(handle_sigint=False), sessions, amount)
    print(json.dumps(figures), flush=True)
    # Ending hundreds of pipelines in order takes longer than the measurement.
    os._exit(0)


if __name__ == "__main__":
    asyncio.run(main())
