"""The newsroom's pages: articles with their numbers, an article beside its thread, and who ran it how."""

from datetime import UTC, datetime, timedelta

import pytest

from showcause.casework.log.fsck import fsck
from showcause.comments import articles
from showcause.comments.states import CommentState
from showcause.comments.values import Mode, NotTaken, Problem
from showcause.domain.people import Role
from tests.web.desk import add, text
from tests.web.newsroom.conftest import NAME, SAID, SITE, Paper

INSULT = "refuse comments.insult reader"


def post(paper: Paper, path: str, by: str = "bea", **form: str) -> int:
    return int(paper.desk(by).post(path, form).status_code)


def test_articles_and_sections_have_their_numbers(paper: Paper) -> None:
    paper.article("gare", "La gare rouvre", "Ville")
    made = [paper.write(words) for words in SAID[:4]]
    paper.write(SAID[4], under="gare")
    paper.press(made[0], "accept")
    paper.press(made[1], "accept")
    paper.press(made[1], INSULT)
    paper.press(made[2], INSULT)
    paper.house.wait(seconds=31)
    paper.house.wait(seconds=1)
    page = paper.page("/desk/newsroom/?lang=en")
    numbers = '<td class="number"><strong>1</strong></td><td class="number">0</td>'
    assert page.count(numbers + '<td class="number">1</td>' * 3) == 2
    assert "La gare rouvre" in page
    assert "La gare rouvre" not in paper.page("/desk/newsroom/?part=Port")


def test_an_article_is_closed_and_opened_again_by_somebody_whose_name_is_noted(paper: Paper) -> None:
    article = paper.article()
    here = f"/desk/article/{article.id}/"
    assert post(paper, f"{here}close") == 302
    with pytest.raises(NotTaken):
        paper.write("Trop tard.")
    assert post(paper, f"{here}close") == 409
    assert post(paper, f"{here}reopen", by="cleo") == 302
    paper.write("Me voilà.")
    page = paper.page(f"{here}?lang=en")
    assert page.index("opened again · cleo") < page.index("closed · bea")
    assert [line.verb for line in paper.house.journal(article.id)] == ["close", "reopen"]


def test_what_the_first_readers_browser_said_of_an_article_is_corrected(paper: Paper) -> None:
    article = paper.article(title="A hoax")
    here = f"/desk/article/{article.id}/"
    told = {"title": "Le vrai titre", "address": f"{SITE}/vrai", "part": ""}
    assert post(paper, f"{here}correct", **told | {"address": "https://elsewhere.example/"}) == 422
    assert post(paper, f"{here}correct", **told | {"address": "javascript:alert(1)"}) == 422
    assert not paper.house.journal(article.id)
    assert post(paper, f"{here}correct", **told) == 302
    held = articles.by_id(paper.section, article.id)
    assert (held.title, held.address, held.part) == ("Le vrai titre", f"{SITE}/vrai", article.part)
    assert articles.find(paper.section, article.address) == held
    assert "title or address corrected" in paper.page(f"{here}?lang=en")


def test_a_thread_opens_and_closes_by_its_hours(paper: Paper) -> None:
    article = paper.article()
    here = f"/desk/article/{article.id}/schedule"
    tomorrow = (paper.house.now + timedelta(days=1)).astimezone(UTC)
    assert post(paper, here, opens="", closes=tomorrow.strftime("%Y-%m-%dT%H:%M")) == 302
    held = articles.by_id(paper.section, article.id)
    assert held.closes_at == datetime(*tomorrow.timetuple()[:5], tzinfo=UTC)
    paper.house.now += timedelta(days=2)
    assert not articles.is_open(held, paper.house.now)
    assert post(paper, here, opens="2026-12-02T08:00", closes="2026-12-01T08:00") == 422
    assert post(paper, here, opens="tomorrow") == 422
    assert post(paper, here, opens="", closes="") == 302
    assert articles.is_open(articles.by_id(paper.section, article.id), paper.house.now)


def test_when_comments_are_validated_is_set_for_an_article_and_for_a_section(paper: Paper) -> None:
    article = paper.article()
    assert "as everywhere here" in paper.page("/desk/newsroom/?lang=en&part=Port")
    assert post(paper, "/desk/newsroom/mode", part="Port", mode="after") == 302
    assert "after publication" in paper.page("/desk/newsroom/?lang=en")
    first = paper.write(SAID[0])
    assert (first.state, first.unchecked) == (CommentState.PUBLISHED, True)
    assert post(paper, f"/desk/article/{article.id}/mode", mode="before") == 302
    assert articles.by_id(paper.section, article.id).mode is Mode.BEFORE
    assert paper.write(SAID[1]).state is CommentState.WAITING
    assert post(paper, f"/desk/article/{article.id}/mode", mode="") == 302
    assert paper.write(SAID[2]).state is CommentState.PUBLISHED
    assert post(paper, f"/desk/article/{article.id}/mode", mode="never") == 422
    assert post(paper, "/desk/newsroom/mode", part="Nowhere", mode="after") == 404


def test_a_comment_is_pinned_and_gets_the_editors_mark(paper: Paper) -> None:
    made, other = paper.write(SAID[0]), paper.write(SAID[1])
    for each in (made, other):
        paper.press(each, "accept")
    answer = paper.write(SAID[2], to=made.id)
    paper.press(answer, "accept")
    for verb in ("pin", "highlight"):
        assert post(paper, f"/desk/comment/{made.id}/{verb}", on="yes") == 302
    held = paper.now_of(made)
    assert (held.pinned, held.highlighted) == (True, True)
    page = paper.page(f"/desk/article/{made.article}/?lang=en")
    assert page.index(SAID[0]) < page.index(SAID[1])
    assert "editors’ mark" in page
    assert post(paper, f"/desk/comment/{answer.id}/pin", on="yes") == 409
    assert post(paper, f"/desk/comment/{made.id}/pin", on="no") == 302
    assert not paper.now_of(made).pinned
    assert post(paper, f"/desk/comment/{made.id}/burn", on="yes") == 404


def test_what_nobody_sees_is_neither_pinned_nor_marked(paper: Paper) -> None:
    waiting = paper.write(SAID[0])
    for verb in ("pin", "highlight"):
        assert post(paper, f"/desk/comment/{waiting.id}/{verb}", on="yes") == 409


def test_a_trusted_author_needs_no_validation_and_a_distrusted_one_always_does(paper: Paper) -> None:
    article, author = paper.article(), paper.author("Nora Vidal")
    here = f"/desk/author/{author.id}/trust"
    assert post(paper, here, trusted="yes", article=article.id) == 302
    assert paper.write(SAID[0]).state is CommentState.PUBLISHED
    assert post(paper, here, trusted="no") == 302
    post(paper, f"/desk/article/{article.id}/mode", mode="after")
    assert paper.write(SAID[1]).state is CommentState.WAITING
    assert post(paper, here, trusted="maybe") == 422
    assert [line.codes["what"] for line in paper.house.journal(author.id) if line.verb == "trust"] == [
        "yes",
        "no",
    ]


def test_attack_mode_reads_everything_first_and_lets_everybody_write_slowly_for_four_hours(
    paper: Paper,
) -> None:
    article, logged = paper.article(), paper.house.log_size()
    post(paper, f"/desk/article/{article.id}/mode", mode="after")
    assert paper.write(SAID[0]).state is CommentState.PUBLISHED
    paper.house.now += timedelta(minutes=5)
    assert post(paper, "/desk/newsroom/attack") == 302
    assert paper.house.log_size() == logged + 1
    assert paper.house.log_kinds()[-1] == "attack-mode"
    first = paper.write(SAID[1])
    assert first.state is CommentState.WAITING
    with pytest.raises(NotTaken) as slow:
        paper.write(SAID[2])
    assert (slow.value.problem, slow.value.bound) == (Problem.SLOW, 119)
    assert paper.write(SAID[3], by="Omar Sall").state is CommentState.WAITING
    paper.house.now += timedelta(minutes=2)
    assert paper.write(SAID[4]).state is CommentState.WAITING
    paper.house.now += timedelta(hours=4)
    assert paper.write(SAID[5]).state is CommentState.PUBLISHED


def test_longer_than_four_hours_needs_a_second_person(paper: Paper) -> None:
    assert post(paper, "/desk/newsroom/calm") == 409
    assert post(paper, "/desk/newsroom/attack") == 302
    assert post(paper, "/desk/newsroom/attack") == 403
    assert post(paper, "/desk/newsroom/attack", by="cleo") == 302
    assert "Attack mode holds until 23 November 2026" in paper.page("/desk/newsroom/?lang=en")
    assert post(paper, "/desk/newsroom/calm") == 302
    assert "Under attack?" in paper.page("/desk/newsroom/?lang=en")
    assert [line.verb for line in paper.house.journal(NAME)] == ["attack", "attack", "calm"]
    assert paper.house.log_kinds()[-3:] == ["attack-mode"] * 3
    assert fsck(paper.house.store).findings == []


def test_the_article_stands_beside_its_thread_on_demand_and_without_its_scripts(paper: Paper) -> None:
    article = paper.article()
    plain = paper.desk().get(f"/desk/article/{article.id}/")
    assert "<iframe" not in text(plain)
    assert "frame-src" not in plain["Content-Security-Policy"]
    framed = paper.desk().get(f"/desk/article/{article.id}/?frame=yes")
    assert f'<iframe src="{SITE}/phare"' in text(framed)
    assert 'sandbox=""' in text(framed)
    assert framed["Content-Security-Policy"].endswith(f"; frame-src {SITE}")


def test_the_newsroom_role_runs_threads_and_judges_nobody(paper: Paper) -> None:
    add(paper.stand, "nils", Role.NEWSROOM)
    made = paper.write(SAID[0])
    paper.press(made, "accept")
    author, here = made.author.id, f"/desk/article/{made.article}/"
    page = paper.page(f"{here}?lang=en", by="nils")
    assert "Pin" in page
    assert "Judge" not in page
    assert paper.desk("nils").get("/desk/comments/").status_code == 403
    assert paper.desk("nils").get(f"/desk/comment/{made.id}/").status_code == 403
    assert post(paper, f"/desk/author/{author}/trust", by="nils", trusted="yes") == 403
    assert paper.press(made, INSULT, by="nils").status_code == 403
    for verb in ("close", "reopen", "schedule", "mode", "correct"):
        assert post(paper, f"{here}{verb}", by="nils") == 302
    assert post(paper, f"/desk/comment/{made.id}/pin", by="nils", on="yes") == 302


def test_nobody_else_reads_or_does_anything_here(paper: Paper) -> None:
    add(paper.stand, "nobody", *(set(Role) - {Role.MODERATOR, Role.SENIOR, Role.NEWSROOM}))
    made, by = paper.write(SAID[0]), "nobody"
    for path in (
        "comments/",
        "comments/list/",
        f"comment/{made.id}/",
        "newsroom/",
        f"article/{made.article}/",
    ):
        assert paper.desk(by).get(f"/desk/{path}").status_code == 403, path
    paths = (
        "comments/act",
        "comments/undo",
        "comments/list/accept",
        "newsroom/mode",
        f"comment/{made.id}/pin",
    )
    for path in (*paths, f"article/{made.article}/close", f"author/{made.author.id}/trust"):
        assert post(paper, f"/desk/{path}", by=by, trusted="yes") == 403, path
    assert paper.now_of(made) == made


def test_a_senior_moderator_may_do_all_of_it(paper: Paper) -> None:
    add(paper.stand, "sara", Role.SENIOR)
    made = paper.write(SAID[0])
    assert paper.press(made, "accept", by="sara").status_code == 200
    assert paper.press(made, INSULT, by="sara").status_code == 200
    assert post(paper, f"/desk/author/{made.author.id}/trust", by="sara", trusted="no") == 302
