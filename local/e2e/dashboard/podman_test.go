// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package dashboard_test

import (
	"strings"
	"testing"

	"github.com/tempskv/tempskv/local/e2e"
	"github.com/tempskv/tempskv/local/e2e/chromium"
)

// TestDashboardWithPodman turns on a Redis in a container, and says what an update of it will do before it is done.
func TestDashboardWithPodman(t *testing.T) {
	t.Parallel()
	podman := e2e.StartPodman(t)
	image := podman.HostImage()
	s := e2e.Serve(t, t.TempDir(), "--podman-socket", podman.Socket)
	b := chromium.Open(t, s.URL)
	signIn(b, s)
	b.Navigate("/settings")
	b.Click("Managed Redis")
	b.Fill("Or an image", image)
	b.Fill("Max memory", "64mb")
	// The steps pass by: each that the page shows is kept.
	chromium.Eval[bool](b, `(() => {
		window.steps = '';
		new MutationObserver(() => { window.steps += [...document.querySelectorAll('progress')].map((p) => p.ariaLabel + '\n'); })
			.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
		return true;
	})()`)
	b.Click("Enable")
	b.Sees("KV storage is enabled.", "Healthy", "at most 64 MB", image)
	if steps := chromium.Eval[string](b, `window.steps`); strings.Trim(strings.ReplaceAll(steps, "Getting ready", ""), "\n") == "" {
		t.Errorf("the page showed no step of it: %q", steps)
	}
	b.Fill("Redis version", "8")
	b.Sees("your data is copied first", "they are refused for some seconds")
	b.Fill("Redis version", "")
	b.Choose("When it is full", "Delete any key, least used first")
	b.Sees("It takes effect at once, without interruption.")
	b.Click("Update")
	b.Sees("KV storage is updated.")
	b.Fill("Or an image", "docker.io/library/nothing:none@")
	b.Click("Update")
	b.Sees("Request id")
	b.Sees("Healthy")
	b.Click("Disable KV Storage")
	b.Click("Disable")
	b.Sees("KV Storage is off")
}
