// SPDX-License-Identifier: Apache-2.0

package podman

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/infra/redis/reply"
)

// commandTime bounds one of our own commands. It is as long as the server may be busy with a command of another client.
const commandTime = 5 * time.Second

// server is the Redis or Valkey in a container, as its administrator.
type server struct {
	addr   string   // host:port, or the path of a socket
	dir    *os.File // that addr is relative to, or nil
	client *goredis.Client
}

func newServer(addr, password string) *server {
	addr, dir := shorten(addr)
	return &server{addr: addr, dir: dir, client: goredis.NewClient(&goredis.Options{
		Addr: addr, Username: adminUser, Password: password,
		Protocol: 2, DisableIdentity: true, MaxRetries: -1, DialerRetries: 1, PoolSize: 1,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
		ContextTimeoutEnabled:    true, DialTimeout: time.Second, ReadTimeout: commandTime, WriteTimeout: commandTime,
		ConnMaxIdleTime: redis.IdleTime, Dialer: dialBound,
	})}
}

// maxReply bounds a reply to one of our own commands, in bytes.
const maxReply = 1 << 20

// dialBound connects to a server, whose replies it bounds.
func dialBound(ctx context.Context, network, addr string) (net.Conn, error) {
	conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	return reply.Bound(conn, conn, reply.Limits{String: maxReply, Total: maxReply}), nil
}

// url returns the URL of the server for one of its users.
func (s *server) url(user, password string) string {
	u := url.URL{Scheme: "redis", User: url.UserPassword(user, password), Host: s.addr}
	if strings.HasPrefix(s.addr, "/") {
		u.Scheme, u.Host, u.Path = "unix", "", s.addr
	}
	return u.String()
}

func (s *server) close() {
	_ = s.client.Close()
	if s.dir != nil {
		_ = s.dir.Close()
	}
}

// ping returns nil once the server answers and has loaded its data. One that cannot write them says so instead of PONG,
// and is up.
func (s *server) ping(ctx context.Context) error {
	err := s.client.Ping(ctx).Err()
	if err != nil && strings.HasPrefix(err.Error(), "MISCONF") {
		return nil
	}
	return err
}

// loading reports whether an error means that the server is well and still reads its data.
func loading(err error) bool { return err != nil && strings.HasPrefix(err.Error(), "LOADING") }

// info returns a section of INFO.
func (s *server) info(ctx context.Context, section string) (map[string]string, error) {
	text, err := s.client.Info(ctx, section).Result()
	if err != nil {
		return nil, err
	}
	fields := map[string]string{}
	for line := range strings.SplitSeq(text, "\r\n") {
		if name, value, ok := strings.Cut(line, ":"); ok {
			fields[name] = value
		}
	}
	return fields, nil
}

// identity returns which program runs, and the id of this run of it.
func (s *server) identity(ctx context.Context) (b build, run string, err error) {
	fields, err := s.info(ctx, "server")
	if err != nil {
		return b, "", err
	}
	b = build{redisFlavour, fields["redis_version"]}
	if v := fields["valkey_version"]; v != "" {
		b = build{valkeyFlavour, v}
	}
	return b, fields["run_id"], nil
}

// configure sets the limits of memory, which hold until the server ends.
func (s *server) configure(ctx context.Context, want engine.Settings) error {
	policy := string(want.Eviction)
	if policy == "" {
		policy = string(engine.NoEviction)
	}
	for _, pair := range [][2]string{
		{"maxmemory-policy", policy}, {"maxmemory", strconv.FormatInt(want.MaxMemory.Bytes(), 10)},
	} {
		if err := s.client.ConfigSet(ctx, pair[0], pair[1]).Err(); err != nil {
			return fmt.Errorf("set %s: %w", pair[0], err)
		}
	}
	return nil
}

// keyspace counts keys: those that last, and those that expire, of which some may soon be gone.
type keyspace struct{ lasting, expiring int64 }

func (s *server) keyspace(ctx context.Context) (k keyspace, err error) {
	databases, err := s.info(ctx, "keyspace")
	for _, fields := range databases {
		var keys, expires int64
		if _, err := fmt.Sscanf(fields, "keys=%d,expires=%d", &keys, &expires); err != nil {
			return k, fmt.Errorf("keyspace: %w", err)
		}
		k.lasting, k.expiring = k.lasting+keys-expires, k.expiring+expires
	}
	return k, err
}

// missing reports whether keys that were there before are gone and should not be.
func (k keyspace) missing(before keyspace) bool {
	return k.lasting != before.lasting || k.expiring > before.expiring
}

// handOver writes all that the server holds to the disk in the form that the next one loads, with persistence or without,
// and ends it. Errors: ErrStorageFull; then it goes on.
func (s *server) handOver(ctx context.Context, persistence bool) error {
	if persistence {
		if err := s.appendAll(ctx); err != nil {
			return err
		}
	}
	return s.shutdown(ctx, !persistence)
}

// appendAll returns once the append-only file holds just what is in memory: it is rewritten, or turned on.
func (s *server) appendAll(ctx context.Context) error {
	if err := s.awaitRewrite(ctx); err != nil {
		return err
	}
	fields, err := s.info(ctx, "persistence")
	switch {
	case err != nil:
		return err
	case fields["aof_enabled"] == "1":
		err = s.client.BgRewriteAOF(ctx).Err()
	default:
		err = s.client.ConfigSet(ctx, "appendonly", "yes").Err()
	}
	if err != nil {
		return fmt.Errorf("write the append-only file: %w", err)
	}
	if err := s.awaitRewrite(ctx); err != nil {
		return err
	}
	fields, err = s.info(ctx, "persistence")
	if err == nil && fields["aof_last_bgrewrite_status"] != "ok" {
		err = kv.Refuse(kv.ErrStorageFull,
			"the server could not rewrite its append-only file: see that the disk of the volume has room")
	}
	return err
}

// awaitRewrite returns once the server does not rewrite its append-only file, nor is about to.
func (s *server) awaitRewrite(ctx context.Context) error {
	return poll(ctx, func() (bool, error) {
		fields, err := s.info(ctx, "persistence")
		return fields["aof_rewrite_in_progress"] == "0" && fields["aof_rewrite_scheduled"] == "0", err
	})
}

// checkWritten returns an error if the server holds writes that it could not append to its file: it would lose them if it
// ended. Errors: ErrStorageFull; ErrUnavailable if it does not answer.
func (s *server) checkWritten(ctx context.Context) error {
	fields, err := s.info(ctx, "persistence")
	switch {
	case err != nil:
		return withInner(kv.Refuse(kv.ErrUnavailable, "the server in the container does not answer"), err)
	case fields["aof_enabled"] == "1" && fields["aof_last_write_status"] != "ok":
		return kv.Refuse(kv.ErrStorageFull,
			"the server cannot write its data to the volume: see that its disk has room")
	}
	return nil
}

// shutdown ends the server. What it holds is on the disk then: in a snapshot if save is set, else in the append-only
// file if there is one.
func (s *server) shutdown(ctx context.Context, save bool) error {
	command := s.client.ShutdownNoSave
	if save {
		command = s.client.ShutdownSave
	}
	err := command(ctx).Err()
	var refused goredis.Error
	switch {
	case errors.As(err, &refused) && save:
		return withInner(kv.Refuse(kv.ErrStorageFull,
			"the server could not write its data to the volume: see that its disk has room"), err)
	case errors.As(err, &refused):
		return fmt.Errorf("shut the server down: %w", err)
	}
	return nil // its answer is that it closes the connection
}

// pollTime is how often something that takes a while is checked.
const pollTime = 20 * time.Millisecond

// poll asks until the answer is yes, an error, or ctx has ended.
func poll(ctx context.Context, ask func() (bool, error)) error {
	tick := time.NewTicker(pollTime)
	defer tick.Stop()
	for {
		if done, err := ask(); done || err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
