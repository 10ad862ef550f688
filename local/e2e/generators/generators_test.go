// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package generators_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/infra/podman/podmantest"
	"github.com/tempskv/tempskv/local/e2e"
)

// version is that of openapi-generator.
const version = "7.25.0"

// prints is what every program in testdata prints.
const prints = `get none null
get large 9007199254740993
incr 9007199254740994
mset OK
export 4 true
problem 409 not_an_integer
`

// workshop is a directory with the document and the generator.
type workshop struct {
	t        *testing.T
	dir, jar string
}

func newWorkshop(t *testing.T) *workshop {
	t.Helper()
	if _, err := exec.LookPath("mvn"); err != nil {
		e2e.LeaveOut(t, "openapi-generator needs Java and Maven (Debian: apt install default-jdk-headless maven)")
	}
	w := &workshop{t: t, dir: t.TempDir()}
	w.jar = filepath.Join(w.dir, "openapi-generator-cli-"+version+".jar")
	w.run(".", nil, "mvn", "-q", "-B", "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy",
		"-Dartifact=org.openapitools:openapi-generator-cli:"+version, "-DoutputDirectory="+w.dir)
	document := e2e.RunCommand(e2e.Command(t, nil, "openapi", "--3.0")).Stdout
	if err := os.WriteFile(filepath.Join(w.dir, "openapi.json"), []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	return w
}

// run executes a program that has to succeed, and returns what it printed. It reaches the network, and not the server.
func (w *workshop) run(dir string, env []string, name string, args ...string) string {
	w.t.Helper()
	return w.output(dir, env, podmantest.Outside(w.t.Context(), name, args...))
}

func (w *workshop) output(dir string, env []string, cmd *exec.Cmd) string {
	w.t.Helper()
	cmd.Dir, cmd.Env = filepath.Join(w.dir, dir), append(os.Environ(), env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		w.t.Fatalf("%v: %v\n%.4000s%.4000s", cmd, err, out, &stderr)
	}
	return string(out)
}

// generate makes the client, and puts the program that uses it next to it.
func (w *workshop) generate(generator, into string, more ...string) {
	w.t.Helper()
	args := []string{"-Xmx700m", "-XX:+UseSerialGC", "-jar", w.jar, "generate", "-i", "openapi.json", "-g", generator, "-o", into, "--global-property",
		"models,apis,supportingFiles,modelDocs=false,apiDocs=false,modelTests=false,apiTests=false"}
	w.run(".", nil, "java", append(args, more...)...)
}

// works runs a program that uses a client, on its own project.
func (w *workshop) works(s *e2e.Server, dir, name string, args ...string) {
	w.t.Helper()
	_, token := s.CreateProject(dir)
	printed := w.output(dir, []string{"TEMPSKV_URL=" + s.URL, "TEMPSKV_TOKEN=" + token},
		exec.CommandContext(w.t.Context(), name, args...))
	if diff := cmp.Diff(printed, prints); diff != "" {
		w.t.Errorf("%s (-got +want):\n%s", dir, diff)
	}
}

// copyMain copies the program for a language into the workshop.
func (w *workshop) copyMain(language, name string) {
	w.t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", language, name))
	if err == nil {
		err = os.WriteFile(filepath.Join(w.dir, language, name), text, 0o600)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// TestOpenAPIGenerator makes, compiles and uses the clients of openapi-generator. The tests run one after the other: each takes a core and
// much memory.
func TestOpenAPIGenerator(t *testing.T) {
	w := newWorkshop(t)
	s := e2e.Serve(t, t.TempDir(), "--dev")
	t.Run("Go", func(t *testing.T) {
		w := &workshop{t, w.dir, w.jar}
		w.generate("go", "go/generated", "--additional-properties=packageName=generated", "--type-mappings=AnyType=json.RawMessage")
		for _, name := range []string{"go.mod", "go.sum"} { // it is a package of the program's module
			if err := os.Remove(filepath.Join(w.dir, "go", "generated", name)); err != nil {
				t.Fatal(err)
			}
		}
		w.copyMain("go", "main.go")
		if err := os.WriteFile(filepath.Join(w.dir, "go", "go.mod"), []byte("module example.com/client\n\ngo 1.26\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		w.run("go", nil, "go", "build", "-mod=mod", "-o", "main", ".")
		w.works(s, "go", "./main")
	})
	t.Run("Java", func(t *testing.T) {
		w := &workshop{t, w.dir, w.jar}
		w.generate("java", "java", "--additional-properties=library=native")
		w.copyMain("java", "Main.java")
		w.run("java", nil, "mvn", "-q", "-B", "-Dmaven.javadoc.skip=true", "-Dmaven.source.skip=true", "compile",
			"org.apache.maven.plugins:maven-dependency-plugin:3.6.1:build-classpath", "-Dmdep.outputFile=classpath")
		libraries, err := os.ReadFile(filepath.Join(w.dir, "java", "classpath"))
		if err != nil {
			t.Fatal(err)
		}
		classes := "target/classes:" + string(libraries)
		w.run("java", nil, "javac", "-d", "target/classes", "-cp", classes, "Main.java")
		w.works(s, "java", "java", "-cp", classes, "Main")
	})
	t.Run("Python", func(t *testing.T) {
		w := &workshop{t, w.dir, w.jar}
		w.generate("python", "python", "--additional-properties=packageName=generated")
		w.copyMain("python", "main.py")
		w.run("python", nil, "python3", "-m", "venv", "venv")
		w.run("python", nil, "venv/bin/pip", "install", "-q", "--disable-pip-version-check", "-r", "requirements.txt")
		w.works(s, "python", filepath.Join(w.dir, "python", "venv", "bin", "python"), "main.py")
	})
}
