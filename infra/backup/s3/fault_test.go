// SPDX-License-Identifier: Apache-2.0

package s3_test

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/backup/s3"
	"github.com/tempskv/tempskv/infra/egress/egresstest"
)

// answer is an error answer of a server. It repeats what was sent, as a hostile server may.
type answer struct {
	XMLName               xml.Name `xml:"Error"`
	Code, Message, Region string
	status                int
}

func (a answer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	a.Message = fmt.Sprint(r.Header)
	if a.Region != "" {
		w.Header().Set("X-Amz-Bucket-Region", a.Region)
	}
	w.WriteHeader(a.status)
	if r.Method != http.MethodHead {
		_ = xml.NewEncoder(w).Encode(a)
	}
}

// calls makes each call, and returns the errors.
func calls(t *testing.T, files *s3.Files) map[string]error {
	t.Helper()
	_, create := files.Create(t.Context(), "a")
	_, open := files.Open(t.Context(), "a")
	_, list := files.List(t.Context())
	return map[string]error{"create": create, "open": open, "list": list, "remove": files.Remove(t.Context(), "a")}
}

// refused checks that each error says what to check, and contains no secret.
func refused(t *testing.T, files *s3.Files, kind error, want string) {
	t.Helper()
	for call, err := range calls(t, files) {
		r, ok := errors.AsType[*kv.Refusal](err)
		if !ok || r.Kind != kind || !strings.Contains(r.Detail, want) {
			t.Errorf("%s: %v, want %q", call, err, want)
		}
		for _, word := range []string{secret, session, keyID} {
			if strings.Contains(fmt.Sprint(err), word) {
				t.Errorf("%s reveals %s: %v", call, word, err)
			}
		}
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer
		kind error
		want string
	}{
		"no bucket":         {answer{Code: "NoSuchBucket", status: 404}, kv.ErrUnavailable, "there is no bucket backups"},
		"denied":            {answer{Code: "AccessDenied", status: 403}, kv.ErrUnavailable, "denies access: permit s3:ListBucket"},
		"unknown key":       {answer{Code: "InvalidAccessKeyId", status: 403}, kv.ErrUnavailable, "check AWS_ACCESS_KEY_ID"},
		"wrong secret":      {answer{Code: "SignatureDoesNotMatch", status: 403}, kv.ErrUnavailable, "AWS_SECRET_ACCESS_KEY"},
		"old token":         {answer{Code: "ExpiredToken", status: 400}, kv.ErrUnavailable, "AWS_SESSION_TOKEN"},
		"clock":             {answer{Code: "RequestTimeTooSkewed", status: 403}, kv.ErrUnavailable, "clocks"},
		"region":            {answer{Code: "AuthorizationHeaderMalformed", Region: "eu-west-3", status: 400}, kv.ErrUnavailable, "another region, eu-west-3: check region"},
		"region, odd":       {answer{Code: "AuthorizationHeaderMalformed", Region: "a b", status: 400}, kv.ErrUnavailable, "another region: check region"},
		"redirect":          {answer{Code: "PermanentRedirect", status: 301}, kv.ErrUnavailable, "another region"},
		"redirect, no code": {answer{status: 307}, kv.ErrUnavailable, "check region and endpoint"},
		"full":              {answer{Code: "XMinioStorageFull", status: 507}, kv.ErrStorageFull, "no room in the bucket backups"},
		"quota":             {answer{Code: "QuotaExceeded", status: 403}, kv.ErrStorageFull, "no room in the bucket backups"},
		"busy":              {answer{Code: "SlowDown", status: 503}, kv.ErrUnavailable, "status 503"},
		"another failure":   {answer{Code: "Teapot", status: 418}, kv.ErrUnavailable, "status 418"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := start(t, c.answer)
			refused(t, open(t, "s3://backups?region=us-east-1&endpoint="+server.URL), c.kind, c.want)
		})
	}
}

// Errors of the server itself, without a proxy.
func TestRealAnswers(t *testing.T) {
	t.Parallel()
	refused(t, serve(t, nil).open(t, "other"), kv.ErrUnavailable, "there is no bucket other")
	late := serve(t, nil, gofakes3.WithTimeSource(gofakes3.FixedTimeSource(time.Now().Add(time.Hour))))
	refused(t, late.open(t, "backups"), kv.ErrUnavailable, "clocks")
}

func TestOutOfReach(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	refused(t, open(t, "s3://backups?endpoint="+server.URL), kv.ErrUnavailable, "TLS certificate")
	plain := serve(t, nil)
	refused(t, open(t, "s3://backups?endpoint="+strings.Replace(plain.url, "http:", "https:", 1)), kv.ErrUnavailable, "speaks no TLS")
	gone := start(t, http.NotFoundHandler())
	gone.Close()
	refused(t, open(t, "s3://backups?endpoint="+gone.URL), kv.ErrUnavailable, "cannot be reached")
}

// A server that accepts connections and never answers does not block a caller beyond its deadline.
func TestHangingServer(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	server := start(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	t.Cleanup(func() { close(release) })
	files := open(t, "s3://backups?endpoint="+server.URL)
	for name, call := range map[string]func(ctx context.Context) error{
		"create": func(ctx context.Context) error { _, err := files.Create(ctx, "a"); return err },
		"open":   func(ctx context.Context) error { _, err := files.Open(ctx, "a"); return err },
		"list":   func(ctx context.Context) error { _, err := files.List(ctx); return err },
		"remove": func(ctx context.Context) error { return files.Remove(ctx, "a") },
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		began := time.Now()
		if err := call(ctx); !errors.Is(err, kv.ErrTimeout) || time.Since(began) > 50*time.Second { // less than callTime
			t.Errorf("%s: %v after %v", name, err, time.Since(began))
		}
		cancel()
	}
}

// It does not run in parallel with other tests, since what names lead to is a global of package net.
func TestNames(t *testing.T) {
	before := net.DefaultResolver
	t.Cleanup(func() { net.DefaultResolver = before })

	net.DefaultResolver = egresstest.Resolver(t, [4]byte{169, 254, 169, 254})
	refused(t, open(t, "s3://backups?endpoint=http://s3.example.com"), kv.ErrInvalid, "169.254.169.254 is a link-local address")

	net.DefaultResolver = egresstest.Resolver(t, [4]byte{127, 0, 0, 1})
	var host atomic.Value
	sink := &sink{look: func(r *http.Request) { host.Store(r.Host) }}
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(start(t, sink).URL, "http://"))
	store(t, open(t, "s3://backups?region=us-east-1&path_style=false&endpoint=http://s3.example.com:"+port), "a", "text")
	if want := "backups.s3.example.com:" + port; host.Load() != want {
		t.Errorf("the host was %v, want %s", host.Load(), want)
	}
}

// sink is a bucket that accepts everything and stores nothing. look is called for each request once its body is read.
type sink struct {
	look           func(r *http.Request)
	inFlight, most atomic.Int64 // requests
}

func (s *sink) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.most.Store(max(s.most.Load(), s.inFlight.Add(1)))
	defer s.inFlight.Add(-1)
	_, _ = io.Copy(io.Discard, r.Body)
	s.look(r)
	w.Header().Set("ETag", `"1"`)
	text := ""
	switch {
	case r.Method == http.MethodGet:
		text = "<ListBucketResult></ListBucketResult>"
	case r.URL.Query().Has("uploads"):
		text = "<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>"
	case r.Method == http.MethodPost:
		text = "<CompleteMultipartUploadResult><Bucket>backups</Bucket></CompleteMultipartUploadResult>"
	}
	_, _ = io.WriteString(w, text)
}

// Redirects are not followed.
func TestRedirects(t *testing.T) {
	t.Parallel()
	var followed atomic.Bool
	other := start(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed.Store(true) }))
	server := start(t, http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	refused(t, open(t, "s3://backups?region=us-east-1&endpoint="+server.URL), kv.ErrUnavailable, "elsewhere")
	if followed.Load() {
		t.Error("a redirect was followed")
	}
}
