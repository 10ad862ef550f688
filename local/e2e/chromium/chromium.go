// SPDX-License-Identifier: Apache-2.0

package chromium

import (
	"context"
	"os/exec"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/tempskv/tempskv/local/e2e"
)

// OtherMachine is a name by which browsers reach servers on this machine, and take them for elsewhere.
const OtherMachine = "kv.example"

// Start starts a Chromium without a window, and returns a context for a page in it. It ends with the test.
func Start(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		e2e.LeaveOut(t, "needs chromium, which is not in PATH (Debian: apt install chromium)")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], // headless, and without looking for updates
		chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.Env("HOME="+t.TempDir()),
		chromedp.NoSandbox, // which root needs
		chromedp.Flag("host-resolver-rules", "MAP "+OtherMachine+" 127.0.0.1"),
		chromedp.DisableGPU, chromedp.WSURLReadTimeout(e2e.Patience))
	ctx, end := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(end)
	ctx, _ = chromedp.NewContext(ctx)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	t.Cleanup(func() { _ = chromedp.Cancel(ctx) }) // waits until its processes have ended
	return ctx
}
