#!/bin/sh
# The commands of docs/your-first-rule.md, in its order. A test replays them and compares what they print with
# what the guide says.

# 1. What events hold

EXAMPLES=${EXAMPLES:-docs/examples}
mkdir -p my-rules/rules
cp "$EXAMPLES/rules/schema.yaml" my-rules/

# 2. The rule

cat > my-rules/rules/early_links.yaml <<'END'
id: early_links
title: {en: "Links from an account made today", fr: "Des liens d’un compte créé le jour même"}
clause: integrity.spam@1
owner: policy
severity: low
expected: 2 in 1000
effects: [open-case]
when: |
  kind == 'post' and actor.age < 86400
  and content.links
expect:
  - hit: a link within the first hour
    event: {kind: post, actor: {age_s: 1200}, content: {links: 1}}
  - miss: an account of two days
    event: {kind: post, actor: {age_s: 172800}, content: {links: 1}}
END

# 3. Check it

./showcause rules check my-rules || true
sed -i.old -e 's/actor.age /actor.age_s /' -e 's/and content.links$/and content.links > 1/' my-rules/rules/early_links.yaml

# 4. Try its cases

./showcause rules test my-rules || true
sed -i.old 's/content.links > 1/content.links > 0/' my-rules/rules/early_links.yaml
./showcause rules check my-rules

# 5. Read it

./showcause rules explain early_links my-rules

# 6. What it may do

sed -i.old -e 's/open-case/{restrict: hide}/' -e 's/content.links > 0/actor.reports > 5/' my-rules/rules/early_links.yaml
./showcause rules check my-rules || true
sed -i.old -e 's/{restrict: hide}/open-case/' -e 's/actor.reports > 5/content.links > 0/' my-rules/rules/early_links.yaml

# 7. Lay it out

./showcause rules fmt my-rules
sed -n '/^effects/,/^expect/p' my-rules/rules/early_links.yaml
