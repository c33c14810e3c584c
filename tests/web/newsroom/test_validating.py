"""The desk of validation: one comment after the other, accepted or refused with one key, also without a script."""

import re
from datetime import timedelta

from showcause.casework import hearing, lodging
from showcause.comments import posting
from showcause.comments.states import CommentState
from showcause.domain.case import Case
from showcause.domain.lifecycle import CaseState, DecisionState
from showcause.domain.statement import Statement
from tests.web.desk import text
from tests.web.newsroom.conftest import NAME, SAID, Paper

INSULT = "refuse comments.insult reader"
RUDE = "Bonjour. Vous êtes un âne. Merci."


def test_the_desk_shows_the_oldest_first_and_the_next_ones_are_in_the_page(paper: Paper) -> None:
    made = [paper.write(words) for words in SAID[:10]]
    page = paper.page()
    assert paper.order(made, page) == list(range(8))
    assert page.count("card-comment") == 8
    assert len(re.findall(r'class="card-comment sheet"[^>]* hidden', page)) == 7
    more = paper.page(f"/desk/comments/more?after={made[7].seq}")
    assert paper.order(made, more) == [8, 9]
    assert "<html" not in more


def test_a_card_says_where_the_comment_stands_why_it_waits_and_what_its_author_did_before(
    paper: Paper,
) -> None:
    above = paper.write("Le phare est beau.", by="Omar Sall")
    paper.press(above, "accept")
    answer = paper.write("Pas du tout.", by="Nora Vidal", to=above.id)
    page = paper.page("/desk/comments/?lang=en")
    for said in (
        "Le phare s’allume",
        "Port",
        "Answers Omar Sall",
        "Le phare est beau.",
        "before publication",
    ):
        assert said in page
    assert "First comment of this author." in page
    paper.press(answer, "accept")
    paper.write("Et pourtant.", by="Nora Vidal")
    assert "Accepted before: 1, refused: 0." in paper.page("/desk/comments/?lang=en")


def test_one_key_accepts_and_the_comment_is_there_with_who_looked_at_it(paper: Paper) -> None:
    made = paper.write("Le phare est beau.")
    answer = paper.press(made, "accept")
    assert answer.json()["undo"] == ""
    after = paper.now_of(made)
    assert (after.state, after.checked_at) == (CommentState.PUBLISHED, paper.house.now)
    assert after.checked_by is not None
    assert paper.decisions() == []
    assert paper.press(made, "accept").status_code == 200
    assert paper.press(made, "accept", by="cleo").status_code == 409


def test_one_key_refuses_with_the_rule_and_the_sentence_and_the_author_learns_both(paper: Paper) -> None:
    made = paper.write(RUDE)
    answer = paper.press(made, INSULT, sentence="2")
    assert (answer.status_code, answer.json()["seconds"]) == (200, 30)
    assert paper.now_of(made).state is CommentState.WAITING
    assert paper.order([made], paper.page()) == []
    paper.house.wait(seconds=31)
    paper.house.wait(seconds=1)
    assert paper.now_of(made).state is CommentState.REFUSED
    [decision] = paper.decisions()
    assert (decision.findings[0].clause, decision.case) == ("comments.insult@1", None)
    with paper.house.store.read() as view:
        [told] = [view.unseal(each.sentences) for each in view.find(Statement)]
    assert ["facts.quote", {"quote": "Vous êtes un âne."}] in [list(each) for each in told]
    assert paper.house.all(Case) == []


def test_refused_undone_and_it_waits_again_with_nothing_done(paper: Paper) -> None:
    made = paper.write(RUDE)
    undo = paper.press(made, INSULT).json()["undo"]
    answer = paper.desk().post(
        "/desk/comments/undo", {"decisions": undo}, headers={"Accept": "application/json"}
    )
    assert answer.status_code == 200
    assert paper.order([made], paper.page()) == [0]
    paper.house.wait(seconds=60)
    assert paper.now_of(made).state is CommentState.WAITING
    assert [each.state for each in paper.decisions()] == [DecisionState.RETURNED]
    late = paper.press(made, INSULT).json()["undo"]
    paper.house.wait(seconds=31)
    answer = paper.desk().post(
        "/desk/comments/undo", {"decisions": late}, headers={"Accept": "application/json"}
    )
    assert answer.status_code == 409


def test_a_wrong_refusal_is_appealed_and_the_comment_published_after_all(paper: Paper) -> None:
    made = paper.write(RUDE)
    paper.press(made, INSULT)
    paper.house.wait(seconds=31)
    paper.house.wait(seconds=1)
    [decision] = paper.decisions()
    page = f"/desk/decision/{decision.id}/"
    assert paper.desk().get(page).status_code == 200
    assert RUDE in text(paper.desk().post(f"{page}open"))
    appeal = paper.house.run(lodging.lodge, decision.reference, "C’était une plaisanterie.")
    paper.house.run(hearing.claim, appeal.id, "cleo")
    paper.house.run(hearing.reverse, appeal.id, "cleo", "Vous avez raison.")
    paper.house.wait(seconds=1)
    paper.house.wait(seconds=1)
    assert paper.now_of(made).state is CommentState.PUBLISHED


def test_a_refused_comment_is_edited_sent_again_and_accepted(paper: Paper) -> None:
    made = paper.write(RUDE)
    paper.press(made, INSULT, sentence="2")
    paper.house.wait(seconds=31)
    paper.house.wait(seconds=1)
    again = paper.write("Bonjour. Je ne suis pas d’accord. Merci.", again=made.id)
    page = paper.page("/desk/comments/?lang=en")
    assert "What was refused before, under comments.insult@1" in page
    assert RUDE in page
    assert paper.press(again, "accept").status_code == 200
    assert (paper.now_of(made).state, paper.now_of(again).state) == (
        CommentState.REFUSED,
        CommentState.PUBLISHED,
    )


def test_a_comment_that_is_visible_already_is_hidden_by_the_same_key(paper: Paper) -> None:
    made = paper.write(RUDE)
    paper.press(made, "accept")
    page = paper.page(f"/desk/comment/{made.id}/")
    assert INSULT in page
    assert 'value="accept"' not in page
    assert paper.press(made, INSULT).status_code == 200
    paper.house.wait(seconds=31)
    paper.house.wait(seconds=1)
    assert paper.now_of(made).state is CommentState.HIDDEN


def test_what_its_author_changed_meanwhile_is_looked_at_again(paper: Paper) -> None:
    made = paper.write("Le phare est beau.")
    posting.edit(paper.section, paper.house.now, paper.author("Nora Vidal"), made.id, "Le phare est laid.")
    for do in ("accept", INSULT):
        answer = paper.press(made, do)
        assert (answer.status_code, answer.json()["code"]) == (409, "stale")
    assert paper.now_of(made).state is CommentState.WAITING
    assert paper.decisions() == []


def test_nothing_is_accepted_while_a_colleague_s_refusal_can_still_be_undone(paper: Paper) -> None:
    made = paper.write(RUDE)
    paper.press(made, INSULT)
    answer = paper.press(made, "accept", by="cleo")
    assert (answer.status_code, answer.json()["code"]) == (409, "illegal-step")


def test_without_a_script_every_key_is_a_form_and_the_next_comment_follows(paper: Paper) -> None:
    first, second = paper.write(RUDE), paper.write("Le phare est beau.")
    page = paper.page()
    seen = re.search(rf'value="{first.id}"><input type="hidden" name="seen" value="(\w+)"', page)
    assert seen is not None
    form = {"comment": first.id, "seen": seen[1], "do": INSULT, "sentence": "2", "filters": "part=Port"}
    answer = paper.desk().post("/desk/comments/act", form)
    assert (answer.status_code, answer["Location"]) == (302, "/desk/comments/?part=Port")
    page = text(paper.desk().get(answer["Location"]))
    assert paper.order([first, second], page) == [1]
    named = re.search(r'name="decisions" value="(\w+)"', page)
    assert named is not None
    paper.desk().post("/desk/comments/undo", {"decisions": named[1]})
    assert paper.order([first, second], paper.page()) == [0, 1]


def test_a_refusal_of_the_form_is_drawn_on_the_desk_in_words(paper: Paper) -> None:
    made = paper.write(RUDE)
    answer = paper.desk().post("/desk/comments/act", {"comment": made.id, "seen": "x", "do": "accept"})
    assert answer.status_code == 409
    assert "changed this comment while you looked" in text(answer)
    for form in ({"do": "burn"}, {"do": "refuse"}, {"do": "accept comments.insult reader"}):
        assert paper.desk().post("/desk/comments/act", {"comment": made.id, **form}).status_code == 422


def test_the_desk_can_be_narrowed_to_a_section_an_article_an_author_and_a_reason(paper: Paper) -> None:
    known = paper.write("Le phare est beau.", by="Omar Sall")
    paper.press(known, "accept")
    paper.article("gare", "La gare rouvre", "Ville")
    made = [
        paper.write("Première remarque sur le phare.", by="Omar Sall"),
        paper.write("Deuxième remarque, sur la gare.", by="Nora Vidal", under="gare"),
        paper.write("Troisième remarque sur le phare.", by="0mar Sall"),
    ]
    for asked, wanted in (
        ("", [0, 1, 2]),
        ("?part=Ville", [1]),
        (f"?article={made[0].article}", [0, 2]),
        ("?author=known", [0]),
        ("?author=new", [1, 2]),
        ("?held=mode", [0, 1, 2] if made[2].held == "mode" else [0, 1]),
        (f"?after={made[1].seq}", [2]),
    ):
        assert paper.order(made, paper.page(f"/desk/comments/{asked}")) == wanted, asked


def test_many_are_accepted_at_once_from_the_list(paper: Paper) -> None:
    made = [paper.write(words) for words in SAID[:3]]
    page = paper.page("/desk/comments/list/")
    chosen = re.findall(r'name="chosen" value="([^"]+)"', page)
    assert len(chosen) == 3
    paper.desk().post("/desk/comments/list/accept", {"chosen": chosen[:2]})
    assert [paper.now_of(each).state for each in made] == ["published", "published", "waiting"]
    assert paper.desk().post("/desk/comments/list/accept", {}).status_code == 422


def test_markup_and_links_are_shown_as_they_were_written(paper: Paper) -> None:
    paper.write("<script>alert(1)</script> <img src=x> https://evil.example/x")
    page = paper.page()
    assert "&lt;script&gt;" in page
    assert "<img" not in page
    assert 'href="https://evil.example' not in page


def test_a_flood_is_one_card_and_one_key_for_all(paper: Paper) -> None:
    offer = "Gagnez 4 000 euros par semaine à domicile, places limitées, écrivez avant minuit !"
    made = [paper.write(offer, by=f"Vendeur {n}") for n in range(6)]
    other = paper.write("Le phare est beau.", by="Nora Vidal")
    page = paper.page("/desk/comments/?lang=en")
    assert paper.order([*made, other], page) == [0, 6]
    assert "The same for all 6" in page
    answer = paper.press(made[0], "refuse comments.advertising offer", flood="yes")
    assert len(answer.json()["undo"].split(" ")) == 6
    page = paper.page("/desk/comments/?lang=en")
    assert paper.order([*made, other], page) == [6]
    assert "6 decisions can be undone until" in page
    paper.desk().post("/desk/comments/undo", {"decisions": answer.json()["undo"]})
    assert paper.order([*made, other], paper.page()) == [0, 6]
    paper.press(made[0], "accept", flood="yes")
    assert {paper.now_of(each).state for each in made} == {CommentState.PUBLISHED}
    paper.house.work()
    assert [each.state for each in paper.house.all(Case)] == [CaseState.DECIDED]


def test_refusing_a_flood_refuses_each_of_its_comments_with_a_statement_of_its_own(paper: Paper) -> None:
    offer = "Gagnez 4 000 euros par semaine à domicile, places limitées, écrivez avant minuit !"
    made = [paper.write(f"{offer} {n}", by=f"Vendeur {n}") for n in range(5)]
    paper.press(made[0], "refuse comments.advertising offer", flood="yes")
    paper.house.wait(seconds=31)
    paper.house.wait(seconds=1)
    assert {paper.now_of(each).state for each in made} == {CommentState.REFUSED}
    assert len(paper.house.all(Statement)) == 5
    assert {each.automation.detection for each in paper.decisions()} == {True}


def test_a_wording_that_nobody_looked_at_is_not_refused_along(paper: Paper) -> None:
    offer = "Gagnez 4 000 euros par semaine à domicile, places limitées, écrivez avant minuit !"
    made = [paper.write(offer, by=f"Vendeur {n}") for n in range(3)]
    assert 'name="exact" value="yes"' in paper.page()
    newer = paper.write(f"{offer} Vite.", by="Vendeur 9")
    assert 'name="exact" value="yes"' not in paper.page()
    answer = paper.press(made[0], "refuse comments.advertising offer", flood="yes", exact="yes")
    assert len(answer.json()["undo"].split(" ")) == 3
    assert paper.order([*made, newer], paper.page()) == [3]


def test_a_flood_of_more_than_a_hundred_is_one_decision_that_is_undone_as_one(paper: Paper) -> None:
    offer = "Gagnez 4 000 euros par semaine à domicile, places limitées, écrivez avant minuit !"
    made = [paper.write(offer, by=f"Vendeur {n % 4}") for n in range(101)]
    undo = paper.press(made[0], "refuse comments.advertising offer", flood="yes").json()["undo"]
    [decision] = paper.decisions()
    assert (undo, decision.campaign is not None) == (decision.id, True)
    assert paper.order(made, paper.page()) == []
    answer = paper.desk().post(
        "/desk/comments/undo", {"decisions": undo}, headers={"Accept": "application/json"}
    )
    assert answer.json()["said"].startswith("Undone. 101")
    assert paper.order(made, paper.page()) == [0]


def test_a_site_without_comments_has_no_such_page_in_its_menu_and_says_so(paper: Paper) -> None:
    paper.stand.pages.site.comments = None  # type: ignore[attr-defined]
    page = paper.page("/desk/comments/?lang=en")
    assert "This site has no comment section." in page
    assert 'href="/desk/newsroom/"' not in page


def test_a_refused_comment_stays_aside_until_the_worker_has_done_its_part(paper: Paper) -> None:
    made = paper.write(RUDE)
    paper.press(made, INSULT)
    paper.house.now += timedelta(minutes=2)
    assert paper.order([made], paper.page()) == []
    assert NAME in {each.platform for each in paper.decisions()}
