"""The benchmark of the verifier in the browser runs, and what it measures is a proof that holds."""

import json

import pytest

from bench.browser import CASES, measured, proof_and_policy
from showcause.transparency.errors import Unverified
from showcause.transparency.keys import KeyKind
from showcause.transparency.policy import parse_policy
from showcause.transparency.receipt import from_file
from showcause.transparency.verify import verify_receipt
from tests.services.browser import Browser


def test_the_measured_proof_holds_and_needs_its_witness() -> None:
    proof, policy = proof_and_policy([KeyKind.COSIGNATURE])
    found = verify_receipt(from_file(proof), parse_policy(policy))
    assert (found.index, found.checkpoint.size) == (0, 2**20)
    alone, _ = proof_and_policy([])
    with pytest.raises(Unverified):
        verify_receipt(from_file(alone), parse_policy(policy))


@pytest.mark.browser
def test_a_row_says_how_long_one_proof_takes_here_and_in_python(browser: Browser) -> None:
    [found] = list(measured(browser.chromium, 5, CASES[:1]))
    assert found["milliseconds"] > 0
    assert found["python_milliseconds"] > 0
    assert json.dumps(found)
