# %% [markdown]
# # Is bootstrapping the cause? (a question of ours)
#
# The paper blames targets that move, and bootstrapping moves them: a target holds the network's
# own opinion of the next state. Here the same stored transitions are learned from with one, three
# and ten rewards before that opinion, and with the return to the episode's end, which holds none;
# and an agent learns from such returns while it plays. Look at whether the green line rises, and
# how far it stays below the blue one.

# %%
from IPython.display import display
import pandas as pd

from figures import question_bootstrapping
from figures.curves.neurons import dormant_share
from figures.curves.recorded import recorded_metric
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
experiment = store.experiment(question_bootstrapping.EXPERIMENT, "make question-bootstrapping")

# %%
display(question_bootstrapping.render(store, TAU, LAYER, SMOOTHING_LOGS))

# %% [markdown]
# The verdicts with your settings. The claims, with their direction, were written down before the
# runs; they are judged only with the settings above as they were.

# %%
display(verdicts(experiment, tau=TAU))

# %% [markdown]
# ## Deeper: is it the scale of the targets?
#
# Monte-Carlo returns are larger than bootstrapped values early on, and gradients with them. Late
# mean of the values that the network gives, of the norm of its gradient, and of the share that is
# dormant.

# %%
columns = {
    name: late_mean(recorded_metric(experiment, name)) for name in ("q_mean", "gradient_norm")
}
columns["dormant [%]"] = late_mean(dormant_share(experiment, TAU, LAYER))
display(pd.DataFrame(columns).round(2))
