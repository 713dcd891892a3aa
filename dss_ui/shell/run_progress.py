"""The steps of a case on the screen: the one at work, and those that are done."""

import time
from collections.abc import Iterable

from streamlit.elements.lib.mutable_status_container import StatusContainer

from dss_core.progress import Step, StepName
from dss_ui.shell.messages import plain
from dss_ui.shell.progress_bar import Bar
from dss_ui.shell.words import STEPS, step_text


class Progress:
    """Writes each finished step into a status box and names the next one."""

    def __init__(self, status: StatusContainer) -> None:
        self.status = status
        self.steps: list[Step] = []
        self._started = time.perf_counter()
        self._bar = Bar(status.empty())
        self._name(1, next(iter(STEPS)))

    def on_step(self, step: Step) -> None:
        """A listener of the pipeline."""
        self.steps.append(step)
        self._bar.clear()
        self.status.markdown(step_line(step))
        names = list(STEPS)
        if len(self.steps) < len(names):
            self._name(len(self.steps) + 1, names[len(self.steps)])

    def _name(self, number: int, step: StepName) -> None:
        """Name the step at work; a box that is not set open may be drawn closed."""
        self.status.update(label=step_text(number, step), expanded=True)

    def count(self, done: int, whole: int) -> None:
        """How far the step at work is."""
        self._bar.count(done, whole)

    def done(self, what: str) -> None:
        """Close the box with the total time."""
        seconds = time.perf_counter() - self._started
        self.status.update(label=f"{what} in {seconds:.1f} s", state="complete", expanded=False)


def step_line(step: Step) -> str:
    """One finished step as markdown."""
    return f":material/check: **{STEPS[step.name]}** · {plain(step.detail)} · {step.seconds:.2f} s"


def steps_after(before: Iterable[Step], anew: Iterable[Step]) -> tuple[Step, ...]:
    """The steps of a case of which some were done again."""
    done = tuple(anew)
    names = {step.name for step in done}
    return (*(step for step in before if step.name not in names), *done)
