"""The names that annotations are written in.

They are jaxtyping's in a program that uses jaxtyping, so that shapes and dtypes can be checked
while it runs (as our tests do). Everywhere else they stand for nothing, and neither jaxtyping
nor JAX has to be there: scores of numpy arrays need numpy only.
"""

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING or "jaxtyping" in sys.modules:
    from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray, PyTree
else:

    class _Anything:
        def __class_getitem__(cls, _: Any) -> Any:
            return Any

    Array = PRNGKeyArray = Any
    Bool = Float = Int = PyTree = _Anything

__all__ = ["Array", "Bool", "Float", "Int", "PRNGKeyArray", "PyTree"]
