# %% [markdown]
# # Why does ReDo not help SAC? (a question of ours)
#
# ReDo raises DQN's return and leaves SAC's as it was. Three answers can be told apart: SAC has
# fewer dormant neurons; it has as many, but they still get gradients; or ReDo hardly touches them.
# The picture shows actor and critics beside DQN at equal gradient steps, counted in three ways,
# and what ReDo does to them. The runs are those of Figures 2, 9 and 14, and of ReDo on the second
# game of Figure 2. The two differ in inputs, layers, batches and learning rates as well: a
# difference is not the algorithm's alone.

# %%
from IPython.display import display
import pandas as pd

from figures import question_control_dormancy
from figures.claims.groups import difference_of_groups
from here import open_store, verdicts

# %% [markdown]
# Change these and run all cells again.

# %%
RESULTS = "results"  # what came with the repository; your own are in "local_results"
PRESET = "laptop"
SEEDS = None  # all; or some, for instance [0, 1]
TAU = 0.0  # a neuron is dormant if its score is at most this
WIDER_TAU = 0.1  # and beside it, this
NETWORK = "actor"  # or "critics", below

store = open_store(RESULTS, PRESET, SEEDS)
experiment = store.experiment(
    question_control_dormancy.EXPERIMENT, "make question-control-dormancy"
)

# %%
display(question_control_dormancy.render(store, TAU, WIDER_TAU))

# %% [markdown]
# The verdicts. Games and tasks are no pairs: the interval is Welch's.

# %%
display(verdicts(experiment))

# %% [markdown]
# ## Deeper: every game and task by itself
#
# The share in the last quarter of the gradient steps that all runs reached, in percent.

# %%
levels = difference_of_groups(
    experiment, "dormant_share", "DQN", "SAC", tau=TAU, lower_arguments={"layer": NETWORK}
).values
display(pd.DataFrame(levels).round(1))
