// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tempskv/tempskv/handlers/kv"
)

// clientFile is how a server tells the client commands of the same user where it is. It is there while
// the server runs, and the token in it works no longer than that.
type clientFile struct {
	URL   string `json:"url"`
	Token string `json:"token"`
	// Certificate is the SHA-256 of the server's certificate in hex, empty over plain HTTP.
	Certificate string `json:"certificate,omitempty"`
}

func clientPath(dir string) string { return filepath.Join(dir, "client.json") }

func writeClientFile(dir, url string, token kv.Token, certificate []byte) error {
	f := clientFile{URL: url, Token: string(token)}
	if certificate != nil {
		f.Certificate = fingerprint(certificate)
	}
	return writeSecretFile(clientPath(dir), f)
}

// fingerprint returns the SHA-256 of a certificate in hex.
func fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:])
}

func readClientFile(dir string) (f clientFile, err error) {
	text, err := os.ReadFile(clientPath(dir))
	if err != nil {
		return f, err
	}
	if err := json.Unmarshal(text, &f); err != nil {
		return f, fmt.Errorf("%s is damaged; start the server again: %w", clientPath(dir), err)
	}
	return f, nil
}

// removeClientFile leaves a file behind that cannot be removed: its token does not work any more.
func removeClientFile(dir string) { _ = os.Remove(clientPath(dir)) }

// writeSecretFile writes a file that its owner alone may read, whole or not at all.
func writeSecretFile(path string, content any) error {
	text, err := json.Marshal(content)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // has mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
