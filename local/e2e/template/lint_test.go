// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package template_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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
		"DataConcurrency=20", "DomainName=kv.example.com", "DomainBasePath=v1", "MetricsNamespace=",
		"CertificateArn=arn:aws:acm:us-east-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef",
		"KmsKeyArn=arn:aws:kms:us-east-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef",
		"PermissionsBoundary=arn:aws:iam::123456789012:policy/boundary", "AdminKeyVersion=01234567-89ab-cdef-0123-456789abcdef",
	},
	"a domain that is there":  {"DomainName=kv.example.com"},
	"a Redis on the Internet": {"RedisSecretArn=arn:aws:secretsmanager:us-east-1:123456789012:secret:redis-AbCdEf"},
	"a Redis in a VPC": {
		"RedisSecretArn=arn:aws:secretsmanager:us-east-1:123456789012:secret:redis-AbCdEf",
		"SubnetIds=subnet-0123456789abcdef0,subnet-0123456789abcdef1", "SecurityGroupIds=sg-0123456789abcdef0",
	},
}

// TestTemplate lints the template, and what CloudFormation makes of it under each of the stacks, with all that cfn-lint has to say:
// mistakes, warnings and remarks. The SAM CLI validates it as before a deployment.
func TestTemplate(t *testing.T) {
	t.Parallel()
	lint, python, sam := linter(t)
	source := filepath.Join(e2e.Root, "template.yaml")
	templates := []string{source}
	for name, parameters := range stacks {
		path := filepath.Join(t.TempDir(), name+".json")
		if err := os.WriteFile(path, run(t, python, append([]string{"-c", transform, source}, parameters...)...), 0o600); err != nil {
			t.Fatal(err)
		}
		templates = append(templates, path)
	}
	run(t, lint, append([]string{"--include-checks", "I", "--regions", "us-east-1", "eu-central-1", "--template"}, templates...)...)
	run(t, sam, "validate", "--lint", "--region", "eu-central-1", "--template-file", source)
}

// TestSchemas gives each resource of a stack a property that it cannot have: cfn-lint has the schema of every type, and sees it.
func TestSchemas(t *testing.T) {
	t.Parallel()
	lint, python, _ := linter(t)
	var stack struct {
		Resources map[string]map[string]any
	}
	out := run(t, python, append([]string{"-c", transform, filepath.Join(e2e.Root, "template.yaml")}, stacks["a cache with everything"]...)...)
	if err := json.Unmarshal(out, &stack); err != nil || len(stack.Resources) < 80 {
		t.Fatal(len(stack.Resources), err)
	}
	for _, r := range stack.Resources {
		r["Properties"].(map[string]any)["Nonsense"] = "1"
	}
	whole := map[string]any{}
	if err := json.Unmarshal(out, &whole); err != nil {
		t.Fatal(err)
	}
	whole["Resources"] = stack.Resources
	text, err := json.Marshal(whole)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "broken.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	var findings []struct {
		Rule     struct{ ID string } `json:"Rule"`
		Location struct{ Path []any }
	}
	command := exec.CommandContext(t.Context(), lint, "--regions", "us-east-1", "--format", "json", "--template", path)
	report, err := command.Output() // it fails, since it finds what is wrong
	if err := json.Unmarshal(report, &findings); err != nil {
		t.Fatal(err)
	}
	if err == nil {
		t.Error("cfn-lint finds nothing")
	}
	found := map[string]bool{}
	for _, f := range findings {
		if p := f.Location.Path; f.Rule.ID == "E3002" && len(p) > 3 && p[3] == "Nonsense" {
			found[fmt.Sprint(p[1])] = true
		}
	}
	for name, r := range stack.Resources {
		if !found[name] {
			t.Errorf("cfn-lint takes a property that %s of type %s does not have", name, r["Type"])
		}
	}
}

// restAPI is a template with a REST API that has what aws.md shows.
const restAPI = `AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Resources:
  Rest:
    Type: AWS::Serverless::Api
    Properties:
      StageName: prod
%s
  Function:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: s3://bucket-of-sam/code
      Handler: bootstrap
      Runtime: provided.al2023
      Events:
        Any: {Type: Api, Properties: {RestApiId: !Ref Rest, Method: ANY, Path: "/{proxy+}"}}
`

// TestGatewayResponses validates what aws.md shows for REST APIs.
func TestGatewayResponses(t *testing.T) {
	t.Parallel()
	_, _, sam := linter(t)
	text, err := os.ReadFile(filepath.Join(e2e.Root, "local", "docs", "aws.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "```yaml\n      GatewayResponses:\n")
	shown, _, ok := strings.Cut(rest, "```")
	if !ok {
		t.Fatal("aws.md shows no GatewayResponses")
	}
	path := filepath.Join(t.TempDir(), "rest.yaml")
	if err := os.WriteFile(path, fmt.Appendf(nil, restAPI, "      GatewayResponses:\n"+shown), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, sam, "validate", "--lint", "--region", "eu-central-1", "--template-file", path)
}

// linter returns the paths of cfn-lint, of the Python that it and samtranslator are installed for, and of the SAM CLI. Where they
// are not, the test is skipped, or fails if nothing may be left out.
func linter(t *testing.T) (lint, python, sam string) {
	t.Helper()
	lint, err := exec.LookPath("cfn-lint")
	if err == nil {
		lint, err = filepath.EvalSymlinks(lint)
	}
	if err == nil {
		sam, err = exec.LookPath("sam")
	}
	for _, name := range []string{"python3", "python"} {
		python = filepath.Join(filepath.Dir(lint), name)
		if err == nil && exec.Command(python, "-c", "import cfnlint, samtranslator").Run() == nil {
			return lint, python, sam
		}
	}
	e2e.LeaveOut(t, "skipped: this test needs cfn-lint and the SAM CLI in PATH, in their own Python environment "+
		"(python3 -m venv DIR; DIR/bin/pip install cfn-lint aws-sam-cli; PATH=DIR/bin:$PATH): %v", err)
	return "", "", ""
}

// run runs a program that must succeed, and returns what it prints.
func run(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	command := exec.CommandContext(t.Context(), name, args...)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	command.Env = append(os.Environ(), "SAM_CLI_TELEMETRY=0", "HOME="+t.TempDir()) // the SAM CLI writes there
	if err := command.Run(); err != nil {
		t.Fatal(fmt.Errorf("%s: %w\n%s%s", filepath.Base(name), err, &stdout, &stderr))
	}
	return stdout.Bytes()
}
