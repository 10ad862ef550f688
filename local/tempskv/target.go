// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tempskv/tempskv/runtime/config"
	"github.com/tempskv/tempskv/runtime/setting"
)

// target says which server the client commands talk to, and for which project.
type target struct {
	url, token, project string
	timeout             time.Duration
}

// client adds the flags of client commands.
func (a *app) client(commands ...*cobra.Command) []*cobra.Command {
	for _, cmd := range commands {
		flags := cmd.PersistentFlags()
		flags.StringVar(&a.target.url, "url", "", "URL of the server (TEMPSKV_URL; default: the one running on the data directory)")
		flags.StringVar(&a.target.token, "token", "",
			"token or API key (better TEMPSKV_TOKEN: other users see command lines)")
		durationVar(cmd, &a.target.timeout, "timeout", 30*time.Second, "time to wait for an answer")
		flags.BoolVar(&a.json, "json", false, "print the JSON answer of the server")
	}
	return commands
}

// connect returns a client of the server that flags or the environment name, else of the one that runs on the data
// directory. The token of the latter is sent to no other server.
func (a *app) connect(cmd *cobra.Command) (*client, error) {
	c, err := a.reach(cmd)
	if err == nil && c.token == "" {
		return nil, &failure{code: exitDenied, detail: "a token is needed for " + c.url,
			hint: "set it with TEMPSKV_TOKEN or --token"}
	}
	return c, err
}

// reach is connect for calls that need no token.
func (a *app) reach(cmd *cobra.Command) (*client, error) {
	if a.target.timeout <= 0 {
		return nil, usage(cmd, "--timeout must be more than 0, not %s", a.target.timeout)
	}
	base, err := a.given(cmd, a.target.url, "url")
	if err != nil {
		return nil, err
	}
	token, err := a.given(cmd, a.target.token, "token")
	if err != nil {
		return nil, err
	}
	if base != "" {
		if u, err := url.Parse(base); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return nil, usage(cmd, "the URL of a server looks like http://127.0.0.1:8379, not %q", withoutSecret(base))
		}
		return newClient(strings.TrimRight(base, "/"), token, a.target.timeout, nil)
	}
	local, err := a.localServer(cmd)
	if err != nil {
		return nil, err
	}
	if token != "" {
		local.Token = token
	}
	return local.client(a.target.timeout)
}

// given returns what the flag of that name says, else its variable, without the white space around it. An error is of usage:
// there is some inside. It names the source, and does not repeat the text.
func (a *app) given(cmd *cobra.Command, flag, name string) (string, error) {
	source, text := "--"+name, setting.Trim(flag)
	if text == "" {
		source = config.Setting{Name: name}.Env()
		text, _ = a.lookupEnv(source)
	}
	text, err := setting.Word(text)
	if err != nil {
		return "", usage(cmd, "%s: %w", source, err)
	}
	return text, nil
}

// withoutSecret returns a text that may be a URL with a password as it may be shown.
func withoutSecret(text string) string {
	if strings.Contains(text, "@") {
		return config.RedactURL(text)
	}
	return text
}

// localServer reads what serve left in the data directory.
func (a *app) localServer(cmd *cobra.Command) (clientFile, error) {
	cfg, _, err := a.load(cmd)
	if err != nil {
		return clientFile{}, err
	}
	local, err := readClientFile(cfg.Data)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return local, &failure{code: exitUnavailable, detail: "no server is running on the data directory " + cfg.Data,
			hint: "start one with tempskv serve, or name another with --url and TEMPSKV_TOKEN, or with --data"}
	case errors.Is(err, fs.ErrPermission):
		return local, &failure{code: exitDenied, detail: fmt.Sprintf("the server on %s belongs to another user", cfg.Data),
			hint: "run this as that user, or set --url and TEMPSKV_TOKEN"}
	}
	return local, err
}

// client returns a client of the server that left the file.
func (f clientFile) client(timeout time.Duration) (*client, error) {
	var transport http.RoundTripper
	if f.Certificate != "" {
		transport = pinned(f.Certificate)
	}
	return newClient(f.URL, f.Token, timeout, transport)
}

// pinned returns a transport that trusts one certificate, that of a server on this machine,
// whatever the names in it.
func pinned(certificate string) *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.TLSClientConfig = &tls.Config{
		InsecureSkipVerify: true, // VerifyConnection takes its place
		VerifyConnection: func(s tls.ConnectionState) error {
			if fingerprint(s.PeerCertificates[0].Raw) != certificate {
				return errors.New("the certificate of the server has changed since it started")
			}
			return nil
		},
	}
	return t
}
