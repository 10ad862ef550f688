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
)

// clientFile is how a server tells the client commands of the same user where it is. It is there while
// the server runs, and the token in it works no longer than that.
type clientFile struct {
	URL   string `json:"url"`
	Token string `json:"token"`
	// Certificate is the SHA-256 of the server's certificate in hex, empty over plain HTTP.
	Certificate string `json:"certificate,omitempty"`
	// PodmanSocket is where the server reaches podman: it may have been told so by a flag.
	PodmanSocket string `json:"podman_socket,omitempty"`
}

func clientPath(dir string) string { return filepath.Join(dir, "client.json") }

// write writes the file. On a full disk it takes the place of what a killed server left, in the same blocks.
func (f clientFile) write(dir string) error {
	path := clientPath(dir)
	err := writeSecretFile(path, f)
	if err == nil || !exists(path) {
		return err
	}
	text, encodeErr := json.Marshal(f)
	if encodeErr != nil || overwrite(path, append(text, '\n')) != nil {
		return err
	}
	return nil
}

// overwrite writes text over what is in a file, without giving its room back before.
func overwrite(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Truncate(int64(len(text)))
	}
	return errors.Join(err, f.Close())
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
	return writeSecretText(path, append(text, '\n'))
}

// writeSecretText is writeSecretFile for a text.
func writeSecretText(path string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // has mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
