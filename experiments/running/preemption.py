"""When a run is saved besides at the ends of its iterations, and what ends it early.

Every few minutes, and at once if somebody asks this process to end, as clusters do before they
take a machine away: then it ends when everything is saved.
"""

import signal
import time
from types import FrameType

from agents.events import Border, Event

# SIGUSR1 is what SLURM can be told to send before a time limit.
SIGNALS = (signal.SIGTERM, signal.SIGUSR1)
# The machine and whoever watches over a job on it may both pass one request on.
_SAME_REQUEST_S = 2.0
# Where no border comes for so long (an evaluation, a compilation), the last snapshot must do.
_GRACE_S = 20.0


class Preempted(BaseException):
    """This process was asked to end.

    Attributes:
      number: of the signal.
    """

    def __init__(self, number: int):
        super().__init__(number)
        self.number = number


class Moments:
    """Decides at which borders the members of a fleet are saved.

    Args:
      period_s: seconds from one snapshot to the next; None for never.
    """

    def __init__(self, period_s: float | None = None):
        self._period_s, self._last = period_s, time.monotonic()
        self._chosen = -1  # agent step of the latest border at which everybody is saved
        self._asked: int | None = None  # the signal that asked for an end
        self._ending = False  # the chosen border is the last one
        self._asked_at = 0.0

    def listen(self) -> None:
        """From now on the signals are requests; another one later ends this process at once."""
        for number in SIGNALS:
            signal.signal(number, self._ask)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        del frame
        now = time.monotonic()
        if self._asked is None:
            self._asked, self._asked_at = number, now
        elif now - self._asked_at > _SAME_REQUEST_S:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)

    def check(self, event: Event) -> None:
        """Looks at an event of the first member, before it is stored.

        Raises:
          Preempted: an end was asked for and everybody is saved, or nobody can be for too long.
        """
        now = time.monotonic()
        if self._asked is not None and (self._ending or now - self._asked_at > _GRACE_S):
            raise Preempted(self._asked)
        if not isinstance(event, Border):
            return
        late = self._period_s is not None and now - self._last >= self._period_s
        if late or self._asked is not None:
            self._chosen, self._last = event.agent_step, now
            self._ending = self._asked is not None

    def due_at(self, border: Border) -> bool:
        """Whether a member is to be saved at this border."""
        return border.agent_step == self._chosen
