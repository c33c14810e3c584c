"""The examples that the specifications publish are read as they stand, to the byte.

Source: c2sp.org/tlog-witness (a question and its answer), c2sp.org/tlog-cosignature (a cosigned checkpoint).
"""

from showcause.transparency import checkpoint, keys, note
from showcause.transparency.encoding import b64
from showcause.witness import asking

QUESTION = """old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=
"""  # noqa: E501
ANSWER = (
    "— witness.example/w1 CMp+6LWBU0anHGH5aNDTJkH/gj79sG+T6+iP2ThYN5krrDJbR1HDnucjL39QsZTSvVjyQLrdk3DXDqI5G2HgLatVs0pWh"
    "6Up69HVOw==\n"
)
COSIGNED_AT = 1_679_315_147


def test_a_question_is_taken_apart_and_written_again_the_same() -> None:
    asked = asking.parse(QUESTION.encode())
    assert (asked.old, len(asked.proof)) == (20_852_014, 4)
    tree = checkpoint.parse_checkpoint(note.parse_note(asked.note).text)
    assert (tree.origin, tree.size) == ("example.com/behind-the-sofa", 20_852_163)
    assert b64(tree.root) == "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
    assert asking.write(asked.old, asked.proof, asked.note) == QUESTION.encode()


def test_an_answer_joins_the_note_and_carries_a_time() -> None:
    asked = asking.parse(QUESTION.encode())
    added = note.parse_note(asked.note + ANSWER).signatures[-1]
    assert added.name == "witness.example/w1"
    form = keys.FORMS[keys.KeyKind.COSIGNATURE]
    assert len(added.data) == 8 + form.signature


def test_the_time_of_the_published_cosignature_is_the_one_that_its_text_names() -> None:
    line = (
        "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0x"
        "Ue+mbIUBkBIfZ+qnA==\n"
    )
    added = note.parse_note(asking.parse(QUESTION.encode()).note + line).signatures[-1]
    witness = keys.VerifierKey("witness.example.com/w1", keys.KeyKind.COSIGNATURE, bytes(32))
    assert witness.time_of(added.data) == COSIGNED_AT
