# %% [markdown]
# # A wider network is no cure (Figure 12)
#
# If some neurons fall silent, one could simply have more of them. In the paper networks twice and
# four times as wide have the same share of dormant neurons or a larger one, and score hardly more;
# with ReDo the score rises at every width. Look at whether the three blue curves lie together, and
# at the gap between the two lines on the left.

# %%
from IPython.display import display
import pandas as pd

from figures import fig12
from figures.curves.neurons import dormant_share
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
GAME = None  # of the dormant neurons; the paper's is DemonAttack

store = open_store(RESULTS, PRESET, SEEDS)
experiment = store.experiment(fig12.EXPERIMENT, "make fig12")

# %%
display(fig12.render(store, TAU, LAYER, SMOOTHING_LOGS, GAME))

# %% [markdown]
# The verdicts with your settings. They judge the paper only with those above as they were.

# %%
display(verdicts(experiment, tau=TAU))

# %% [markdown]
# ## Deeper: how many neurons are awake?
#
# Equal shares of unequal widths are unequal numbers: the wide network may have many dormant neurons
# and still more active ones than the narrow network has in all. Late in training, mean over seeds:

# %%
widths = {
    (run.game, run.condition): sum(run.records(layer).mean_abs.shape[1] for layer in run.layers)
    for run in experiment.started
}
share = late_mean(dormant_share(experiment, TAU))
neurons = pd.Series(widths).reindex(share.index)
awake = (neurons * (1 - share / 100)).round(0)
display(pd.DataFrame({"neurons": neurons, "dormant [%]": share.round(1), "awake": awake}))

# %% [markdown]
# ## Deeper: which layers?
#
# Each layer's dormant share in percent, in the last quarter of training.

# %%
layers = experiment.started[0].layers
shares = {layer: late_mean(dormant_share(experiment, TAU, layer)) for layer in layers}
display(pd.DataFrame(shares).round(1))
