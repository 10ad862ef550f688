// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package proxies_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tempskv/tempskv/local/e2e"
)

// backends starts the two servers of the page, each with a project, and returns callers of them by the addresses of the proxy.
func backends(t *testing.T) (plain, below *e2e.Server, through, throughBelow e2e.Caller) {
	t.Helper()
	plain = e2e.Serve(t, t.TempDir(), "--enable", "embedded", "--trusted-proxy", "127.0.0.1")
	below, _, _ = e2e.ServeBelow(t, t.TempDir(), "/kv", "--enable", "embedded", "--trusted-proxy", "127.0.0.1")
	_, token := plain.CreateProject("shop")
	_, tokenBelow := below.CreateProject("shop")
	return plain, below, e2e.Caller{URL: "https://kv.example.com", Token: token}, e2e.Caller{URL: "https://example.com/kv", Token: tokenBelow}
}

// TestNginx puts nginx in front of servers. It takes the socket that it listens on from the test, so no other program can take
// its port first.
func TestNginx(t *testing.T) {
	t.Parallel()
	nginx := look(t, "nginx")
	plain, below, through, throughBelow := backends(t)
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	trust := certify(t, cert, key)
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	socket, err := listener.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()

	server, _ := shown(t, "nginx", "127.0.0.1:8379", plain.Address(), "listen 443", "listen "+listener.Addr().String(),
		"/etc/ssl/kv.example.com.pem", cert, "/etc/ssl/kv.example.com.key", key)
	_, location := shown(t, "nginx", "127.0.0.1:8379", below.Address())
	config := fmt.Sprintf(`daemon off;
pid %[1]s/pid;
error_log stderr;
events {}
http {
    access_log off;
    client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/fastcgi;
    uwsgi_temp_path %[1]s/uwsgi; scgi_temp_path %[1]s/scgi;
%[2]s
server { listen %[3]s ssl; server_name example.com; ssl_certificate %[4]s; ssl_certificate_key %[5]s;
%[6]s}
}
`, dir, server, listener.Addr(), cert, key, location)
	if os.Geteuid() == 0 {
		config = "user root;\n" + config // who may read the directories of tests
	}
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(nginx, "-p", dir, "-e", "stderr", "-c", file)
	cmd.Env, cmd.ExtraFiles = append(os.Environ(), "NGINX=3;"), []*os.File{socket}
	expectAll(t, serve(t, cmd, trust, listener.Addr().(*net.TCPAddr).Port), plain, through, throughBelow)
}

// TestCaddy puts Caddy in front of servers. It shares its port with a socket of the test that does not listen, so no other program
// can take the port first.
func TestCaddy(t *testing.T) {
	t.Parallel()
	caddy := look(t, "caddy")
	plain, below, through, throughBelow := backends(t)
	dir := t.TempDir()
	cert, key, port := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), reserve(t)
	trust := certify(t, cert, key)
	first := fmt.Sprintf(":%d {\n\ttls %s %s\n", port, cert, key)
	server, _ := shown(t, "caddyfile", "127.0.0.1:8379", plain.Address(), "kv.example.com {\n", "kv.example.com"+first)
	_, location := shown(t, "caddyfile", "127.0.0.1:8379", below.Address(), "example.com {\n", "example.com"+first)
	options := "{\n\tadmin off\n\tauto_https disable_redirects\n\tdefault_bind 127.0.0.1\n}\n"
	file := filepath.Join(dir, "Caddyfile")
	if err := os.WriteFile(file, []byte(options+server+location), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(caddy, "run", "--adapter", "caddyfile", "--config", file)
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
	expectAll(t, serve(t, cmd, trust, port), plain, through, throughBelow)
}

// reserve returns a port of loopback that only programs of the same user can share.
func reserve(t *testing.T) int {
	t.Helper()
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(socket) })
	if err := errors.Join(
		unix.SetsockoptInt(socket, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1),
		unix.Bind(socket, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}),
	); err != nil {
		t.Fatal(err)
	}
	bound, err := unix.Getsockname(socket)
	if err != nil {
		t.Fatal(err)
	}
	return bound.(*unix.SockaddrInet4).Port
}

// expectAll finds that a proxy passes on what the page says.
func expectAll(t *testing.T, f front, s *e2e.Server, through, throughBelow e2e.Caller) {
	t.Helper()
	admin := e2e.Caller{URL: through.URL, Token: e2e.AdminKey}
	f.passesLargeValues(through)
	f.passesEvents(admin)
	f.makesSecureCookies(admin)
	f.servesBelow(throughBelow)
	f.tellsAddresses(s, admin)
}
