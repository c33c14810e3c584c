"""Where an author finds why something was decided on their words: at their statement, or at the item of a campaign."""

import pytest

from showcause.casework import links
from showcause.casework.author_contacts import reasons_on
from showcause.domain.campaign import CampaignItem
from showcause.domain.link import LinkKind
from showcause.domain.subject import Subject, SubjectKind, SubjectRecord
from tests.casework import floods
from tests.casework.floods import SPAM, THREATS
from tests.house import PLATFORM, House


@pytest.mark.parametrize("clause, kind", [(SPAM, LinkKind.ITEM), (THREATS, LinkKind.STATEMENT)])
def test_each_author_of_a_flood_is_led_to_their_own_copy_or_to_what_they_were_sent(
    house: House, clause: str, kind: LinkKind
) -> None:
    made = floods.decide(house, authors=2, clause=clause)
    leaf = made.decision.leaf or ""
    items = {each.subject: each for each in made.items}
    with house.store.read(house.now) as view:
        records = {each.id: each for each in house.all(SubjectRecord) if each.id in items}
        comments = [
            Subject(PLATFORM, SubjectKind.CONTENT, view.unseal(each.ref)["ref"]) for each in records.values()
        ]
        decided = [(each, leaf) for each in comments]
        found = [
            reasons_on(view, Subject(PLATFORM, SubjectKind.ACCOUNT, f"flooder-{n}"), decided) for n in (0, 1)
        ]
        assert {reason.kind for each in found for reason in each.values()} == {kind}
        if kind is LinkKind.ITEM:
            assert sorted(len(each) for each in found) == [50, 51]
            for (ref, _), reason in found[0].items():
                item = view.get(CampaignItem, reason.record)
                assert (view.unseal(records[item.subject].ref)["ref"], item.owner) == (
                    ref,
                    made.items[0].owner,
                )
                assert links.follow(view, kind, links.token(view, kind, item.id)) == item.id
        nobody = Subject(PLATFORM, SubjectKind.ACCOUNT, "somebody-else")
        assert reasons_on(view, nobody, decided) == {}
