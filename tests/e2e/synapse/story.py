"""A story: checks in the order in which they are written, on a stage that the first of them sets up.

What a check leaves behind is where the next one begins. So after a failure the rest of that story is not tried: it would
only say the same again. Stories have nothing to do with each other and are told side by side.
"""

import concurrent.futures
import threading
import time
import traceback

from harness import Skip


class Story:
    """`make_stage(world)` gives what the checks are called with; its close() comes last, whatever happened."""

    def __init__(self, title, make_stage):
        self.title = title
        self.make_stage = make_stage
        self.checks = []  # (sentence, function)

    def check(self, sentence):
        def register(function):
            self.checks.append((sentence, function))
            return function

        return register


class Teller:
    """Tells stories and counts."""

    def __init__(self):
        self.counts = {"ok": 0, "FAIL": 0, "skip": 0}
        self._stages = []
        self._lock = threading.Lock()
        self._begin = time.monotonic()

    def tell_all(self, world, stories, side_by_side=2):
        pool = concurrent.futures.ThreadPoolExecutor(side_by_side)
        try:
            for told in [pool.submit(self._tell, world, story) for story in stories]:
                told.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            for stage in self._stages:  # after Ctrl-C a story ends when its stage is taken down
                stage.close()
            pool.shutdown()

    def _tell(self, world, story):
        stage = None
        try:
            stage = story.make_stage(world)
            self._stages.append(stage)
            whole = True
            for sentence, function in story.checks:
                whole = self._try(f"{story.title}: {sentence}", function, stage, whole)
        except Skip as reason:
            for sentence, _ in story.checks:
                self._say("skip", 0, f"{story.title}: {sentence} ({reason})")
        except Exception:
            self._say("FAIL", 0, f"{story.title}: its stage", traceback.format_exc())
        finally:
            if stage:
                stage.close()

    def _try(self, sentence, function, stage, whole):
        if not whole:
            self._say("skip", 0, f"{sentence} (after the failure)")
            return False
        begin = time.monotonic()
        try:
            remark = function(stage)
        except Exception:
            self._say("FAIL", time.monotonic() - begin, sentence, traceback.format_exc() + stage.log())
            return False
        self._say("ok", time.monotonic() - begin, sentence + (f" ({remark})" if remark else ""))
        return True

    def _say(self, verdict, seconds, sentence, details=""):
        with self._lock:
            self.counts[verdict] += 1
            print(f"{verdict:<4} {seconds:6.2f} s  {sentence}")
            if details:
                print("     | " + details.rstrip().replace("\n", "\n     | "))
            print(end="", flush=True)

    def end(self):
        """The closing line; the number of failures."""
        passed, failed, skipped = self.counts.values()
        print(f"\n{passed} passed, {failed} failed, {skipped} skipped in {time.monotonic() - self._begin:.1f} s", flush=True)
        return failed
