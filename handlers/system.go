// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"net/http"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
)

// System describes a server and the machine that it runs on. It holds no secrets.
type System struct {
	Version, Go, Platform string // of the program
	StartedAt             time.Time
	Data                  DataDirectory
	Settings              []SystemSetting // in the order in which they are documented
}

// DataDirectory is where a server keeps its data. Sizes are in bytes.
type DataDirectory struct {
	Path               string
	Used               int64 // by the files in it
	DiskFree, DiskSize int64 // of the disk that it is on; 0 where that is not known
}

// SystemSetting is one setting of a server.
type SystemSetting struct {
	Name, Value string // a secret is masked
	From        string // a flag, a variable, a file with its line, or "default"
}

type systemInfo struct {
	Version       string          `json:"version" example:"1.2.0" doc:"Of tempskv."`
	Go            string          `json:"go" example:"go1.26.0" doc:"What it was built with."`
	Platform      string          `json:"platform" example:"linux/amd64" doc:"What it was built for."`
	StartedAt     time.Time       `json:"started_at" example:"2030-01-02T15:04:05Z" doc:"In UTC."`
	UptimeSeconds int64           `json:"uptime_seconds" minimum:"0" example:"86400" doc:"How long it runs."`
	Data          systemData      `json:"data"`
	Settings      []systemSetting `json:"settings" doc:"What the server is set to."`
	Metrics       *string         `json:"metrics" example:"/metrics" doc:"The path of its metrics; null where there are none."`
}

type systemData struct {
	Path     string `json:"path" example:"/srv/kv" doc:"The data directory."`
	Used     int64  `json:"used" minimum:"0" example:"1048576" doc:"What the files in it take, in bytes."`
	DiskFree int64  `json:"disk_free" minimum:"0" example:"10737418240" doc:"What is free on its disk, in bytes; 0 if that is not known."`
	DiskSize int64  `json:"disk_size" minimum:"0" example:"21474836480" doc:"How large that is, in bytes; 0 if that is not known."`
}

type systemSetting struct {
	Name  string `json:"name" example:"addr" doc:"As the flag and the line in the file are called."`
	Value string `json:"value" example:"127.0.0.1:8379" doc:"What it is set to. A secret is masked."`
	From  string `json:"from" example:"TEMPSKV_ADDR" doc:"A flag, a variable, a file with its line, or default."`
}

type systemOutput struct{ Body systemInfo }

func registerSystem(a *API) {
	register(a, operation{
		id: "getSystem", method: http.MethodGet, path: "/api/system", tag: managementTag, summary: "Show the server",
		description: "Returns the server's version and uptime, where its data are, and each setting with where its value " +
			"comes from. It holds no secret.",
		need: access.SystemRead, errors: []error{kv.ErrNotSupported},
		response: `{"version":"1.2.0","go":"go1.26.0","platform":"linux/amd64","started_at":"2030-01-02T15:04:05Z",` +
			`"uptime_seconds":86400,"data":{"path":"/srv/kv","used":1048576,"disk_free":10737418240,` +
			`"disk_size":21474836480},"settings":[{"name":"addr","value":"127.0.0.1:8379","from":"default"}],"metrics":null}`,
	}, a.getSystem)
}

func (a *API) getSystem(ctx context.Context, _ *scope, _ *noInput) (*systemOutput, error) {
	if a.system == nil {
		return nil, kv.Refuse(kv.ErrNotSupported, "this runtime reports nothing about its system")
	}
	s, err := a.system(ctx)
	if err != nil {
		return nil, err
	}
	body := systemInfo{
		Version: s.Version, Go: s.Go, Platform: s.Platform, StartedAt: s.StartedAt.UTC(),
		UptimeSeconds: int64(a.now().Sub(s.StartedAt).Seconds()),
		Data:          systemData(s.Data), Settings: make([]systemSetting, len(s.Settings)),
	}
	for i, setting := range s.Settings {
		body.Settings[i] = systemSetting(setting)
	}
	if _, ok := a.routes["/metrics"]; ok {
		body.Metrics = new("/metrics")
	}
	return &systemOutput{body}, nil
}
