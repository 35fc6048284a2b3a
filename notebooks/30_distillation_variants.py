# %% [markdown]
# # Why do the students of a supervised problem get dormant at all? (a question of ours)
#
# In the paper's Figure 8 even the student that starts at random ends with half of its neurons
# dormant, in a regression whose inputs and targets stand still. Here one thing at a time is changed
# of it: targets, optimizer, learning rate, inputs; and one student comes from another game, so that
# it has no head start. Look at the right for who has fewer dormant neurons, and at the left for
# whether it learned as much.

# %%
from IPython.display import display
import pandas as pd

from figures import question_distillation
from figures.curves.neurons import dormant_share
from figures.curves.recorded import greedy_agreement, log_distillation_loss
from here import late_mean, open_store, verdicts

# %% [markdown]
# Change these and run all cells again.

# %%
RESULTS = "results"  # what came with the repository; your own are in "local_results"
PRESET = "laptop"
SEEDS = None  # all; or some, for instance [0, 1]
TAU = 0.1  # a neuron is dormant if its score is at most this
LAYER = None  # all hidden layers pooled; or one, for instance "Dense_0"
SMOOTHING_LOGS = 1  # moving mean over this odd number of logs

store = open_store(RESULTS, PRESET, SEEDS)
experiment = store.experiment(question_distillation.EXPERIMENT, "make question-distillation")

# %%
display(question_distillation.render(store, TAU, LAYER, SMOOTHING_LOGS))

# %% [markdown]
# The verdicts with your settings. The claims, with their direction, were written down before the
# runs; they are judged only with the settings above as they were.

# %%
display(verdicts(experiment, tau=TAU))

# %% [markdown]
# ## Deeper: fewer dormant neurons, or less learned?
#
# Late means: the loss as a power of ten, how often student and teacher would choose alike, and the
# dormant share at three thresholds.

# %%
columns = {
    "log10 loss": late_mean(log_distillation_loss(experiment)),
    "choose alike [%]": late_mean(greedy_agreement(experiment)),
}
for tau in (0.0, 0.025, 0.1):
    columns[f"dormant at {tau:g} [%]"] = late_mean(dormant_share(experiment, tau, LAYER))
display(pd.DataFrame(columns).round(2))
