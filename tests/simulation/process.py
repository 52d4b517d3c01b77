"""Processes that can be stopped, overtaken and killed between any two steps of input or output.

Each is a greenlet: it runs the product's code unchanged, and `pause` hands control back to the
schedule. Nothing runs at the same time as anything else, so one seed gives one history.
"""

from collections.abc import Callable

from greenlet import greenlet

from chalicelib.domain.record import Kind

Work = Callable[[], None]
Key = tuple[Kind, str]
# More steps than any work takes.
TO_THE_END = 1_000_000


class Crashed(BaseException):
    """The process is gone. No handler of the product sees it, as none sees a power cut."""


class Process:
    """One run of a function. `steps` is how many it may still take before it is stopped."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._greenlet = greenlet(work)
        self._steps = 0
        self._killed = False
        self._has_run_through = False
        # Which records it put on the topic after another process took its lease over. It makes
        # that good itself, if it lives to see it.
        self.sent_overtaken: set[Key] = set()

    @property
    def is_over(self) -> bool:
        return self._has_run_through or self._greenlet.dead

    def resume(self, steps: int) -> None:
        """Lets it take so many steps. What the work raises comes out here."""
        self._steps = steps
        if steps == TO_THE_END and not self._greenlet:
            # What nobody stops needs no stack of its own, which takes time to make.
            self._has_run_through = True
            self._work()
        else:
            self._greenlet.switch()

    def kill(self) -> None:
        """Ends it where it stands; what its `finally` would do is not done either."""
        self._killed = True
        if self._greenlet:
            self._greenlet.switch()

    def pause(self) -> None:
        """Before a step: called from within."""
        if self._steps == 0 and not self._killed:
            self._greenlet.parent.switch()
        if self._killed:
            raise Crashed
        self._steps -= 1
