#!/bin/sh
# The commands of docs/run-a-witness.md, in its order. A test replays them and compares what they print with what the
# guide says.

umask 077
PORT=${PORT:-8420}
WITNESS_PORT=${WITNESS_PORT:-8430}
LOG=http://127.0.0.1:$PORT
./showcause init --origin log.example.org --contact safety@example.org --operator ada
./showcause serve --listen "127.0.0.1:$PORT" 2>serve.txt &
SERVING=$!
until curl -sf "$LOG/checkpoint" >/dev/null; do sleep 0.2; done

LOG_KEY=$(curl -sf "$LOG/key")
./showcause witness --name witness.daily.example --folder witness --log "$LOG_KEY=$LOG" --once

./showcause witness --name witness.daily.example --folder witness --log "$LOG_KEY=$LOG" --listen "127.0.0.1:$WITNESS_PORT" >witness.txt 2>&1 &
until curl -sf "http://127.0.0.1:$WITNESS_PORT/" >/dev/null; do sleep 0.2; done
curl -s "http://127.0.0.1:$WITNESS_PORT/" | grep -o 'log.example.org\|I am a witness' | sort -u

WITNESS_KEY=$(sed -n 's/^My key.*: //p' witness.txt | head -n 1)
export SHOWCAUSE_AS=ada SHOWCAUSE_PRIVATE_HOSTS="127.0.0.1:$WITNESS_PORT"
./showcause log witness add daily "$WITNESS_KEY" "http://127.0.0.1:$WITNESS_PORT" --run-by "The Daily Example"
kill $SERVING
wait $SERVING || true
./showcause serve --listen "127.0.0.1:$PORT" 2>serve.txt &
SERVING=$!
until curl -sf "$LOG/checkpoint" | grep 'witness.daily.example'; do sleep 0.2; done
./showcause log witness list

MIRROR_PORT=${MIRROR_PORT:-8440}
./showcause mirror --name mirror.library.example --folder mirror --log "$LOG_KEY" --listen "127.0.0.1:$MIRROR_PORT" >mirror.txt 2>&1 &
until curl -sf "http://127.0.0.1:$MIRROR_PORT/" >/dev/null; do sleep 0.2; done
MIRROR_KEY=$(sed -n 's/^My key.*: //p' mirror.txt)
export SHOWCAUSE_PRIVATE_HOSTS="127.0.0.1:$WITNESS_PORT,127.0.0.1:$MIRROR_PORT"
./showcause log witness add library "$MIRROR_KEY" "http://127.0.0.1:$MIRROR_PORT" --role mirror --feed-at "http://127.0.0.1:$MIRROR_PORT" --run-by "The Example Library"
kill $SERVING
wait $SERVING || true
./showcause serve --listen "127.0.0.1:$PORT" 2>serve.txt &
SERVING=$!
until curl -sf "$LOG/checkpoint" | grep 'mirror.library.example'; do sleep 0.2; done

./showcause log level suspend R1
