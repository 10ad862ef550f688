// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"crypto/tls"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/egress"
)

// target is what a URL names.
type target struct {
	network        string   // tcp or unix
	addrs          []string // host:port, or the path of the socket
	user, password string
	db             int
	tls            *tls.Config
	files          Files // for tls

	cluster bool
	// sentinel is the name of the master; addrs are the Sentinels then.
	sentinel                       string
	sentinelUser, sentinelPassword string
}

// ValidateURL returns a Refusal of kind kv.ErrInvalid if the URL is not one that Open takes: see Config. It does
// not connect. Its text holds no part of the URL, since any part may belong to a password, except the path of a file that
// cannot be used.
func ValidateURL(rawURL string) error {
	_, err := parseURL(rawURL)
	return err
}

// Userinfo returns the user name and password of Redis that a URL holds. Errors: as ValidateURL.
func Userinfo(rawURL string) (user, password string, err error) {
	t, err := parseURL(rawURL)
	if err != nil {
		return "", "", err
	}
	return t.user, t.password, nil
}

func parseURL(rawURL string) (*target, error) {
	scheme, rest, ok := strings.Cut(rawURL, "://")
	if !ok {
		return nil, invalidURL("must begin with redis://, rediss:// or unix://")
	}
	rest, query, _ := strings.Cut(rest, "?")
	authority, path := rest, ""
	if slash := strings.IndexByte(rest, '/'); slash >= 0 {
		authority, path = rest[:slash], rest[slash+1:]
	}
	t := &target{network: "tcp"}
	hosts, err := t.parseUser(authority)
	if err != nil {
		return nil, err
	}
	if err := t.parseQuery(query, scheme); err != nil {
		return nil, err
	}
	switch scheme {
	case "unix":
		return t, t.parseSocket(hosts, path)
	case "rediss":
		t.tls = t.tlsConfig()
	case "redis":
		t.tls = nil
	default:
		return nil, invalidURL("must begin with redis://, rediss:// or unix://")
	}
	if err := t.parseDB(strings.Trim(path, "/")); err != nil {
		return nil, err
	}
	if err := t.parseHosts(hosts); err != nil {
		return nil, err
	}
	if t.tls == nil {
		return t, nil
	}
	_, err = t.files.load(t.tls)
	return t, err
}

func invalidURL(format string, args ...any) error {
	return kv.Refuse(kv.ErrInvalid, "redis_url "+format, args...)
}

// parseUser sets the user name and password from the authority and returns the hosts.
func (t *target) parseUser(authority string) (string, error) {
	at := strings.LastIndexByte(authority, '@')
	if at < 0 {
		return authority, nil
	}
	user, password, hasPassword := strings.Cut(authority[:at], ":")
	var err1, err2 error
	t.user, err1 = url.PathUnescape(user)
	t.password, err2 = url.PathUnescape(password)
	switch {
	case err1 != nil || err2 != nil:
		return "", invalidURL("has a user name or password with a wrong percent-encoding")
	case t.user != "" && !hasPassword:
		return "", invalidURL("has a user name without a password; a password alone is written :password@")
	}
	return authority[at+1:], nil
}

// parseQuery reads the parameters. Those for TLS are set in t.tls.
func (t *target) parseQuery(query, scheme string) error {
	values, err := url.ParseQuery(query)
	if err != nil {
		return invalidURL("has parameters with a wrong percent-encoding")
	}
	for name, all := range values {
		value := all[len(all)-1]
		switch name {
		case "cluster":
			t.cluster, err = strconv.ParseBool(value)
		case "sentinel":
			t.sentinel = value
		case "sentinel_user":
			t.sentinelUser = value
		case "sentinel_password":
			t.sentinelPassword = value
		case "db":
			err = t.parseDB(value)
		case "skip_verify":
			var skip bool
			skip, err = strconv.ParseBool(value)
			t.tls = &tls.Config{InsecureSkipVerify: skip} // the URL's owner asked for it
		default:
			if !t.files.set(name, value) {
				return invalidURL("has a parameter other than cluster, sentinel, sentinel_user, sentinel_password, db, skip_verify, " +
					strings.Join(fileNames, ", "))
			}
		}
		if err != nil {
			return invalidURL("has a wrong value for the parameter %s", name)
		}
	}
	switch {
	case t.cluster && t.sentinel != "":
		return invalidURL("has both cluster and sentinel")
	case t.tls != nil && scheme != "rediss":
		return invalidURL("has skip_verify, which goes with rediss:// only")
	}
	return t.files.check(scheme)
}

// tlsConfig returns the TLS configuration of rediss://.
func (t *target) tlsConfig() *tls.Config {
	if t.tls == nil {
		t.tls = &tls.Config{}
	}
	t.tls.MinVersion = tls.VersionTLS12
	return t.tls
}

func (t *target) parseSocket(hosts, path string) error {
	switch {
	case hosts != "" || path == "":
		return invalidURL("must name the path of a socket, as in unix:///run/redis.sock")
	case t.cluster || t.sentinel != "":
		return invalidURL("cannot name a Cluster or Sentinels by a Unix socket")
	}
	path, err := url.PathUnescape("/" + path)
	if err != nil {
		return invalidURL("has a path with a wrong percent-encoding")
	}
	t.network, t.addrs = "unix", []string{path}
	return nil
}

func (t *target) parseDB(text string) error {
	if text == "" {
		return nil
	}
	db, err := strconv.ParseUint(text, 10, 15)
	if err != nil {
		return invalidURL("has a database that is not a number from 0")
	}
	t.db = int(db)
	return nil
}

func (t *target) parseHosts(hosts string) error {
	port := "6379"
	if t.sentinel != "" {
		port = "26379"
	}
	for host := range strings.SplitSeq(hosts, ",") {
		addr, ok := hostPort(host, port)
		if !ok {
			return invalidURL("must name hosts as host or host:port, separated by commas")
		}
		if h, _, _ := net.SplitHostPort(addr); egress.CheckHost(h) != nil {
			return invalidURL("names a link-local address, where clouds keep credentials: name the Redis by another")
		}
		t.addrs = append(t.addrs, addr)
	}
	switch {
	case len(t.addrs) > 1 && !t.cluster && t.sentinel == "":
		return invalidURL("names several hosts: add cluster=true, or sentinel= and the name of the master")
	case t.cluster && t.db != 0:
		return invalidURL("names a database, and a Cluster has database 0 only")
	}
	return nil
}

// hostPort adds the port to a host that has none, and reports whether it is a host at all.
func hostPort(text, port string) (string, bool) {
	host := text
	if h, p, err := net.SplitHostPort(text); err == nil {
		host, port = h, p
	} else if inner, ok := strings.CutPrefix(text, "["); ok {
		host = strings.TrimSuffix(inner, "]")
	} else if strings.Contains(text, ":") { // an IPv6 address is written in brackets
		return "", false
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 || host == "" || strings.ContainsAny(host, " []%@/\\\"'") {
		return "", false
	}
	return net.JoinHostPort(host, port), true
}

// String returns the servers, without user name and password.
func (t *target) String() string { return strings.Join(t.addrs, ", ") }
