"""The smallest test runner that fits: functions with a sentence, run side by side, each with its own line of result.

`@test("sentence")` registers; places (containers with their stubs) are made at first need and shared by name; whatever
was made is taken down at the end, also after Ctrl-C.
"""

import concurrent.futures
import threading
import time
import traceback

TESTS = []  # (sentence, function, slow)


class Skip(Exception):
    """Raised by a test that cannot run here; its words say why."""


def test(sentence, slow=False):
    def register(function):
        TESTS.append((sentence, function, slow))
        return function
    return register


def eventually(condition, seconds, words, context=lambda: ""):
    """Waits until `condition()` is true; fails after `seconds` with `words`."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {words}\n{context()}")
        time.sleep(0.05)


def equal(seen, wanted, what=""):
    if seen != wanted:
        raise AssertionError(f"{what + ': ' if what else ''}saw {seen!r}, wanted {wanted!r}")


class Places:
    """Named things that tests share, made once; each maker gives a thing with close()."""

    def __init__(self):
        self._lock = threading.Lock()
        self._locks = {}
        self._made = {}
        self._closed = False

    def get(self, name, maker):
        with self._lock:
            lock = self._locks.setdefault(name, threading.Lock())
        with lock:
            if name not in self._made:
                self._make(name, maker)
        made = self._made[name]
        if isinstance(made, Exception):
            raise made
        return made

    def _make(self, name, maker):
        try:
            thing = maker()
        except Exception as error:
            self._made[name] = error
            return
        with self._lock:
            self._made[name] = thing
            closed = self._closed
        if closed:  # while it was being made
            thing.close()

    def close(self):
        with self._lock:
            self._closed = True
            things = list(self._made.values())
        for thing in reversed(things):
            if not isinstance(thing, Exception):
                thing.close()


def run_all(world, chosen, workers=8):
    """Runs every test whose sentence has `chosen` in it; returns the number of failures."""
    failures, skipped = [], 0
    begin = time.monotonic()

    def run(function):
        started = time.monotonic()
        try:
            function(world)
            return "ok", "", time.monotonic() - started
        except Skip as reason:
            return "skip", str(reason), time.monotonic() - started
        except Exception:
            return "FAIL", traceback.format_exc(), time.monotonic() - started

    tests = sorted((test for test in TESTS if chosen in test[0]), key=lambda test: not test[2])  # slow ones first
    pool = concurrent.futures.ThreadPoolExecutor(workers)
    running = {pool.submit(run, function): sentence for sentence, function, _ in tests}
    try:
        for done in concurrent.futures.as_completed(running):
            verdict, details, seconds = done.result()
            sentence = running[done]
            print(f"{verdict:<4} {seconds:6.2f} s  {sentence}" + (f" ({details})" if verdict == "skip" else ""), flush=True)
            if verdict == "FAIL":
                failures.append(sentence)
                print("     | " + details.rstrip().replace("\n", "\n     | "), flush=True)
            skipped += verdict == "skip"
    finally:
        pool.shutdown(wait=False, cancel_futures=True)  # after Ctrl-C the rest ends when its places are taken down
    passed = len(tests) - len(failures) - skipped
    print(f"\n{passed} passed, {len(failures)} failed, {skipped} skipped in {time.monotonic() - begin:.1f} s", flush=True)
    return len(failures)
