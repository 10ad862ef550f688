// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/infra/sqlite"
)

// Document returns the text of that name, empty if there is none.
func (s *Store) Document(ctx context.Context, name string) (string, error) {
	text, err := document(ctx, s.db.Read, name)
	return text, sqlite.Err(err)
}

// document reads a text from a database or in a transaction.
func document(ctx context.Context, db interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}, name string) (text string, err error) {
	err = db.QueryRowContext(ctx, "SELECT text FROM documents WHERE name = ?", name).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return text, err
}

// SwapDocument stores after in place of before, and reports false if another text is stored.
func (s *Store) SwapDocument(ctx context.Context, name, before, after string) (swapped bool, err error) {
	err = s.write(ctx, func(tx *sql.Tx) (func(), error) {
		stored, err := document(ctx, tx, name)
		if err != nil || stored != before {
			return nil, err
		}
		swapped = true
		return func() {
			if name == engine.RestoreDocument {
				s.restore.Store(&after)
			}
		}, putDocument(ctx, tx, name, after)
	})
	return swapped && err == nil, err
}

// putDocument stores a text, or removes the document if it is empty.
func putDocument(ctx context.Context, tx *sql.Tx, name, text string) error {
	if text == "" {
		_, err := tx.ExecContext(ctx, "DELETE FROM documents WHERE name = ?", name)
		return err
	}
	_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO documents (name, text) VALUES (?, ?)", name, text)
	return err
}

// RestoreDocument returns the document of that name from memory. It never fails.
func (s *Store) RestoreDocument(context.Context) (string, error) { return *s.restore.Load(), nil }
