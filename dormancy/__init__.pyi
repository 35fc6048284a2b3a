"""What `dormancy.__init__` imports when it is used, for type checkers and editors."""

from dormancy.churn import (
    greedy_churn as greedy_churn,
    value_churn as value_churn,
)
from dormancy.concentration import (
    active_share as active_share,
    dominance as dominance,
    gini as gini,
    top_share as top_share,
)
from dormancy.criteria import (
    Criterion as Criterion,
    Seen as Seen,
    by_activation as by_activation,
    by_gradient as by_gradient,
    by_utility as by_utility,
)
from dormancy.gradients import (
    INACTIVE_GRADIENT as INACTIVE_GRADIENT,
    gradient_scores as gradient_scores,
    mean_abs_gradients as mean_abs_gradients,
)
from dormancy.interventions import (
    Intervention as Intervention,
    InterventionState as InterventionState,
    Observed as Observed,
    continual_backprop as continual_backprop,
    prune as prune,
    reborn as reborn,
    recycler as recycler,
    redo as redo,
    regrama as regrama,
    reset as reset,
    self_normalized_resets as self_normalized_resets,
    shrink_and_perturb as shrink_and_perturb,
    track as track,
)
from dormancy.norms import (
    distance_from_init as distance_from_init,
    feature_norm as feature_norm,
    weight_norm as weight_norm,
    weight_rms as weight_rms,
)
from dormancy.overlap import (
    DEFAULT_OVERLAP as DEFAULT_OVERLAP,
    OVERLAPS as OVERLAPS,
    chance_overlap as chance_overlap,
    consecutive_overlap as consecutive_overlap,
    ever_dormant_share as ever_dormant_share,
    official_overlap as official_overlap,
    overlap_coefficient as overlap_coefficient,
    union_overlap as union_overlap,
)
from dormancy.ranks import (
    effective_rank as effective_rank,
    feature_rank as feature_rank,
    singular_values as singular_values,
    srank as srank,
    stable_rank as stable_rank,
)
from dormancy.regenerative import (
    regenerative_regularization as regenerative_regularization,
)
from dormancy.scores import (
    dormant_mask as dormant_mask,
    mean_abs_activation as mean_abs_activation,
    neuron_scores as neuron_scores,
    score_layers as score_layers,
)
from dormancy.selection import (
    Selection as Selection,
    at_random as at_random,
    below as below,
    cosine_fraction as cosine_fraction,
    highest as highest,
    lowest as lowest,
)
from dormancy.shares import (
    dormant_share as dormant_share,
    dormant_shares as dormant_shares,
    layer_shares as layer_shares,
    pooled_share as pooled_share,
)
from dormancy.surgery.moments import OptimizerError as OptimizerError
from dormancy.surgery.prune import (
    prune_neurons as prune_neurons,
)
from dormancy.surgery.recycle import (
    OFFICIAL as OFFICIAL,
    RecycleOptions as RecycleOptions,
    recycle as recycle,
)
from dormancy.surgery.reset import (
    reset_parameters as reset_parameters,
)
from dormancy.surgery.share import (
    share_neurons as share_neurons,
)
from dormancy.utility import (
    utilities as utilities,
)
from dormancy.wiring import (
    LayerWiring as LayerWiring,
    Slot as Slot,
    Wiring as Wiring,
    WiringError as WiringError,
    derive_wiring as derive_wiring,
)

__version__: str
