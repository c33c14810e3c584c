#!/bin/sh
# The commands of docs/comments-under-your-articles.md, in its order. A test replays them and compares what they print
# with what the guide says.

# 1. Found your site, with a comment section

umask 077
PORT=${PORT:-8420}
PYTHON=${PYTHON:-.venv/bin/python}
EXAMPLES=${EXAMPLES:-docs/examples/comments}

./showcause init --origin log.courrier.example --contact redaction@courrier.example --operator ada
export SHOWCAUSE_AS=ada
./showcause connect comments courrier --origin https://courrier.example \
  --language fr --language en --staff "La Rédaction"
./showcause setting set tier newspaper

# 2. Serve it

./showcause serve --listen 127.0.0.1:$PORT > serve.log 2>&1 &
SERVE=$!
HERE=http://127.0.0.1:$PORT
until curl -fs $HERE/healthz > health; do sleep 0.2; done

# 3. Two lines in your page

THREAD="article=2026-greve-au-depot&address=https://courrier.example/2026/greve-au-depot&lang=fr&title=La+gr%C3%A8ve"
curl -fsL "$HERE/comments/of?$THREAD" | grep -o '<h1>.*</h1>'
curl -fs "$HERE/comments/embed.js" | wc -c | awk '{print ($1 < 20000 ? "less than 20 kB of script" : "too much")}'

# 4. Who reads comments, and when

./showcause moderator add nora

# 5. Bring your old comments along

./showcause comments import wordpress "$EXAMPLES/wordpress.xml"
curl -fsL "$HERE/comments/of?$THREAD" | grep -o 'Et les bus de nuit ?'

./showcause comments export everything.ndjson

# 6. Readers with accounts of yours

openssl genpkey -algorithm ed25519 -out newspaper.pem
openssl pkey -in newspaper.pem -pubout -out newspaper.pub
KID=$(./showcause comments keys add newspaper.pub | head -1)
"$PYTHON" "$EXAMPLES/sign_token.py" newspaper.pem "$KID" courrier account-17 "Nora Weiss" > token

# Change the key

openssl genpkey -algorithm ed25519 -out newer.pem
openssl pkey -in newer.pem -pubout -out newer.pub
./showcause comments keys add newer.pub
./showcause comments keys retire "$KID"

# 7. Lists and feeds

curl -fs -w '\n' "$HERE/comments/lists/commented/week.json"
curl -fs "$HERE/comments/feed.atom" | grep -o '<title>Les derniers commentaires</title>'

# 9. In public

kill $SERVE
wait $SERVE || true
