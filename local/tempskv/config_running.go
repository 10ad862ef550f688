// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"time"

	"github.com/tempskv/tempskv/openapi/goclient"
	"github.com/tempskv/tempskv/runtime/config"
)

// configTimeout is how long config waits for the server. It shows the settings that it read itself without an answer.
const configTimeout = 3 * time.Second

// running asks the server on the data directory for its settings, by name. It returns nil if none runs there that tells them.
func running(ctx context.Context, cfg config.Config) map[string]goclient.SystemSetting {
	local, err := readClientFile(cfg.Data)
	if err != nil {
		return nil
	}
	c, err := local.client(configTimeout)
	if err != nil {
		return nil
	}
	system, err := answered[goclient.SystemInfo](c.GetSystem(ctx))
	if err != nil {
		return nil
	}
	used := make(map[string]goclient.SystemSetting, len(system.body.Settings))
	for _, s := range system.body.Settings {
		used[s.Name] = s
	}
	return used
}

// configRows returns the rows of config: the settings that a server uses, where one runs, and what the next start would change.
func configRows(values []config.Value, used map[string]goclient.SystemSetting) (heading string, rows [][]string) {
	heading = "SETTING VALUE FROM"
	for _, v := range values {
		row := []string{v.Name, v.Shown(), v.Origin}
		if now, ok := used[v.Name]; ok {
			row = []string{v.Name, now.Value, now.From}
			if now.Value != v.Shown() {
				heading = "SETTING VALUE FROM NEXT-START"
				row = append(row, cmp.Or(v.Shown(), "(empty)")+", from "+v.Origin)
			}
		}
		rows = append(rows, row)
	}
	return heading, rows
}
