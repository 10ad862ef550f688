// SPDX-License-Identifier: Apache-2.0

package config_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/runtime/config"
)

// sources returns sources with that environment and a configuration file of that text, named on the command line.
func sources(t *testing.T, flags, env map[string]string, fileText string) config.Sources {
	t.Helper()
	path := filepath.Join(t.TempDir(), "settings.yaml")
	if err := os.WriteFile(path, []byte(fileText), 0o600); err != nil {
		t.Fatal(err)
	}
	return config.Sources{Flags: flags, File: path, LookupEnv: lookup(env)}
}

func lookup(env map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		text, ok := env[name]
		return text, ok
	}
}

func find(t *testing.T, values []config.Value, name string) config.Value {
	t.Helper()
	for _, v := range values {
		if v.Name == name {
			return v
		}
	}
	t.Fatalf("there is no setting %s", name)
	return config.Value{}
}

func TestPrecedence(t *testing.T) {
	t.Parallel()
	flag := map[string]string{"max-value": "1mb"}
	env := map[string]string{"TEMPSKV_MAX_VALUE": "2mb"}
	const fileText = "max-value: 3mb\n"
	for _, tt := range []struct {
		name       string
		flags, env map[string]string
		file       string
		want       int64
		origin     string
	}{
		{"flag", flag, env, fileText, 1 << 20, "--max-value"},
		{"environment", nil, env, fileText, 2 << 20, "TEMPSKV_MAX_VALUE"},
		{"file", nil, nil, fileText, 3 << 20, "settings.yaml:1: max-value"},
		{"default", nil, nil, "", 10 << 20, "default"},
		{"an empty variable is none", nil, map[string]string{"TEMPSKV_MAX_VALUE": ""}, fileText, 3 << 20,
			"settings.yaml:1: max-value"},
		{"a key without a value is none", nil, nil, "max-value:\n", 10 << 20, "default"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, values, err := config.Load(sources(t, tt.flags, tt.env, tt.file))
			if err != nil {
				t.Fatal(err)
			}
			if c.MaxValue != tt.want {
				t.Errorf("max-value is %d, want %d", c.MaxValue, tt.want)
			}
			if origin := find(t, values, "max-value").Origin; !strings.HasSuffix(origin, tt.origin) {
				t.Errorf("it comes from %q, want %q", origin, tt.origin)
			}
		})
	}
}

func TestEverySettingIsRead(t *testing.T) {
	t.Parallel()
	c, _, err := config.Load(sources(t, nil, map[string]string{
		"TEMPSKV_ADMIN_KEY": "tk_" + strings.Repeat("a", 32),
	}, `
addr: ":80"
metrics-addr: 127.0.0.1:9379
base-path: /apps/kv-1
data: /srv/kv
backup-to: s3://backups/kv?region=eu-central-1
control: redis://:secret@control:6379
engine: external
enable: external
bootstrap: /etc/boot strap.yaml
redis-url: redis://:secret@redis:6379/1
redis-ca: /ca.pem
redis-cert: /c.pem
redis-key: /k.pem
tls-cert: a.pem
tls-key: b.pem
trusted-proxy: 10.0.0.5, ::ffff:192.0.2.1, 2001:db8::1/32
cors-origin: https://a.example, HTTP://LocalHost:3000/
max-value: 1048576
max-body: 2mb
max-answer: 3MB
rate-limit-token: 100
rate-limit-project: 200:500
max-keys: 1000
max-bytes: 1gb
max-in-flight: 12
max-connections: 500
request-memory: 128mb
cache-memory: 64mb
request-timeout: 1500ms
drain-delay: 0s
shutdown-timeout: 1m
idle-timeout: 90s
fast-path: true
session-time: 30m
log-level: WARN
log-format: json
dev: true
`))
	if err != nil {
		t.Fatal(err)
	}
	want := config.Config{
		Addr: ":80", MetricsAddr: "127.0.0.1:9379", BasePath: "/apps/kv-1", Data: "/srv/kv",
		BackupTo: "s3://backups/kv?region=eu-central-1", Control: "redis://:secret@control:6379",
		Engine: "external", Enable: "external", Bootstrap: "/etc/boot strap.yaml", RedisURL: "redis://:secret@redis:6379/1",
		RedisCA: "/ca.pem", RedisCert: "/c.pem", RedisKey: "/k.pem",
		CORSOrigins: []string{"https://a.example", "http://localhost:3000"},
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.5/32"), netip.MustParsePrefix("192.0.2.1/32"),
			netip.MustParsePrefix("2001:db8::/32")},
		TLSCert: "a.pem", TLSKey: "b.pem", MaxValue: 1 << 20, MaxBody: 2 << 20, MaxAnswer: 3 << 20,
		RateLimitToken: config.Rate{PerSecond: 100, Burst: 100}, RateLimitProject: config.Rate{PerSecond: 200, Burst: 500},
		MaxKeys: 1000, MaxBytes: 1 << 30, MaxInFlight: 12, MaxConnections: 500, RequestMemory: 128 << 20, CacheMemory: 64 << 20,
		RequestTimeout: 1500 * time.Millisecond, ShutdownTimeout: time.Minute, IdleTimeout: 90 * time.Second, FastPath: true, SessionTime: 30 * time.Minute,
		LogLevel: 4, LogFormat: config.LogJSON, AdminKey: "tk_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", Dev: true,
	}
	if diff := cmp.Diff(want, c, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
}

func TestNoLimits(t *testing.T) {
	t.Parallel()
	c, _, err := config.Load(sources(t, nil, nil, ""))
	if err != nil {
		t.Fatal(err)
	}
	if c.RateLimitToken != (config.Rate{}) || c.RateLimitProject != (config.Rate{}) || c.MaxKeys != 0 || c.MaxBytes != 0 ||
		c.MaxInFlight != 0 {
		t.Errorf("limits by default: %+v", c)
	}
	c, _, err = config.Load(sources(t, map[string]string{"max-in-flight": "none"}, nil, "max-in-flight: 12\n"))
	if err != nil || c.MaxInFlight != 0 {
		t.Errorf("max-in-flight none: %d, %v", c.MaxInFlight, err)
	}
	c, _, err = config.Load(sources(t, map[string]string{"max-in-flight": "auto"}, nil, ""))
	if want := max(16, 8*runtime.GOMAXPROCS(0)); err != nil || c.MaxInFlight != want {
		t.Errorf("max-in-flight auto: %d, %v, want %d", c.MaxInFlight, err, want)
	}
}

func TestErrorsSayWhereAndWhat(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name       string
		flags, env map[string]string
		file       string
		want       string
	}{
		{"flag", map[string]string{"max-value": "lots"}, nil, "", `--max-value: must be a size such as`},
		{"environment", nil, map[string]string{"TEMPSKV_MAX_VALUE": "0"}, "", `TEMPSKV_MAX_VALUE: must be a size`},
		{"file", nil, nil, "\nmax-value: -1\n", `settings.yaml:2: max-value: must be a size`},
		{"unknown key", nil, nil, "max_value: 1mb", `settings.yaml:1: max_value: there is no such setting`},
		{"key given twice", nil, nil, "dev: true\ndev: false", `line 2: mapping key "dev" already defined`},
		{"list", nil, nil, "addr: [a, b]", `addr: must be a single value`},
		{"not a mapping", nil, nil, "- addr", `must be settings, one a line`},
		{"key given in two documents", nil, nil, "dev: true\n---\ndev: false", `settings.yaml:3: dev: is set twice`},
		{"not YAML", nil, nil, "addr: [", `is not YAML: line 1`},
		{"duration", map[string]string{"request-timeout": "10"}, nil, "", `--request-timeout: must be a time such as`},
		{"no time at all", map[string]string{"request-timeout": "0s"}, nil, "", `--request-timeout: must be a time`},
		{"rate", map[string]string{"rate-limit-token": "0"}, nil, "", `--rate-limit-token: must be requests a second`},
		{"burst", nil, map[string]string{"TEMPSKV_RATE_LIMIT_PROJECT": "10:x"}, "", `TEMPSKV_RATE_LIMIT_PROJECT: must be requests`},
		{"number", map[string]string{"max-keys": "-1"}, nil, "", `--max-keys: must be a number from 1 to`},
		{"connections", map[string]string{"max-connections": "none"}, nil, "", `--max-connections: must be a number from 1 to`},
		{"size or none", map[string]string{"max-bytes": "0"}, nil, "", `--max-bytes: must be a size such as`},
		{"address", map[string]string{"addr": "8379"}, nil, "", `--addr: must be host:port`},
		{"address of metrics", map[string]string{"metrics-addr": "9379"}, nil, "", `--metrics-addr: must be host:port`},
		{"port", map[string]string{"addr": ":70000"}, nil, "", `with a port up to 65535, not ":70000"`},
		{"engine", map[string]string{"engine": "redis"}, nil, "", `--engine: must be embedded, podman or external`},
		{"enable", map[string]string{"enable": "redis"}, nil, "", `--enable: must be embedded, podman or external`},
		{"level", map[string]string{"log-level": "loud"}, nil, "", `--log-level: must be debug, info, warn or error`},
		{"switch", map[string]string{"dev": "maybe"}, nil, "", `--dev: must be true or false`},
		{"proxy by name", map[string]string{"trusted-proxy": "10.0.0.1,proxy"}, nil, "", `--trusted-proxy: must be addresses such as 10.0.0.5 or ranges such as 10.0.0.0/8, with commas between, not "proxy"`},
		{"every proxy", map[string]string{"trusted-proxy": "0.0.0.0/0"}, nil, "", `--trusted-proxy: must be addresses`},
		{"origin without scheme", map[string]string{"cors-origin": "app.example.com"}, nil, "", `--cors-origin: must be origins`},
		{"origin with a path", nil, map[string]string{"TEMPSKV_CORS_ORIGIN": "*,https://a.example/app"}, "",
			`TEMPSKV_CORS_ORIGIN: must be origins such as https://app.example.com or http://localhost:3000, or *, not "https://a.example/app"`},
		{"address of another kind", nil, map[string]string{"TEMPSKV_BACKUP_TO": "https://backups/kv"}, "",
			`TEMPSKV_BACKUP_TO: must be a directory, or the address of a bucket`},
		{"address without a bucket", map[string]string{"backup-to": "s3:///kv"}, nil, "", `--backup-to: must be a directory`},
		{"client certificate alone", map[string]string{"redis-cert": "a.pem"}, nil, "", `redis-cert and redis-key`},
		{"certificate alone", map[string]string{"tls-cert": "a.pem"}, nil, "", `tls-cert and tls-key`},
		{"memory below a request", map[string]string{"request-memory": "66mb"}, nil, "max-body: 17mb\n", `request-memory (69206016 bytes) must be at least 73400320 bytes`},
		{"no memory at all", map[string]string{"request-memory": "none"}, nil, "", `--request-memory: must be a size such as "512kb" or "10mb", not "none", or auto`},
		{"value above answer", map[string]string{"max-value": "16mb"}, nil, "", `max-value`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := config.Load(sources(t, tt.flags, tt.env, tt.file))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestSecretsAreNotShown(t *testing.T) {
	t.Parallel()
	const secret = "Hunter2Hunter2Hunter2Hunter2Hunter2"
	_, values, err := config.Load(sources(t, nil, map[string]string{
		"TEMPSKV_ADMIN_KEY": "tk_" + secret,
		"TEMPSKV_CONTROL":   "redis://app:" + secret + "@control:6379",
		"TEMPSKV_REDIS_URL": "rediss://app:" + secret + "@redis:6379/0?sentinel_password=" + secret,
	}, ""))
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range values {
		if strings.Contains(v.Shown(), secret) {
			t.Errorf("%s shows its secret: %s", v.Name, v.Shown())
		}
	}
	if got, want := find(t, values, "redis-url").Shown(), "redis:6379/0"; !strings.Contains(got, want) {
		t.Errorf("redis-url is shown as %q, without %q", got, want)
	}
	for name, s := range map[string]config.Sources{
		"bad admin key": sources(t, nil, map[string]string{"TEMPSKV_ADMIN_KEY": secret}, ""),
		"bad bucket":    sources(t, nil, nil, "backup-to: s3://id:"+secret+"@backups\n"),
		"worse bucket":  sources(t, nil, nil, "backup-to: s3://id:"+secret+"@back%zzups\n"),
		"bad file":      sources(t, nil, nil, "redis-url: redis://:"+secret+"@a: b\n"),
	} {
		if _, _, err := config.Load(s); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("a %s ends in %v", name, err)
		}
	}
}

// White space around a setting is none of it; a variable that a shell or a secret store fills often ends in a line break.
func TestWhiteSpaceAroundSettings(t *testing.T) {
	t.Parallel()
	key := "tk_" + strings.Repeat("a", 32)
	texts := map[string]string{"admin-key": key, "data": "/my data", "bootstrap": "/a b.yaml", "dev": "true", "log-level": "warn",
		"cors-origin": "https://a.example, https://b.example", "max-value": "1mb", "redis-url": "redis://r:6379", "engine": "embedded"}
	for _, row := range config.Settings() {
		text, ok := texts[row.Name]
		if !ok {
			continue
		}
		around := " \t" + text + "\r\n"
		flags, env := map[string]string{row.Name: around}, map[string]string{row.Env(): around}
		if row.NoFlag {
			flags = env
		}
		for _, s := range []config.Sources{sources(t, flags, nil, ""), sources(t, nil, env, ""),
			sources(t, nil, nil, row.Name+": "+strconv.Quote(around))} {
			_, values, err := config.Load(s)
			if row.NoFlag && len(s.Flags) > 0 {
				continue
			}
			if err != nil {
				t.Errorf("%s: %v", row.Name, err)
			} else if got := find(t, values, row.Name).Text; got != text {
				t.Errorf("%s is %q, want %q", row.Name, got, text)
			}
		}
	}
}

func TestWhiteSpaceInsideSettings(t *testing.T) {
	t.Parallel()
	const secret = "Hunter2"
	for _, row := range config.Settings() {
		for _, space := range []string{" ", "\n", "\t", "\x00"} {
			if row.Blanks && space == " " {
				continue
			}
			text := secret + space + secret
			for origin, s := range map[string]config.Sources{
				"--" + row.Name:                sources(t, map[string]string{row.Name: text}, nil, ""),
				row.Env():                      sources(t, nil, map[string]string{row.Env(): text}, ""),
				"settings.yaml:1: " + row.Name: sources(t, nil, nil, row.Name+": "+strconv.Quote(text)),
			} {
				if row.NoFlag && s.Flags != nil {
					continue
				}
				_, _, err := config.Load(s)
				if err == nil || !strings.Contains(err.Error(), origin+": must not have") || strings.Contains(err.Error(), secret) {
					t.Errorf("%s with %q inside: %v", origin, space, err)
				}
			}
		}
	}
}

func TestLargeFile(t *testing.T) {
	t.Parallel()
	_, _, err := config.Load(sources(t, nil, nil, strings.Repeat("#", 2<<20)))
	if err == nil || !strings.Contains(err.Error(), "settings.yaml is larger than 1 MiB") {
		t.Errorf("got %v", err)
	}
}
