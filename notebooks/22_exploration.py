# %% [markdown]
# # Does the speed of the epsilon decay matter? (a question of ours)
#
# DQN plays at random at first; the share of random actions falls to 1 % while the dormant share
# dips and begins to rise. Here the fall takes four times as long, a quarter as long, or ends at
# 10 % at once. Look first at the right: did it change what the agent saw? Only then can the left
# tell anything.

# %%
from IPython.display import display
import pandas as pd

from figures import question_exploration
from figures.curves.neurons import dormant_share
from figures.curves.recorded import distinct_frames
from figures.curves.returns import evaluation_return
from here import late_mean, open_store, verdicts

# %% [markdown]
# Change these and run all cells again.

# %%
RESULTS = "results"  # what came with the repository; your own are in "local_results"
PRESET = "laptop"
SEEDS = None  # all; or some, for instance [0, 1]
TAU = 0.0  # a neuron is dormant if its score is at most this
LAYER = None  # all hidden layers pooled; or one, for instance "Dense_0"
SMOOTHING_LOGS = 1  # moving mean over this odd number of logs

store = open_store(RESULTS, PRESET, SEEDS)
experiment = store.experiment(question_exploration.EXPERIMENT, "make question-exploration")

# %%
display(question_exploration.render(store, TAU, LAYER, SMOOTHING_LOGS))

# %% [markdown]
# The verdicts with your settings. The claims, with their direction, were written down before the
# runs; they are judged only with the settings above as they were.

# %%
display(verdicts(experiment, tau=TAU))

# %% [markdown]
# ## Deeper: dormancy beside what was seen and what was reached
#
# Means over seeds in the last quarter. An agent that plays better sees more of the game too, so
# that coverage and dormancy can go together for another reason than exploration.

# %%
columns = {
    "dormant [%]": late_mean(dormant_share(experiment, TAU, LAYER)),
    "distinct frames [%]": late_mean(distinct_frames(experiment)),
    "return": late_mean(evaluation_return(experiment)),
}
display(pd.DataFrame(columns).round(1))
