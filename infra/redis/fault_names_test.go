// SPDX-License-Identifier: Apache-2.0

package redis_test

import (
	"io"
	"net"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// saying returns the address of a server that sends the same text to every client at once, and closes the connection.
func saying(t *testing.T, words string) string {
	t.Helper()
	l := redistest.Listen(t)
	redistest.Accept(l, func(conn net.Conn) {
		_, _ = io.WriteString(conn, words)
		_ = conn.Close()
	})
	return l.Addr().String()
}

// TestFaultsByName checks that Open names what is wrong with servers that cannot be used, and what to do.
func TestFaultsByName(t *testing.T) {
	t.Parallel()
	plain := redistest.Start(t, "--databases", "4")
	locked := redistest.Start(t, "--requirepass", "right")
	cluster := redistest.StartCluster(t, false)
	sentinel := redistest.StartSentinel(t)
	ours, theirs := redistest.NewAuthority(t), redistest.NewAuthority(t)
	_, open := redistest.StartTLS(t, ours, "no")
	_, strict := redistest.StartTLS(t, ours, "yes")
	foreignCert, foreignKey := theirs.Issue("client")
	for _, tt := range []struct {
		name, url string
		kind      error
		says      []string
	}{
		{"database", "redis://:secret@" + locked.Addr + "/99", kv.ErrUnavailable, []string{"password"}},
		{"database out of range", "redis://" + plain.Addr + "/4", kv.ErrUnavailable, []string{"database", "databases"}},
		{"number before a Cluster", "redis://" + cluster.Masters[0].Addr + "/3", kv.ErrUnavailable, []string{"Cluster", "database 0"}},
		{"TLS expected", "redis://:secret@" + open, kv.ErrUnavailable, []string{open, "expects TLS", "rediss://"}},
		{"TLS expected, with certificates", "redis://:secret@" + strict, kv.ErrUnavailable, []string{"expects TLS"}},
		{"TLS not spoken", "rediss://:secret@" + plain.Addr, kv.ErrUnavailable, []string{plain.Addr, "does not speak TLS"}},
		{"unknown authority", "rediss://:secret@" + open, kv.ErrUnavailable, []string{"certificate", "unknown authority", "ca in redis_url"}},
		{"other authority", "rediss://" + open + "?ca=" + theirs.CA, kv.ErrUnavailable, []string{"unknown authority"}},
		{"client certificate required", "rediss://" + strict + "?ca=" + ours.CA, kv.ErrUnavailable, []string{strict, "client certificate"}},
		{"client certificate of another", "rediss://" + strict + "?ca=" + ours.CA + "&cert=" + foreignCert + "&key=" + foreignKey,
			kv.ErrUnavailable, []string{"refused the client certificate"}},
		{"Sentinel", "redis://" + sentinel.Addrs[0], kv.ErrUnavailable, []string{"is a Sentinel", "?sentinel="}},
		{"Sentinel with a number", "redis://" + sentinel.Addrs[0] + "/1", kv.ErrUnavailable, []string{"is a Sentinel"}},
		{"protected mode", "redis://" + saying(t, "-DENIED Redis is running in protected mode because protected mode is enabled\r\n"),
			kv.ErrUnavailable, []string{"protected mode"}},
		{"maxclients", "redis://" + saying(t, "-ERR max number of clients reached\r\n"), kv.ErrUnavailable, []string{"maxclients"}},
		{"SSH", "redis://" + saying(t, "SSH-2.0-OpenSSH_9.2\r\n"), kv.ErrUnavailable, []string{"is not Redis"}},
		{"MySQL", "redis://" + saying(t, "\x4a\x00\x00\x00\x0a8.0.36\x00"), kv.ErrUnavailable, []string{"is not Redis"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			refusesToOpen(t, tt.url, tt.kind, tt.says, "secret", "firewall")
		})
	}
}

// TestProbeNames checks that a Probe says what happened to a server that was fine when the store was opened.
func TestProbeNames(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, "--databases", "4")
	s := open(t, redis.Config{URL: server.URL, Coalesce: true})
	admin := server.Client().Conn()
	t.Cleanup(func() { _ = admin.Close() })
	ctx := t.Context()
	if err := admin.ConfigSet(ctx, "requirepass", "changed").Err(); err != nil {
		t.Fatal(err)
	}
	if err := admin.ClientKillByFilter(ctx, "TYPE", "normal", "SKIPME", "yes").Err(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the probe to name the password", func() bool {
		_, err := s.Probe(ctx)
		return err != nil && strings.Contains(err.Error(), "password")
	})
	server.Kill()
	eventually(t, "the probe to name the server", func() bool {
		_, err := s.Probe(ctx)
		return err != nil && strings.Contains(err.Error(), server.Addr) && strings.Contains(err.Error(), "refused")
	})
}
