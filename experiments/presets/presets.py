"""Sizes of the same experiments: seconds, minutes, hours, and as published.

A preset is nothing but specifications of runs whose numbers (units in their names and in
`agents.spec` and its neighbours) replace the published ones, and the number of seeds that are
reported. There is one code path: whatever a preset does not mention is the paper's.
"""

from experiments.presets.desk import DESK
from experiments.presets.laptop import LAPTOP
from experiments.presets.paper import PAPER
from experiments.presets.smoke import SMOKE

# Settings are chosen on these seeds and reported on the seeds 0, 1, ... of a preset, so that
# no reported number has been selected for.
TUNING_SEEDS = tuple(range(100, 110))

PRESETS = {preset.name: preset for preset in (SMOKE, LAPTOP, DESK, PAPER)}
