// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package generators_test

// Maven compiles a client, and writes down where its libraries are.
const (
	dependencyPlugin = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:"
	classpath        = "target/classes:"
)

func generateJava(w *generatorWorkshop) {
	w.T.Helper()
	w.generate("java", "java")
	w.worksOnJava("java")
}

func generateJavaNative(w *generatorWorkshop) {
	w.T.Helper()
	w.generate("java", "java-native", "--additional-properties=library=native")
	w.worksOnJava("java-native")
}

// worksOnJava compiles the client in a directory with the program that uses it, and runs that.
func (w *generatorWorkshop) worksOnJava(dir string) {
	w.T.Helper()
	w.copyTestdata(dir)
	libraries := w.maven(dir)
	w.Run(dir, nil, "javac", "-d", "target/classes", "-cp", classpath+libraries, "Main.java")
	w.works(dir, "java", "-cp", classpath+libraries, "Main")
}

// generateKotlin maps the type that answers inherit from: see testdata/kotlin/src/main/kotlin/Open.kt.
func generateKotlin(w *generatorWorkshop) {
	w.T.Helper()
	w.generate("kotlin", "kotlin", "--additional-properties=serializationLibrary=jackson", "--instantiation-types=map=Open")
	w.copyTestdata("kotlin")
	libraries := w.maven("kotlin")
	w.works("kotlin", "java", "-cp", classpath+libraries, "MainKt")
}

// maven compiles what is in a directory, and returns the class path of its libraries.
func (w *generatorWorkshop) maven(dir string) string {
	w.T.Helper()
	w.Run(dir, nil, "mvn", "-q", "-B", "-Dmaven.javadoc.skip=true", "-Dmaven.source.skip=true", "-Dkotlin.compiler.daemon=false", "compile",
		dependencyPlugin+"build-classpath", "-Dmdep.outputFile=classpath")
	return w.read(dir + "/classpath")
}
