# SPDX-License-Identifier: Apache-2.0
"""Uses the client that openapi-python-client makes of the document. mypy checks the type of every answer."""

import json
import os

from generated import AuthenticatedClient
from generated.api.data import kv_del, kv_get, kv_incr, kv_set
from generated.models import (
    DelResponse,
    GetResponse,
    IncrRequest,
    IncrResponse,
    KeyRequest,
    KeysRequest,
    Problem,
    SetRequest,
    SetResponse,
)

client = AuthenticatedClient(base_url=os.environ["TEMPSKV_URL"], token=os.environ["TEMPSKV_TOKEN"])

value = {"name": "Alice", "tags": ["a", None]}
done = kv_set.sync(client=client, body=SetRequest(key="user", value=value, ex=60))
assert isinstance(done, SetResponse), done
print("set", done.result)

got = kv_get.sync(client=client, body=KeyRequest(key="user"))
assert isinstance(got, GetResponse), got
print("get", json.dumps(got.value, separators=(",", ":")))

total = kv_incr.sync(client=client, body=IncrRequest(key="views", amount=2))
assert isinstance(total, IncrResponse), total
print("incr", total.value)

problem = kv_incr.sync(client=client, body=IncrRequest(key="user"))
assert isinstance(problem, Problem), problem
assert problem.code == "not_an_integer", problem
print("problem", problem.status, problem.code)

deleted = kv_del.sync(client=client, body=KeysRequest(keys=["user", "views"]))
assert isinstance(deleted, DelResponse), deleted
print("del", deleted.deleted)
