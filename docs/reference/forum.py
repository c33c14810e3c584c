"""A small forum that stands for your platform: people, rooms, posts, letters, and what moderators did. Fictional.

It is what a platform has anyway: its own tables, and functions that restrict, give back and tell. Of Showcause it knows
one thing, the table `used`: which order numbers are used up.
"""

import sqlite3
import sys

SCHEMA = """
CREATE TABLE IF NOT EXISTS person (ref TEXT PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS member (ref TEXT, room TEXT, PRIMARY KEY (ref, room));
CREATE TABLE IF NOT EXISTS post (number INTEGER PRIMARY KEY AUTOINCREMENT, ref TEXT NOT NULL, text TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS measure (kind TEXT, ref TEXT, measure TEXT, PRIMARY KEY (kind, ref, measure));
CREATE TABLE IF NOT EXISTS letter (reference TEXT PRIMARY KEY, ref TEXT NOT NULL, text TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS used (ref TEXT, measure TEXT, number INTEGER, PRIMARY KEY (ref, measure));
"""


class Forum:
    def __init__(self, file="forum.db"):
        self.file = file

    def sql(self, text, *values):
        db = sqlite3.connect(self.file, timeout=10)
        try:
            with db:
                db.executescript(SCHEMA)
                return db.execute(text, values).fetchall()
        finally:
            db.close()

    # --- what people do ---

    def join(self, ref, room, name=None):
        self.sql("INSERT OR IGNORE INTO person VALUES (?, ?)", ref, name or ref.title())
        self.sql("INSERT OR IGNORE INTO member VALUES (?, ?)", ref, room)

    def leave(self, ref, room):
        self.sql("DELETE FROM member WHERE ref = ? AND room = ?", ref, room)

    def write(self, ref, text):
        if {"suspend", "lock"} & set(self.standing({"kind": "account", "ref": ref})):
            raise PermissionError(f"{ref} may not write: the account is suspended")
        self.sql("INSERT INTO post (ref, text) VALUES (?, ?)", ref, text)

    def letters(self, ref):
        return [text for (text,) in self.sql("SELECT text FROM letter WHERE ref = ? ORDER BY rowid", ref)]

    # --- what the platform's program needs ---

    def find(self, subject):
        table, key = ("person", "ref") if subject["kind"] == "account" else ("post", "number")
        if not self.sql(f"SELECT 1 FROM {table} WHERE {key} = ?", subject["ref"]):  # noqa: S608
            raise LookupError("there is nobody and nothing of this name")

    def restrict(self, subject, measure):
        self.sql("INSERT OR IGNORE INTO measure VALUES (?, ?, ?)", subject["kind"], subject["ref"], measure)

    def lift(self, subject, measure):
        where = "kind = ? AND ref = ? AND measure = ?"
        self.sql(f"DELETE FROM measure WHERE {where}", subject["kind"], subject["ref"], measure)  # noqa: S608

    def tell(self, subject, text, reference):
        if "lock" in self.standing(subject):
            raise PermissionError("the account is locked and cannot read")
        self.sql("INSERT OR IGNORE INTO letter VALUES (?, ?, ?)", reference, subject["ref"], text)

    def standing(self, subject):
        rows = self.sql(
            "SELECT measure FROM measure WHERE kind = ? AND ref = ?", subject["kind"], subject["ref"]
        )
        return [measure for (measure,) in rows]

    def everything(self):
        rows = self.sql("SELECT kind, ref, measure FROM measure")
        return [{"kind": kind, "ref": ref, "measure": measure} for kind, ref, measure in rows]

    def has(self, subject):
        names = self.sql("SELECT name FROM person WHERE ref = ?", subject["ref"])
        rooms = self.sql("SELECT room FROM member WHERE ref = ? ORDER BY room", subject["ref"])
        return {"name": names[0][0], "rooms": [room for (room,) in rooms]} if names else {}

    def used_up(self, subject, measure):
        rows = self.sql("SELECT number FROM used WHERE ref = ? AND measure = ?", subject["ref"], measure)
        return rows[0][0] if rows else 0

    def use_up(self, subject, measure, number):
        newest = max(number, self.used_up(subject, measure))
        self.sql("INSERT OR REPLACE INTO used VALUES (?, ?, ?)", subject["ref"], measure, newest)


if __name__ == "__main__":
    verb, ref, *words = sys.argv[1:]
    try:
        print("\n\n".join(getattr(Forum(), verb)(ref, *words) or [f"{ref}: {verb}, done"]))
    except PermissionError as refusal:
        print(refusal)
