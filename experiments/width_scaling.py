"""Wider networks do not escape it (paper, Figure 12).

The paper's Figure 12 makes the convolutions and the dense layer of DQN one, two and four times
as wide, at replay ratio 1, without and with ReDo: the scores of plain DQN hardly change, those
with ReDo rise a little, and the share of dormant neurons is about the same at all widths.
"""

from collections.abc import Sequence

from agents.errors import UserError
from agents.spec import NetworkSpec
from experiments.conditions import RECYCLING, Condition
from experiments.experiment import Claim, Experiment, Run
from experiments.games import ALL_GAMES
from experiments.presets.paths import replaced
from experiments.presets.preset import Preset
from experiments.treatments import TAU_HIGH_REPLAY, with_redo

MULTIPLES = (1, 2, 4)
_BLUES, _REDS = ("#86c5ea", "#2c8ccb", "#014f80"), ("#f2ab7c", "#dd6f22", "#923f00")


def _conditions(method: str, treatment: str, shades: Sequence[str]) -> tuple[Condition, ...]:
    """One for each width, darker the wider it is."""
    return tuple(
        Condition(f"{method}, width {multiple}", f"{method} width={multiple}", treatment, shade)
        for multiple, shade in zip(MULTIPLES, shades, strict=True)
    )


PLAIN = _conditions("DQN", "", _BLUES)
RECYCLED = _conditions("DQN+ReDo", RECYCLING, _REDS)

CLAIMS = (
    Claim(
        name="width_does_not_lower_dormancy",
        figure="fig12",
        statement=(
            "Wider networks are not less dormant: the share falls by less than 5 percentage points "
            "per doubling of the width."
        ),
        estimator="trend_over_conditions",
        arguments={
            "measure": "dormant_share",
            "tau": TAU_HIGH_REPLAY,
            "number": "width_multiple",
            # Non-inferiority: the paper calls the shares similar, and they rise by 4.
            "margin": 5.0,
            "conditions": [condition.name for condition in PLAIN],
        },
        published=(
            "Figure 12: about 47, 52.5 and 55 % after 2.5M gradient steps of DemonAttack at width "
            "1, 2 and 4: 4 percentage points per doubling."
        ),
    ),
    Claim(
        name="redo_removes_dormancy_at_any_width",
        figure="fig12",
        statement="At four times the width, too, ReDo leaves fewer neurons dormant at the end.",
        estimator="difference_of_conditions",
        arguments={
            "measure": "dormant_share",
            "tau": TAU_HIGH_REPLAY,
            "higher": PLAIN[-1].name,
            "lower": RECYCLED[-1].name,
            "last_part": 0.0,
        },
        published="Figure 12: about 55 % without and 12 % with ReDo.",
    ),
    Claim(
        name="redo_gains_at_any_width",
        figure="fig12",
        statement="At four times the width, too, ReDo scores more.",
        estimator="difference_of_scores",
        arguments={
            "higher": RECYCLED[-1].name,
            "lower": PLAIN[-1].name,
        },
        published="Figure 12: IQM over 17 games 0.71 with and 0.33 without ReDo.",
    ),
)


def runs_of(preset: Preset, game: str, seed: int) -> list[Run]:
    """All widths without and with ReDo; `width_multiple` counts from the least.

    Raises:
      UserError: the preset has more widths or fewer than are compared.
    """
    if len(preset.widths) != len(MULTIPLES):
        raise UserError(
            f"Figure 12 compares {len(MULTIPLES)} widths, not {len(preset.widths)}; give that many."
        )
    base = preset.high_replay_run(game, seed)
    found = []
    widths = zip(MULTIPLES, preset.widths, PLAIN, RECYCLED, strict=True)
    for multiple, width, without, recycled in widths:
        plain = replaced(base, {"network": NetworkSpec(width=width)})
        columns = {"width": width, "width_multiple": multiple}
        redo = with_redo(plain, preset, TAU_HIGH_REPLAY)
        found += [
            Run(without, plain, columns | {"redo": False}),
            Run(recycled, redo, columns | {"redo": True}),
        ]
    return found


EXPERIMENT = Experiment(
    name="width_scaling",
    title="Wider networks",
    figures=("fig12",),
    games=ALL_GAMES,
    conditions=(*PLAIN, *RECYCLED),
    runs_of=runs_of,
    claims=CLAIMS,
    typical=lambda preset: runs_of(preset, ALL_GAMES[0], 0)[1].spec,
)
