# %% [markdown]
# # Are value targets sharper than ordinary regression targets? (a question of ours)
#
# Two frames one step apart look alike, but their values may differ much, before and after a reward
# or the end of an episode. Here networks learn four kinds of targets on the same stored
# transitions. Look at the left for how much a target changes from one step to the next, in percent
# of its change between any two transitions, and at the right for what that costs.

# %%
from IPython.display import display
import pandas as pd

from figures import question_sharpness
from figures.curves.neurons import dormant_share
from figures.curves.recorded import recorded_metric, target_sharpness
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
experiment = store.experiment(question_sharpness.EXPERIMENT, "make question-sharpness")

# %%
display(question_sharpness.render(store, TAU, LAYER, SMOOTHING_LOGS))

# %% [markdown]
# The verdicts with your settings. The claims, with their direction, were written down before the
# runs; they are judged only with the settings above as they were.

# %%
display(verdicts(experiment, tau=TAU))

# %% [markdown]
# ## Deeper: sharp, large, or moving?
#
# The four tasks differ in more than sharpness. Late means, beside the scale of the targets, the
# norm of the gradient, and that of the weights, which sharp targets are said to need.

# %%
columns = {
    "sharpness [%]": late_mean(target_sharpness(experiment)),
    "difference of two targets": late_mean(recorded_metric(experiment, "target_change_far")),
    "gradient norm": late_mean(recorded_metric(experiment, "gradient_norm")),
    "weight norm": late_mean(recorded_metric(experiment, "weight_norm")),
    "dormant [%]": late_mean(dormant_share(experiment, TAU, LAYER)),
}
display(pd.DataFrame(columns).round(2))
