// SPDX-License-Identifier: Apache-2.0

package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/runtime/processors"
	"github.com/tempskv/tempskv/runtime/setting"
)

// positive is the shortest duration that is not none.
const positive = time.Duration(1)

func text(field func(*Config) *string) func(*Config, string) error {
	return func(c *Config, s string) error {
		*field(c) = s
		return nil
	}
}

func oneOf[T ~string](field func(*Config) *T, allowed ...T) func(*Config, string) error {
	return func(c *Config, s string) error {
		if s != "" && !slices.Contains(allowed, T(s)) {
			return fmt.Errorf("must be %s, not %q", alternatives(allowed), s)
		}
		*field(c) = T(s)
		return nil
	}
}

// alternatives puts words in a sentence: a, b or c.
func alternatives[T ~string](words []T) string {
	var text strings.Builder
	for i, word := range words {
		switch i {
		case 0:
		case len(words) - 1:
			text.WriteString(" or ")
		default:
			text.WriteString(", ")
		}
		text.WriteString(string(word))
	}
	return text.String()
}

// size reads an amount of memory as Redis writes it, which is how max_memory is written too.
func size(field func(*Config) *int64) func(*Config, string) error {
	return func(c *Config, s string) error {
		m := engine.Memory(s)
		if m.Validate() != nil || m.Bytes() == 0 {
			return fmt.Errorf(`must be a size such as "512kb" or "10mb", not %q`, s)
		}
		*field(c) = m.Bytes()
		return nil
	}
}

// noLimit is how a setting says that there is none.
const noLimit = "none"

func sizeOrNone(field func(*Config) *int64) func(*Config, string) error {
	return func(c *Config, s string) error {
		if s == noLimit {
			*field(c) = 0
			return nil
		}
		if err := size(field)(c, s); err != nil {
			return fmt.Errorf("%w, or none", err)
		}
		return nil
	}
}

// sizeOrAuto is size for a setting whose default the program works out, which is 0.
func sizeOrAuto(field func(*Config) *int64) func(*Config, string) error {
	return func(c *Config, s string) error {
		if s == auto {
			*field(c) = 0
			return nil
		}
		if err := size(field)(c, s); err != nil {
			return fmt.Errorf("%w, or auto", err)
		}
		return nil
	}
}

func cacheMemory(c *Config, s string) error {
	switch s {
	case auto:
		c.CacheMemory = -1
		return nil
	case "0":
		c.CacheMemory = 0
		return nil
	}
	if err := size(func(c *Config) *int64 { return &c.CacheMemory })(c, s); err != nil {
		return fmt.Errorf("%w, or auto, or 0", err)
	}
	return nil
}

const (
	// maxRate bounds what a limit of requests may be, maxCount another number, maxInFlight operations at a time, maxConnections
	// those of connections.
	maxRate        = 1_000_000
	maxCount       = 1<<53 - 1
	maxInFlight    = 1 << 20
	maxConnections = 1 << 20
)

func count(set func(*Config, int64), most int64) func(*Config, string) error {
	return func(c *Config, s string) error {
		n, err := strconv.ParseInt(s, 10, 64)
		if s != noLimit && (err != nil || n < 1 || n > most) {
			return fmt.Errorf("must be a number from 1 to %d, or none, not %q", most, s)
		}
		set(c, n)
		return nil
	}
}

// auto is how a setting says that the machine decides.
const auto = "auto"

// inFlightPerCPU is how many operations run at a time for each processor where the machine decides, but for leastInFlight: about as
// many as make one batch for Redis. The fewer there are, the sooner other requests are looked at.
const (
	inFlightPerCPU = 8
	leastInFlight  = 16
)

func inFlight(c *Config, s string) error {
	if s == auto {
		c.MaxInFlight = max(leastInFlight, inFlightPerCPU*processors.Available())
		return nil
	}
	if err := count(func(c *Config, n int64) { c.MaxInFlight = int(n) }, maxInFlight)(c, s); err != nil {
		return fmt.Errorf("%w, or auto", err)
	}
	return nil
}

func connections(c *Config, s string) error {
	if s == auto {
		return nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > maxConnections {
		return fmt.Errorf("must be a number from 1 to %d, or auto, not %q", maxConnections, s)
	}
	c.MaxConnections = n
	return nil
}

func rate(field func(*Config) *Rate) func(*Config, string) error {
	return func(c *Config, s string) (err error) {
		*field(c), err = ParseRate(s)
		return err
	}
}

// ParseRate reads requests a second such as 100, or 100:500 where 500 may come at once; none is no limit.
func ParseRate(s string) (Rate, error) {
	if s == noLimit {
		return Rate{}, nil
	}
	perSecond, burst, both := strings.Cut(s, ":")
	n, err := strconv.ParseInt(perSecond, 10, 64)
	r := Rate{n, n}
	if both && err == nil {
		r.Burst, err = strconv.ParseInt(burst, 10, 64)
	}
	if err != nil || r.PerSecond < 1 || r.Burst < 1 || max(r.PerSecond, r.Burst) > maxRate {
		return Rate{}, fmt.Errorf("must be requests a second such as 100, or 100:500 where 500 may come at once, or none, "+
			"not %q; at most %d", s, maxRate)
	}
	return r, nil
}

func duration(least time.Duration, field func(*Config) *time.Duration) func(*Config, string) error {
	return func(c *Config, s string) error {
		d, err := setting.Duration(s)
		if err != nil || d < least {
			return fmt.Errorf(`must be a time such as "500ms", "30s" or "90d", not %q`, s)
		}
		*field(c) = d
		return nil
	}
}

func address(field func(*Config) *string) func(*Config, string) error {
	return func(c *Config, s string) error {
		_, port, err := net.SplitHostPort(s)
		if _, convErr := strconv.ParseUint(port, 10, 16); err != nil || convErr != nil {
			return fmt.Errorf("must be host:port such as 127.0.0.1:8379 or :8379, with a port up to 65535, not %q", s)
		}
		*field(c) = s
		return nil
	}
}

// optional leaves the field of a setting that is not set.
func optional(set func(*Config, string) error) func(*Config, string) error {
	return func(c *Config, s string) error {
		if s == "" {
			return nil
		}
		return set(c, s)
	}
}

// absolute is a path, which is written in full in the settings.
func absolute(field func(*Config) *string) func(*Config, string) error {
	return func(c *Config, s string) (err error) {
		*field(c), err = filepath.Abs(s)
		return err
	}
}

func directory(c *Config, s string) (err error) {
	c.Data, err = filepath.Abs(s)
	return err
}

// backupTo reads a directory or the address of a bucket. It does not repeat an address, which may hold a secret.
func backupTo(c *Config, s string) (err error) {
	scheme, _, isURL := strings.Cut(s, "://")
	if !isURL || strings.Contains(scheme, "/") {
		c.BackupTo, err = filepath.Abs(s)
		return err
	}
	if s, err = setting.Word(s); err != nil {
		return err
	}
	u, err := url.Parse(s)
	if err != nil || scheme != "s3" || u.Host == "" {
		return errors.New("must be a directory, or the address of a bucket such as s3://backups/tempskv")
	}
	if u.User != nil {
		return errors.New("must hold no key: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are taken from the environment")
	}
	c.BackupTo = s
	return nil
}

func level(c *Config, s string) error {
	if err := c.LogLevel.UnmarshalText([]byte(s)); err != nil {
		return fmt.Errorf("must be %s, not %q", alternatives([]string{"debug", "info", "warn", "error"}), s)
	}
	return nil
}

func origins(c *Config, s string) (err error) {
	c.CORSOrigins, err = access.ParseOrigins(s)
	return err
}

// proxies reads addresses and ranges of addresses. A range of all would let every client choose its address.
func proxies(c *Config, s string) error {
	c.TrustedProxies = nil
	for item := range strings.SplitSeq(s, ",") {
		item = strings.TrimSpace(item)
		if item == "" {
			continue
		}
		prefix, err := netip.ParsePrefix(item)
		if addr, errAddr := netip.ParseAddr(item); errAddr == nil && addr.Zone() == "" {
			addr = addr.Unmap()
			prefix, err = netip.PrefixFrom(addr, addr.BitLen()), nil
		}
		if err != nil || prefix.Addr().Is4In6() || prefix.Bits() == 0 {
			return fmt.Errorf("must be addresses such as 10.0.0.5 or ranges such as 10.0.0.0/8, with commas between, not %q", item)
		}
		c.TrustedProxies = append(c.TrustedProxies, prefix.Masked())
	}
	return nil
}

func adminKey(c *Config, s string) error {
	c.AdminKey = access.Token(s)
	if s == "" {
		return nil
	}
	var refusal *kv.Refusal
	if err := c.AdminKey.ValidateAdminKey(); errors.As(err, &refusal) {
		return errors.New(refusal.Detail)
	}
	return nil
}

func truth(of func(*Config) *bool) func(*Config, string) error {
	return func(c *Config, s string) (err error) {
		if *of(c), err = strconv.ParseBool(s); err != nil {
			return fmt.Errorf("must be true or false, not %q", s)
		}
		return nil
	}
}
