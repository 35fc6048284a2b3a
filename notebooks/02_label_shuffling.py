# %% [markdown]
# # Moving targets are enough (Figure 3)
#
# Reinforcement learning moves the targets that its network learns. To see whether that alone
# silences neurons, the paper leaves reinforcement learning aside: a network classifies CIFAR-10,
# and in one condition the labels are shuffled anew every 20 epochs. With fixed labels dormant
# neurons nearly vanish; with shuffled ones their share jumps at every shuffle and ends near a
# third. Look at the jumps, and at how much of each is undone before the next. The second panel is
# ours: the same with regression, which is what learning values is.

# %%
from IPython.display import display
import pandas as pd

from dormancy import dormant_mask, neuron_scores
from figures import fig3
from figures.curves.neurons import dormant_share
from figures.curves.recorded import recorded_metric
from here import GRADIENT_STEPS, late_mean, open_store, show, side_by_side, verdicts

# %% [markdown]
# Change these and run all cells again. Smoothing blurs the jumps: try it to see why it is off.

# %%
RESULTS = "results"  # what came with the repository; your own are in "local_results"
PRESET = "laptop"
SEEDS = None  # all; or some, for instance [0, 1]
TAU = 0.0  # a neuron is dormant if its score is at most this
LAYER = None  # all hidden layers pooled; or one, for instance "Dense_0"
SMOOTHING_LOGS = 1  # moving mean over this odd number of logs

store = open_store(RESULTS, PRESET, SEEDS)
experiment = store.experiment(fig3.EXPERIMENT, "make fig3")

# %%
display(fig3.render(store, TAU, LAYER, SMOOTHING_LOGS))

# %% [markdown]
# The verdicts with your settings. They judge the paper only with those above as they were.

# %%
display(verdicts(experiment, tau=TAU))

# %% [markdown]
# ## Deeper: which layers?
#
# Each layer's dormant share in percent, in the last quarter of training.

# %%
layers = experiment.started[0].layers
shares = {layer: late_mean(dormant_share(experiment, TAU, layer)) for layer in layers}
display(pd.DataFrame(shares).round(1))

# %% [markdown]
# ## Deeper: who falls silent at a shuffle, and who wakes up again?
#
# A jump in the share can mean that new neurons fall silent for good or that many do so for a
# while. For each shuffle, and all seeds together: how many neurons of all hidden layers are newly
# dormant at the log after it, and how many of those are awake again just before the next one.

# %%
period = experiment.column("shuffle_period_epochs")
epoch = experiment.column("steps_per_epoch")
rows = []
for run in experiment.select(condition="shuffled labels").started:
    every = period[run.condition] * epoch[run.condition]
    for layer in run.layers:
        records = run.records(layer)
        dormant = dormant_mask(neuron_scores(records.mean_abs), TAU)
        steps = records.gradient_step.tolist()
        ends = range(every, run.planned["gradient_step"] + 1, every)
        logs = [steps.index(end) for end in ends if end in steps]
        for at, until in zip(logs, [*logs[1:], len(steps) - 1], strict=True):
            if until > at:
                silenced = dormant[at + 1] & ~dormant[at]
                woken = silenced & ~dormant[until]
                rows.append((steps[at] // epoch[run.condition], silenced.sum(), woken.sum()))
table = pd.DataFrame(rows, columns=["epoch of the shuffle", "newly dormant", "awake again"])
display(table.groupby("epoch of the shuffle").sum())

# %% [markdown]
# ## Deeper: does the network still fit its labels?
#
# The accuracy on the training set, mean over seeds. A network that loses the ability to learn would
# reach less and less of it after each shuffle.

# %%
accuracy = recorded_metric(experiment, "train_accuracy")
figure, (axes,) = side_by_side([""], GRADIENT_STEPS, "training accuracy [%]")
for condition, runs in accuracy.groupby("condition", sort=False):
    mean = runs.groupby("gradient_step").value.mean()
    axes.plot(mean.index, 100 * mean, color=experiment.colour(condition), label=condition)
axes.legend()
show(figure)
