"""Write the EU vocabulary that the package ships from a file of facts about the Transparency Database.

Run: python tools/vocabulary.py FACTS.json [OUTPUT.json]
"""

import json
import sys
from pathlib import Path
from typing import Any

OUTPUT = Path(__file__).parents[1] / "src" / "showcause" / "dsa" / "facts" / "vocabulary.json"
LICENCE = "Codes and labels: CC BY 4.0, (c) European Union. Only facts were taken, no code."

TABLES = {
    "categories": "STATEMENT_CATEGORIES",
    "keywords": "KEYWORDS",
    "decision_visibility": "DECISION_VISIBILITIES",
    "decision_monetary": "DECISION_MONETARIES",
    "decision_provision": "DECISION_PROVISIONS",
    "decision_account": "DECISION_ACCOUNTS",
    "decision_ground": "DECISION_GROUNDS",
    "content_types": "CONTENT_TYPES",
    "source_types": "SOURCE_TYPES",
    "automated_decision": "AUTOMATED_DECISIONS",
    "languages": "LANGUAGES",
}


def vocabulary_of(facts: dict[str, Any]) -> dict[str, Any]:
    """Return where the vocabulary comes from, each table as code -> label, and each category's keywords."""
    about, enums = facts["_about"], facts["enums"]
    return {
        "source": about["source"],
        "commit": about["commit"],
        "commit_date": about["commit_date"],
        "licence": LICENCE,
        **{name: enums[table] for name, table in TABLES.items()},
        "keywords_of_category": facts["category_to_keywords"],
        "keywords_of_every_category": ["KEYWORD_OTHER"],
        "keywords_withdrawn": ["KEYWORD_STALKING"],
        "territories": enums["EEA_COUNTRIES"],
    }


def main(arguments: list[str]) -> int:
    """Read the facts, write the vocabulary, and say what was written."""
    if not 1 <= len(arguments) <= 2:
        print(__doc__, file=sys.stderr)
        return 2
    facts = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    output = Path(arguments[1]) if len(arguments) == 2 else OUTPUT
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(vocabulary_of(facts), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"wrote {output}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
