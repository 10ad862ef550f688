// SPDX-License-Identifier: Apache-2.0
//
// Lines that use a project from several languages. Each works as it stands, without a package to install.

import { base } from '../base';

export const url = location.origin + base;

const call = (token: string, op: string, body: string) =>
	`curl ${url}/api/kv/${op} -H 'Authorization: Bearer ${token}' -H 'Content-Type: application/json' -d '${body}'`;

/** Stores a value, reads it, and counts. */
export const curl = (token: string) => [
	call(token, 'set', '{"key":"greeting","value":"hello"}'), call(token, 'get', '{"key":"greeting"}'), call(token, 'incr', '{"key":"visits"}'),
].join('\n');

export const download = (token: string, id: number) => `${call(token, 'export', '{}')} --fail -o project-${id}.ndjson`;

export const typescript = (token: string) => `const url = '${url}';
const token = '${token}';

const kv = async (op = '', body = {}) => {
  const answer = await fetch(\`\${url}/api/kv/\${op}\`, {
    method: 'POST',
    headers: { Authorization: \`Bearer \${token}\`, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  const result = await answer.json();
  if (!answer.ok) throw new Error(result.detail);
  return result;
};

await kv('set', { key: 'greeting', value: { text: 'hello' }, ex: 3600 });
console.log((await kv('get', { key: 'greeting' })).value.text);
`;

export const python = (token: string) => `import json
import urllib.request

URL = "${url}"
TOKEN = "${token}"


def kv(op, **body):
    request = urllib.request.Request(
        f"{URL}/api/kv/{op}",
        json.dumps(body).encode(),
        {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


kv("set", key="greeting", value={"text": "hello"}, ex=3600)
print(kv("get", key="greeting")["value"]["text"])
`;

export const go = (token: string) => `package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
)

const (
	url   = "${url}"
	token = "${token}"
)

func kv(op string, body, result any) error {
	sent, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequest("POST", url+"/api/kv/"+op, bytes.NewReader(sent))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", op, res.Status)
	}
	return json.NewDecoder(res.Body).Decode(result)
}

func main() {
	var set struct{ Result string }
	if err := kv("set", map[string]any{"key": "greeting", "value": "hello", "ex": 3600}, &set); err != nil {
		log.Fatal(err)
	}
	var get struct{ Value string }
	if err := kv("get", map[string]any{"key": "greeting"}, &get); err != nil {
		log.Fatal(err)
	}
	fmt.Println(get.Value)
}
`;

export const cli = (token: string) => `export TEMPSKV_URL=${url}
export TEMPSKV_TOKEN=${token}
tempskv kv set greeting hello
tempskv kv get greeting
`;

export const env = (token: string) => `TEMPS_API_URL=${url}
TEMPS_TOKEN=${token}
TEMPSKV_URL=${url}
TEMPSKV_TOKEN=${token}
`;
