"""The kinds of runs there are, by the name that files give them."""

import json
from typing import Any

from agents.distillation.spec import DistillationSpec
from agents.identity import FIRST_KIND, Spec, unreadable
from agents.offline.spec import OfflineSpec
from agents.spec import RunSpec
from agents.supervised.spec import ClassificationSpec

SPECS: dict[str, type[Spec]] = {
    spec.kind: spec for spec in (RunSpec, OfflineSpec, DistillationSpec, ClassificationSpec)
}


def read_spec(values: Any) -> Spec:
    """The specification that `Spec.to_dict` wrote.

    Raises:
      UserError: it is of no kind that this version knows.
    """
    if not isinstance(values, dict):
        raise unreadable("it is no JSON object")
    kind = values.get("kind", FIRST_KIND)
    if kind not in SPECS:
        raise unreadable(f"its kind is {kind!r}")
    return SPECS[kind].from_dict(values)


def parse_spec(text: str) -> Spec:
    """The specification that `Spec.to_json` wrote.

    Raises:
      UserError: the text is none.
    """
    try:
        values = json.loads(text)
    except ValueError as error:
        raise unreadable(error) from error
    return read_spec(values)
