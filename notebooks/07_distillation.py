# %% [markdown]
# # A network with dormant neurons learns worse (Figure 8)
#
# Do dormant neurons matter, or do they only look bad? The paper lets two networks learn the values
# of a good agent by plain regression: a freshly initialised one, and one that was trained before at
# replay ratio 1 and has many dormant neurons. The fresh one's loss falls to 0.09; that of the other
# *rises*, from 0.2 to 0.72, and nearly all its neurons end dormant. Look at which loss is lower in
# the end, and at whether training wakes anything up.

# %%
from IPython.display import display
import numpy as np
import pandas as pd

from dormancy import neuron_scores
from figures import fig8
from figures.curves.neurons import dormant_share
from figures.curves.recorded import recorded_metric
from here import late_mean, open_store, show, side_by_side, verdicts

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
experiment = store.experiment(fig8.EXPERIMENT, "make fig8")

# %%
display(fig8.render(store, TAU, LAYER, SMOOTHING_LOGS))

# %% [markdown]
# The verdicts with your settings. They judge the paper only with those above as they were.

# %%
display(verdicts(experiment, tau=TAU))

# %% [markdown]
# ## Deeper: seed by seed
#
# If dormancy is what makes a student fit badly, students with more of it should have a higher loss
# within a condition, too, not only between the two. One point a student, late in training.

# %%
figure, (axes,) = side_by_side([""], "dormant [%]", "loss")
for run in experiment.started:
    one = experiment.select(run_id=run.run_id)
    loss = late_mean(recorded_metric(one, "distillation_loss")).item()
    share = late_mean(dormant_share(one, TAU, LAYER)).item()
    label = run.condition if run.seed == experiment.started[0].seed else None
    axes.scatter(share, loss, color=experiment.colour(run.condition), label=label)
    axes.annotate(f"  {run.seed}", (share, loss), fontsize="x-small")
axes.set(yscale="log")
axes.legend(title="with the number of the seed")
show(figure)

# %% [markdown]
# ## Deeper: before and after, for every threshold
#
# The share of dormant neurons as a function of $\tau$, all hidden layers and seeds together: dotted
# at the first log, solid at the last.

# %%
taus = np.linspace(0, 0.5, 101)
figure, (axes,) = side_by_side([""], "tau", "dormant [%]")
for condition in experiment.conditions:
    runs = experiment.select(condition=condition).started
    layers = [run.records(layer) for run in runs for layer in run.layers]
    for log, line in {0: ":", -1: "-"}.items():
        scores = np.concatenate([neuron_scores(layer.mean_abs[log]) for layer in layers])
        share = [100 * np.mean(scores <= tau) for tau in taus]
        axes.plot(
            taus,
            share,
            line,
            color=experiment.colour(condition),
            label=f"{condition}, log {log}",
        )
axes.set(ylim=(0, 100))
axes.legend()
show(figure)

# %% [markdown]
# ## Deeper: which layers?
#
# Each layer's dormant share in percent, in the last quarter of training.

# %%
layers = experiment.started[0].layers
shares = {layer: late_mean(dormant_share(experiment, TAU, layer)) for layer in layers}
display(pd.DataFrame(shares).round(1))
