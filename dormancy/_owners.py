"""Decides which parameter entry belongs to which neuron, from what a run on labels found.

A neuron is silent when what is recorded of it is 0 on all inputs. Recycling it leaves the
outputs as they are if

1. whatever changes with its incoming weights and biases changes nothing but this neuron;
2. whatever changes with the neuron does so through its outgoing weights, which are set to 0;
3. these multiply a 0 as long as it is silent, and are weights of nothing else.

An entry's *incoming* owner is the one neuron that all its uses form; its *outgoing* owner the
one neuron that all its uses read. A neuron whose labels turn up anywhere else is undecided.
"""

from collections.abc import Iterable
import dataclasses

import numpy as np

from dormancy._labels import NONE, Value, common
from dormancy._products import Product
from dormancy._run import LabelRun

NOBODY = 0
_FREE, _CONFLICT = -1, -2
# Primitives in which an entry is a bias, and in which it is a factor.
_SUMS, _FACTORS = {"add", "add_any", "sub"}, {"mul", "div"}

REACHES_OUTPUT = "it reaches the output without passing a weight"
CHANGES_IN_PLACE = (
    "it is written to an array that changes in place (jax.new_ref), which cannot be followed"
)


@dataclasses.dataclass
class Owners:
    """Owner of each parameter entry (by label): a neuron's label, or a number below 1.

    Attributes:
      incoming: the neuron that the entry forms and nothing else.
      outgoing: the neuron that the entry reads and nothing else.
      in_product: whether the entry is a weight (else a bias or scale, if it is anything).
      only_added: whether it meets its neuron in sums only: a bias and no scale.
      linear: whether all its uses are weights or biases that scale with the parameters that they
        are made of.
    """

    incoming: np.ndarray
    outgoing: np.ndarray
    in_product: np.ndarray
    only_added: np.ndarray
    linear: np.ndarray


class Decisions:
    """What a finished run says about the neurons of each recorded layer.

    Args:
      run: the finished run.
      outputs: what is known of the network's outputs.
      neurons: recorded layer -> labels of its neurons.
      parameters: labels below this are parameter entries.
      exact: whether neurons are refused whose recycling changes the outputs through a
        statistic, or through what they contribute while silent.
    """

    def __init__(
        self,
        run: LabelRun,
        outputs: list[Value],
        neurons: dict[str, np.ndarray],
        parameters: int,
        exact: bool,
    ):
        self._run, self._rules = run, run.rules
        self._labels = run.rules.labels
        self._neurons, self._parameters, self._exact = neurons, parameters, exact
        self._layer_of = {int(n): name for name, all_ in neurons.items() for n in all_}
        self._leaks: dict[int, str] = {}
        self._formers: dict[int, dict[int, int]] = {}  # label -> neuron -> set it came in
        self._read: set[int] = set()  # neurons that a product reads
        self._sources = {name: self._source(name, found) for name, found in run.sources.items()}
        for value in outputs:
            self._see_leaving(value, REACHES_OUTPUT)
        for value, where in run.rules.hidden:
            self._see_leaving(value, CHANGES_IN_PLACE + where)
        self._see_products()
        self._owner = self._owner_of_labels()
        self._products = [
            (product, self._owner_of(product.groups), self._rows(product))
            for product in self._rules.products
        ]
        self.owners = self._claims()
        self._shifted = self._shifted_by_others()

    def reason(self, layer: str) -> str | None:
        """Why the neurons of a layer cannot be recycled; None if they can."""
        own = self._neurons[layer].tolist()
        if layer not in self._sources:
            return "it is not computed from the parameters"
        return (
            self._recorded_again(own)
            or self._not_formed(layer, own)
            or self._leaking(layer, own)
            or self._shared_weights(own)
            or self._unread(own)
        )

    def unmet(self) -> np.ndarray:
        """Parameter entries that met zeros of the network's own and nothing else."""
        met = [self._rules.expand(entries) for entries in self._rules.met_zeros]
        entries = np.concatenate([np.zeros(0, np.int32), *met])
        return entries[self.owners.outgoing[entries] == _FREE]

    def silent_without_weights(self, layer: str) -> bool:
        """Whether a neuron of a layer puts out 0 once all that is its own is 0, as far as known."""
        sources = self._run.sources.get(layer, ())
        if any(common([value.without_weights]) != 0 for value, _ in sources):
            return False
        return self._shifted.isdisjoint(self._neurons[layer].tolist())

    def interchangeable(self, layer: str) -> bool:
        """Whether all groups of a product that form or read a layer form or read all of it."""
        own = self._neurons[layer]
        for _, columns, rows in self._products:
            for neurons in (columns, rows):
                groups = [np.intersect1d(group, own) for group in neurons]
                met = [group.tolist() for group in groups if group.size]
                if any(group != met[0] for group in met):
                    return False
        return True

    # What was seen where.

    def _source(self, name: str, found: Iterable[tuple[Value, np.ndarray]]) -> dict[int, set[int]]:
        """Neuron of a layer -> labels that it was computed from."""
        sources: dict[int, set[int]] = {int(n): set() for n in self._neurons[name]}
        for value, labels in found:
            for kind in ("direct", "through"):
                array = getattr(value, kind)
                if array is None:
                    continue
                pairs = np.unique(labels.astype(np.int64).reshape(-1) << 32 | array.reshape(-1))
                for pair in pairs.tolist():
                    neuron, number = pair >> 32, pair & 0xFFFFFFFF
                    for label in self._labels.members(number):
                        if kind == "through":
                            self._couple(label, number)
                        elif label != neuron:  # a recurrent neuron reads itself
                            sources[neuron].add(label)
                            self._formers.setdefault(label, {})[neuron] = number
        return sources

    def _leak(self, label: int, reason: str) -> None:
        self._leaks.setdefault(label, reason)

    def _couple(self, label: int, number: int) -> None:
        if self._exact:
            self._leak(
                label,
                f"{self._labels.origin(number)}; exact=False would accept that, although "
                "recycling then changes the outputs",
            )

    def _see_leaving(self, value: Value, why: str) -> None:
        """What goes where no weight of a reader can silence it."""
        self._rules.lose(value)
        for array in (value.direct, value.through):
            if array is None:
                continue
            for number in np.unique(array).tolist():
                members = self._labels.members(number)
                origin = f": {self._labels.origin(number)}" if len(members) > 1 else ""
                for label in members:
                    self._leak(label, why + origin)

    def _see_products(self) -> None:
        for product in self._rules.products:
            for number in np.unique(product.through).tolist():
                for label in self._labels.members(number):
                    self._couple(label, number)
            reads, vanishing, beside = np.broadcast_arrays(
                product.reads, product.vanishing, product.beside
            )
            for number in np.unique(reads).tolist():
                stays = ~vanishing[reads == number]
                mixed = stays & beside[reads == number]
                self._see_reading(product, number, bool(stays.any()), bool(mixed.any()))

    def _see_reading(self, product: Product, number: int, stays: bool, mixed: bool) -> None:
        """What it means that a product reads a set of labels.

        Args:
          product: which reads.
          number: of the set.
          stays: whether what is read is not 0 once a neuron is silent.
          mixed: whether the input has another part in that.
        """
        members = self._labels.members(number)
        if len(members) > 1:
            for label in members:
                self._leak(label, self._labels.origin(number))
        elif number in self._layer_of:
            self._read.add(number)
            if mixed:
                self._leak(
                    number,
                    f"the weights that read it{product.place} also read something else of the "
                    "input (a sum or a concatenation with it), which recycling would cut off",
                )
            elif self._exact and stays:
                self._leak(
                    number,
                    f"while it is silent, it still contributes to what reads it{product.place}, "
                    "because what follows it does not map 0 to 0 (a learned shift, a sigmoid): "
                    "record it after that, or pass exact=False",
                )
        elif number != NONE:
            self._leak(number, f"it is read by a weight before it is recorded{product.place}")

    # Who owns which label.

    def _chained_to(self, label: int) -> int | None:
        """The neuron that a recorded neuron is nothing but an earlier stage of."""
        formers = self._formers.get(label, {})
        if label not in self._layer_of or len(formers) != 1:
            return None
        if label in self._read or label in self._leaks:
            return None
        return next(iter(formers))

    def _owner_of_labels(self) -> dict[int, int]:
        """Label of a group or of an earlier stage -> the only neuron that it forms."""
        owners = {}
        for label, formers in self._formers.items():
            if len(formers) > 1 or label in self._leaks:
                continue
            (neuron,) = formers
            if label in self._layer_of and self._chained_to(label) is None:
                continue
            while (later := self._chained_to(neuron)) is not None:
                neuron = later
            owners[label] = neuron
        return owners

    def _owner_of(self, numbers: np.ndarray) -> np.ndarray:
        """Owners of sets of labels: the neuron that owns all members, or nobody."""
        unique, which = np.unique(numbers, return_inverse=True)
        owners = np.zeros(unique.size, np.int32)
        for index, number in enumerate(unique.tolist()):
            found = {self._owner.get(label, NOBODY) for label in self._labels.members(number)}
            owners[index] = found.pop() if len(found) == 1 else NOBODY
        return owners[which.reshape(numbers.shape)]

    def _rows(self, product: Product) -> np.ndarray:
        """The neurons that a product's rows read; rows that read 0 may be anybody's."""
        is_neuron = np.isin(product.reads, np.fromiter(self._layer_of, np.int32))
        reads_zero = (product.reads == NONE) & (product.through == NONE) & product.vanishing
        return np.where(is_neuron, product.reads, np.where(reads_zero, _FREE, NOBODY))

    # Who owns which parameter entry.

    def _claims(self) -> Owners:
        incoming, outgoing = (np.full(self._parameters, _FREE, np.int32) for _ in range(2))
        in_product = np.zeros(self._parameters, bool)
        only_added = np.ones(self._parameters, bool)
        linear = np.ones(self._parameters, bool)
        for product, columns, rows in self._products:
            for entries in product.weights:
                _claim(incoming, entries, columns)
                _claim(outgoing, entries, rows)
                in_product[entries] = True
                linear[entries] &= product.linear
            for entries in product.also:
                for plain, owner in self._plain(entries, columns):
                    _claim(incoming, plain, owner)
                    _claim(outgoing, plain, NOBODY)
                    in_product[plain] = True
                    linear[plain] = False
        for data, entries, primitive, is_linear in self._rules.scalings:
            for plain, owner in self._plain(entries, self._owner_of(data)):
                _claim(incoming, plain, owner)
                _claim(outgoing, plain, NOBODY)
                only_added[plain] &= primitive in _SUMS
                linear[plain] &= is_linear and primitive in _SUMS
        for entries in self._rules.lost:
            for array in (incoming, outgoing):
                _claim(array, self._rules.expand(entries), NOBODY)
        in_product[NONE] = False
        return Owners(incoming, outgoing, in_product, only_added, linear)

    def _shifted_by_others(self) -> set[int]:
        """Neurons that an entry which is not their own has a part in, but as a factor.

        A factor does no harm to a neuron without weights: the other factor is 0.
        """
        found: set[int] = set()
        for data, entries, primitive, _ in self._rules.scalings:
            if primitive not in _FACTORS:
                for plain, owner in self._plain(entries, self._owner_of(data)):
                    others = self.owners.incoming[plain] != owner
                    found.update(np.broadcast_to(owner, others.shape)[others].tolist())
        return found

    def _plain(self, entries: np.ndarray, owners: np.ndarray):
        """Pairs of entries without bundles and their owners."""
        bundled = entries >= self._parameters
        if not bundled.any():
            yield entries, owners
            return
        owners = np.broadcast_to(owners, entries.shape)
        yield entries[~bundled], owners[~bundled]
        pairs = np.unique(entries[bundled].astype(np.int64) << 32 | owners[bundled])
        for pair in pairs.tolist():
            yield self._rules.bundles[pair >> 32], pair & 0xFFFFFFFF

    # Reasons.

    def _recorded_again(self, own: list[int]) -> str | None:
        for label in own:
            for later, number in self._formers.get(label, {}).items():
                if len(self._labels.members(number)) > 1 and self._chained_to(label) is None:
                    return self._labels.origin(number)
                return (
                    f"it is recorded again, on the way to what reads it, as "
                    f"{self._layer_of[later]!r}: recycle that"
                )
        return None

    def _not_formed(self, layer: str, own: list[int]) -> str | None:
        for neuron in own:
            labels = self._forming(layer, neuron)
            for label in sorted(labels):
                if label in self._layer_of and self._chained_to(label) is None:
                    return (
                        "it is not formed by a single layer of weights: it contains "
                        f"{self._layer_of[label]!r}, which goes elsewhere too (a residual sum, "
                        "for instance)"
                    )
            if not labels:
                return f"it is not formed by a single layer of weights{self._instead(layer)}"
        return None

    def _instead(self, layer: str) -> str:
        """How a layer is formed that no product forms, or where its weights may have been lost."""
        found = [value for value, _ in self._run.sources[layer]]
        if all(one.constant or (one.is_weight and not one.fed) for one in found):
            return (
                ", and nothing of `inputs` goes into it: a batch that the network closes over "
                "has to be passed as `inputs`"
            )
        for value in found:
            for number in np.unique(NONE if value.through is None else value.through).tolist():
                if number != NONE:
                    return f": {self._labels.origin(number)}"
        lost = self._rules.gave_up
        return f"; parameters were lost sight of where {lost[0]}" if lost else ""

    def _forming(self, layer: str, neuron: int) -> set[int]:
        """Labels that a neuron was computed from, earlier stages included."""
        labels = set(self._sources[layer][neuron])
        for label in self._sources[layer][neuron]:
            if self._chained_to(label) is not None:
                labels |= self._forming(self._layer_of[label], label)
        return labels

    def _leaking(self, layer: str, own: list[int]) -> str | None:
        for neuron in own:
            for label in sorted(self._forming(layer, neuron)):
                if len(self._formers[label]) > 1:
                    return self._several_neurons(layer, label, self._formers[label])
        for neuron in own:
            for label in (neuron, *sorted(self._forming(layer, neuron))):
                if label in self._leaks:
                    return self._leaks[label]
        return None

    def _several_neurons(self, layer: str, label: int, formers: dict[int, int]) -> str:
        mixtures = [number for number in formers.values() if len(self._labels.members(number)) > 1]
        if mixtures:
            return self._labels.origin(mixtures[0])
        others = sorted({self._layer_of[neuron] for neuron in formers} - {layer})
        if others:
            return (
                f"its incoming weights also form the neurons of {others[0]!r}: record what both "
                "are computed from, or only one of them if nothing reads the other"
            )
        return (
            "several neurons share their incoming weights (the last axis of a recording has to be "
            "that of the neurons: channels last)"
        )

    def _shared_weights(self, own: list[int]) -> str | None:
        low, high = own[0], own[-1]
        formed = False
        for product, columns, rows in self._products:
            mine = (columns >= low) & (columns <= high)
            if mine.any():
                for entries in product.weights:
                    owner = self.owners.incoming[entries]
                    formed = formed or bool((mine & (entries != NONE)).any())
                    if (mine & (entries != NONE) & (owner != columns)).any():
                        return (
                            "its incoming weights serve elsewhere too (shared, or normalised "
                            f"together){product.place}"
                        )
            mine = (rows >= low) & (rows <= high)
            if mine.any():
                if (mine & ~product.removable).any():
                    return (
                        "the weights that read it cannot be set to 0, because they are not "
                        f"parameters themselves{product.place}"
                    )
                for entries in product.weights:
                    owner = self.owners.outgoing[entries]
                    if (mine & (entries != NONE) & (owner != rows)).any():
                        return (
                            "the weights that read it serve elsewhere too (tied weights, or a "
                            f"norm over several of them){product.place}"
                        )
        return None if formed else "it is not formed by a single layer of weights"

    def _unread(self, own: list[int]) -> str | None:
        if not self._read.intersection(own):
            return (
                "nothing reads it: what the network goes on with is not what was recorded, or "
                "the layer is unused"
            )
        return None


def _claim(owners: np.ndarray, entries: np.ndarray, claimants: np.ndarray | int) -> None:
    """Enters claimants as owners; entries that several neurons claim are nobody's."""
    entries, claimants = np.broadcast_arrays(entries, claimants)
    entries, claimants = entries.reshape(-1), claimants.reshape(-1)
    if (claimants == _FREE).any():
        entries, claimants = entries[claimants != _FREE], claimants[claimants != _FREE]
    before = owners[entries]
    owners[entries] = claimants
    refused = (owners[entries] != claimants) | ((before != _FREE) & (before != claimants))
    owners[entries[refused]] = _CONFLICT
    owners[NONE] = NOBODY
