"""A small rule set of a fictional platform as texts, in which a test changes one thing."""

from collections.abc import Mapping

SCHEMA = """\
platform: commons
account: actor.id
content: content.id
reports: {field: kind, values: [report]}
fields:
  kind: {type: text, needed: true}
  actor.id: {type: text, personal: true}
  actor.age_s: {type: int, unit: seconds}
  actor.score: {type: float}
  actor.verified: {type: bool}
  actor.reports: {type: int, from_reports: true}
  content.id: {type: text, personal: true}
  content.text: {type: text}
  content.domain: {type: text}
  content.links: {type: int}
"""
RULE = """\
id: night_links
title: {en: "Links at night", fr: "Des liens la nuit"}
clause: integrity.spam@1
owner: policy
severity: low
expected: 2 in 1000
effects:
  - open-case
when: |
  kind == 'post' and content.links > 0
expect:
  - hit: a link
    event: {kind: post, content: {links: 1}}
  - miss: no link
    event: {kind: post, content: {links: 0}}
"""
COUNTER = "name: {}\nkind: count\nkey: actor.id\nwindow: {}\nwhere: kind == '{}'\n"
BASE: Mapping[str, str] = {
    "schema.yaml": SCHEMA,
    "lists/blocked.yaml": "name: blocked\nversion: 1\ntype: text\nentries: [bad.example, worse.example]\n",
    "thresholds/new_account.yaml": "name: new_account\nversion: 1\nvalue: 86400\n",
    "counters/posts_10m.yaml": COUNTER.format("posts_10m", "10 min", "post"),
    "counters/reports_24h.yaml": COUNTER.format("reports_24h", "24 h", "report"),
    "rules/night_links.yaml": RULE,
}


def with_when(condition: str, effects: str = "open-case", base: str = RULE) -> str:
    """Return the rule with another condition and other effects, each line of which is indented as in a file."""
    head, _, rest = base.partition("  kind == 'post' and content.links > 0\n")
    lines = "".join(f"  {line}\n" for line in condition.rstrip("\n").split("\n"))
    effect_lines = "".join(f"  - {line}\n" for line in effects.rstrip("\n").split("\n"))
    return (head + lines + rest).replace("  - open-case\n", effect_lines)


def changed(sections: Mapping[str, str]) -> dict[str, str]:
    """Return the base with some files replaced; `when` and `effects` are parts of its rule."""
    files = {name: text for name, text in sections.items() if "/" in name or name.endswith(".yaml")}
    texts = {**BASE, **files}
    if "when" in sections or "effects" in sections:
        condition = sections.get("when", "kind == 'post' and content.links > 0")
        texts["rules/night_links.yaml"] = with_when(condition, sections.get("effects", "open-case"))
    return texts
