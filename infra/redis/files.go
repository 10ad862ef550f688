// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// Files are the PEM files that a URL may name for TLS, by absolute paths on this machine; each may be empty.
type Files struct {
	CA        string // certificates of the authorities that may have signed the server's; default: those of the system
	Cert, Key string // the client certificate, for a server that asks for one, and its key
}

// fileNames are the parameters of a URL that name files.
var fileNames = []string{"ca", "cert", "key"}

func (f *Files) fields() []*string { return []*string{&f.CA, &f.Cert, &f.Key} }

// WithFiles returns the URL with the files as its parameters ca, cert and key, in place of those that it has. Errors: as
// ValidateURL, and a Refusal if there are files and the URL is none of rediss://.
func WithFiles(rawURL string, f Files) (string, error) {
	if f == (Files{}) {
		return rawURL, nil
	}
	if !strings.HasPrefix(rawURL, "rediss://") {
		return "", invalidURL("speaks no TLS, and is given a CA, certificate or key: it must begin with rediss://")
	}
	head, query, _ := strings.Cut(rawURL, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		return "", invalidURL("has parameters with a wrong percent-encoding")
	}
	for i, path := range f.fields() {
		if *path != "" {
			values.Set(fileNames[i], *path)
		}
	}
	return head + "?" + values.Encode(), nil
}

// set sets the file that the parameter names, and reports false if it is another parameter.
func (f *Files) set(name, path string) bool {
	for i, field := range f.fields() {
		if fileNames[i] == name {
			*field = path
			return true
		}
	}
	return false
}

// check validates the paths before any file is read.
func (f *Files) check(scheme string) error {
	for i, path := range f.fields() {
		switch {
		case *path == "":
		case scheme != "rediss":
			return invalidURL("has %s, which goes with rediss:// only", fileNames[i])
		case !filepath.IsAbs(*path):
			return invalidURL("must name %s by an absolute path on the server", fileNames[i])
		}
	}
	if (f.Cert == "") != (f.Key == "") {
		return invalidURL("has cert without key, or key without cert: a client certificate needs both")
	}
	return nil
}

// load returns the configuration with what the files hold. Errors: Refusals of kind ErrInvalid that name the file.
func (f *Files) load(base *tls.Config) (*tls.Config, error) {
	if *f == (Files{}) {
		return base, nil
	}
	config := base.Clone()
	if f.CA != "" {
		text, err := readFile("ca", f.CA)
		if err != nil {
			return nil, err
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(text) {
			return nil, invalidURL("names the ca %s, which holds no certificate in PEM form", f.CA)
		}
	}
	if f.Cert != "" {
		pair, err := f.pair()
		if err != nil {
			return nil, err
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}

// pair returns the client certificate with its key.
func (f *Files) pair() (tls.Certificate, error) {
	cert, err := readFile("cert", f.Cert)
	if err != nil {
		return tls.Certificate{}, err
	}
	key, err := readFile("key", f.Key)
	if err != nil {
		return tls.Certificate{}, err
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		// The error is about the format of the files and holds none of their content.
		return pair, invalidURL("names the cert %s and the key %s, which cannot be used together: %s", f.Cert, f.Key,
			strings.TrimPrefix(err.Error(), "tls: "))
	}
	return pair, nil
}

func readFile(name, path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	var cause *fs.PathError
	if errors.As(err, &cause) {
		err = cause.Err
	}
	if err != nil {
		return nil, invalidURL("names the %s %s, which cannot be read: %v", name, path, err)
	}
	return text, nil
}
