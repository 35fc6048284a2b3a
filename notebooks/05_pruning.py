# %% [markdown]
# # Nobody misses dormant neurons (Figure 6)
#
# If dormant neurons contributed to the agent, removing them would cost return. The paper removes
# for good whatever is found dormant during training, and the return of the pruned agent is as high
# as that of the other. "No difference" cannot be shown by an experiment; what can be shown is that
# at most some part is lost. Look at whether the pruned curve falls below the other by more than
# that, and whether either is far enough from random play for the question to mean something.

# %%
from IPython.display import display
import numpy as np
import pandas as pd

from dormancy import dormant_mask, neuron_scores
from figures import fig6
from here import open_store, show, side_by_side, verdicts

# %% [markdown]
# Change these and run all cells again.

# %%
RESULTS = "results"  # what came with the repository; your own are in "local_results"
PRESET = "laptop"
SEEDS = None  # all; or some, for instance [0, 1]
TAU = 0.0  # a neuron is dormant if its score is at most this (below; pruning has its own)
MARGIN = 0.1  # the part of the return that may be lost for the claim to hold
SMOOTHING_LOGS = 1  # moving mean over this odd number of evaluations

store = open_store(RESULTS, PRESET, SEEDS)
experiment = store.experiment(fig6.EXPERIMENT, "make fig6")

# %%
display(fig6.render(store, SMOOTHING_LOGS))

# %% [markdown]
# The verdict with your margin. It judges the paper only with the one above as it was.

# %%
display(verdicts(experiment, margin=MARGIN))

# %% [markdown]
# ## Deeper: how much was there to prune?
#
# If few neurons were removed, that nothing was lost says little. Neurons of all hidden layers that
# are dormant at each log, one line a seed: where pruning is at work they can only become more.

# %%
figure, panels = side_by_side(experiment.games, "agent steps", "dormant neurons")
rows = []
for axes, game in zip(panels, experiment.games, strict=True):
    for run in experiment.select(game=game).started:
        layers = [run.records(layer) for layer in run.layers]
        dormant = [dormant_mask(neuron_scores(layer.mean_abs), TAU) for layer in layers]
        dormant = np.concatenate(dormant, axis=1)
        axes.plot(
            layers[0].agent_step,
            dormant.sum(axis=1),
            color=experiment.colour(run.condition),
            lw=1,
        )
        woken = (dormant[:-1] & ~dormant[1:]).sum()
        rows.append((game, run.condition, run.seed, dormant.shape[1], dormant[-1].sum(), woken))
names = ["game", "condition", "seed", "neurons", "dormant at the end", "wake-ups between logs"]
display(show(figure), pd.DataFrame(rows, columns=names))
