# %% [markdown]
# # Narrower networks in continuous control (Table 6)
#
# If dormant neurons cost capacity, they should cost most where there is little of it. The paper
# trains SAC on Ant with a quarter and a half of the width: with ReDo both end a little higher.
# Look at whether the intervals of the two methods lie apart, and at which width.

# %%
from IPython.display import display
import pandas as pd

from figures import table6
from figures.curves.neurons import dormant_share
from here import late_mean, open_store, verdicts

# %% [markdown]
# Change these and run all cells again.

# %%
RESULTS = "results"  # what came with the repository; your own are in "local_results"
PRESET = "laptop"
SEEDS = None  # all; or some, for instance [0, 1]
TAU = 0.0  # a neuron is dormant if its score is at most this
SMOOTHING_LOGS = 1  # moving mean over this odd number of evaluations

store = open_store(RESULTS, PRESET, SEEDS)
experiment = store.experiment(table6.EXPERIMENT, "make table6")

# %%
display(table6.render(store, SMOOTHING_LOGS))

# %% [markdown]
# The verdicts with your settings. They judge the paper only with those above as they were.

# %%
display(verdicts(experiment))

# %% [markdown]
# ## Deeper: is there anything to recycle?
#
# Percentage of dormant neurons of each layer late in training, mean over seeds. Where it is near 0,
# ReDo has nothing to do, and a difference in return has another cause.

# %%
layers = experiment.started[0].layers
shares = {layer: late_mean(dormant_share(experiment, TAU, layer)) for layer in layers}
display(pd.DataFrame(shares).round(1))
