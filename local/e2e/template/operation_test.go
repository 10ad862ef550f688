// SPDX-License-Identifier: Apache-2.0

package template_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/local/e2e"
)

// TestAlarms checks what the alarms watch, and that none of them waits for data that an idle function does not send.
func TestAlarms(t *testing.T) {
	t.Parallel()
	var tm template
	readYAML(t, &tm, "template.yaml")
	type watched struct{ Metric, Of string }
	got := map[string]watched{}
	for name, r := range tm.Resources {
		if r.Type != "AWS::CloudWatch::Alarm" {
			continue
		}
		if p := r.Properties; p.MetricName != "" && len(p.Dimensions) == 1 {
			got[name] = watched{p.Namespace + " " + p.MetricName, p.Dimensions[0].Value}
		}
		if r.Properties.TreatMissingData != "notBreaching" || r.Properties.AlarmActions == nil {
			t.Errorf("%s: %+v", name, r.Properties)
		}
	}
	want := map[string]watched{
		"DataErrorAlarm":          {"AWS/Lambda Errors", "DataFunction"},
		"ManagementErrorAlarm":    {"AWS/Lambda Errors", "ManagementFunction"},
		"DataThrottleAlarm":       {"AWS/Lambda Throttles", "DataFunction"},
		"ManagementThrottleAlarm": {"AWS/Lambda Throttles", "ManagementFunction"},
		"SweepAlarm":              {"AWS/Lambda AsyncEventsDropped", "ManagementFunction"},
		"SweepStartAlarm":         {"AWS/Events FailedInvocations", "ManagementFunctionSweep"},
		"ServerErrorAlarm":        {"AWS/ApiGateway 5xx", "Api"},
		"SlowAlarm":               {"AWS/ApiGateway Latency", "Api"},
		"CacheThrottleAlarm":      {"AWS/ElastiCache ThrottledCmds", "Cache"},
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("the alarms differ (-got +want):\n%s", diff)
	}
	if got := tm.Resources["SlowAlarm"].Properties.LowSamples; got != "ignore" {
		t.Errorf("with few requests the alarm on latency does %q, want ignore", got)
	}
}

// TestRetention checks that what the stack keeps or removes is written down, and where API Gateway writes its log.
func TestRetention(t *testing.T) {
	t.Parallel()
	var tm template
	readYAML(t, &tm, "template.yaml")
	for name, r := range tm.Resources {
		switch r.Type {
		case "AWS::SecretsManager::Secret", "AWS::Logs::LogGroup", "AWS::ElastiCache::ServerlessCache":
			if r.DeletionPolicy == "" || r.UpdateReplacePolicy == "" {
				t.Errorf("%s: deleted %q, replaced %q", name, r.DeletionPolicy, r.UpdateReplacePolicy)
			}
		}
	}
	if got := tm.Resources["AccessLog"].Properties.LogGroupName; !strings.HasPrefix(got, "/aws/vendedlogs/") {
		t.Errorf("API Gateway writes its log to %q", got)
	}
}

// TestSAMConfig checks that what does nothing is not set: a build by make is made each time.
func TestSAMConfig(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(e2e.Root, "samconfig.toml"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "cached") {
		t.Errorf("samconfig.toml says cached")
	}
}
