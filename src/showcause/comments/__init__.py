"""The newspaper's comment section: a platform of our own, with its own database, behind the same port as the others.

Nothing here decides whether a comment is hidden or an author suspended: that is a decision like any other, and comes
in by the connector. Publishing, waiting and counting are this room's own.

Functions take the opened `Section` first. In short:

- `opening.open_section(url, name, key, settings) -> Section`
- `articles.meet(section, now, ids, *, key, address, title, part, language) -> Article` (a frame's first view makes it),
  `find(section, key_or_address)`, `by_id(section, id)`, `listed(section, part, order, page)`, `set_mode`,
  `set_part_mode`, `correct` (new address), `schedule`, `close`, `reopen`, `check_open(article, now)`,
  `is_open(article, now)`, `numbers(section, article=, part=)`
- `authors.guest(section, now, ids, name, mail) -> Author`, `from_token(section, now, ids, token)`,
  `staff(section, now, ids, name)`, `by_id(section, id)`, `cookie(section, now, author) -> str`,
  `from_cookie(section, now, text) -> Author | None`, `confirmation(section, now, author) -> str` (token of the mail's
  link), `confirm(section, now, token) -> Author`
- `newsroom.pin`, `highlight`, `trust`
- `forms.issue(section, now, article) -> str`, `forms.check(section, now, text, article) -> str` (the form's key)
- `posting.post(section, now, ids, Draft(...)) -> Comment`, `posting.edit(section, now, author, id, text)`,
  `posting.delete(section, now, author, id)`, `posting.history(section, id) -> list[Edit]`
- `threads.page(section, article, order, after, viewer) -> ThreadPage`, `replies(section, id, after, viewer)`,
  `since(section, article, upto, viewer) -> int`, `around(section, id, viewer) -> Branch`, `by_id(section, id)`
- `validation.waiting(section, now, filter, most) -> list[Waiting]`, `accept(section, now, id, by) -> Comment`,
  `accept_many`, `set_aside(section, ids, until)`, `back(section, ids)`, `estimate(section, now) -> Estimate`

Raises in general: `values.NotTaken` with its `problem` for what readers sent; NotFound; StoreBusy, StoreFull.
"""
