// SPDX-License-Identifier: Apache-2.0

package config

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/tempskv/tempskv/runtime/setting"
)

// Sources are where settings come from.
type Sources struct {
	// Flags holds those given on the command line, by Setting.Name.
	Flags map[string]string
	// File is the path given on the command line; empty stands for TEMPSKV_CONFIG, else for tempskv.yaml in the
	// data directory if it is there.
	File string
	// LookupEnv is os.LookupEnv. A variable that is set to nothing counts as not set.
	LookupEnv func(name string) (string, bool)
}

// Value is a setting, what it is set to, and where that came from.
type Value struct {
	Setting
	// Text is the value as it was written. It may be a secret: show Shown instead.
	Text string
	// Origin is a flag, a variable, a file with its line, or "default".
	Origin string
}

// Load reads the settings: flag, else environment, else file, else default. The values come in the order of the table.
// Errors name the flag, the variable, or the file, line and key, and what is wrong with it.
func Load(s Sources) (Config, []Value, error) {
	settings := Settings()
	f, err := s.openFile(settings)
	if err != nil {
		return Config{}, nil, err
	}
	var c Config
	values := make([]Value, 0, len(settings))
	for _, row := range settings {
		v := s.value(row, f)
		if err := v.clean(); err != nil {
			return Config{}, nil, fmt.Errorf("%s: %w", v.Origin, err)
		}
		if err := row.set(&c, v.Text); err != nil {
			return Config{}, nil, fmt.Errorf("%s: %w", v.Origin, err)
		}
		values = append(values, v)
	}
	return c, values, c.check()
}

// clean checks the text for white space where there must be none. A flag, a variable or a file has it, never a default.
func (v *Value) clean() (err error) {
	switch {
	case v.Origin == originDefault:
	case v.Blanks:
		v.Text, err = setting.Text(v.Text)
	default:
		v.Text, err = setting.Word(v.Text)
	}
	return err
}

// originDefault is the origin of a value that no source has.
const originDefault = "default"

// value picks the strongest source that has the setting.
func (s Sources) value(row Setting, f file) Value {
	if text, ok := s.Flags[row.Name]; ok && !row.NoFlag {
		return Value{Setting: row, Text: setting.Trim(text), Origin: "--" + row.Name}
	}
	if text := s.env(row.Env()); text != "" {
		return Value{Setting: row, Text: text, Origin: row.Env()}
	}
	if e, ok := f.entries[row.Name]; ok {
		return Value{Setting: row, Text: setting.Trim(e.text), Origin: fmt.Sprintf("%s:%d: %s", f.path, e.line, row.Name)}
	}
	text := row.Default
	switch row.Name {
	case dataName:
		text = s.defaultData()
	case backupName:
		text = filepath.Join(s.value(Setting{Name: dataName}, f).Text, "backups")
	}
	return Value{Setting: row, Text: text, Origin: originDefault}
}

// env returns a variable without the white space around it.
func (s Sources) env(name string) string {
	text, _ := s.LookupEnv(name)
	return setting.Trim(text)
}

// check is for what no setting can tell alone.
func (c *Config) check() error {
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return errors.New("tls-cert and tls-key: one is set and the other is not; TLS needs both")
	}
	if (c.RedisCert == "") != (c.RedisKey == "") {
		return errors.New("redis-cert and redis-key: one is set and the other is not; a client certificate needs both")
	}
	if least := c.LeastRequestMemory(); c.RequestMemory != 0 && c.RequestMemory < least {
		return fmt.Errorf("request-memory (%d bytes) must be at least %d bytes for a request of max-body, max-value or "+
			"max-answer: raise it, or lower these", c.RequestMemory, least)
	}
	if c.MaxValue >= c.MaxAnswer {
		return fmt.Errorf("max-value (%d bytes) must be less than max-answer (%d bytes): "+
			"a larger value could never be read back", c.MaxValue, c.MaxAnswer)
	}
	return nil
}
