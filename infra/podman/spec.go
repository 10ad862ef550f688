// SPDX-License-Identifier: Apache-2.0

package podman

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/infra/redis"
)

const (
	loopback   = "127.0.0.1"
	serverPort = "6379"
	aclPath    = "/run/secrets/acl"
	// serverUser is that of the official images, by number: names differ between them.
	serverUser, serverUID = "999:999", 999

	restartTries = 5
	maxProcesses = 128
	// maxClients is far more than we connect, and as many as a server has memory for. A server that may open fewer files
	// takes fewer.
	maxClients = 4096
)

// spec is as much of podman's description of a container as we use. See SpecGenerator in its API.
type spec struct {
	Name            string              `json:"name"`
	Image           string              `json:"image"`
	Command         []string            `json:"command"`
	Labels          map[string]string   `json:"labels"`
	User            string              `json:"user"`
	CapDrop         []string            `json:"cap_drop"`
	NoNewPrivileges bool                `json:"no_new_privileges"`
	ReadOnly        bool                `json:"read_only_filesystem"`
	ImageVolumes    string              `json:"image_volume_mode"`
	Volumes         []mount             `json:"volumes,omitempty"`
	Mounts          []bind              `json:"mounts,omitempty"`
	Secrets         []secretFile        `json:"secrets,omitempty"`
	Ports           []port              `json:"portmappings,omitempty"`
	Network         *namespace          `json:"netns,omitempty"` // nil: podman's default
	Networks        map[string]struct{} `json:",omitempty"`
	RestartPolicy   string              `json:"restart_policy,omitempty"`
	RestartTries    int                 `json:"restart_tries,omitempty"`
	StopTimeout     int                 `json:"stop_timeout"`
	Resources       resources           `json:"resource_limits"`
}

// mount, secretFile and port have the names that podman's Go types have without tags.
type mount struct {
	Name, Dest string
	Options    []string
}

// bind is a directory of podman's machine in a container.
type bind struct {
	Type    string   `json:"type"`
	Source  string   `json:"source"`
	Dest    string   `json:"destination"`
	Options []string `json:"options"`
}

type secretFile struct {
	Source, Target string
	UID, GID, Mode uint32
}

type port struct {
	HostIP        string `json:"host_ip"`
	ContainerPort int    `json:"container_port"`
	HostPort      int    `json:"host_port"` // 0: podman takes a free one
	Protocol      string `json:"protocol"`
}

type namespace struct {
	Mode string `json:"nsmode"`
}

type resources struct {
	Memory *memory `json:"memory,omitempty"`
	Pids   *pids   `json:"pids,omitempty"`
}

type memory struct {
	Limit int64 `json:"limit"` // bytes; -1 for none
}

type pids struct {
	Limit int64 `json:"limit"`
}

// locked returns a container that may do nothing but run the image: no capabilities, no way to more of them, nothing
// to write to but its volume.
func locked(name, imageID string, labels map[string]string, command ...string) spec {
	return spec{
		Name: name, Image: imageID, Labels: labels, Command: command,
		User: serverUser, CapDrop: []string{"ALL"}, NoNewPrivileges: true, ReadOnly: true,
		ImageVolumes: "ignore", // or each helper would leave one behind
		StopTimeout:  int(stopTime.Seconds()),
		Resources:    resources{Pids: &pids{maxProcesses}},
	}
}

// serverSpec returns the container that serves. The limits of memory stand outside of its hash, since they can change
// while it runs.
func (t *task) serverSpec(i installation, program string, bySocket bool) spec {
	secret, _ := t.record.acl(i.Build)
	c := locked(i.name(t.record.Owner), i.ImageID, t.labels(i),
		append([]string{program}, serverArgs(i, bySocket)...)...)
	c.Volumes = []mount{dataMount(i.name(t.record.Owner))}
	c.Secrets = []secretFile{{Source: secret, Target: "acl", UID: serverUID, GID: serverUID, Mode: 0o400}}
	if bySocket {
		c.Network, c.Mounts = &namespace{"none"}, []bind{socketMount(t.engine.socketDir(i))}
	} else {
		c.Network, c.Networks = &namespace{"bridge"}, map[string]struct{}{t.record.network(): {}}
		c.Ports = []port{{HostIP: loopback, ContainerPort: 6379, Protocol: "tcp"}}
	}
	c.RestartPolicy, c.RestartTries = "on-failure", restartTries
	text, _ := json.Marshal(c) // strings and numbers alone
	c.Labels[specLabel] = hash(string(text))
	if t.settings.MaxMemory.Bytes() > 0 {
		c.Resources.Memory = memoryLimit(t.settings.MaxMemory)
	}
	return c
}

// labels are those of a container and its volume.
func (t *task) labels(i installation) map[string]string {
	return map[string]string{
		ownerLabel: t.record.Owner, engineLabel: string(engine.Podman), numberLabel: strconv.Itoa(i.Number),
		imageLabel: i.Image, versionLabel: i.Build.Version,
	}
}

// dataMount mounts a volume and makes the server the owner of its files.
func dataMount(volume string) mount {
	return mount{Name: volume, Dest: dataDir, Options: []string{"U"}}
}

// socketMount mounts the directory of a socket. Where there is SELinux, containers may use it then.
func socketMount(dir string) bind {
	return bind{Type: "bind", Source: dir, Dest: socketDest, Options: []string{"nosuid", "nodev", "noexec", "z"}}
}

// sanitizesSince is the first Redis that checks dumps before it takes them.
const sanitizesSince = "6.2"

// serverArgs are the settings that hold as long as the container does; those of memory are set while it runs. Connections that
// are idle for longer than ours are ever used are closed, so that nobody fills the server with those: see redis.IdleTime.
func serverArgs(i installation, bySocket bool) []string {
	args := []string{
		"--dir", dataDir, "--aclfile", aclPath, "--maxclients", strconv.Itoa(maxClients),
		"--timeout", strconv.Itoa(int((redis.IdleTime + time.Minute).Seconds())), "--tcp-keepalive", "60",
	}
	if i.Build.Flavour != redisFlavour || compareVersions(i.Build.Version, sanitizesSince) >= 0 {
		args = append(args, "--sanitize-dump-payload", "yes")
	}
	if bySocket { // for all who reach it: see makeSocketDir
		args = append(args, "--port", "0", "--unixsocket", socketDest+"/"+socketFile, "--unixsocketperm", "777")
	} else { // what comes by a published port is not from loopback
		args = append(args, "--protected-mode", "no")
	}
	if !i.Persistence {
		return append(args, "--appendonly", "no", "--save", "")
	}
	return append(args, "--appendonly", "yes", "--aof-use-rdb-preamble", "yes", "--appendfsync", "everysec",
		"--save", "3600", "1", "--save", "300", "100", "--save", "60", "10000")
}

// memoryLimit returns what the container may take: the data are up to 60 of 100, since a copy of what changes meanwhile
// is in memory too while a snapshot is written.
func memoryLimit(m engine.Memory) *memory {
	const least = 64 << 20
	switch n := m.Bytes(); {
	case n == 0:
		return &memory{Limit: -1}
	case n > 1<<60:
		return &memory{Limit: n}
	default:
		return &memory{Limit: max(n/6*10, n+least)}
	}
}
