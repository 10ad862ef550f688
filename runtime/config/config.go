// SPDX-License-Identifier: Apache-2.0

// Package config reads the settings of a server, once: from flags, else the environment, else a file, else defaults.
// The table in settings.go is the one place that names them. The mains import it.
//
// It layers the sources itself. The libraries for that (koanf, viper) merge values without the file and line of each, which
// errors name, and accept settings that do not exist. Most of this package, the table and the parsers, would stay, and koanf
// makes the program 0.6 MB larger.
package config

import (
	"log/slog"
	"net/netip"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/engine"
)

// Config is what a server is set to.
type Config struct {
	// Addr is the host:port to listen on; port 0 takes a free one.
	Addr string
	// MetricsAddr is the host:port that answers /metrics to everybody; empty means that only the API does, to callers with permission.
	MetricsAddr string
	// BasePath is the path below which clients reach the server, such as /kv; empty means that there is none.
	BasePath string
	// Data is the absolute path of the data directory.
	Data string
	// BackupTo is where backups are kept: the absolute path of a directory, or an s3:// address, of which no more is
	// known here than that it holds no password.
	BackupTo string
	// Control is the URL of the Redis that holds the control data, for several servers; empty means a file in Data. It may
	// hold a password.
	Control string
	// Engine is that of a first enable which names none; empty leaves the choice to the program.
	Engine engine.Name
	// Enable is the engine with which the service is turned on if it never was; empty leaves that to an operator.
	Enable engine.Name
	// Bootstrap is the absolute path of a file with the projects and tokens that are made if they are missing; empty
	// stands for none.
	Bootstrap string
	// RedisURL is that of the external engine where an enable names none. It may hold a password.
	RedisURL string
	// RedisCA, RedisCert and RedisKey are absolute paths of PEM files for TLS with the Redis of RedisURL and Control: the
	// authorities to trust, and a client certificate with its key. Each may be empty.
	RedisCA, RedisCert, RedisKey string
	// PodmanSocket is the URI or path of podman's service; empty stands for CONTAINER_HOST, else the usual sockets.
	PodmanSocket string
	// CORSOrigins are the origins whose pages may call the API, as browsers send them; * is every one.
	CORSOrigins []string
	// TrustedProxies are the addresses of proxies whose X-Forwarded-For is believed.
	TrustedProxies []netip.Prefix
	// TLSCert and TLSKey are PEM files; both empty means plain HTTP.
	TLSCert, TLSKey string

	MaxValue  int64 // bytes of a value
	MaxBody   int64 // bytes of a request with many keys
	MaxAnswer int64 // bytes of an answer

	RateLimitToken   Rate  // requests of one token
	RateLimitProject Rate  // requests of one project
	MaxKeys          int64 // keys of one project; 0 is no limit
	MaxBytes         int64 // bytes of one project; 0 is no limit
	MaxInFlight      int   // data operations at a time; 0 is no bound

	// RequestMemory bounds what all requests hold in memory, in bytes; 0 leaves the choice to the program.
	RequestMemory int64

	// CacheMemory bounds the cache of the embedded engine, in bytes; 0 is none, and less than 0 leaves the choice to the program.
	CacheMemory int64

	RequestTimeout  time.Duration // of a data operation
	DrainDelay      time.Duration // between failing readiness and taking no more connections
	ShutdownTimeout time.Duration // for requests in flight, after that
	MaxConnections  int           // open at a time; 0 leaves the number to the server
	IdleTimeout     time.Duration // how long a connection is kept between requests
	FastPath        bool          // serve data operations without net/http

	// SessionTime is how long a browser stays signed in at the dashboard.
	SessionTime time.Duration

	LogLevel  slog.Level
	LogFormat LogFormat
	// AdminKey is the first API key; empty lets the program make one.
	AdminKey access.Token
	// Dev starts ready to use, for this machine alone.
	Dev bool
}

// LeastRequestMemory returns the least RequestMemory that the largest request can be answered with, in bytes: a project may
// have half of it, and what a request carries is in memory twice.
func (c Config) LeastRequestMemory() int64 {
	const apart = 1 << 20
	return 2 * (2*max(c.MaxValue, c.MaxBody, c.MaxAnswer) + apart)
}

// Rate is how many requests may come: so many a second, and Burst at once after a rest. The zero value is no limit.
type Rate struct{ PerSecond, Burst int64 }

// LogFormat says how log lines are written.
type LogFormat string

// The formats. LogAuto is text on a terminal and JSON otherwise.
const (
	LogAuto LogFormat = "auto"
	LogText LogFormat = "text"
	LogJSON LogFormat = "json"
)
