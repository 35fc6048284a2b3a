# %% [markdown]
# # More gradient steps, more dormant neurons (Figure 7)
#
# The replay ratio is the number of gradient steps an agent step. One would like it high, to learn
# more from each frame. In the paper each doubling from 0.25 to 2 leaves more neurons dormant (9,
# 24, 38 and 48 % at the end) and lowers the return. Look at the order of the curves on both sides.

# %%
from IPython.display import display
import pandas as pd

from figures import fig7
from figures.curves.frames import smooth
from figures.curves.neurons import dormant_share
from here import GRADIENT_STEPS, late_mean, open_store, reached_by_all, show, side_by_side, verdicts

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
experiment = store.experiment(fig7.EXPERIMENT, "make fig7")

# %%
display(fig7.render(store, TAU, LAYER, SMOOTHING_LOGS))

# %% [markdown]
# The verdicts with your settings. They judge the paper only with those above as they were.

# %%
display(verdicts(experiment, tau=TAU))

# %% [markdown]
# ## Deeper: is it the ratio, or just the number of gradient steps?
#
# At the same frame a run with replay ratio 2 has made eight times as many gradient steps as one
# with 0.25. Drawn over gradient steps, the curves would fall onto one another if only those
# mattered; whatever still separates them is owed to the ratio itself. Mean over seeds, and below it
# the share in percent late in training: in the last quarter of the frames, and of the gradient
# steps, that all ratios reached.

# %%
frame = smooth(dormant_share(experiment, TAU, LAYER), SMOOTHING_LOGS)
figure, (axes,) = side_by_side([""], GRADIENT_STEPS, "dormant [%]")
for condition, runs in frame.groupby("condition", sort=False):
    mean = runs.groupby("gradient_step").value.mean()
    axes.plot(mean.index, mean, color=experiment.colour(condition), label=condition)
axes.set(ylim=(0, None))
axes.legend()
levels = {
    f"of shared {name}": late_mean(reached_by_all(experiment, frame, steps))
    for name, steps in (("frames", "agent_step"), ("gradient steps", "gradient_step"))
}
display(show(figure), pd.DataFrame(levels).round(1))

# %% [markdown]
# ## Deeper: which layers?
#
# Each layer's dormant share in percent, in the last quarter of the frames that all runs reached.

# %%
shares = {
    layer: late_mean(reached_by_all(experiment, dormant_share(experiment, TAU, layer)))
    for layer in experiment.started[0].layers
}
display(pd.DataFrame(shares).round(1))
