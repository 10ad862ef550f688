// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package dashboard_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/tempskv/tempskv/local/e2e"
	"github.com/tempskv/tempskv/local/e2e/chromium"
)

// focused returns the role and the name of what has the focus, as assistive technology is told.
func focused(b *chromium.Page) (role, name string) {
	b.T.Helper()
	b.Do("read the accessibility tree", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		tree, err := cdp.Call(ctx, t, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
		if err != nil {
			return err
		}
		for _, n := range tree.Nodes {
			for _, p := range n.Properties {
				if p.Name == accessibility.PropertyNameFocused && string(p.Value.Value) == "true" { // the page has it too, before
					role, name = text(n.Role), text(n.Name)
				}
			}
		}
		return nil
	}))
	return role, name
}

func text(v *accessibility.Value) string {
	var words string
	if v != nil {
		_ = json.Unmarshal(v.Value, &words) // what is no text is none
	}
	return words
}

// TestChartByKeyboard reads the values of a chart with the arrow keys alone.
func TestChartByKeyboard(t *testing.T) {
	t.Parallel()
	s := e2e.Serve(t, t.TempDir())
	s.Enable(e2e.Object{"engine": "embedded"})
	s.CreateProject("shop")
	b := chromium.Open(t, s.URL)
	signIn(b, s)
	for range 30 {
		s.Admin().Must(t, http.MethodPost, "/api/kv/get", e2e.Object{"project_id": 1, "key": "a"}, nil)
	}
	e2e.Eventually(t, "steps that are over", func() string {
		var stats struct{ Steps []struct{ Reads int } }
		s.Admin().Must(t, http.MethodGet, "/api/kv/stats?range=1h", nil, &stats)
		sum := 0
		for _, step := range stats.Steps {
			sum += step.Reads
		}
		if len(stats.Steps) < 2 || sum != 30 {
			return fmt.Sprintf("there are %+v", stats)
		}
		return ""
	})
	b.Navigate("/")
	const chart = `document.querySelector('[role=slider][aria-label^="Operations per second"]')`
	b.Until("two steps", chart+`?.ariaValueMax > 0`)
	for i := 0; ; i++ {
		if role, name := focused(b); role == "slider" && strings.HasPrefix(name, "Operations per second in the last hour: at most ") {
			break
		}
		if i == 60 {
			t.Fatal("Tab does not come to the chart")
		}
		b.Do("press Tab", chromedp.KeyEvent("\t"))
	}
	if chromium.Eval[bool](b, `getComputedStyle(document.activeElement).outlineStyle === 'none'`) {
		t.Error("the focus on the chart cannot be seen")
	}
	press := func(key string) (said string) {
		t.Helper()
		b.Do("press", chromedp.KeyEvent(key))
		// What is said is what is shown.
		b.Until("the values", `document.activeElement.ariaValueText.replaceAll(',', '') === document.activeElement.querySelector('.values').innerText.replace(/\s+/g, ' ')`)
		return chromium.Eval[string](b, `document.activeElement.ariaValueText`)
	}
	first := press(kb.Home)
	second := press(kb.ArrowRight)
	if first == second {
		t.Errorf("the arrow leads from %s to %s", first, second)
	}
	if again := press(kb.ArrowLeft); again != first {
		t.Errorf("and back to %s", again)
	}
	if before := press(kb.ArrowLeft); before != first {
		t.Errorf("before the first there is %s", before)
	}
	if last := press(kb.End); last[:len("15:04:05")] <= first[:len("15:04:05")] && !strings.HasPrefix(last, "00:00") {
		t.Errorf("the last is %s, the first %s", last, first)
	}
	reads := 0.0
	for said, next := "", press(kb.Home); next != said; next = press(kb.ArrowRight) {
		said = next
		_, rate, _ := strings.Cut(said, "Reads ")
		rate, _, _ = strings.Cut(rate, "/s")
		perSecond, err := strconv.ParseFloat(rate, 64)
		if err != nil {
			t.Fatalf("%s: %v", said, err)
		}
		reads += perSecond * 15 // seconds in a step
	}
	if math.Round(reads) != 30 {
		t.Errorf("30 reads are %v in all steps", reads)
	}
	b.Do("press Tab", chromedp.KeyEvent("\t"))
	b.Until("no values without the focus", chart+`.querySelector('.values') === null`)
}
