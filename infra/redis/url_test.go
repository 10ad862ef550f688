// SPDX-License-Identifier: Apache-2.0

package redis_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/redis"
)

func TestValidateURL(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"redis://localhost",
		"redis://localhost:6379",
		"redis://localhost/",
		"redis://localhost/15",
		"redis://:secret@localhost:6380/2",
		"redis://user:s%40cret@redis.example.com",
		"redis://[::1]:6379/0",
		"redis://[::1]",
		"redis://localhost?db=3",
		"rediss://user:secret@redis.example.com:6380",
		"rediss://localhost?skip_verify=true",
		"unix:///run/redis.sock",
		"unix://user:secret@/run/redis/with%20space.sock?db=1",
		"redis://h1,h2:7000,[::1]:7001/?cluster=true",
		"redis://h1,h2,h3:26380/2?sentinel=mymaster&sentinel_user=u&sentinel_password=secret",
	} {
		if err := redis.ValidateURL(url); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
	for _, url := range []string{
		"",
		"localhost:6379",
		"http://:secret@localhost",
		"redis://",
		"redis://:secret@",
		"redis://:secret@/0",
		"redis://:sec/ret@localhost",
		"redis://:sec?ret@localhost",
		"redis://:sec%zzret@localhost",
		"redis://secret@localhost",
		"redis://:secret@localhost:port",
		"redis://:secret@localhost:0",
		"redis://:secret@localhost:65536",
		"redis://:secret@::1",
		"redis://:secret@local host",
		"redis://:secret@localhost/secret",
		"redis://:secret@localhost/-1",
		"redis://:secret@localhost?db=secret",
		"redis://:secret@localhost?secret=1",
		"redis://:secret@localhost?sentinel_password=%zzsecret",
		"redis://:secret@h1,h2",
		"redis://:secret@h1,,h2?cluster=true",
		"redis://:secret@h1,h2/1?cluster=true",
		"redis://:secret@h1?cluster=true&sentinel=secret",
		"redis://:secret@h1?cluster=secret",
		"redis://:secret@h1?skip_verify=true",
		"redis://:secret@169.254.169.254",
		"redis://:secret@[fe80::1]:6379",
		"redis://:secret@[fd00:ec2::254]",
		"rediss://:secret@[::ffff:169.254.169.254]:80",
		"redis://:secret@h1,169.254.169.254?cluster=true",
		"redis://:secret@169.254.169.254?sentinel=m",
		"unix://:secret@",
		"unix://:secret@host/run/redis.sock",
		"unix://:secret@/run/redis.sock?cluster=true",
	} {
		err := redis.ValidateURL(url)
		if !errors.Is(err, kv.ErrInvalid) {
			t.Errorf("%s: error %v, want %v", url, err, kv.ErrInvalid)
			continue
		}
		if strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "ret@") {
			t.Errorf("%s: the error holds a part of the password: %v", url, err)
		}
	}
}

func FuzzValidateURL(f *testing.F) {
	f.Add("redis://user:pa55word@h1,h2:7000/1?sentinel=m&db=2")
	f.Add("unix://:pa55word@/run/redis.sock")
	f.Fuzz(func(t *testing.T, url string) {
		const secret = "pa55word"
		err := redis.ValidateURL("redis://:" + secret + "@" + url)
		if err != nil && strings.Contains(err.Error(), secret) && !strings.Contains(url, secret) {
			t.Errorf("%q: the error holds the password: %v", url, err)
		}
	})
}
