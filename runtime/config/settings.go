// SPDX-License-Identifier: Apache-2.0

package config

import (
	"strings"
	"time"

	"github.com/tempskv/tempskv/handlers/engine"
)

// Setting is one row of the table of settings.
type Setting struct {
	// Name is the flag without its dashes and the key in the file; Env derives from it.
	Name    string
	Default string
	Help    string
	// Secret settings are shown masked. Switch settings are flags that need no value.
	Secret, Switch bool
	// List settings are flags that may be repeated, and hold values between commas.
	List bool
	// Blanks settings may have blanks inside, as paths do. Others are one word.
	Blanks bool
	// NoFlag keeps a setting off the command line, where other users of the machine could read it.
	NoFlag bool

	set func(c *Config, text string) error
}

// Env returns the name of the environment variable.
func (s Setting) Env() string {
	return "TEMPSKV_" + strings.ToUpper(strings.ReplaceAll(s.Name, "-", "_"))
}

// Settings returns the table. The default of "data" depends on the environment, and that of "backup-to" on "data": Load
// fills them in.
func Settings() []Setting {
	return []Setting{
		{Name: "addr", Default: "127.0.0.1:8379", Help: "host:port to listen on; port 0 takes a free one",
			set: address(func(c *Config) *string { return &c.Addr })},
		{Name: "metrics-addr", Help: "host:port that answers /metrics without a token, such as 127.0.0.1:9379 (default none)",
			set: optional(address(func(c *Config) *string { return &c.MetricsAddr }))},
		{Name: "base-path", Help: "path below which a reverse proxy shows this server, such as /kv; the proxy may strip it or not " +
			"(default none)",
			set: optional(basePath)},
		{Name: dataName, Help: "data directory (default $XDG_DATA_HOME/tempskv or ~/.local/share/tempskv)",
			Blanks: true, set: directory},
		{Name: backupName, Help: "where backups are kept: a directory, or a bucket such as " +
			"s3://BUCKET/PREFIX?endpoint=https://host:port&region=eu-central-1&path_style=true (default backups in the data " +
			"directory)",
			Blanks: true, set: backupTo},
		{Name: "control", Help: "Redis for projects, tokens and settings, shared by several servers (default a file in the " +
			"data directory)", Secret: true,
			set: text(func(c *Config) *string { return &c.Control })},
		{Name: "engine", Help: "engine of a first enable that names none: embedded, podman or external",
			set: oneOf(func(c *Config) *engine.Name { return &c.Engine }, engine.Embedded, engine.Podman, engine.External)},
		{Name: "enable", Help: "turn the service on with this engine if it never was: embedded, podman or external",
			set: oneOf(func(c *Config) *engine.Name { return &c.Enable }, engine.Embedded, engine.Podman, engine.External)},
		{Name: "bootstrap", Help: "YAML file with projects and tokens, of which those that are missing are made",
			Blanks: true, set: optional(absolute(func(c *Config) *string { return &c.Bootstrap }))},
		{Name: "redis-url", Help: "Redis of the engine external, which a first enable then takes", Secret: true,
			set: text(func(c *Config) *string { return &c.RedisURL })},
		{Name: "redis-ca", Help: "PEM file with the authorities that the certificate of a rediss:// Redis may be from (default " +
			"those of the system)",
			Blanks: true, set: optional(absolute(func(c *Config) *string { return &c.RedisCA }))},
		{Name: "redis-cert", Help: "PEM file with the certificate that a rediss:// Redis is shown; needs redis-key",
			Blanks: true, set: optional(absolute(func(c *Config) *string { return &c.RedisCert }))},
		{Name: "redis-key", Help: "PEM file with the private key; needs redis-cert",
			Blanks: true, set: optional(absolute(func(c *Config) *string { return &c.RedisKey }))},
		{Name: "podman-socket", Help: "podman's service for the engine podman, as a path or URI (default CONTAINER_HOST, " +
			"else the user's or the machine's socket)",
			Blanks: true, set: text(func(c *Config) *string { return &c.PodmanSocket })},
		{Name: "tls-cert", Help: "PEM file with the certificate chain; needs tls-key",
			Blanks: true, set: text(func(c *Config) *string { return &c.TLSCert })},
		{Name: "tls-key", Help: "PEM file with the private key; needs tls-cert",
			Blanks: true, set: text(func(c *Config) *string { return &c.TLSKey })},
		{Name: "trusted-proxy", Help: "address of a proxy whose X-Forwarded-For is believed, or a range such as 10.0.0.0/8; more of " +
			"them between commas (default none)", List: true, Blanks: true,
			set: proxies},
		{Name: "cors-origin", Help: "origin whose pages may call the API, such as https://app.example.com, or * for every one; " +
			"more of them between commas", List: true, Blanks: true,
			set: origins},
		{Name: "max-value", Default: "10mb", Help: "largest value",
			set: size(func(c *Config) *int64 { return &c.MaxValue })},
		{Name: "max-body", Default: "16mb", Help: "largest request with many keys (mset, mget, del, exists, describe)",
			set: size(func(c *Config) *int64 { return &c.MaxBody })},
		{Name: "max-answer", Default: "16mb", Help: "largest answer",
			set: size(func(c *Config) *int64 { return &c.MaxAnswer })},
		{Name: "rate-limit-token", Default: noLimit, Help: "data operations a second of one token, such as 100, or 100:500 where " +
			"500 may come at once",
			set: rate(func(c *Config) *Rate { return &c.RateLimitToken })},
		{Name: "rate-limit-project", Default: noLimit, Help: "data operations a second of one project; a project's own limit " +
			"goes before",
			set: rate(func(c *Config) *Rate { return &c.RateLimitProject })},
		{Name: "max-keys", Default: noLimit, Help: "most keys of one project; a project's own limit goes before",
			set: count(func(c *Config, n int64) { c.MaxKeys = n }, maxCount)},
		{Name: "max-bytes", Default: noLimit, Help: "most bytes of one project, keys and values; a project's own limit goes " +
			"before",
			set: sizeOrNone(func(c *Config) *int64 { return &c.MaxBytes })},
		{Name: "max-in-flight", Default: noLimit, Help: "data operations that run at a time; more wait their turn, by project; " +
			"auto is 8 for each processor, at least 16",
			set: inFlight},
		{Name: "max-connections", Default: auto, Help: "connections that are open at a time, three quarters of them from one " +
			"address; auto is seven eighths of the files that the process may open (ulimit -n), at most 16384 and one for 128 KiB of memory",
			set: connections},
		{Name: "request-memory", Default: auto, Help: "memory that all requests under way may hold: bodies, values and answers; " +
			"auto is a quarter of the machine's or of the control group's, at most 256mb",
			set: sizeOrAuto(func(c *Config) *int64 { return &c.RequestMemory })},
		{Name: "cache-memory", Default: auto, Help: "memory for values that the embedded engine reads without its file; auto is an eighth " +
			"of the machine's or of the control group's, at most 256mb; 0 is none",
			set: cacheMemory},
		{Name: "request-timeout", Default: "10s", Help: "time that a data operation may take",
			set: duration(positive, func(c *Config) *time.Duration { return &c.RequestTimeout })},
		{Name: "drain-delay", Default: "1s", Help: "time between failing /readyz and taking no more connections",
			set: duration(0, func(c *Config) *time.Duration { return &c.DrainDelay })},
		{Name: "shutdown-timeout", Default: "30s", Help: "time that requests in flight have to finish on shutdown",
			set: duration(positive, func(c *Config) *time.Duration { return &c.ShutdownTimeout })},
		{Name: "idle-timeout", Default: "620s", Help: "time that a connection is kept between requests; longer than the load " +
			"balancer in front keeps it",
			set: duration(positive, func(c *Config) *time.Duration { return &c.IdleTimeout })},
		{Name: "fast-path", Default: "true", Help: "serve plain requests for data without the general HTTP server, which serves all others",
			Switch: true, set: truth(func(c *Config) *bool { return &c.FastPath })},
		{Name: "session-time", Default: "12h", Help: "time that a browser stays signed in at the dashboard",
			set: duration(positive, func(c *Config) *time.Duration { return &c.SessionTime })},
		{Name: "log-level", Default: "info", Help: "debug, info, warn or error",
			set: level},
		{Name: "log-format", Default: "auto", Help: "text, json, or auto: text on a terminal, json otherwise",
			set: oneOf(func(c *Config) *LogFormat { return &c.LogFormat }, LogAuto, LogText, LogJSON)},
		{Name: "admin-key", Help: "first API key: tk_ and at least 32 of 0-9A-Za-z", Secret: true, NoFlag: true,
			set: adminKey},
		{Name: "dev", Default: "false", Help: "start ready to use, on loopback: engine, project and token", Switch: true,
			set: truth(func(c *Config) *bool { return &c.Dev })},
	}
}
