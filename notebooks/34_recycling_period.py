# %% [markdown]
# # Do recycled neurons relapse because they are recycled too rarely? (a question of ours)
#
# After every recycling few neurons are dormant, which does not mean that they were put to use. Here
# ReDo recycles as often as the preset has it, three and ten times less often. Of the three columns
# the last decides: if neurons relapse whatever is done, recycling more often recycles more in all;
# if a neuron that is woken early stays awake, it recycles fewer.

# %%
from IPython.display import display
import pandas as pd

from figures import question_recycling_period
from figures.curves.neurons import dormant_share
from figures.curves.recorded import recycled_so_far, redormant_share
from here import late_mean, open_store, verdicts

# %% [markdown]
# Change these and run all cells again.

# %%
RESULTS = "results"  # what came with the repository; your own are in "local_results"
PRESET = "laptop"
SEEDS = None  # all; or some, for instance [0, 1]
TAU = 0.025  # a neuron is dormant if its score is at most this (ReDo's own threshold stays)
LAYER = None  # all hidden layers pooled; or one, for instance "Dense_0"
SMOOTHING_LOGS = 1  # moving mean over this odd number of logs

store = open_store(RESULTS, PRESET, SEEDS)
experiment = store.experiment(
    question_recycling_period.EXPERIMENT, "make question-recycling-period"
)

# %%
display(question_recycling_period.render(store, TAU, LAYER, SMOOTHING_LOGS))

# %% [markdown]
# The verdicts with your settings. The claims, with their direction, were written down before the
# runs; they are judged only with the settings above as they were.

# %%
display(verdicts(experiment, tau=TAU))

# %% [markdown]
# ## Deeper: what a recycling is worth
#
# Means over seeds in the last quarter; "recycled in all" is that of the last log, and counts a
# neuron as often as it was recycled, so that 100 % is every neuron once.

# %%
columns = {
    "dormant [%]": late_mean(dormant_share(experiment, TAU, LAYER)),
    "dormant again [%]": late_mean(redormant_share(experiment)),
    "recycled in all [%]": late_mean(recycled_so_far(experiment), last_part=0.0),
}
display(pd.DataFrame(columns).round(1))
