// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// noRepeats is the value of go-redis's retry options that means none; 0 is their default.
const noRepeats = -1

// IdleTime is how long a connection may be idle and is still used. Servers and firewalls that close idle connections do so
// after 5 minutes or more, as a rule: a command that goes out at that moment would have an unknown outcome.
const IdleTime = 4 * time.Minute

// respVersion is the wire protocol. RESP3 adds push messages: they are not used here, and every reply is searched for them.
const respVersion = 2

// pools returns how many idle connections are kept at most (0: any number), and how many more there are for pipelines. If
// idle connections are checked there is one, for all commands.
func pools(c Config) (idle, pipelines int) {
	if c.StaleAfter > 0 {
		return 1, -1
	}
	return 0, maxBatches
}

// options returns the options of one server.
func (t *target) options(c Config) *goredis.Options {
	idle, pipelines := pools(c)
	return &goredis.Options{
		Network: t.network, Addr: t.addrs[0], TLSConfig: t.tls,
		Username: t.user, Password: t.password, DB: t.db,
		CredentialsProviderContext: c.Credentials, Dialer: t.dialer(c), OnConnect: t.onConnect(c),
		Protocol: respVersion, DisableIdentity: true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
		MaxRetries:               noRepeats, DialerRetries: 1,
		DialTimeout: c.DialTimeout, ReadTimeout: c.Timeout, WriteTimeout: c.Timeout, ContextTimeoutEnabled: true,
		PoolSize: c.Connections, MaxIdleConns: idle, PipelinePoolSize: pipelines, ConnMaxIdleTime: IdleTime,
	}
}

// failoverOptions returns the options of a master that Sentinels watch.
func (t *target) failoverOptions(c Config) *goredis.FailoverOptions {
	idle, pipelines := pools(c)
	return &goredis.FailoverOptions{
		MasterName: t.sentinel, SentinelAddrs: t.addrs, TLSConfig: t.tls,
		SentinelUsername: t.sentinelUser, SentinelPassword: t.sentinelPassword,
		Username: t.user, Password: t.password, DB: t.db,
		CredentialsProviderContext: c.Credentials, Dialer: t.dialer(c), OnConnect: t.onConnect(c),
		Protocol: respVersion, DisableIdentity: true,
		MaxRetries: noRepeats, DialerRetries: 1,
		DialTimeout: c.DialTimeout, ReadTimeout: c.Timeout, WriteTimeout: c.Timeout, ContextTimeoutEnabled: true,
		PoolSize: c.Connections, MaxIdleConns: idle, PipelinePoolSize: pipelines, ConnMaxIdleTime: IdleTime,
	}
}

// clusterOptions returns the options of a Cluster.
func (t *target) clusterOptions(c Config) *goredis.ClusterOptions {
	idle, pipelines := pools(c)
	return &goredis.ClusterOptions{
		Addrs: t.addrs, TLSConfig: t.tls,
		Username: t.user, Password: t.password, CredentialsProviderContext: c.Credentials, Dialer: t.dialer(c), OnConnect: t.onConnect(c),
		Protocol: respVersion, DisableIdentity: true, DisableRoutingPolicies: true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
		MaxRetries:               noRepeats, DialerRetries: 1,
		DialTimeout: c.DialTimeout, ReadTimeout: c.Timeout, WriteTimeout: c.Timeout, ContextTimeoutEnabled: true,
		PoolSize: c.Connections, MaxIdleConns: idle, PipelinePoolSize: pipelines, ConnMaxIdleTime: IdleTime,
	}
}
