# SPDX-License-Identifier: Apache-2.0
"""Uses the client that openapi-generator makes for Python."""

import json
import os

import generated

config = generated.Configuration(host=os.environ["TEMPSKV_URL"], access_token=os.environ["TEMPSKV_TOKEN"])
api = generated.DataApi(generated.ApiClient(config))

for key, value in {"none": None, "large": 2**53 + 1}.items():
    assert api.kv_set(generated.SetRequest(key=key, value=value)).result == "OK"
for key in ("none", "large"):
    print("get", key, json.dumps(api.kv_get(generated.KeyRequest(key=key)).value))
print("incr", api.kv_incr(generated.IncrRequest(key="large")).value)
entries = [generated.MSetEntry(key="text", value="a"), generated.MSetEntry(key="more", value=None)]
print("mset", api.kv_mset(generated.MSetRequest(entries=entries)).result)
exported = api.kv_export(generated.ExportRequest())
print("export", exported.count(b'"key":'), str(b'{"end":{"keys":4}}' in exported).lower())
for call, request in ((api.kv_incr, generated.IncrRequest(key="text")), (api.kv_get, generated.KeyRequest(key="answered later"))):
    try:
        call(request)
    except generated.ApiException as refused:
        print("problem", refused.status, refused.data.code)
