"""Narrower actors and critics, without and with ReDo (paper, Table 6).

The paper's Table 6 trains SAC on Ant with a quarter and a half of the published width: ReDo ends
a little higher at both. Its numbers are known to us from two secondary sources, which agree.
"""

from experiments.conditions import RECYCLING, Condition
from experiments.continuous_control import check_task, plain_run, treated
from experiments.experiment import Claim, Experiment, Run
from experiments.presets.paths import replaced
from experiments.presets.preset import Preset

TASKS = ("Ant",)
WIDTHS = (0.25, 0.5)
_SHADES = {False: ("#86c5ea", "#2c8ccb"), True: ("#f2ab7c", "#dd6f22")}
_PUBLISHED = {0.25: "2,016 without and 2,115 with ReDo", 0.5: "3,964 without and 4,472 with ReDo"}


def _condition(width: float, redo: bool) -> Condition:
    return Condition(
        f"{'SAC+ReDo' if redo else 'SAC'}, width x{width:g}",
        treatment=RECYCLING if redo else "",
        colour=_SHADES[redo][WIDTHS.index(width)],
    )


CONDITIONS = {(width, redo): _condition(width, redo) for width in WIDTHS for redo in (False, True)}

CLAIMS = tuple(
    Claim(
        name=f"redo_gains_in_narrow_networks_{width:g}",
        figure="table6",
        statement=f"At {width:g} times the width ReDo ends with a higher evaluation return.",
        estimator="difference_of_conditions",
        arguments={
            "measure": "evaluation_return",
            "higher": CONDITIONS[width, True].name,
            "lower": CONDITIONS[width, False].name,
            "last_part": 0.0,
        },
        published=f"Table 6: {_PUBLISHED[width]} on Ant (known from secondary sources).",
    )
    for width in WIDTHS
)


def runs_of(preset: Preset, task: str, seed: int) -> list[Run]:
    """Both widths without and with ReDo."""
    plain = plain_run(preset, task, seed)
    found = []
    for (width, redo), condition in CONDITIONS.items():
        run = replaced(plain, {"agent.width": width * plain.agent.width})
        run = treated(preset, run, kind="redo") if redo else run
        found.append(Run(condition, run, {"width": width, "redo": redo}))
    return found


EXPERIMENT = Experiment(
    name="narrow_control",
    title="Narrower networks in continuous control",
    figures=("table6",),
    games=TASKS,
    conditions=tuple(CONDITIONS.values()),
    runs_of=runs_of,
    claims=CLAIMS,
    seed_count=10,
    typical=lambda preset: treated(preset, plain_run(preset, TASKS[0], 0), kind="redo"),
    check_game=check_task,
)
