# %% [markdown]
# # Does ReDo cost return because it recycles neurons that are not silent? (a question of ours)
#
# What a recycled neuron sends on is zeroed. For a silent one that changes nothing; for one that is
# only quiet beside its layer it takes away what it had learned. Here ReDo recycles silent neurons
# only, those at 2.5 % and those at a tenth of the layer's average, or none. If quiet neurons are
# worth keeping, the return is higher the lower the threshold.

# %%
from IPython.display import display
import pandas as pd

from figures import question_recycling_threshold
from figures.curves.neurons import dormant_share
from figures.curves.recorded import recycled_so_far, redormant_share
from figures.curves.returns import evaluation_return
from here import late_mean, open_store, verdicts

# %% [markdown]
# Change these and run all cells again.

# %%
RESULTS = "results"  # what came with the repository; your own are in "local_results"
PRESET = "desk"
SEEDS = None  # all; or some, for instance [0, 1]
TAU = 0.0  # a neuron is dormant if its score is at most this (ReDo's own thresholds stay)
LAYER = None  # all hidden layers pooled; or one, for instance "Dense_0"
SMOOTHING_LOGS = 1  # moving mean over this odd number of logs

store = open_store(RESULTS, PRESET, SEEDS)
experiment = store.experiment(
    question_recycling_threshold.EXPERIMENT, "make question-recycling-threshold PRESET=desk"
)

# %%
display(question_recycling_threshold.render(store, TAU, LAYER, SMOOTHING_LOGS))

# %% [markdown]
# The verdicts with your settings. The claims, with their direction, were written down before the
# runs with the two lower thresholds; they are judged only with the settings above as they were.

# %%
display(verdicts(experiment, tau=TAU))

# %% [markdown]
# ## Deeper: what a threshold recycles
#
# Means over seeds in the last quarter; "recycled in all" is that of the last log, and counts a
# neuron as often as it was recycled, so that 100 % is every neuron once.

# %%
columns = {
    "dormant [%]": late_mean(dormant_share(experiment, TAU, LAYER)),
    "dormant again [%]": late_mean(redormant_share(experiment)),
    "recycled in all [%]": late_mean(recycled_so_far(experiment), last_part=0.0),
    "return": late_mean(evaluation_return(experiment)),
}
display(pd.DataFrame(columns).round(1))
