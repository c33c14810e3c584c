#!/bin/sh
# The commands of docs/run-on-your-server.md for the site itself, in its order; what an administrator does is left out.
# A test replays them in a folder of its own.

# 1. A user of its own, and the program

export SHOWCAUSE_HOME="${DATA:-/var/lib/showcause}/site"
export SHOWCAUSE_AS=ada

# 2. Found the site

./showcause init --origin log.example.org --contact safety@example.org --operator ada --tier small

./showcause setting set address https://safety.example.org

# 3. TLS before it

sed -i '1i proxies = 1' "$SHOWCAUSE_HOME/config.toml"

# 4. Start it, and let it start by itself

./showcause serve --once

# 5. The first login

./showcause moderator invite ada

./showcause moderator add bea --role moderator
./showcause moderator invite bea

# 6. Watch over it

./showcause doctor || true

./showcause apikey add watch --scope metrics > "$SHOWCAUSE_HOME/../watch-key"

# 7. Copies

COPIES="${COPIES:-/var/backups/showcause}"
./showcause backup "$COPIES/database-$(date +%F)"
./showcause backup --keys "$COPIES/keys-$(date +%F)"

# 8. Rehearse the loss

mkdir -m 700 "$SHOWCAUSE_HOME-rehearsal"
cp -a "$SHOWCAUSE_HOME/secrets" "$SHOWCAUSE_HOME/trust" "$SHOWCAUSE_HOME/signer" "$SHOWCAUSE_HOME/config.toml" "$SHOWCAUSE_HOME-rehearsal"
mkdir -m 700 "$SHOWCAUSE_HOME-rehearsal/keys" "$SHOWCAUSE_HOME-rehearsal/connectors"
mkdir "$SHOWCAUSE_HOME-rehearsal/public"
./showcause --home "$SHOWCAUSE_HOME-rehearsal" restore "$COPIES/database-$(date +%F)" --keys "$COPIES/keys-$(date +%F)"
./showcause --home "$SHOWCAUSE_HOME-rehearsal" log fsck

rm -r "$SHOWCAUSE_HOME-rehearsal"

# 9. A newer version

./showcause migrate

# 11. Take it away

./showcause log export "${DATA:-/var/lib/showcause}/log"
