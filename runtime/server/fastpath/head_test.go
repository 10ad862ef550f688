// SPDX-License-Identifier: Apache-2.0

package fastpath_test

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/runtime/server/fastpath"
)

var paths = fastpath.NewPaths("/api/kv/get", "/")

const usual = "POST /api/kv/get HTTP/1.1\r\nHost: kv.example:8379\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"

// read reads a head that arrives in pieces of at most so many bytes.
func read(text []byte, piece int) (*fastpath.Head, fastpath.Verdict) {
	h := new(fastpath.Head)
	for n := 0; ; {
		n = min(n+piece, len(text))
		if v := h.Read(text[:n], paths); v != fastpath.Incomplete || n == len(text) {
			return h, v
		}
	}
}

// check holds a head that is taken against net/http, which has to read the same request and leave the same bytes.
func check(t *testing.T, text []byte, piece int) fastpath.Verdict {
	t.Helper()
	h, verdict := read(text, piece)
	if _, whole := read(text, len(text)); whole != verdict {
		t.Errorf("%q in pieces of %d: %v, as a whole: %v", text, piece, verdict, whole)
	}
	if verdict != fastpath.Complete {
		return verdict
	}
	in := bufio.NewReader(bytes.NewReader(text))
	want, err := http.ReadRequest(in)
	if err != nil {
		t.Fatalf("%q is taken, and net/http says: %v", text, err)
	}
	got := new(fastpath.Request)
	for _, last := range []string{"", string(text[:h.Size]), strings.Repeat("x", h.Size)} {
		if taken := h.Take(t.Context(), text, last, http.Header{}, got); taken != string(text[:h.Size]) {
			t.Errorf("%q: taken as %q", text, taken)
		}
	}
	for _, pair := range [][2]any{
		{got.Method, want.Method}, {*got.URL, *want.URL}, {got.RequestURI, want.RequestURI}, {got.Proto, want.Proto},
		{got.ProtoMajor, want.ProtoMajor}, {got.ProtoMinor, want.ProtoMinor}, {got.Host, want.Host}, {got.Header, want.Header},
		{got.ContentLength, want.ContentLength}, {got.TransferEncoding, want.TransferEncoding}, {got.Close, want.Close}, {got.Trailer, want.Trailer},
	} {
		if diff := cmp.Diff(pair[1], pair[0]); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
	body, _ := io.ReadAll(want.Body)
	rest, _ := io.ReadAll(in)
	end := min(h.Size+h.Length, len(text))
	if string(body) != string(text[h.Size:end]) || string(rest) != string(text[end:]) {
		t.Errorf("%q: the body is %q and then %q, want %q and %q", text, text[h.Size:end], text[end:], body, rest)
	}
	return verdict
}

// TestHeads sends what is taken, what goes to net/http, and what may still become either.
func TestHeads(t *testing.T) {
	t.Parallel()
	with := func(line string) string { return strings.Replace(usual, "\r\n\r\n", "\r\n"+line+"\r\n\r\n", 1) }
	instead := func(old, new string) string {
		if !strings.Contains(usual, old) {
			t.Fatalf("no %q", old)
		}
		return strings.Replace(usual, old, new, 1)
	}
	const taken, other, open = fastpath.Complete, fastpath.Other, fastpath.Incomplete
	for name, tt := range map[string]struct {
		text string
		want fastpath.Verdict
	}{
		"usual":                       {usual, taken},
		"with what comes next":        {usual + usual, taken},
		"lower case":                  {instead("Content-Length", "content-length"), taken},
		"kept alive":                  {with("Connection: keep-alive"), taken},
		"kept alive, in capitals":     {with("Connection: Keep-Alive"), taken},
		"a field twice":               {with("X-A: 1\r\nx-a: 2"), taken},
		"spaces in a value":           {with("User-Agent: curl 8 (x; y)"), taken},
		"a body of nothing":           {instead("Content-Length: 2", "Content-Length: 0"), taken},
		"the longest body":            {instead("Content-Length: 2", "Content-Length: 65536"), taken},
		"nothing":                     {"", open},
		"part of a line":              {"GET", open},
		"without its end":             {usual[:len(usual)-5], open},
		"GET":                         {instead("POST", "GET"), other},
		"post":                        {instead("POST", "post"), other},
		"a space before":              {" " + usual, other},
		"a line before":               {"\r\n" + usual, other},
		"two spaces":                  {instead("POST ", "POST  "), other},
		"a tab":                       {instead("POST ", "POST\t"), other},
		"no version":                  {instead(" HTTP/1.1", ""), other},
		"HTTP/1.0":                    {instead("HTTP/1.1", "HTTP/1.0"), other},
		"HTTP/1.0, kept alive":        {strings.Replace(with("Connection: keep-alive"), "HTTP/1.1", "HTTP/1.0", 1), other},
		"http/1.1":                    {instead("HTTP/1.1", "http/1.1"), other},
		"HTTP/2":                      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", other},
		"absolute form":               {instead("/api", "http://kv.example/api"), other},
		"a query":                     {instead("/get", "/get?a=b"), other},
		"an empty query":              {instead("/get", "/get?"), other},
		"a fragment":                  {instead("/get", "/get#a"), other},
		"another path":                {instead("/get", "/gets"), other},
		"an encoded path":             {instead("/get", "/%67et"), other},
		"a path that is not clean":    {instead("/kv/", "/kv//"), other},
		"no Host":                     {instead("Host: kv.example:8379\r\n", ""), other},
		"two Hosts":                   {with("Host: kv.example:8379"), other},
		"an empty Host":               {instead("Host: kv.example:8379", "Host: "), other},
		"a Host with a path":          {instead("8379", "8379/a"), other},
		"a Host with a user":          {instead("kv.", "a@kv."), other},
		"no length":                   {instead("Content-Length: 2\r\n", ""), other},
		"two lengths":                 {with("Content-Length: 3"), other},
		"the same length twice":       {with("Content-Length: 2"), other},
		"lengths in a list":           {instead("Content-Length: 2", "Content-Length: 2, 2"), other},
		"a sign":                      {instead("Content-Length: 2", "Content-Length: +2"), other},
		"minus":                       {instead("Content-Length: 2", "Content-Length: -2"), other},
		"a zero before":               {instead("Content-Length: 2", "Content-Length: 02"), other},
		"hexadecimal":                 {instead("Content-Length: 2", "Content-Length: 0x2"), other},
		"a length too large":          {instead("Content-Length: 2", "Content-Length: 65537"), other},
		"a length beyond an int":      {instead("Content-Length: 2", "Content-Length: 99999999999999999999"), other},
		"an empty length":             {instead("Content-Length: 2", "Content-Length: "), other},
		"chunks":                      {instead("Content-Length: 2", "Transfer-Encoding: chunked"), other},
		"chunks and a length":         {with("Transfer-Encoding: chunked"), other},
		"identity and a length":       {with("transfer-encoding: identity"), other},
		"a space before the colon":    {instead("Content-Length:", "Content-Length :"), other},
		"no space after the colon":    {instead("Content-Length: ", "Content-Length:"), other},
		"two spaces after the colon":  {instead("Content-Length: ", "Content-Length:  "), other},
		"a tab after the colon":       {instead("Content-Length: ", "Content-Length:\t"), other},
		"a space at the end":          {instead("Content-Length: 2", "Content-Length: 2 "), other},
		"a folded line":               {with("X-A: 1\r\n 2"), other},
		"a folded line with a tab":    {with("X-A: 1\r\n\t2"), other},
		"a line without a colon":      {with("X-A"), other},
		"a line without a name":       {with(": 1"), other},
		"a line without a value":      {with("X-A: "), other},
		"a name with a slash":         {with("X/A: 1"), other},
		"a name of 8 bits":            {with("X-\xe4: 1"), other},
		"a value of 8 bits":           {with("X-A: \xe4"), other},
		"NUL in a value":              {with("X-A: 1\x002"), other},
		"NUL in a name":               {with("X\x00A: 1"), other},
		"CR in a value":               {with("X-A: 1\r2"), other},
		"a tab in a value":            {with("X-A: 1\t2"), other},
		"DEL in a value":              {with("X-A: 1\x7f"), other},
		"bare LF":                     {strings.ReplaceAll(usual, "\r\n", "\n"), other},
		"one bare LF":                 {instead("8379\r\n", "8379\n"), other},
		"CR CR LF":                    {instead("8379\r\n", "8379\r\r\n"), other},
		"Expect":                      {with("Expect: 100-continue"), other},
		"Upgrade":                     {with("Upgrade: h2c"), other},
		"Upgrade and Connection":      {with("Connection: upgrade"), other},
		"to be closed":                {with("Connection: close"), other},
		"kept alive and more":         {with("Connection: keep-alive, x-a"), other},
		"Connection twice":            {with("Connection: keep-alive\r\nConnection: close"), other},
		"Trailer":                     {with("Trailer: X-A"), other},
		"a compressed body":           {with("Content-Encoding: gzip"), other},
		"Cookie":                      {with("Cookie: a=b"), other},
		"Pragma":                      {with("Pragma: no-cache"), other},
		"too many fields":             {with(strings.TrimSuffix(strings.Repeat("X-A: 1\r\n", 32), "\r\n")), other},
		"as many fields as may be":    {with(strings.TrimSuffix(strings.Repeat("X-A: 1\r\n", 30), "\r\n")), taken},
		"a head that is too long":     {with("X-A: " + strings.Repeat("a", 8<<10)), other},
		"a line that is too long":     {strings.Repeat("a", 8<<10), other},
		"a head as long as it may be": {with("X-A: " + strings.Repeat("a", 8<<10-len(usual)-len("X-A: \r\n")+2)), taken},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, piece := range []int{1, 7, 1 << 20} {
				if got := check(t, []byte(tt.text), piece); got != tt.want {
					t.Errorf("%q: %v, want %v", tt.text, got, tt.want)
				}
			}
		})
	}
}

func FuzzHead(f *testing.F) {
	f.Add([]byte(usual), 5)
	f.Add([]byte(usual+usual), 1000)
	f.Add([]byte(strings.Replace(usual, "Content-Type", "Connection: keep-alive\r\nX-Request-Id", 1)), 20)
	f.Fuzz(func(t *testing.T, text []byte, piece int) { check(t, text, min(max(piece, 1), 1<<20)) })
}
