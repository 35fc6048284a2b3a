# %% [markdown]
# # Is DemonAttack a show-case? (a question of ours)
#
# The paper's analyses show one game or two. Here all 17 of its comparisons are asked the same: does
# the dormant share rise after its dip, and does ReDo lower it? Every game counts once, by its sign,
# because a mean over games can be one game's. Look for bars on the wrong side of 0 in the right
# panel, and for where the two games of the paper stand.

# %%
from IPython.display import display
import pandas as pd

from figures import question_generality
from figures.claims.one_condition import slope_after_minimum
from here import open_store, verdicts

# %% [markdown]
# Change these and run all cells again.

# %%
RESULTS = "results"  # what came with the repository; your own are in "local_results"
PRESET = "laptop"
SEEDS = None  # all; or some, for instance [0, 1]
TAU = 0.1  # a neuron is dormant if its score is at most this
LAYER = None  # all hidden layers pooled; or one, for instance "Dense_0"

store = open_store(RESULTS, PRESET, SEEDS)
experiment = store.experiment(question_generality.EXPERIMENT, "make question-generality")

# %%
display(question_generality.render(store, TAU, LAYER))

# %% [markdown]
# The verdicts with your settings. An interval is that of the percentage of games, minus 50.

# %%
display(verdicts(experiment, tau=TAU))

# %% [markdown]
# ## Deeper: how fast does it rise, game by game?
#
# Slope of the share after its minimum, in percentage points per million gradient steps; one column
# a seed. The minimum is located on the other seeds, or (of one seed) on the other games.

# %%
plain = experiment.select(condition="DQN")
slopes = slope_after_minimum(plain, "dormant_share", tau=TAU, layer=LAYER).values
display(pd.DataFrame(slopes).T.round(0))
