// SPDX-License-Identifier: Apache-2.0

package metrics_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/tempskv/tempskv/handlers/archive"
)

const packaging = "../packaging"

// expressions returns the expressions of the alerts and the dashboard, by where they are.
func expressions(t *testing.T) (alerts, panels map[string]string) {
	t.Helper()
	var rules struct {
		Groups []struct {
			Rules []struct{ Alert, Expr string }
		}
	}
	read(t, "alerts.yaml", func(text []byte) error { return yaml.Unmarshal(text, &rules) })
	alerts = map[string]string{}
	for _, group := range rules.Groups {
		for _, rule := range group.Rules {
			alerts[rule.Alert] = rule.Expr
		}
	}
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
		Templating struct {
			List []struct{ Name, Query string }
		}
	}
	read(t, "grafana.json", func(text []byte) error { return json.Unmarshal(text, &dashboard) })
	variables := strings.NewReplacer("$__rate_interval", "5m", "$instance", ".*", "$operation", ".*")
	panels = map[string]string{}
	for _, panel := range dashboard.Panels {
		for i, target := range panel.Targets {
			panels[fmt.Sprintf("%s %d", panel.Title, i)] = variables.Replace(target.Expr)
		}
	}
	for _, variable := range dashboard.Templating.List {
		if metric, ok := strings.CutPrefix(variable.Query, "label_values("); ok {
			metric, label, _ := strings.Cut(strings.TrimSuffix(metric, ")"), ", ")
			panels["variable "+variable.Name] = fmt.Sprintf("%s{%s=~\".*\"}", metric, label)
		}
	}
	if len(alerts) < 5 || len(panels) < 20 {
		t.Fatalf("there are %d alerts and %d expressions of the dashboard", len(alerts), len(panels))
	}
	return alerts, panels
}

func read(t *testing.T, name string, unmarshal func([]byte) error) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(packaging, name))
	if err == nil {
		err = unmarshal(text)
	}
	if err != nil {
		t.Fatal(err)
	}
}

var (
	// A metric with its matchers, and what a matcher begins with; and a sample of the page.
	metricPattern  = regexp.MustCompile(`\b((?:tempskv|go|process)_\w+)(?:\{([^}]*)\})?`)
	matcherPattern = regexp.MustCompile(`(\w+)(?:=~|!~|!=|=)"`)
)

// exported returns the names of the samples of a page, each with the names of its labels.
func exported(samples map[string]float64) map[string][]string {
	names := map[string][]string{}
	for sample := range samples {
		name, labels, _ := strings.Cut(sample, "{")
		// Prometheus adds these two.
		of := []string{"instance", "job"}
		for _, matcher := range matcherPattern.FindAllStringSubmatch(labels, -1) {
			of = append(of, matcher[1])
		}
		names[name] = of
	}
	return names
}

// unknown returns what an expression names that is not exported.
func unknown(expression string, names map[string][]string) (missing []string) {
	for _, use := range metricPattern.FindAllStringSubmatch(expression, -1) {
		labels, ok := names[use[1]]
		if !ok {
			missing = append(missing, use[1])
		}
		for _, matcher := range matcherPattern.FindAllStringSubmatch(use[2], -1) {
			if ok && !slices.Contains(labels, matcher[1]) {
				missing = append(missing, use[1]+"{"+matcher[1]+"}")
			}
		}
	}
	return missing
}

// TestPackagingNamesWhatIsExported compares the dashboard and the alerts with a real page.
func TestPackagingNamesWhatIsExported(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.call(200, "POST", "/api/kv/enable", w.admin, `{"max_memory":"1mb"}`)
	w.call(201, "POST", "/api/projects", w.admin, `{"name":"a"}`)
	w.schedule(archive.Schedule{Every: 24 * time.Hour, LastSuccess: time.Now()})
	names := exported(w.scrape())
	alerts, panels := expressions(t)
	for _, all := range []map[string]string{alerts, panels} {
		for where, expression := range all {
			if missing := unknown(expression, names); len(missing) > 0 {
				t.Errorf("%s: there is no %v", where, missing)
			}
		}
	}
	const wrong = `rate(tempskv_request_total{status="1"}[5m]) + tempskv_projects{project="1"} + up`
	if got := unknown(wrong, names); !slices.Equal(got, []string{"tempskv_request_total", "tempskv_projects{project}"}) {
		t.Errorf("of wrong names it finds %v", got)
	}
}

// TestAlerts checks the alerts with promtool, and that they fire.
func TestAlerts(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"check", "rules", "alerts.yaml"}, {"test", "rules", "alerts_test.yaml"}} {
		cmd := promtool(t, args...)
		cmd.Dir = packaging
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v: %v: %s", args, err, out)
		}
	}
}

// TestDashboardAsksWell checks the expressions of the dashboard with promtool, as if they were rules.
func TestDashboardAsksWell(t *testing.T) {
	t.Parallel()
	type rule struct {
		Record string `json:"record"`
		Expr   string `json:"expr"`
	}
	type group struct {
		Name  string `json:"name"`
		Rules []rule `json:"rules"`
	}
	_, panels := expressions(t)
	all := group{Name: "dashboard"}
	for _, expression := range panels {
		all.Rules = append(all.Rules, rule{fmt.Sprintf("panel:%d", len(all.Rules)), expression})
	}
	text, err := json.Marshal(map[string][]group{"groups": {all}}) // which is YAML too
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "dashboard.yaml")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := promtool(t, "check", "rules", path).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
