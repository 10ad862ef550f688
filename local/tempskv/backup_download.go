// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/spf13/cobra"

	"github.com/tempskv/tempskv/openapi/goclient"
)

func (a *app) backupDownload() *cobra.Command {
	return &cobra.Command{
		Use:   "download ID [FILE]",
		Short: "Download the data file of a backup",
		Long: "Download the data file of a backup, lines of JSON compressed with gzip, to FILE (default: ID.ndjson.gz; - for\n" +
			"standard output), and compare its SHA-256. It holds the data of every project: keep it safe.",
		Example: "  tempskv backup download 20300102T150405Z-k3v7x2ab\n" +
			"  tempskv backup download 20300102T150405Z-k3v7x2ab - | zcat | head",
		Args: takes,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.connect(cmd)
			if err != nil {
				return err
			}
			one, err := answered[goclient.Backup](c.GetBackup(cmd.Context(), args[0]))
			if err != nil {
				return err
			}
			sum := sha256.New()
			path := append(args[1:], args[0]+".ndjson.gz")[0]
			err = a.save(path, func(w io.Writer) error {
				err := c.fetch(cmd.Context(), io.MultiWriter(w, sum), func(ctx context.Context, c *goclient.ClientWithResponses) (*http.Response, error) {
					return c.DownloadBackup(ctx, args[0])
				})
				if err == nil && hex.EncodeToString(sum.Sum(nil)) != one.body.Sha256 {
					err = &failure{code: exitConflict, detail: "the downloaded file has a wrong SHA-256",
						hint: "see: tempskv backup verify " + args[0]}
				}
				return err
			})
			if err != nil || path == "-" {
				return err
			}
			return a.done("Saved %s.", path)
		},
	}
}

// save writes a file that is new, for its owner to read, or standard output where path is -. If write fails there is no
// file.
func (a *app) save(path string, write func(w io.Writer) error) error {
	if path == "-" {
		return write(a.stdout)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(write(f), f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// fetch copies an answer of any length to w.
func (c *client) fetch(ctx context.Context, w io.Writer,
	send func(context.Context, *goclient.ClientWithResponses) (*http.Response, error)) error {
	endless, err := c.endless()
	if err != nil {
		return err
	}
	res, err := send(ctx, endless)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if _, err := io.Copy(w, res.Body); err != nil {
		return &failure{code: exitUnavailable, detail: fmt.Sprintf("the answer of %s was cut off: %v", c.url, err)}
	}
	return nil
}

// endless returns a client that does not read answers to their end, nor within a time.
func (c *client) endless() (*goclient.ClientWithResponses, error) {
	return goclient.New(c.url, c.token, goclient.WithHTTPClient(c.http))
}
