"""Cutting a text into sentences: whatever strangers write, the desk that reads it stays quick."""

import time

from showcause.casework.quoting import sentence, sentences


def test_sentences_end_where_people_end_them() -> None:
    text = "Vraiment ?! «Non.» Bon... (Si.) 3.5 millions. Fin"
    assert [text[begin:end] for begin, end in sentences(text)] == [
        "Vraiment ?!", "«Non.»", "Bon...", "(Si.)", "3.5 millions.", "Fin",
    ]  # fmt: skip
    assert sentence(text, 2) == "«Non.»"


def test_a_storm_of_signs_keeps_no_desk_waiting() -> None:
    storm = ".!" * 2_499 + "x"
    began = time.process_time()  # of this process alone: nothing else on the machine counts
    assert sentences(storm) == [(0, len(storm))]
    assert time.process_time() - began < 1.0
