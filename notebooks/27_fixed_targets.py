# %% [markdown]
# # Why does even the fixed-target curve rise late? (a question of ours)
#
# In the Figure 4 of the paper neither inputs nor targets move for one line, and after its dip
# it rises all the same. Here one thing at a time is changed of that run: the learning rate, weight
# decay, the optimizer, and what is to be fitted. Look at the left and the right together: a variant
# that has fewer dormant neurons because it fits worse has explained nothing.

# %%
from IPython.display import display
import pandas as pd

from figures import question_fixed_targets
from figures.curves.neurons import dormant_share
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
experiment = store.experiment(question_fixed_targets.EXPERIMENT, "make question-fixed-targets")

# %%
display(question_fixed_targets.render(store, TAU, LAYER, SMOOTHING_LOGS))

# %% [markdown]
# The verdicts with your settings. The claims, with their direction, were written down before the
# runs; they are judged only with the settings above as they were.

# %%
display(verdicts(experiment, tau=TAU))

# %% [markdown]
# ## Deeper: which layers?
#
# Each layer's dormant share in percent, in the last quarter.

# %%
layers = experiment.started[0].layers
shares = {layer: late_mean(dormant_share(experiment, TAU, layer)) for layer in layers}
display(pd.DataFrame(shares).round(1))
