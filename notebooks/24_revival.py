# %% [markdown]
# # Who wakes up? (a question of ours)
#
# Dormant neurons wake again: is it always the same light sleepers, or does everyone have the same
# chance? The picture shows the percentage of dormant neurons that are awake at the next log, by how
# many logs they have slept. A falling line means a core of deep sleepers, and flicker around it. No
# run was trained for it: it looks at those of Figure 2.

# %%
from IPython.display import display
import pandas as pd

from figures import question_revival
from figures.claims.waking import hazard_falls
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
