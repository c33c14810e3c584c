#!/bin/sh
# The commands of docs/connect-matrix.md, in its order. A test replays them against a real Synapse and compares what they
# print with what the guide says. Where it says "by hand", somebody uses a Matrix client.

# 1. Prepare the Matrix server

umask 077
MATRIX=${MATRIX:-http://127.0.0.1:8008}
HOMESERVER=${HOMESERVER:-/etc/matrix-synapse/homeserver.yaml}

head -c 24 /dev/urandom | base64 > password
register_new_matrix_user --admin --user showcause --password-file password --config "$HOMESERVER" "$MATRIX"
curl -s "$MATRIX/_matrix/client/v3/login" -d '{"type": "m.login.password", "password": "'"$(cat password)"'",
  "identifier": {"type": "m.id.user", "user": "showcause"}}' | sed 's/.*"access_token":"\([^"]*\)".*/\1/' > admin-token

# 2. Found your site

./showcause init --origin log.example.org --contact safety@example.org --operator ada
export SHOWCAUSE_AS=ada
./showcause moderator add bea
./showcause moderator add cleo

# 3. Connect, in observe mode

./showcause connect matrix main --address "$MATRIX" --token-file admin-token

# 4. Record what was there before

./showcause import baseline main
./showcause scan main

# 5. Ask the doctor

./showcause doctor

# 6. A report, and a decision by two people

# By hand: somebody reports mallory from their Matrix client ("report user").

./showcause serve --once
./showcause queue
CASE=$(./showcause queue | awk 'NR==2 {print $1}')
./showcause case claim "$CASE" --as bea
./showcause case show "$CASE" --as bea

./showcause platform mode main enforce

./showcause case propose "$CASE" --as bea --clause integrity.spam --preset same-message --rung suspend-7d \
  --evidence "the same advertisement in five rooms within two minutes"
./showcause case approve "$CASE" --as cleo

sleep 31
./showcause serve --once
DECISION=$(SHOWCAUSE_AS= ./showcause case show "$CASE" | awk '/^Decision/ {print $2}')
./showcause decision show "$DECISION"
./showcause statement show "$DECISION"

# By hand: mallory tries to write, which the server refuses, and reads the letter in the notice room.

# 7. A proof for the person, that needs nobody's trust

./showcause receipt "$DECISION" --out proof.tlog-proof
./showcause verify proof.tlog-proof

# 8. An appeal, heard by somebody else

REFERENCE=$(./showcause decision show "$DECISION" | awk '/^Reference/ {sub(";", "", $2); print $2}')
./showcause appeal lodge "$REFERENCE" --text "It was one message, in a room about shopping."
APPEAL=$(./showcause appeal list | awk 'NR==2 {print $1}')
./showcause appeal claim "$APPEAL" --as ada
./showcause appeal reverse "$APPEAL" --as ada --reason "One message in a room about shopping is not a flood."
./showcause serve --once
./showcause decision show "$DECISION"

# By hand: mallory writes again, and reads in two letters why, what came back and what did not.

./showcause log fsck
./showcause scan main

# 9. Ask before a message is published

CLONE=${CLONE:-.}
./showcause events schema main "$CLONE/docs/examples/matrix/schema.yaml"
./showcause apikey add synapse --platform main --scope events | head -n 1 > showcause-key
cp "$CLONE/src/showcause/connectors/synapse_module.py" showcause_synapse.py

./showcause moderator add dora --role policy
./showcause rules grant integrity.spam hold
./showcause rules grant integrity.spam hold --as dora
./showcause rules propose first_links "$CLONE/docs/examples/matrix"

# 10. Let it run

# 11. Disconnect
