// SPDX-License-Identifier: Apache-2.0

package redis

import (
	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// noRepeats is the value of go-redis's retry options that means none; 0 is their default.
const noRepeats = -1

// respVersion is the wire protocol. RESP3 adds push messages, which nobody here reads and every reply is searched for.
const respVersion = 2

// options returns the options of one server.
func (t *target) options(c Config) *goredis.Options {
	return &goredis.Options{
		Network: t.network, Addr: t.addrs[0], TLSConfig: t.tls,
		Username: t.user, Password: t.password, DB: t.db,
		CredentialsProviderContext: c.Credentials,
		Protocol:                   respVersion, DisableIdentity: true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
		MaxRetries:               noRepeats, DialerRetries: 1,
		DialTimeout: c.DialTimeout, ReadTimeout: c.Timeout, WriteTimeout: c.Timeout, ContextTimeoutEnabled: true,
		PoolSize: c.Connections, PipelinePoolSize: maxBatches,
	}
}

// failoverOptions returns the options of a master that Sentinels watch.
func (t *target) failoverOptions(c Config) *goredis.FailoverOptions {
	return &goredis.FailoverOptions{
		MasterName: t.sentinel, SentinelAddrs: t.addrs, TLSConfig: t.tls,
		SentinelUsername: t.sentinelUser, SentinelPassword: t.sentinelPassword,
		Username: t.user, Password: t.password, DB: t.db,
		CredentialsProviderContext: c.Credentials,
		Protocol:                   respVersion, DisableIdentity: true,
		MaxRetries: noRepeats, DialerRetries: 1,
		DialTimeout: c.DialTimeout, ReadTimeout: c.Timeout, WriteTimeout: c.Timeout, ContextTimeoutEnabled: true,
		PoolSize: c.Connections, PipelinePoolSize: maxBatches,
	}
}

// clusterOptions returns the options of a Cluster.
func (t *target) clusterOptions(c Config) *goredis.ClusterOptions {
	return &goredis.ClusterOptions{
		Addrs: t.addrs, TLSConfig: t.tls,
		Username: t.user, Password: t.password, CredentialsProviderContext: c.Credentials,
		Protocol: respVersion, DisableIdentity: true, DisableRoutingPolicies: true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
		MaxRetries:               noRepeats, DialerRetries: 1,
		DialTimeout: c.DialTimeout, ReadTimeout: c.Timeout, WriteTimeout: c.Timeout, ContextTimeoutEnabled: true,
		PoolSize: c.Connections, PipelinePoolSize: maxBatches,
	}
}
