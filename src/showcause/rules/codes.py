"""The codes of what can be wrong with a rule set, and what each means. They never change."""

from collections.abc import Mapping
from enum import StrEnum


class Code(StrEnum):
    """What can be wrong."""

    # --- The expression as text
    TOO_LONG = "too-long"
    TOO_DEEP = "too-deep"
    TOO_MANY_PARTS = "too-many-parts"
    STRANGE_CHARACTER = "strange-character"
    BRACKETS = "brackets"
    OPEN_TEXT = "open-text"
    BAD_ESCAPE = "bad-escape"
    TEXT_PREFIX = "text-prefix"
    OTHER_OPERATOR = "other-operator"
    MISSING_OPERATOR = "missing-operator"
    MISSING_VALUE = "missing-value"
    FORBIDDEN_WORD = "forbidden-word"
    FORBIDDEN_CONSTRUCT = "forbidden-construct"
    FORBIDDEN_OPERATOR = "forbidden-operator"
    CHAINED_COMPARISON = "chained-comparison"
    BAD_NUMBER = "bad-number"
    UNREADABLE = "unreadable"
    # --- Names
    UNKNOWN_NAME = "unknown-name"
    UNKNOWN_FIELD = "unknown-field"
    UNKNOWN_LIST = "unknown-list"
    UNKNOWN_FUNCTION = "unknown-function"
    NOT_A_VALUE = "not-a-value"
    RULE_CYCLE = "rule-cycle"
    # --- Types
    NEEDS_YES_OR_NO = "needs-yes-or-no"
    NEEDS_NUMBER = "needs-number"
    NEEDS_TEXT = "needs-text"
    NEEDS_LIST = "needs-list"
    DIFFERENT_TYPES = "different-types"
    NO_ORDER = "no-order"
    WRONG_ARGUMENTS = "wrong-arguments"
    NULL = "null"
    LIST_ITEM = "list-item"
    PATTERN_NOT_LITERAL = "pattern-not-literal"
    BAD_PATTERN = "bad-pattern"
    DIVISION_BY_ZERO = "division-by-zero"
    SAYS_NOTHING = "says-nothing"
    SENSITIVE = "sensitive"
    # --- Files
    BAD_FILE = "bad-file"
    DOUBLE_KEY = "double-key"
    UNKNOWN_KEY = "unknown-key"
    MISSING_KEY = "missing-key"
    WRONG_KIND = "wrong-kind"
    BAD_NAME = "bad-name"
    DOUBLE_NAME = "double-name"
    BAD_CLAUSE = "bad-clause"
    BAD_RATE = "bad-rate"
    BAD_LENGTH = "bad-length"
    UNKNOWN_WORD = "unknown-word"
    TOO_MANY = "too-many"
    COMMENT_LOST = "comment-lost"
    # --- Effects, and the cases that a rule expects
    UNKNOWN_EFFECT = "unknown-effect"
    BAD_EFFECT = "bad-effect"
    CANNOT_BE_UNDONE = "cannot-be-undone"
    REPORTS_RESTRICT = "reports-never-restrict"
    TOO_FEW_CASES = "too-few-cases"
    BAD_CASE = "bad-case"
    CASE_FAILS = "case-fails"


MEANINGS: Mapping[Code, str] = {
    Code.TOO_LONG: "A condition or a text is longer than anybody reads.",
    Code.TOO_DEEP: "Brackets or signs are nested too deeply.",
    Code.TOO_MANY_PARTS: "A condition has too many parts.",
    Code.STRANGE_CHARACTER: "A character that has no meaning, or that cannot be seen.",
    Code.BRACKETS: "A bracket is not closed, or closes nothing.",
    Code.OPEN_TEXT: "A text between quotation marks has no end.",
    Code.BAD_ESCAPE: "A backslash before a character that needs none.",
    Code.TEXT_PREFIX: "A letter other than r before a text.",
    Code.OTHER_OPERATOR: "An operator of another language.",
    Code.MISSING_OPERATOR: "Two values stand side by side.",
    Code.MISSING_VALUE: "A comparison or `and` lacks a side, or there is no condition.",
    Code.FORBIDDEN_WORD: "A word of other languages: of loops, `if`, functions, imports, true and false.",
    Code.FORBIDDEN_CONSTRUCT: "A construct that is not on the list of what a condition may hold.",
    Code.FORBIDDEN_OPERATOR: "An operator that the language does not have.",
    Code.CHAINED_COMPARISON: "Two comparisons in one.",
    Code.BAD_NUMBER: "A number in another form, or one that not every program can hold.",
    Code.UNREADABLE: "None of the above, and yet no condition.",
    Code.UNKNOWN_NAME: "Nothing has this name.",
    Code.UNKNOWN_FIELD: "Events have no such field.",
    Code.UNKNOWN_LIST: "There is no list of this name.",
    Code.UNKNOWN_FUNCTION: "There is no such function.",
    Code.NOT_A_VALUE: "A list, a group, a rule or a yes-or-no where a value is compared or calculated with.",
    Code.RULE_CYCLE: "Rules refer to each other in a circle.",
    Code.NEEDS_YES_OR_NO: "A number, a text or a list where yes or no is needed.",
    Code.NEEDS_NUMBER: "A text or yes-or-no where a number is needed.",
    Code.NEEDS_TEXT: "A number or yes-or-no where a text is needed.",
    Code.NEEDS_LIST: "Something after `in` that is no list.",
    Code.DIFFERENT_TYPES: "Values of different kinds are compared.",
    Code.NO_ORDER: "Yes and no are put in an order, or in a list.",
    Code.WRONG_ARGUMENTS: "A function is given too much, too little, or by name.",
    Code.NULL: "Missing data is compared, or stands in a list.",
    Code.LIST_ITEM: "A list is empty, too long, mixed, or holds something that is not written out.",
    Code.PATTERN_NOT_LITERAL: "A pattern that is not written out in the rule.",
    Code.BAD_PATTERN: "A pattern that RE2 does not have, or that becomes too large.",
    Code.DIVISION_BY_ZERO: "A division by a written zero.",
    Code.SAYS_NOTHING: "A part that is the same for every event.",
    Code.SENSITIVE: "A personal field is compared with a text, although a rule sees only a keyed hash of it.",
    Code.BAD_FILE: "A file cannot be read as YAML, or is missing.",
    Code.DOUBLE_KEY: "A key stands twice.",
    Code.UNKNOWN_KEY: "A key that means nothing here.",
    Code.MISSING_KEY: "A key that is needed.",
    Code.WRONG_KIND: "A value of another kind than is needed.",
    Code.BAD_NAME: "A name in the wrong form, or another one than the file has.",
    Code.DOUBLE_NAME: "One name for two things.",
    Code.BAD_CLAUSE: "No citation of a policy clause with its version.",
    Code.BAD_RATE: "No rate, or one that is not more than 0 and at most 1.",
    Code.BAD_LENGTH: "No length of time.",
    Code.UNKNOWN_WORD: "A word that is none of those that a key takes.",
    Code.TOO_MANY: "More of something than a set may hold.",
    Code.COMMENT_LOST: "`showcause rules fmt` would lose a comment; nothing was changed.",
    Code.UNKNOWN_EFFECT: "There is no such effect.",
    Code.BAD_EFFECT: "An effect without its measure, with one too many, without an end, twice, or about nobody.",
    Code.CANNOT_BE_UNDONE: "A rule alone would take a measure that cannot be undone.",
    Code.REPORTS_RESTRICT: "A rule that does more than review rests on reports, or could fire on a report.",
    Code.TOO_FEW_CASES: "A rule without at least one hit and one miss.",
    Code.BAD_CASE: "A case that names what does not exist, or does not say what is expected.",
    Code.CASE_FAILS: "A rule does not do what a case expects.",
}
"""What each code means, in one sentence."""
