"""What users get wrong is said in one sentence, before anything is changed."""

from collections import OrderedDict
import subprocess
import sys

import jax
import jax.numpy as jnp
import optax
import pytest

import dormancy
from dormancy.per_neuron import neuron_sums

ADAM = optax.adam(1e-3)
INPUTS = jnp.ones((1, 2))


def init_params(key):
    a, b = jax.random.split(key)
    return {"w": jax.random.normal(a, (2, 3)), "v": jax.random.normal(b, (3, 1))}


def apply(params, x):
    hidden = jax.nn.relu(x @ params["w"])
    return hidden @ params["v"], {"hidden": hidden}


PARAMS = init_params(jax.random.key(0))
WIRING = dormancy.derive_wiring(apply, PARAMS, INPUTS)
KEY, OPT_STATE, ACTIVATIONS = jax.random.key(1), ADAM.init(PARAMS), apply(PARAMS, INPUTS)[1]


def update(intervention, activations, init=ACTIVATIONS):
    state = intervention.init(init)
    return intervention.update(KEY, PARAMS, OPT_STATE, activations, state)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"batch_stats": jnp.ones(2)} | PARAMS, r"\['batch_stats'\] does not belong there"),
        ({"w": PARAMS["w"]}, r"\['v'\] is missing"),
        (PARAMS | {"w": jnp.ones((5, 3))}, r"\['w'\] has shape \(5, 3\) instead of \(2, 3\)"),
        (
            OrderedDict(w=PARAMS["w"], v=PARAMS["v"]),
            r"another order, \['w'\] comes where \['v'\] should",
        ),
    ],
)
def test_parameters_of_another_tree_than_the_wiring_s(params, message):
    """By position the masks would hit others."""
    chosen = {"hidden": jnp.ones(3, bool)}
    for act in (
        lambda: WIRING.mask(params, chosen, "incoming"),
        lambda: neuron_sums(params, WIRING, "incoming"),
        lambda: dormancy.share_neurons(
            KEY, params, OPT_STATE, {"hidden": jnp.arange(3)}, WIRING, ADAM
        ),
    ):
        with pytest.raises(dormancy.WiringError, match=message):
            act()


@pytest.mark.parametrize("length", [1, 2, 4])
def test_a_mask_of_another_length_than_its_layer(length):
    with pytest.raises(dormancy.WiringError, match="its neurons are 3"):
        WIRING.mask(PARAMS, {"hidden": jnp.ones(length, bool)}, "incoming")


def test_parameters_that_are_no_arrays():
    with pytest.raises(dormancy.WiringError, match=r"\['scale'\] is a 'float' and no array"):
        dormancy.derive_wiring(apply, PARAMS | {"scale": 1.0}, INPUTS)


# Of choices and types, which these tests check while they run, users hear from the library itself.
WRONG = {
    "RecycleOptions(outgoing='Random')": "outgoing is 'Random'; it has to be 'zero' or 'random'.",
    "RecycleOptions(bias=None)": "bias is None; it has to be 'fresh', 'zero' or 'keep'.",
    "RecycleOptions(moments=True)": "moments is True; it has to be 'all', 'kernels' or 'keep'.",
    "RecycleOptions(incoming_scale=0)": "incoming_scale is 0; it has to be above 0, or None to "
    "keep the initialiser's scale.",
    "lowest(5, ties='Exact')": "ties is 'Exact'; it has to be 'exact' or 'threshold'.",
    "track(0.1).init((1, 2))": "An intervention starts from {layer name: activations, neurons "
    "last}; this is a 'tuple', not a dictionary. Of a pair (outputs, activations) give the second "
    "alone.",
    "track(0.1).update(None, {}, (), (1, {'h': 2}), None)": "An intervention looks at {layer name: "
    "activations, neurons last}; this is a 'tuple', not a dictionary. Of a pair (outputs, "
    "activations) give the second alone.",
    "score_layers((1, {'h': 2}))": "Scores are taken of {layer name: activations, neurons last}; "
    "this is a 'tuple', not a dictionary. Of a pair (outputs, activations) give the second alone.",
    "score_layers({0: 1})": "Scores are taken of {layer name: activations, neurons last}; 0 is not "
    "the name of a layer: names are strings, as '0'.",
    "utilities((1, {'h': 2}), {}, Wiring({}, {}, {}))": "Utilities are taken of {layer name: "
    "activations, neurons last}; this is a 'tuple', not a dictionary. Of a pair (outputs, "
    "activations) give the second alone.",
    "consecutive_overlap([[0.5, 0.0]])": "A history holds a mask of booleans for every record, "
    "(records, neurons); this has shape (1, 2) and holds float64. Of scores, dormant_mask makes "
    "masks.",
    "Wiring({'h': LayerWiring(2, (), (), ())}, {}, {}).mask({}, {'h': [0, 1]}, 'bias')": "The mask "
    "of 'h' holds int32 numbers: give booleans, True for the chosen neurons (of scores, what "
    "dormant_mask makes of them).",
}


def test_wrong_choices_where_no_types_are_checked():
    program = f"""
from dormancy import *
for wrong in {list(WRONG)}:
    try:
        eval(wrong)
    except ValueError as error:
        print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout.splitlines(), done.stderr) == (list(WRONG.values()), "")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda key: {"params": init_params(key)}, r"the parameters: \['v'\] is missing"),
        (lambda key: init_params(key) | {"v": jnp.ones((3, 2))}, r"\['v'\] has shape \(3, 2\)"),
        (
            lambda key: OrderedDict(sorted(init_params(key).items(), reverse=True)),
            r"the parameters: .* another order, \['w'\] comes where \['v'\] should",
        ),
    ],
)
def test_an_initialiser_of_something_else(wrong, message):
    everything = jax.tree.map(lambda _: True, PARAMS)
    redo = dormancy.redo(0.0, WIRING, wrong, ADAM)
    for act in (
        lambda: update(redo, ACTIVATIONS),
        lambda: dormancy.reset_parameters(KEY, PARAMS, OPT_STATE, everything, wrong, ADAM),
        lambda: update(dormancy.shrink_and_perturb(0.5, 0.5, wrong, ADAM), ACTIVATIONS),
    ):
        with pytest.raises(ValueError, match=message):
            act()


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ({"w": True}, r"all below it: \['v'\] is missing"),
        (["w", "v"], r"all below it: \[0\] does not belong there"),
    ],
)
def test_a_choice_of_other_parameters(chosen, message):
    """Told when the intervention is built, not after hours at its first check."""
    for make in (
        lambda: dormancy.reset(0.1, chosen, init_params, ADAM),
        lambda: dormancy.shrink_and_perturb(0.5, 0.5, init_params, ADAM, chosen),
        lambda: dormancy.reset_parameters(KEY, PARAMS, OPT_STATE, chosen, init_params, ADAM),
    ):
        with pytest.raises(ValueError, match=message):
            make()


def test_other_layers_than_before():
    other = {"other": ACTIVATIONS["hidden"]}
    redo = dormancy.redo(0.0, WIRING, init_params, ADAM)
    with pytest.raises(ValueError, match="no activations of 'hidden', which the state has"):
        update(redo, other)
    with pytest.raises(ValueError, match=r"knows nothing of \['other'\]"):
        update(redo, ACTIVATIONS | other)
    with pytest.raises(ValueError, match="no activations of 'hidden', which the wiring has"):
        update(redo, other, init=other)
    with pytest.raises(ValueError, match="no activations of 'hidden', which the wiring has"):
        dormancy.utilities(other, PARAMS, WIRING)
    for make in (dormancy.continual_backprop, dormancy.self_normalized_resets):
        with pytest.raises(ValueError, match="no activations of 'hidden', which the wiring has"):
            make(WIRING, init_params, ADAM, 0.1).init(other)
    for kind in (
        dormancy.prune(0.1, WIRING, ADAM),
        dormancy.reborn(0.1, WIRING, init_params, ADAM),
    ):
        with pytest.raises(ValueError, match="no activations of 'hidden', which the wiring has"):
            update(kind, other, init=other)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"a": {"b": ACTIVATIONS["hidden"]}}, "'a' holds 'dict' instead of one array"),
        ({"a": (ACTIVATIONS["hidden"],)}, "'a' holds 'tuple' .*`sow`"),
    ],
)
def test_an_intervention_starts_from_arrays(wrong, message):
    with pytest.raises(ValueError, match=message):
        dormancy.track(0.1).init(wrong)


WITH_THRESHOLD = {
    "redo": lambda tau: dormancy.redo(tau, WIRING, init_params, ADAM),
    "reborn": lambda tau: dormancy.reborn(tau, WIRING, init_params, ADAM),
    "prune": lambda tau: dormancy.prune(tau, WIRING, ADAM),
    "track": dormancy.track,
    "dormant_mask": lambda tau: dormancy.dormant_mask(jnp.ones(3), tau),
}


@pytest.mark.parametrize("function", WITH_THRESHOLD.values(), ids=WITH_THRESHOLD)
def test_a_threshold_is_a_number_that_a_score_can_be_at_most(function):
    function(0)
    for nothing_is_below in (-0.1, float("nan")):
        with pytest.raises(ValueError, match="finds no neuron, for no score is below 0"):
            function(nothing_is_below)
