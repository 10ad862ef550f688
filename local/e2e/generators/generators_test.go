// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package generators_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/tempskv/tempskv/local/e2e"
)

// version is that of openapi-generator.
const version = "7.25.0"

// generatorWorkshop is one with openapi-generator.
type generatorWorkshop struct {
	workshop
	jar string
}

func newGeneratorWorkshop(t *testing.T) *generatorWorkshop {
	t.Helper()
	require(t, "mvn", "Debian: apt install default-jdk-headless maven")
	w := &generatorWorkshop{workshop: *newWorkshop(t)}
	w.jar = filepath.Join(w.Dir, "openapi-generator-cli-"+version+".jar")
	w.Run(".", nil, "mvn", "-q", "-B", dependencyPlugin+"copy", "-Dartifact=org.openapitools:openapi-generator-cli:"+version,
		"-DoutputDirectory="+w.Dir)
	return w
}

// in returns the workshop for a part of a test.
func (w *generatorWorkshop) in(t *testing.T) *generatorWorkshop {
	part := *w
	part.Workshop = e2e.Workshop{T: t, Dir: w.Dir}
	return &part
}

// generate makes the client.
func (w *generatorWorkshop) generate(generator, into string, more ...string) {
	w.T.Helper()
	args := []string{"-Xmx700m", "-XX:+UseSerialGC", "-jar", w.jar, "generate", "-i", "openapi-3.0.json", "-g", generator, "-o", into,
		"--global-property", "models,apis,supportingFiles,modelDocs=false,apiDocs=false,modelTests=false,apiTests=false"}
	w.Run(".", nil, "java", append(args, more...)...)
}

// TestOpenAPIGenerator makes, compiles and uses the clients of openapi-generator. make clients runs two at a time: each takes a core and
// much memory.
func TestOpenAPIGenerator(t *testing.T) {
	t.Parallel()
	w := newGeneratorWorkshop(t)
	for name, client := range map[string]func(*generatorWorkshop){
		"CSharp": generateCSharp, "Go": generateGo, "Java": generateJava, "JavaNative": generateJavaNative, "Kotlin": generateKotlin,
		"Python": generatePython, "Rust": generateRust, "TypeScriptFetch": generateTypeScriptFetch,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client(w.in(t))
		})
	}
}

func generateGo(w *generatorWorkshop) {
	w.T.Helper()
	w.copyTestdata("go")
	w.generate("go", "go/generated", "--additional-properties=packageName=generated", "--type-mappings=AnyType=json.RawMessage")
	for _, name := range []string{"go.mod", "go.sum"} { // it is a package of the program's module
		if err := os.Remove(filepath.Join(w.Dir, "go", "generated", name)); err != nil {
			w.T.Fatal(err)
		}
	}
	w.write("go/go.mod", "module example.com/client\n\ngo 1.26\n")
	w.Run("go", nil, "go", "build", "-mod=mod", "-o", "main", ".")
	w.works("go", "./main")
}

func generatePython(w *generatorWorkshop) {
	w.T.Helper()
	w.copyTestdata("python")
	w.generate("python", "python", "--additional-properties=packageName=generated")
	w.Run("python", nil, "python3", "-m", "venv", "venv")
	w.Run("python", nil, "venv/bin/pip", "install", "-q", "--disable-pip-version-check", "-r", "requirements.txt")
	w.works("python", filepath.Join(w.Dir, "python", "venv", "bin", "python"), "main.py")
}
