// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/sqlite/sums"
	"modernc.org/sqlite"
)

// DB is one SQLite file. What Write has committed survives kill -9 and power loss (WAL, synchronous=FULL).
type DB struct {
	// Write has one connection, so transactions queue in the process and never find the file locked. BeginTx takes
	// SQLite's write lock at once.
	Write *sql.DB
	// Read has a few read-only connections. They do not wait for the writer.
	Read *sql.DB
	// Apart opens read-only connections on demand, a few at a time, and keeps none: for long reads, so that they take
	// no connection from others.
	Apart *sql.DB
	// Copy is the path of the copy that Open made before changing the format of the file; empty if it made none.
	Copy string

	vfs string // a parameter of the layer below SQLite, if it is not SQLite's own
}

// Open opens the file, creates it (mode 0600) if it is missing, and applies missing migrations: SQL texts, oldest
// first, to which new ones are only ever appended. Before it changes an existing file it makes a copy next to it, named
// after its format (data.db.v1); the last three copies are kept. Errors: a Refusal that names the file, of kind
// ErrUnavailable if it cannot be written, is not an SQLite file, or has seen unknown migrations, or of kind
// ErrStorageFull; ErrTimeout.
func Open(ctx context.Context, path string, migrations []string) (*DB, error) {
	return openFile(ctx, path, migrations, opening{mayBeNew: true})
}

// OpenExisting is Open for a file that was opened before. Errors: in addition to those of Open, a Refusal of kind
// ErrUnavailable if the file is missing or empty, for example because its log was lost. An empty file would look as if
// all were well.
func OpenExisting(ctx context.Context, path string, migrations []string) (*DB, error) {
	return openFile(ctx, path, migrations, opening{})
}

// opening says how a file is opened.
type opening struct{ mayBeNew, summed bool }

// openFile is Open, OpenExisting if the file may not be new, or one of those for files with checksums.
func openFile(ctx context.Context, path string, migrations []string, o opening) (*DB, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, openErr(path, err)
	}
	if err := touch(path, o.mayBeNew); err != nil {
		return nil, openErr(path, err)
	}
	vfs, kept := "", ""
	if o.summed {
		if kept, err = addSums(ctx, path, len(migrations), o.mayBeNew); err != nil {
			return nil, openErr(path, err)
		}
		vfs = "&vfs=" + sums.VFS
	}
	d, err := open(path, vfs)
	if err != nil {
		return nil, openErr(path, err)
	}
	d.Copy = kept
	if err := d.migrate(ctx, path, migrations, o.mayBeNew); err != nil {
		return nil, errors.Join(openErr(path, err), d.Close())
	}
	return d, nil
}

// OpenReadOnly opens a file that no other process has open, to inspect it. It creates only what SQLite needs to read a
// log.
func OpenReadOnly(path string) (*sql.DB, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, openErr(path, err)
	}
	checked, err := CheckURI(path)
	if err != nil {
		return nil, openErr(path, err)
	}
	return pool(path, "mode=ro&_query_only=1"+checked, 1)
}

// Close closes every connection, the writer last, because the last one moves the log into the file.
func (d *DB) Close() error { return errors.Join(d.Apart.Close(), d.Read.Close(), d.Write.Close()) }

// touch creates a missing file, readable only by its owner; SQLite gives its log the same mode. It must run before
// SQLite opens the file, because closing the file again would drop the locks of SQLite.
func touch(path string, mayBeNew bool) error {
	if fi, err := os.Stat(path); !mayBeNew && (errors.Is(err, fs.ErrNotExist) || err == nil && fi.Size() == 0) {
		return gone(path) // SQLite would delete the log of an empty file, which may hold what is missed
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

func gone(path string) error {
	return kv.Refuse(kv.ErrUnavailable, "the content of %s is gone: put the file and its log back, or restore a backup "+
		"with tempskv backup restore ID --replace, or use another data directory", path)
}

// maxApart is the maximum number of connections of Apart; further callers wait.
const maxApart = 8

// readers is how many connections read at a time. Go has set how many processors there are from the machine and its control group;
// a server uses fewer of them while they are enough.
var readers = max(4, runtime.GOMAXPROCS(0))

// open never creates the file: touch has, and a later connection must not create an empty file if it was removed.
func open(path, vfs string) (*DB, error) {
	if err := errors.Join(sums.Register(), registerTables()); err != nil {
		return nil, err
	}
	write, err := pool(path, "mode=rw&_journal_mode=WAL&_txlock=immediate"+writerOf(vfs), 1)
	if err != nil {
		return nil, err
	}
	// A cache of up to 8 MB per connection, filled on use, saves most reads of a store of ordinary size. Mapping the
	// file would save more, but a disk error would then end the process.
	read, err := pool(path, "mode=rw&_query_only=1&_pragma=cache_size(-8000)"+vfs, readers)
	if err != nil {
		return nil, errors.Join(err, write.Close())
	}
	apart, err := pool(path, "mode=rw&_query_only=1"+vfs, maxApart)
	if err != nil {
		return nil, errors.Join(err, read.Close(), write.Close())
	}
	apart.SetMaxIdleConns(0)
	return &DB{Write: write, Read: read, Apart: apart, vfs: vfs}, nil
}

// writerOf returns the parameters of the connection that writes to a file with checksums.
func writerOf(vfs string) string {
	if vfs == "" {
		return ""
	}
	return "&vfs=" + sums.WriterVFS
}

// settings apply to every connection. temp_store is memory so that a savepoint needs no file in the temporary
// directory; journal_size_limit shrinks the log after a large transaction.
const settings = "_busy_timeout=5000&_foreign_keys=1&_synchronous=FULL&_dqs=0&_defensive=1&_error_rc=1" +
	"&_pragma=temp_store(MEMORY)&_pragma=journal_size_limit(67108864)"

// pool returns a pool of up to n connections that stay open.
func pool(path, params string, n int) (*sql.DB, error) {
	dsn := url.URL{Scheme: "file", Path: path, RawQuery: settings + "&" + params}
	connector, err := sqlite.NewConnector(dsn.String())
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	return db, nil
}
