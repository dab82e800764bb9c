"""An event loop whose clock stands still while anything works, and jumps when all wait.

Work in other threads that the loop was asked for holds the clock still too. `time.time`,
`time.monotonic` and `time.perf_counter` follow it, for code that asks them: import this before
such code, and call `patch` once the loop is there.
"""

import asyncio
import selectors
import time

BEGAN = time.time()


class Selector(selectors.DefaultSelector):
    """Jumps over the time for which there would be nothing to do."""

    loop = None

    def select(self, timeout=None):
        ready = super().select(0)
        if ready or timeout is not None and timeout <= 0:
            return ready
        if self.loop.working or timeout is None:
            # A thread wakes the loop when it is done.
            return super().select(None)
        self.loop.jumped += timeout
        return ready


class Loop(asyncio.SelectorEventLoop):
    """The loop itself."""

    def __init__(self):
        self.jumped, self.working = 0.0, 0
        selector = Selector()
        selector.loop = self
        super().__init__(selector)

    def time(self):
        return self.jumped

    def run_in_executor(self, executor, func, *args):
        def done(_):
            self.working -= 1

        future = super().run_in_executor(executor, func, *args)
        self.working += 1
        future.add_done_callback(done)
        return future


def patch(loop):
    """Has the clocks of module `time` follow the loop's."""
    time.time = lambda: BEGAN + loop.jumped
    time.monotonic = time.perf_counter = lambda: loop.jumped
    time.time_ns = lambda: round(1e9 * (BEGAN + loop.jumped))
    time.monotonic_ns = time.perf_counter_ns = lambda: round(1e9 * loop.jumped)
