"""An event loop whose clock stands still while anything works, and jumps when all wait.

What is handed to other threads is done in this one, which costs no time either. `time.time`,
`time.monotonic` and `time.perf_counter` follow the clock once `patch` was called.
"""

import asyncio
import selectors
import time

BEGAN = time.time()


class Selector(selectors.DefaultSelector):
    """Jumps over the time for which there would be nothing to do."""

    loop = None

    def select(self, timeout=None):
        ready = super().select(0 if timeout is not None else None)
        if not ready and timeout is not None and timeout > 0:
            self.loop.jumped += timeout
        return ready


class Loop(asyncio.SelectorEventLoop):
    """The loop itself."""

    def __init__(self):
        self.jumped = 0.0
        selector = Selector()
        selector.loop = self
        super().__init__(selector)

    def time(self):
        return self.jumped

    def run_in_executor(self, executor, func, *args):
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:
            future.set_exception(error)
        return future


def patch(loop):
    """Has the clocks of module `time` follow the loop's."""
    time.time = lambda: BEGAN + loop.jumped
    time.monotonic = time.perf_counter = lambda: loop.jumped
    time.time_ns = lambda: round(1e9 * (BEGAN + loop.jumped))
    time.monotonic_ns = time.perf_counter_ns = lambda: round(1e9 * loop.jumped)
