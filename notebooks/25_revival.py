# %% [markdown]
# # Who wakes up, and why? (a question of ours)
#
# Dormant neurons wake again: is it always the same light sleepers, or does everyone have the same
# chance? On the left is the percentage of dormant neurons that are awake at the next log, by how
# many logs they have slept. A falling line means a core of deep sleepers, and flicker around it.
#
# And is it their new weights that wake them, or the new inputs? On the right, every neuron that
# woke was asked twice: do you answer to the old inputs with your new weights, and to the new inputs
# with your old weights? The runs are those of Figure 2 with this recorded as well.

# %%
from IPython.display import display
import pandas as pd

from figures import question_revival
from figures.claims.waking import hazard_falls
from figures.curves.waking import awakenings
from here import open_store, verdicts

# %% [markdown]
# Change these and run all cells again.

# %%
RESULTS = "results"  # what came with the repository; your own are in "local_results"
PRESET = "laptop"
SEEDS = None  # all; or some, for instance [0, 1]
TAU = 0.0  # a neuron is dormant if its score is at most this
LAYER = None  # all hidden layers together; or one, for instance "Dense_0"

store = open_store(RESULTS, PRESET, SEEDS)
experiment = store.experiment(question_revival.EXPERIMENT, "make question-revival")

# %%
display(question_revival.render(store, TAU, LAYER))

# %% [markdown]
# The verdicts with your settings.

# %%
display(verdicts(experiment, tau=TAU))

# %% [markdown]
# ## Deeper: is it so run by run?
#
# The risk after one log asleep minus that after five or more, in percentage points.

# %%
display(pd.DataFrame(hazard_falls(experiment, TAU, LAYER).values).round(0))

# %% [markdown]
# ## Deeper: layer by layer
#
# How many awakenings each cause has, over all seeds; none where nothing was recorded. The layers
# before a neuron decide what it gets to see: their new weights count as weights.

# %%
counts = {
    (game, layer): pd.DataFrame(awakenings(run, TAU, layer) for run in part.started).sum()
    for game in experiment.games
    for part in [experiment.select(game=game)]
    for layer in part.started[0].layers
}
display(pd.DataFrame(counts).T)
