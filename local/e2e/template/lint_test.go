// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package template_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/tempskv/tempskv/local/e2e"
)

// transform is a program for samtranslator: it makes of the template what CloudFormation makes of it, with the
// parameters given as NAME=VALUE, and prints that as JSON.
const transform = `
import json, os, sys
os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

class NoPolicies:
    def load(self):
        return {}

with open(sys.argv[1]) as f:
    template = yaml_parse(f)
template["Globals"]["Function"]["CodeUri"] = "s3://bucket-of-sam/code"
parameters = dict(p.split("=", 1) for p in sys.argv[2:])
for name, value in parameters.items():
    template["Parameters"][name]["Default"] = value
json.dump(transform(template, parameters, NoPolicies()), sys.stdout, indent=1)
`

// stacks are parameters under which each Condition of the template is once true and once false.
var stacks = map[string][]string{
	"a cache": nil,
	"a cache with everything": {
		"ZoneA=us-east-1b", "ZoneB=us-east-1c", "CorsOrigins=https://shop.example",
		"AlarmTopicArn=arn:aws:sns:us-east-1:123456789012:alarms",
		"SnapshotArn=arn:aws:elasticache:us-east-1:123456789012:serverlesscachesnapshot:tempskv-last-0123abcd",
	},
	"a Redis on the Internet": {"RedisSecretArn=arn:aws:secretsmanager:us-east-1:123456789012:secret:redis-AbCdEf"},
	"a Redis in a VPC": {
		"RedisSecretArn=arn:aws:secretsmanager:us-east-1:123456789012:secret:redis-AbCdEf",
		"SubnetIds=subnet-0123456789abcdef0,subnet-0123456789abcdef1", "SecurityGroupIds=sg-0123456789abcdef0",
	},
}

// TestTemplate lints the template, and what CloudFormation makes of it under each of the stacks.
func TestTemplate(t *testing.T) {
	t.Parallel()
	lint, python := linter(t)
	source := filepath.Join(e2e.Root, "template.yaml")
	templates := []string{source}
	for name, parameters := range stacks {
		out := run(t, python, append([]string{"-c", transform, source}, parameters...)...)
		path := filepath.Join(t.TempDir(), name+".json")
		if err := os.WriteFile(path, out, 0o600); err != nil {
			t.Fatal(err)
		}
		templates = append(templates, path)
	}
	run(t, lint, append([]string{"--regions", "us-east-1", "eu-central-1", "--template"}, templates...)...)
}

// linter returns the paths of cfn-lint and of the Python that it and samtranslator are installed for. Where they
// are not, the test is skipped, or fails if nothing may be left out.
func linter(t *testing.T) (lint, python string) {
	t.Helper()
	lint, err := exec.LookPath("cfn-lint")
	if err == nil {
		lint, err = filepath.EvalSymlinks(lint)
	}
	for _, name := range []string{"python3", "python"} {
		python = filepath.Join(filepath.Dir(lint), name)
		if err == nil && exec.Command(python, "-c", "import cfnlint, samtranslator").Run() == nil {
			return lint, python
		}
	}
	e2e.LeaveOut(t, "skipped: this test needs cfn-lint in PATH, in its own Python environment "+
		"(python3 -m venv DIR; DIR/bin/pip install cfn-lint; PATH=DIR/bin:$PATH): %v", err)
	return "", ""
}

// run runs a program that must succeed, and returns what it prints.
func run(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	command := exec.CommandContext(t.Context(), name, args...)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); err != nil {
		t.Fatal(fmt.Errorf("%s: %w\n%s%s", filepath.Base(name), err, &stdout, &stderr))
	}
	return stdout.Bytes()
}
