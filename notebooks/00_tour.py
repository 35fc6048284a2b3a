# %% [markdown]
# # Tour: from a silent neuron to a verdict
#
# A neural network that keeps learning from targets that keep moving loses neurons on the way:
# they fall silent and tend to stay so. This notebook goes the whole way once, on results that
# come with the repository: what a dormant neuron is, what a run records, how a table becomes
# Figures 2 and 5 of the paper, and what follows for its claims. Nothing is trained.
#
# The paper is Sokar, Agarwal, Castro and Evci,
# [*The Dormant Neuron Phenomenon in Deep Reinforcement Learning*](https://arxiv.org/abs/2302.12902),
# ICML 2023. The results are those of the laptop preset: the real games at a reduced scale, which
# every picture states below itself.

# %%
from IPython.display import display
import numpy as np
import pandas as pd

from dormancy import dormant_mask, mean_abs_activation, neuron_scores, overlap_coefficient
from figures import fig2, fig5
from figures.curves.neurons import dormant_share
from here import begun, open_store, verdicts

# %% [markdown]
# Change these and run all cells again.

# %%
RESULTS = "results"  # what came with the repository; your own are in "local_results"
PRESET = "laptop"
SEEDS = None  # all; or some, for instance [0, 1]
TAU = 0.0  # a neuron is dormant if its score is at most this

store = open_store(RESULTS, PRESET, SEEDS)

# %% [markdown]
# ## What a dormant neuron is
#
# Show the network a batch of states and look at one layer behind its activation function. Here
# are four states and five neurons. The *score* of a neuron is its mean absolute activation
# divided by the layer's average, so that scores average 1 whatever the scale of the layer. A
# neuron is $\tau$-dormant if its score is at most $\tau$ (Definition 3.1 of the paper). The paper
# watches neurons with $\tau = 0$, those silent on the whole batch, and recycles them with 0.025
# or 0.1.

# %%
activations = np.array(
    [
        [2.0, 0.0, 0.00, 1.0, 0.0],
        [1.0, 0.0, 0.08, 3.0, 0.0],
        [0.0, 0.0, 0.00, 1.0, 0.0],
        [3.0, 0.0, 0.00, 0.0, 2.0],
    ]
)
mean_abs = mean_abs_activation(activations)
scores = neuron_scores(mean_abs)
pd.DataFrame(
    {
        "mean |activation|": mean_abs,
        "score": scores,
        "dormant at tau = 0": dormant_mask(scores, 0.0),
        "dormant at tau = 0.025": dormant_mask(scores, 0.025),
        "dormant at tau = 0.1": dormant_mask(scores, 0.1),
    }
).rename_axis("neuron")

# %% [markdown]
# The second neuron answers to nothing. The third whispers to one state: whether it counts depends
# on the threshold. This is why runs record activations and not verdicts: every threshold can still
# be tried after training. (The results that came with the repository have rounded scores. What they
# cannot tell at a threshold, the text beside a picture says.)
#
# ## What a run records
#
# An experiment is one small parquet file that lists its runs; a run is two more. Any reader of
# parquet will do.

# %%
experiment = store.experiment("prevalence", "make fig2")
run = experiment.started[0]
index = pd.read_parquet(store.folder / "prevalence.parquet")
neurons = pd.read_parquet(run.folder / "neurons.parquet")
metrics = pd.read_parquet(run.folder / "metrics.parquet")
display(index.head(), neurons.head(), metrics.groupby("metric").head(1))

# %% [markdown]
# ## From the table to Figure 2
#
# Divide each activation by the average of its layer and log, count what is at most $\tau$, pool
# the layers: the share of dormant neurons of one run, in plain pandas. Beside it is what the
# figures call.

# %%
by_layer = neurons.groupby(["gradient_step", "layer"]).mean_abs_activation
score = (neurons.mean_abs_activation / by_layer.transform("mean")).fillna(0)
by_hand = 100 * (score <= TAU).groupby(neurons.gradient_step).mean()
library = dormant_share(experiment, TAU).query("run_id == @run.run_id")
library = library.set_index("gradient_step").value
display(pd.DataFrame({"by hand [%]": by_hand, "library [%]": library}).tail())

# %% [markdown]
# All runs together are Figure 2. The paper's curve falls at first and then rises for the rest of
# training.

# %%
display(fig2.render(store, tau=TAU))

# %% [markdown]
# ## From the table to Figure 5
#
# Are those the same neurons every time? Take the dormant sets of two logs in a row; their overlap
# is the part of the smaller set that both share. The paper looks at the penultimate layer.

# %%
records = run.records(run.layers[-1])
dormant = dormant_mask(neuron_scores(records.mean_abs), TAU)
before, now = np.flatnonzero(dormant[-2]), np.flatnonzero(dormant[-1])
print("dormant at the last log but one:", *before)
print("dormant at the last log:        ", *now)
print(f"overlap: {100 * overlap_coefficient(dormant[-1], dormant[-2]):.0f} %")

# %%
display(fig5.render(store, tau=TAU))

# %% [markdown]
# ## What follows for the claims
#
# A claim is a comparison with an interval over seeds; the verdict is computed from it. It says
# *reproduced* if the interval lies on the claim's side of zero, *contradicted* if it lies on the
# other, and *inconclusive* if it contains zero. These are all claims that there are runs for, with
# the thresholds of the paper.

# %%
verdicts(*begun(store))

# %% [markdown]
# ## Where to go next
#
# | notebook | question | figure |
# |---|---|---|
# | [01_prevalence](01_prevalence.ipynb) | Do neurons fall silent while DQN trains? | 2 |
# | [02_label_shuffling](02_label_shuffling.ipynb) | Do moving targets alone cause it? | 3 |
# | [03_offline](03_offline.ipynb) | Is it the data, or the targets? | 4 |
# | [04_overlap](04_overlap.ipynb) | Do dormant neurons stay dormant? | 5 |
# | [05_pruning](05_pruning.ipynb) | Does anybody miss them? | 6 |
# | [06_replay_ratio](06_replay_ratio.ipynb) | Do more gradient steps make it worse? | 7 |
# | [07_distillation](07_distillation.ipynb) | Can such a network still learn? | 8 |
# | [08_redo](08_redo.ipynb) | Does recycling help? | 9 |
# | [09_learning_rate](09_learning_rate.ipynb) | Would a smaller learning rate do? | 11 |
# | [10_width_scaling](10_width_scaling.ipynb) | Would a wider network do? | 12 |
# | [11_regularization](11_regularization.ipynb) | Would resets or weight decay do? | 1, 13 |
#
# Notebooks 12 to 21 look at the paper's other figures and Table 7, those from 22 on at questions of
# our own.
