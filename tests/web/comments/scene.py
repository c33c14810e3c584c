"""A thread in which everything occurs that readers meet."""

from dataclasses import replace

from showcause.comments import authors, posting
from showcause.comments.values import Comment, Draft
from tests.house import fresh_id
from tests.web.comments.paper import Paper

LONG = (
    "J’ai travaillé vingt ans au dépôt, et j’ai connu trois grèves. La première a duré neuf jours ; nous avions froid, "
    "et personne ne nous parlait. La deuxième a duré un mois, et c’est là que j’ai compris qu’un journal peut "
    "raconter la même chose de deux manières.\n\n"
    "Ce que je lis ici n’est pas faux. Mais il manque la nuit du 12, quand la direction a fait venir des "
    "conducteurs d’une autre ville sans prévenir personne. Deux d’entre eux ne connaissaient pas la ligne. "
    "On a eu de la chance, et la chance n’est pas une politique des transports. "
    "Je ne demande pas qu’on nous plaigne ; je demande qu’on dise ce qui s’est passé, dans l’ordre où c’est arrivé.\n\n"
    "Pour le reste, les chiffres sont sur https://transports.example/rapport-2026.pdf (page 14), et chacun peut les "
    "lire. Qu’on ne vienne pas nous dire ensuite que personne ne savait. Les délégués l’avaient écrit en mars, puis en "
    "juin, puis encore en septembre, et chaque fois on leur a répondu qu’une étude était en cours. "
    "Une étude, ce n’est pas un train. Je le dis sans colère, ou presque."
)


def staff(paper: Paper, text: str, to: Comment | None = None) -> Comment:
    """Write something in the newsroom's name."""
    now = paper.stand.house.now
    author = authors.staff(paper.section, now, fresh_id, "La Rédaction")
    draft = Draft(paper.article, author, text, fresh_id(), to.id if to else None)
    return posting.post(paper.section, now, fresh_id, draft)


def everything(paper: Paper) -> dict[str, Comment]:
    """Fill the thread; return some of its comments by what they show."""
    long = paper.comment(LONG, by="Marguerite Delâtre-Kowalski")
    paper.comment(
        "Merci pour ce témoignage. On aimerait le lire dans l’article lui-même.", by="Bo Lind", to=long
    )
    answered = paper.comment("Et la nuit du 12, qui l’a décidée ?", by="Camille", to=long)
    staff(paper, "Nous avons posé la question à la direction ; sa réponse paraîtra demain.", to=answered)
    paper.comment("Parfait, à demain donc.", by="Bo Lind", to=long)
    paper.comment("Cinquième réponse, pour que le pli se voie.", by="Zoé", to=long)
    hidden = paper.comment("Something insulting.", by="Troll")
    paper.comment("Je réponds à un commentaire qui n’est plus là.", by="Camille", to=hidden)
    paper.hide(hidden)
    back = paper.comment("Ce commentaire était parti, puis il est revenu.", by="Nadia")
    paper.hide(back)
    paper.show_again(back)
    gone = paper.comment("Je retire ceci.", by="Paul")
    paper.comment("Dommage, c’était juste.", by="Zoé", to=gone)
    posting.delete(paper.section, paper.stand.house.now, paper.author("Paul"), gone.id)
    arabic = paper.comment("شكرا على هذا المقال، لقد تعلمت الكثير.", by="ليلى")
    paper.accept(arabic)
    mine = paper.comment("Mon commentaire, encore sous réserve de validation.", by="Ada Petit")
    paper.section.settings = replace(paper.section.settings)
    with paper.section.changing() as run:
        run("UPDATE {p}comment SET pinned = 1, highlighted = 1 WHERE seq = %s", long.seq)
    return {"long": long, "hidden": hidden, "back": back, "gone": gone, "mine": mine}
