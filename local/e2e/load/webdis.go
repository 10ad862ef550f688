// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/url"
	"strings"
)

// read is a command of keys, in the path of a GET, as its documentation shows it: /GET/hello.
func (w *webdisServer) read(command string, keys ...string) subject {
	path := "/" + command
	for _, key := range keys {
		path += "/" + url.PathEscape(w.keys.redisKey(key))
	}
	return subject{w.gateway, w.redis, request{method: "GET", url: w.url + path}}
}

// write is a command in the body of a POST, which may be longer than a path.
func (w *webdisServer) write(body string) subject {
	return subject{w.gateway, w.redis, request{method: "POST", url: w.url + "/", body: body, keys: writtenKeys}}
}

// command is a command that gives each key the small value, as the body of a POST.
func (w *webdisServer) command(name string, keys ...string) string {
	// PathEscape leaves the colons, and a dot begins the name of a format.
	value := strings.ReplaceAll(url.PathEscape(smallValue), ".", "%2E")
	var b strings.Builder
	b.WriteString(name)
	for _, key := range keys {
		b.WriteString("/" + w.keys.redisKey(key) + "/" + value)
	}
	return b.String()
}
