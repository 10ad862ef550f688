// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package generators_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

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
	e2e.Workshop
	jar string
}

func newWorkshop(t *testing.T) *workshop {
	t.Helper()
	if _, err := exec.LookPath("mvn"); err != nil {
		e2e.LeaveOut(t, "openapi-generator needs Java and Maven (Debian: apt install default-jdk-headless maven)")
	}
	w := &workshop{Workshop: e2e.Workshop{T: t, Dir: t.TempDir()}}
	w.jar = filepath.Join(w.Dir, "openapi-generator-cli-"+version+".jar")
	w.Run(".", nil, "mvn", "-q", "-B", "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy",
		"-Dartifact=org.openapitools:openapi-generator-cli:"+version, "-DoutputDirectory="+w.Dir)
	document := e2e.RunCommand(e2e.Command(t, nil, "openapi", "--3.0")).Stdout
	if err := os.WriteFile(filepath.Join(w.Dir, "openapi.json"), []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	return w
}

// in returns the workshop for a part of a test.
func (w *workshop) in(t *testing.T) *workshop {
	return &workshop{e2e.Workshop{T: t, Dir: w.Dir}, w.jar}
}

// generate makes the client, and puts the program that uses it next to it.
func (w *workshop) generate(generator, into string, more ...string) {
	w.T.Helper()
	args := []string{"-Xmx700m", "-XX:+UseSerialGC", "-jar", w.jar, "generate", "-i", "openapi.json", "-g", generator, "-o", into, "--global-property",
		"models,apis,supportingFiles,modelDocs=false,apiDocs=false,modelTests=false,apiTests=false"}
	w.Run(".", nil, "java", append(args, more...)...)
}

// copyMain copies the program for a language into the workshop.
func (w *workshop) copyMain(language, name string) {
	w.T.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", language, name))
	if err == nil {
		err = os.WriteFile(filepath.Join(w.Dir, language, name), text, 0o600)
	}
	if err != nil {
		w.T.Fatal(err)
	}
}

// TestOpenAPIGenerator makes, compiles and uses the clients of openapi-generator. The tests run one after the other: each takes a core and
// much memory.
func TestOpenAPIGenerator(t *testing.T) {
	w := newWorkshop(t)
	s := e2e.Serve(t, t.TempDir(), "--dev")
	t.Run("Go", func(t *testing.T) {
		w := w.in(t)
		w.generate("go", "go/generated", "--additional-properties=packageName=generated", "--type-mappings=AnyType=json.RawMessage")
		for _, name := range []string{"go.mod", "go.sum"} { // it is a package of the program's module
			if err := os.Remove(filepath.Join(w.Dir, "go", "generated", name)); err != nil {
				t.Fatal(err)
			}
		}
		w.copyMain("go", "main.go")
		if err := os.WriteFile(filepath.Join(w.Dir, "go", "go.mod"), []byte("module example.com/client\n\ngo 1.26\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		w.Run("go", nil, "go", "build", "-mod=mod", "-o", "main", ".")
		w.Works(s, "go", prints, "./main")
	})
	t.Run("Java", func(t *testing.T) {
		w := w.in(t)
		w.generate("java", "java", "--additional-properties=library=native")
		w.copyMain("java", "Main.java")
		w.Run("java", nil, "mvn", "-q", "-B", "-Dmaven.javadoc.skip=true", "-Dmaven.source.skip=true", "compile",
			"org.apache.maven.plugins:maven-dependency-plugin:3.6.1:build-classpath", "-Dmdep.outputFile=classpath")
		libraries, err := os.ReadFile(filepath.Join(w.Dir, "java", "classpath"))
		if err != nil {
			t.Fatal(err)
		}
		classes := "target/classes:" + string(libraries)
		w.Run("java", nil, "javac", "-d", "target/classes", "-cp", classes, "Main.java")
		w.Works(s, "java", prints, "java", "-cp", classes, "Main")
	})
	t.Run("Python", func(t *testing.T) {
		w := w.in(t)
		w.generate("python", "python", "--additional-properties=packageName=generated")
		w.copyMain("python", "main.py")
		w.Run("python", nil, "python3", "-m", "venv", "venv")
		w.Run("python", nil, "venv/bin/pip", "install", "-q", "--disable-pip-version-check", "-r", "requirements.txt")
		w.Works(s, "python", prints, filepath.Join(w.Dir, "python", "venv", "bin", "python"), "main.py")
	})
}
