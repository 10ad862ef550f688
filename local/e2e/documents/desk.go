// SPDX-License-Identifier: Apache-2.0

package documents

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tempskv/tempskv/local/e2e"
)

// Desk is a directory in which a reader follows a page, next to a server that make run has started.
type Desk struct {
	t      *testing.T
	dir    string
	state  string // the variables and the directory after each block
	env    []string
	moved  *strings.Replacer
	sdk    bool // @temps-sdk/kv can be imported
	number int
}

// NewDesk starts a server in a directory, which may hold a copy of the repository.
func NewDesk(t *testing.T, dir string) *Desk {
	t.Helper()
	s := e2e.ServeWith(t, nil, filepath.Join(dir, ".tempskv"), "--dev")
	return DeskAt(t, dir, s, deploymentToken.FindString(s.Printed), apiKey.FindString(s.Printed+s.Secrets))
}

// DeskAt returns a desk next to a server that runs, of which it has a deployment token and an API key.
func DeskAt(t *testing.T, dir string, s *e2e.Server, token, key string) *Desk {
	t.Helper()
	state := t.TempDir()
	bin := filepath.Join(dir, "bin")
	program, err := filepath.Abs(e2e.Program)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(program, filepath.Join(bin, "tempskv")); err != nil {
		t.Fatal(err)
	}
	d := &Desk{
		t: t, dir: dir, state: state,
		moved: strings.NewReplacer("127.0.0.1:8379", s.Address(), "localhost:8379", s.Address(), "dt_…", token, "tk_…", key),
		env: append(os.Environ(),
			"HOME="+t.TempDir(), "PATH="+bin+":"+os.Getenv("PATH"), "TEMPSKV_DATA="+s.Dir, "TEMPSKV_ADDR=127.0.0.1:0", "TEMPSKV_DRAIN_DELAY=0s",
			"TEMPS_API_URL="+s.URL, "TEMPS_DEPLOYMENT_TOKEN="+token, "GOFLAGS=-trimpath", "npm_config_update_notifier=false",
			"GOPATH="+goEnv(t, "GOPATH"), "GOMODCACHE="+goEnv(t, "GOMODCACHE"), "GOCACHE="+goEnv(t, "GOCACHE"),
			"npm_config_cache="+filepath.Join(home(t), ".npm")),
	}
	d.write(filepath.Join(state, "directory"), dir)
	return d
}

var (
	deploymentToken = regexp.MustCompile(`dt_[0-9A-Za-z]+`)
	apiKey          = regexp.MustCompile(`tk_[0-9A-Za-z]+`)
)

func goEnv(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.Command("go", "env", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

func home(t *testing.T) string {
	t.Helper()
	dir, err := os.UserHomeDir()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func (d *Desk) write(path, text string) {
	d.t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		d.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		d.t.Fatal(err)
	}
}

// Follow does what a block says, and compares what it prints with what the page shows.
func (d *Desk) Follow(b Block) error {
	code := d.moved.Replace(b.Code)
	if b.File != "" {
		d.write(filepath.Join(d.dir, b.File), code)
		if b.Language != "go" {
			return nil // another block runs it
		}
	}
	d.number++
	var script string
	switch b.Language {
	case "sh":
		script = code
	case "go":
		name := b.File
		if name == "" {
			name = fmt.Sprintf("example%d/main.go", d.number)
			d.write(filepath.Join(d.dir, name), code)
		}
		script = "go run " + name
	case "ts", "js":
		d.installSDK()
		d.write(filepath.Join(d.dir, fmt.Sprintf("example%d.%s", d.number, b.Language)), code)
		script = fmt.Sprintf("node strip.mjs example%d.%s >example%d.mjs && node example%d.mjs", d.number, b.Language, d.number, d.number)
	case "python":
		d.write(filepath.Join(d.dir, fmt.Sprintf("example%d.py", d.number)), code)
		script = fmt.Sprintf("python3 example%d.py", d.number)
	default:
		return fmt.Errorf("blocks of %s cannot be run: call it sh, ts, js, go or python", b.Language)
	}
	if b.Until != "" {
		return d.start(script, b.Until)
	}
	got, err := d.shell(script)
	if err != nil || b.Want == "" {
		return err
	}
	return Compare(got, d.moved.Replace(b.Want), b.WantJSON)
}

// strip takes the types out of TypeScript.
const strip = `import ts from './openapi/typescript/node_modules/typescript/lib/typescript.js';
import { readFileSync } from 'node:fs';
const options = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
console.log(ts.transpile(readFileSync(process.argv[2], 'utf8'), options));
`

// installSDK packs the SDK and installs it, as readers do.
func (d *Desk) installSDK() {
	d.t.Helper()
	if d.sdk {
		return
	}
	d.sdk = true
	d.write(filepath.Join(d.dir, "strip.mjs"), strip)
	if _, err := d.shell("(cd openapi/typescript && npm ci --silent && npm pack --silent --pack-destination ../..)\n" +
		"npm install --silent --no-save --prefix . ./temps-sdk-kv-*.tgz"); err != nil {
		d.t.Fatal(err)
	}
}

// shell runs commands in the shell of the page: what earlier ones exported is there.
func (d *Desk) shell(commands string) (stdout string, err error) {
	ctx, cancel := context.WithTimeout(d.t.Context(), e2e.Patience)
	defer cancel()
	cmd := d.command(ctx, commands)
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%w\n%s\nprinted %s\nand wrote %s", err, commands, out.String(), stderr.String())
	}
	return out.String(), nil
}

func (d *Desk) command(ctx context.Context, commands string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "bash", "-c", `set -euo pipefail
state=$1
[[ ! -f $state/variables ]] || source "$state/variables"
cd "$(<"$state/directory")"
trap 'export -p >"$state/variables"; pwd >"$state/directory"' EXIT
set -a
`+commands, "bash", d.state)
	cmd.Dir, cmd.Env = d.dir, d.env
	cmd.WaitDelay = time.Second
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	return cmd
}

// start starts commands that go on until the page is read, and waits until they have printed a text.
func (d *Desk) start(commands, until string) error {
	ctx, cancel := context.WithCancel(context.Background())
	cmd := d.command(ctx, commands)
	read, write, err := os.Pipe()
	if err != nil {
		cancel()
		return err
	}
	cmd.Stdout, cmd.Stderr = write, write
	err = cmd.Start()
	_ = write.Close()
	if err != nil {
		cancel()
		return err
	}
	d.t.Cleanup(func() {
		cancel()
		_ = cmd.Wait() // it was killed
		_ = read.Close()
	})
	_ = read.SetReadDeadline(time.Now().Add(e2e.Patience))
	var printed []byte
	for buffer := make([]byte, 4096); !strings.Contains(string(printed), until); {
		n, err := read.Read(buffer)
		if printed = append(printed, buffer[:n]...); err != nil {
			return fmt.Errorf("it ended, or did not print %q in time: %w\n%s\nprinted %s", until, err, commands, printed)
		}
	}
	_ = read.SetReadDeadline(time.Time{})
	go func() {
		for buffer := make([]byte, 4096); ; {
			if _, err := read.Read(buffer); err != nil {
				return
			}
		}
	}()
	return nil
}
