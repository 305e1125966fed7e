"""owner.py STARTED: makes somebody the owner of a server that nobody owns yet, and a project, a database and a
schedule, so that there is something to ask for. Prints an access token, which is good for half an hour, the first minutes of it
for dangerous calls too.

STARTED holds what `drydock serve --json` printed."""
import json
import pathlib
import sys
import urllib.request

started = json.loads(pathlib.Path(sys.argv[1]).read_text())
url = started["url"]
token = ""


def post(path, body):
    request = urllib.request.Request(f"{url}/api/v2/{path}", json.dumps(body).encode(), {"Content-Type": "application/json"})
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


token = post("setup", {"token": started["setup_token"], "email": "owner@test.example", "password": "a password of tests"})["access_token"]
project = post("projects", {"slug": "first", "name": "First"})["id"]
post("databases", {"project_id": project, "name": "main", "connection_string": "postgresql://u:p@127.0.0.1:1/d"})
post("schedules", {"name": "nightly", "kind": "audit.verify", "cron": "@daily"})
print(token)
