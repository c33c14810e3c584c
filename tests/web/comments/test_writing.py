"""Writing: the form, what is wrong beside which field, who is known by what, and what is never shown."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from showcause.casework import rendering
from showcause.comments import articles, authors, forms, proofs
from showcause.comments.values import Comment, Held, Mode
from showcause.domain.lifecycle import ServiceState
from showcause.domain.site import Letter, LetterKind
from showcause.domain.subject import SubjectRecord
from showcause.web.limits import BUCKETS, LIMITS
from tests.house import fresh_id
from tests.web.comments.paper import SITE, Paper, minting, read
from tests.web.stand import Stand, open_stand


def texts(paper: Paper) -> list[str]:
    """Return what was written under the article, in order."""
    sql = "SELECT text FROM {p}comment ORDER BY seq"
    return [text for (text,) in paper.section.rows(sql)]


def the_only(paper: Paper) -> Comment:
    from showcause.comments import threads

    [(id_,)] = paper.section.rows("SELECT id FROM {p}comment")
    return threads.by_id(paper.section, id_)


def test_a_comment_is_in_the_thread_as_soon_as_it_was_sent(paper: Paper) -> None:
    answer = paper.send("A thought.")
    assert answer.status_code == 302
    assert answer["Location"].startswith(f"{paper.home}?sent=published.mail&order=newest#comment-")
    page = read(paper.client.get(answer["Location"]))
    assert "Your comment is in the thread." in page
    assert "A thought." in page
    assert "<bdi>Ada Petit</bdi>" in page


def test_a_waiting_comment_is_its_authors_alone_and_says_how_long_that_takes(paper: Paper) -> None:
    articles.set_mode(paper.section, paper.article, Mode.BEFORE)
    for number in range(5):
        waited = paper.comment(f"Earlier {number}", by="Bo Lind")
        paper.stand.house.now += timedelta(minutes=3)
        paper.accept(waited)
    answer = paper.send("I wait.", lang="fr")
    mine = read(paper.client.get(answer["Location"]))
    assert "Votre commentaire est bien arrivé et attend sa validation." in mine
    assert "visible sous réserve de validation" in mine
    assert "D’ici là, personne d’autre que vous et la rédaction ne peut le lire ici." in mine
    assert "la moitié a attendu moins de 3 minutes. Le vôtre est le seul en attente." in mine
    assert "I wait." in mine
    stranger = Stand(paper.stand.house, paper.stand.pages).client
    for address in (paper.home, paper.frame, answer["Location"]):
        assert "I wait." not in read(stranger.get(address, HTTP_HOST="localhost:8420"))


@pytest.mark.parametrize(
    "fields, field, said",
    [
        ({"text": "   "}, "text", "Please write something."),
        ({"text": "a" * 100_000}, "text", "That is longer than 5,000 characters."),
        ({"name": " "}, "name", "Please give a name of up to 60 characters"),
        ({"name": "La rédaсtion"}, "name", "This name belongs to somebody at the newspaper"),
        ({"mail": "ada"}, "mail", "That is not a complete e-mail address."),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_what_was_typed_is_kept(
    paper: Paper, fields: dict[str, str], field: str, said: str
) -> None:
    sent = {"text": "My <words>", "name": "Ada & Bo", "mail": "ada@reader.example"} | fields
    answer = paper.send(sent.pop("text"), None, **sent)
    page = read(answer)
    assert answer.status_code == 422
    assert re.search(f'id="{field}-wrong">{re.escape(said)}', page)
    assert re.search(f'id="{field}"[^>]*aria-invalid="true"', page) or field == "text"
    kept = fields.get("text", "My <words>").replace("<", "&lt;").replace(">", "&gt;")
    assert f"\n{kept}</textarea>" in page
    assert "Your comment was not sent yet. What you typed is still here." in page
    assert texts(paper) == []
    assert paper.section.rows("SELECT 1 FROM {p}author") == []
    assert not answer.cookies


def test_a_form_that_is_sent_twice_is_one_comment_and_one_author(paper: Paper) -> None:
    slip = paper.slip()
    first, second = paper.send("Once.", slip=slip), paper.send("Once more?", slip=slip)
    assert first["Location"].partition("#")[2] == second["Location"].partition("#")[2]
    assert texts(paper) == ["Once."]
    assert len(paper.section.rows("SELECT 1 FROM {p}author")) == 1


def test_a_form_that_was_refused_can_be_sent_again_and_is_then_one_comment(paper: Paper) -> None:
    slip = paper.slip()
    again = read(paper.send("", slip=slip))
    assert f'name="slip" value="{slip}"' in again
    assert paper.send("Now with words.", slip=slip).status_code == 302
    assert texts(paper) == ["Now with words."]


def _forged(paper: Paper) -> str:
    slip = paper.slip()
    return ("A" if slip[0] != "A" else "B") + slip[1:]


def _of_another_article(paper: Paper) -> str:
    other = articles.meet(
        paper.section, paper.stand.house.now, fresh_id, key="other", address=f"{SITE}/other"
    )
    return paper.slip(f"/comments/a/{other.id}")


def _old(paper: Paper) -> str:
    slip = paper.slip()
    paper.stand.house.wait(hours=25)
    return slip


def _quick(paper: Paper) -> str:
    slip = paper.slip()
    paper.stand.house.wait(seconds=-29)
    return slip


@pytest.mark.parametrize(
    "slip, said",
    [
        (_forged, "This form was not made by us"),
        (_of_another_article, "This form was not made by us"),
        (_old, "This form was open for very long."),
        (_quick, "That was quicker than people write."),
        (lambda _: "", "This form was not made by us"),
        (lambda _: "é\x00" * 500, "This form was not made by us"),
    ],
)
def test_forms_that_are_not_ours_or_not_timely_are_asked_for_once_more_and_kept(
    paper: Paper, slip: Callable[[Paper], str], said: str
) -> None:
    sent = {"slip": slip(paper), "text": "Kept.", "name": "Ada", "mail": "ada@reader.example", "lang": "en"}
    answer = paper.client.post(paper.home, sent, HTTP_ORIGIN=paper.stand.address)
    assert answer.status_code == 422
    page = read(answer)
    assert said in page
    assert "\nKept.</textarea>" in page
    paper.stand.house.wait(seconds=40)
    fresh = re.findall(r'name="slip" value="([^"]+)"', page)[0]
    assert paper.send("Kept.", slip=fresh).status_code == 302
    assert texts(paper) == ["Kept."]


def test_who_fills_in_the_hidden_field_is_asked_once_more_and_counted(paper: Paper) -> None:
    before = BUCKETS.refused["comment"]
    answer = paper.send("Buy!", website="http://spam.example")
    assert "A field that should stay empty was filled in." in read(answer)
    assert texts(paper) == []
    assert BUCKETS.refused["comment"] == before + 1


def test_a_limit_says_until_when_keeps_the_words_and_is_counted(paper: Paper) -> None:
    before, most = BUCKETS.refused["comment"], LIMITS["comment"].burst
    slips = [forms.issue(paper.section, paper.stand.house.now, paper.article) for _ in range(most + 1)]
    paper.stand.house.now += timedelta(seconds=30)
    for slip in slips[:-1]:
        assert paper.send("A word.", slip=slip).status_code == 302
    answer = paper.send("One too many.", slip=slips[-1])
    assert (answer.status_code, answer["Retry-After"]) == (429, "30")
    assert "This limit is the same for everybody. Please send it again in 30 seconds." in read(answer)
    assert "\nOne too many.</textarea>" in read(answer)
    assert BUCKETS.refused["comment"] == before + 1
    paper.stand.house.now += timedelta(seconds=31)
    assert paper.send("One too many.", slip=slips[-1]).status_code == 302


def test_the_address_is_sealed_and_in_no_page_column_or_file_of_the_comments(paper: Paper) -> None:
    answer = paper.send("A thought.", mail="Very.Private@reader.example")
    pages = [paper.home, paper.frame, answer["Location"], "/comments/mine", f"{paper.home}/mine"]
    for address in pages:
        assert "private@" not in read(paper.client.get(address)).lower()
    paper.section.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    assert paper.section.database.path is not None
    assert b"private@" not in paper.section.database.path.read_bytes().lower()
    [author] = {each.author.id for each in [the_only(paper)]}
    with paper.stand.house.store.read() as view:
        owner = view.keys.known("\x00".join(("courrier", "account", author)))
        [record] = view.find(SubjectRecord, id=owner)
        assert record.contact is not None
        assert view.unseal(record.contact) == {"address": "Very.Private@reader.example"}


def test_who_gave_an_address_is_written_to_and_confirms_by_a_form_alone(paper: Paper) -> None:
    paper.send("A thought.", mail="ada@reader.example", lang="fr")
    letter = paper.stand.house.all(Letter)[-1]
    assert (letter.kind, letter.state) == (LetterKind.ADDRESS, ServiceState.DRAFTED)
    with paper.stand.house.store.read() as view:
        said = rendering.letter(view, letter).text
    assert "Cette adresse est-elle la vôtre" in said
    [link] = re.findall(r"http://localhost:8420(/comments/confirm/\S+)", said)
    elsewhere = Stand(paper.stand.house, paper.stand.pages).client
    elsewhere.defaults["HTTP_HOST"] = "localhost:8420"
    assert "Oui, elle est à moi" in read(elsewhere.get(link))
    author = authors.by_id(paper.section, the_only(paper).author.id)
    assert author.confirmed_at is None
    confirmed = elsewhere.post(link)
    assert confirmed.status_code == 302
    assert "A thought." in read(elsewhere.get(confirmed["Location"]))
    assert authors.by_id(paper.section, author.id).confirmed_at is not None
    assert elsewhere.post("/comments/confirm/nonsense").status_code == 404


def test_a_known_author_is_not_asked_again_and_can_be_forgotten_by_the_browser(paper: Paper) -> None:
    paper.send("First.")
    page = read(paper.client.get(paper.home))
    assert "You write as <strong><bdi>Ada Petit</bdi></strong>" in page
    assert 'name="mail"' not in page
    paper.send("Second.", name="", mail="")
    assert len(paper.section.rows("SELECT 1 FROM {p}author")) == 1
    gone = paper.client.post(f"{paper.home}/mine", {"do": "forget"}, HTTP_ORIGIN=paper.stand.address)
    assert gone.cookies["comments"]["max-age"] == 0
    assert 'name="mail"' in read(paper.client.get(paper.home))


def test_a_form_from_another_page_is_never_sent_in_the_name_of_who_is_known(paper: Paper) -> None:
    known = paper.known("Ada Petit")
    sent = {"slip": paper.slip(), "text": "Words put into a mouth.", "lang": "en"}
    for origin in (
        "https://evil.example",
        "https://localhost:8420",
        "http://localhost:84200",
        "null",
        "",
        "http://[",
        "x",
    ):
        answer = known.post(paper.home, sent, HTTP_ORIGIN=origin)
        assert answer.status_code == (403 if origin else 422)
    own = paper.comment("My own.")
    for deed in ("edit", "delete"):
        answer = known.post(
            f"{paper.home}/{deed}/{own.id}", {"text": "x"}, HTTP_ORIGIN="https://evil.example"
        )
        assert answer.status_code == 403
    assert texts(paper) == ["My own."]


def test_over_https_the_cookie_is_kept_apart_for_each_newspaper(paper: Paper, tmp_path: Any) -> None:
    from tests.web.comments.paper import newspaper

    folder = tmp_path / "secure"
    folder.mkdir()
    with (
        open_stand(folder, address="https://comments.example") as stand,
        newspaper(stand, folder) as secure,
    ):
        answer = secure.send("Hello.")
        assert answer.status_code == 302
        written = answer.cookies["__Secure-comments"].OutputString()
    for part in ("SameSite=None", "Partitioned", "Secure", "HttpOnly", "Path=/comments/"):
        assert part in written.split("; "), written


def test_a_reply_stands_under_what_it_answers_also_without_scripts(paper: Paper) -> None:
    root = paper.comment("The question.", by="Bo Lind")
    page = read(paper.client.get(f"{paper.home}?reply={root.id}"))
    assert "Reply to Bo Lind" in page
    assert f'name="parent" value="{root.id}"' in page
    answer = paper.send("The answer.", parent=root.id)
    shown = read(paper.client.get(answer["Location"]))
    assert "The question." in shown
    assert "The answer." in shown


def test_a_reply_to_what_is_gone_may_be_sent_as_a_comment_of_its_own(paper: Paper) -> None:
    root = paper.comment("Soon gone.", by="Bo Lind")
    slip = paper.slip()
    paper.hide(root)
    answer = paper.send("The answer.", parent=root.id, slip=slip)
    assert answer.status_code == 422
    page = read(answer)
    assert "The comment that you answer is no longer there." in page
    assert "\nThe answer.</textarea>" in page
    assert 'name="parent" value=""' in page
    nowhere = paper.send("The answer.", parent=fresh_id(), slip=slip)
    assert paper.section.rows("SELECT 1 FROM {p}author WHERE name = 'Ada Petit'") == []
    assert "\nThe answer.</textarea>" in read(nowhere)
    assert paper.send("The answer.", slip=slip).status_code == 302


def test_under_attack_a_form_asks_for_work_and_without_it_the_comment_waits(paper: Paper) -> None:
    assert "data-proof" not in read(paper.client.get(paper.home))
    paper.section.settings = replace(paper.section.settings, proof=True)
    slip = paper.slip()
    assert f'data-proof="{proofs.BITS}"' in read(paper.client.get(paper.home))
    paper.send("Without any work.")
    assert the_only(paper).held is Held.NO_PROOF
    answer = next(str(number) for number in range(1 << 24) if proofs.holds(slip, str(number)))
    sent = paper.send("With a little work.", slip=slip, proof=answer)
    assert "sent=published" in sent["Location"]


def test_an_account_of_the_newspaper_writes_by_its_signed_token_alone(paper: Paper) -> None:
    token = minting(paper)
    for n in range(2):
        slip = paper.slip()
        paper.client.cookies.clear()
        sent = paper.send(f"By my account, {n}.", slip=slip, token=token(), name="", mail="")
        assert sent.status_code == 302
    assert paper.section.rows("SELECT kind, name FROM {p}author") == [("account", "Léa Marin")]
    for forged in (
        token(aud="other"),
        token(exp=1),
        token()[:-8] + "AAAAAAAA",
        "a.b.c",
        token(name="La Rédaction"),
    ):
        answer = paper.send("Forged.", token=forged, name="", mail="")
        assert answer.status_code == 422
        assert "\nForged.</textarea>" in read(answer)


def test_a_newspapers_token_corrects_what_the_article_is_called(paper: Paper) -> None:
    about = {"article": "strike", "address": f"{SITE}/moved.html", "title": "The strike is over"}
    paper.send("By my account.", token=minting(paper)(**about), name="", mail="")
    found = articles.by_id(paper.section, paper.article.id)
    assert (found.title, found.address) == ("The strike is over", f"{SITE}/moved.html")


def test_what_was_typed_is_not_lost_when_the_article_was_closed_meanwhile(paper: Paper) -> None:
    slip = paper.slip()
    articles.close(paper.section, paper.article)
    answer = paper.send("A long and careful text.", slip=slip)
    assert answer.status_code == 422
    assert "Comments under this article are closed." in read(answer)
    assert "\nA long and careful text.</textarea>" in read(answer)


def test_an_address_that_others_type_is_not_written_to_again_and_again(paper: Paper) -> None:
    before = len(paper.stand.house.all(Letter))
    most = LIMITS["comment-mail"].burst
    for number in range(most + 2):
        paper.client.cookies.clear()
        sent = paper.send(f"Number {number}.", mail="Victim@reader.example")
        assert (".mail" in sent["Location"]) is (number < most)
    assert len(paper.stand.house.all(Letter)) == before + most
