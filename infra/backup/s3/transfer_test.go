// SPDX-License-Identifier: Apache-2.0

package s3_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/tempskv/tempskv/handlers/archive"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/backup/s3"
)

// faulty lets the fault see requests to the bucket first; if that reports true, it has answered.
func faulty(fault func(w http.ResponseWriter, r *http.Request, next http.Handler) bool) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !fault(w, r, next) {
				next.ServeHTTP(w, r)
			}
		})
	}
}

// cut ends the connection of a request without an answer.
func cut() { panic(http.ErrAbortHandler) }

func isPart(r *http.Request) bool {
	return r.Method == http.MethodPut && r.URL.Query().Has("partNumber")
}

// large is more than two parts.
var large = bytes.Repeat([]byte("0123456789abcde"), (33<<20)/15)

// write begins a file and writes large to it.
func write(t *testing.T, files *s3.Files, name string) (archive.File, error) {
	t.Helper()
	f, err := files.Create(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Write(large)
	return f, err
}

func read(t *testing.T, files *s3.Files, name string) ([]byte, error) {
	t.Helper()
	f, err := files.Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return io.ReadAll(f)
}

// uploads returns how many uploads are under way.
func (b bucket) uploads(t *testing.T) int {
	t.Helper()
	core, err := minio.NewCore(strings.TrimPrefix(b.url, "http://"), &minio.Options{
		Creds: credentials.NewStaticV4(keyID, secret, ""), Region: "us-east-1"})
	if err != nil {
		t.Fatal(err)
	}
	list, err := core.ListMultipartUploads(t.Context(), "backups", "", "", "", "", 0)
	if err != nil && minio.ToErrorResponse(err).Code != minio.NoSuchUpload { // so this server says that there are none
		t.Fatal(err)
	}
	return len(list.Uploads)
}

// A part whose connection is cut is sent again completely.
func TestPartsAreSentAgain(t *testing.T) {
	t.Parallel()
	var parts atomic.Int32
	b := serve(t, faulty(func(_ http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		if isPart(r) && parts.Add(1)%2 == 1 {
			_, _ = io.CopyN(io.Discard, r.Body, 1<<20)
			cut()
		}
		return false
	}))
	files := b.open(t, "backups")
	f, err := write(t, files, "a")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
	if got, err := read(t, files, "a"); err != nil || !bytes.Equal(got, large) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if n := parts.Load(); n != 6 {
		t.Errorf("%d requests for 3 parts that are cut once each", n)
	}
}

// A file that cannot be completed leaves nothing behind, neither an object nor an upload that has to be paid for.
func TestFailedUploads(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(f archive.File) error{"commit": archive.File.Commit, "discard": archive.File.Discard} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := serve(t, faulty(func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
				second := isPart(r) && r.URL.Query().Get("partNumber") == "2"
				if second {
					answer{Code: "QuotaExceeded", status: 403}.ServeHTTP(w, r)
				}
				return second
			}))
			files := b.open(t, "backups")
			f, err := write(t, files, "a")
			if !errors.Is(err, kv.ErrStorageFull) {
				t.Errorf("write: %v", err)
			}
			if n := b.uploads(t); n != 1 {
				t.Errorf("%d uploads are under way, want 1", n)
			}
			if err := end(f); (name == "commit") != errors.Is(err, kv.ErrStorageFull) {
				t.Errorf("%s: %v", name, err)
			}
			if n := b.uploads(t); n != 0 {
				t.Errorf("%d uploads are left", n)
			}
			if list, err := files.List(t.Context()); err != nil || len(list) != 0 {
				t.Errorf("listed: %v, %v", list, err)
			}
		})
	}
}

// A request that was applied is successful, even if its answer was lost.
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	b := serve(t, faulty(func(_ http.ResponseWriter, r *http.Request, next http.Handler) bool {
		completes := r.Method == http.MethodPost && r.URL.Query().Has("uploadId")
		if completes || r.Method == http.MethodPut && !isPart(r) {
			next.ServeHTTP(httptest.NewRecorder(), r)
			cut()
		}
		return false
	}))
	files := b.open(t, "backups")
	f, err := write(t, files, "large")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Commit(); err != nil {
		t.Errorf("large: %v", err)
	}
	if got, err := read(t, files, "large"); err != nil || !bytes.Equal(got, large) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	store(t, files, "small", "text")
	if got, err := read(t, files, "small"); err != nil || string(got) != "text" {
		t.Errorf("%q, %v", got, err)
	}
}

// A download that is cut off ends in an error, not in a shorter file.
func TestCutDownload(t *testing.T) {
	t.Parallel()
	b := serve(t, faulty(func(w http.ResponseWriter, r *http.Request, next http.Handler) bool {
		if r.Method != http.MethodGet || r.URL.Path != "/backups/a" {
			return false
		}
		w.Header().Set("Content-Length", "1000")
		w.Header().Set("Last-Modified", time.Now().UTC().Format(http.TimeFormat))
		_, _ = w.Write(make([]byte, 500))
		_ = http.NewResponseController(w).Flush()
		cut()
		return true
	}))
	got, err := read(t, b.open(t, "backups"), "a")
	if len(got) != 500 || !errors.Is(err, kv.ErrUnavailable) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

// Uploads of writers that have ended are removed after a day.
func TestAbandonedUploads(t *testing.T) {
	t.Parallel()
	clock := gofakes3.FixedTimeSource(time.Now().Add(-25 * time.Hour))
	b := serve(t, nil, gofakes3.WithTimeSource(clock), gofakes3.WithTimeSkewLimit(0))
	files := b.open(t, "backups/mine")
	begin := func(files *s3.Files, name string) {
		t.Helper()
		f, err := files.Create(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(large[:17<<20]); err != nil {
			t.Fatal(err)
		}
	}
	begin(files, "old")
	begin(b.open(t, "backups/others"), "old")
	clock.Advance(25 * time.Hour)
	begin(files, "new") // which removes the old
	begin(files, "newer")
	if n := b.uploads(t); n != 3 {
		t.Errorf("%d uploads are under way, want 3: the other's and the two new", n)
	}
}

// It does not run in parallel with other tests, since it measures the memory of the process.
func TestMemory(t *testing.T) {
	var highest, before runtime.MemStats
	sink := &sink{look: func(r *http.Request) {
		if isPart(r) {
			var now runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&now)
			highest.HeapAlloc = max(highest.HeapAlloc, now.HeapAlloc)
		}
	}}
	files := open(t, "s3://backups?region=us-east-1&endpoint="+start(t, sink).URL)
	f, err := files.Create(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	runtime.ReadMemStats(&before)
	for range 5 {
		if _, err := f.Write(large); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
	grown := int64(highest.HeapAlloc) - int64(before.HeapAlloc)
	if grown < 15<<20 || grown > 24<<20 || sink.most.Load() != 1 {
		t.Errorf("165 MiB took %d bytes of memory, and up to %d requests at a time", grown, sink.most.Load())
	}
}
