"""JSON as programs send it, read strictly: what a careless parser would guess at is refused with the reason."""

import json
from typing import Any, Final, NoReturn

from django.http import HttpRequest
from ninja.parser import Parser

from showcause.domain.errors import BadInput, WrongContentType

MOST_DIGITS: Final = 19
"""A number of more digits fits into no column."""
MOST_DEPTH: Final = 32


class StrictParser(Parser):
    """Reads a body that must be JSON in UTF-8, without doubled names, NaN, endless numbers or broken characters."""

    def parse_body(self, request: HttpRequest) -> Any:
        """Return the JSON value of a body. Raises: WrongContentType, BadInput."""
        if request.content_type != "application/json":
            raise WrongContentType("the body is not declared to be JSON")
        return read(request.body)


def read(body: bytes) -> Any:
    """Return a JSON value.

    Raises: BadInput with the reason.
    """
    try:
        value = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_no_constant,
            parse_int=_integer,
            parse_float=_number,
        )
        if b"\\u" in body:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except json.JSONDecodeError as error:
        raise BadInput(f"the body is not JSON: line {error.lineno}, column {error.colno}") from None
    except UnicodeDecodeError:
        raise BadInput("the body is not UTF-8") from None
    except UnicodeEncodeError:
        raise BadInput("the body holds half a surrogate pair, which is no character") from None
    except RecursionError:
        raise BadInput("the body is nested too deeply") from None
    _check_depth(value)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise BadInput("the body names a field twice in one object")
    return made


def _no_constant(name: str) -> NoReturn:
    raise BadInput(f"{name} is no number of JSON")


def _integer(text: str) -> int:
    if len(text) > MOST_DIGITS:
        raise BadInput(f"a number has {len(text)} digits; at most {MOST_DIGITS} are accepted")
    return int(text)


def _number(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise BadInput("a number is too large")
    return value


def _check_depth(value: Any) -> None:
    """Refuse what is nested more deeply than anybody needs, without calling itself."""
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > MOST_DEPTH:
            raise BadInput(f"the body is nested more than {MOST_DEPTH} levels deep")
        inner = (each.values() if isinstance(each, dict) else each for each in level)
        level = [one for several in inner if isinstance(several, list | type({}.values())) for one in several
                 if isinstance(one, dict | list)]  # fmt: skip
