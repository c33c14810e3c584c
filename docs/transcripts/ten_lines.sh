#!/bin/sh
# The commands of docs/ten-lines.md, in its order. A test replays them and compares what they print with what the guide
# says.

# 1. Found your site and connect the platform

umask 077
PORT=${PORT:-8420}
PYTHON=${PYTHON:-.venv/bin/python}
REFERENCE=${REFERENCE:-docs/reference}

./showcause init --origin log.example.org --contact safety@example.org --operator ada
export SHOWCAUSE_AS=ada
./showcause moderator add bea
./showcause moderator add cleo

./showcause connect orders commons --measure suspend:account

# 2. A key for your program, and the service

./showcause apikey add commons-program --platform commons --scope orders --scope reports > made
head -1 made > key
./showcause serve --listen 127.0.0.1:$PORT 2> serve.log &
SERVE=$!

# 3. The program

cp "$REFERENCE"/*.py .
export API=http://127.0.0.1:$PORT/api/v1 API_KEY="$(cat key)"
export LOG_KEY="$(sed -n 's/^log //p' showcause-home/trust/log-policy)"
"$PYTHON" ten_lines.py 2> program.log &
PROGRAM=$!

# 4. What stands already

"$PYTHON" forum.py join mallory square
"$PYTHON" forum.py join rita square
"$PYTHON" forum.py write mallory "cheap links"
echo 'from ten_lines import *; call("PUT", "/restrictions", {"restrictions": Forum().everything()})' > list.py
until "$PYTHON" list.py 2> list.log; do sleep 1; done

./showcause import baseline commons
./showcause doctor

# 5. Let orders go out

./showcause platform mode commons enforce
kill $SERVE
wait $SERVE
./showcause serve --listen 127.0.0.1:$PORT 2>> serve.log &
SERVE=$!

# 6. A report, and a decision by two people

cat > report.py << END
from ten_lines import *
mallory = {"kind": "account", "ref": "mallory"}
report = {"external_key": "1", "subject": mallory, "reporter": "rita", "reason": "the same advertisement everywhere"}
print("taken:", call("POST", "/reports", report)["state"])
END
until "$PYTHON" report.py 2> report.log; do sleep 1; done

CASE=$(./showcause queue | awk 'NR==2 {print $1}')
./showcause case claim "$CASE" --as bea
./showcause case propose "$CASE" --as bea --clause integrity.spam --preset same-message --rung suspend-7d \
  --evidence "the same advertisement in five rooms within two minutes"
./showcause case approve "$CASE" --as cleo

until "$PYTHON" forum.py letters mallory | grep -q suspended; do sleep 1; done
"$PYTHON" forum.py write mallory "cheaper links"
"$PYTHON" forum.py letters mallory

# 7. An appeal, heard by somebody else

DECISION=$(SHOWCAUSE_AS= ./showcause case show "$CASE" | awk '/^Decision/ {print $2}')
REFERENCE=$(./showcause decision show "$DECISION" | awk '/^Reference/ {sub(";", "", $2); print $2}')
./showcause appeal lodge "$REFERENCE" --text "It was one message, in a room about shopping."
APPEAL=$(./showcause appeal list | awk 'NR==2 {print $1}')
./showcause appeal claim "$APPEAL" --as ada
./showcause appeal reverse "$APPEAL" --as ada --reason "One message in a room about shopping is not a flood."

until ./showcause decision show "$DECISION" | grep -q lifted; do sleep 1; done
"$PYTHON" forum.py write mallory "thank you"
./showcause decision show "$DECISION"
./showcause scan commons
./showcause log fsck

# 8. Stop

kill $PROGRAM $SERVE
