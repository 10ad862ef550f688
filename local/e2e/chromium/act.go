// SPDX-License-Identifier: Apache-2.0

package chromium

import (
	"fmt"
	"strings"

	"github.com/chromedp/chromedp"
)

// found has JavaScript do something with the first of the candidates that is visible, not disabled and stands still, and waits until
// that says that it is done. Where a dialog is open, only what is in it counts. What is found may be replaced when data arrive, so that
// nothing may come between finding and doing.
func (b *Page) found(what, candidates, do string) {
	b.T.Helper()
	b.Until(what, fmt.Sprintf(`(() => {
		const within = [...document.querySelectorAll('dialog[open]')].at(-1) ?? document;
		const found = [...(%s)(within)].find((e) => e && !e.disabled && e.checkVisibility());
		if (!found) return false;
		found.scrollIntoView({ block: 'center' });
		const { x, y, width, height } = found.getBoundingClientRect(), place = [x, y, width, height].join(), before = window.looked;
		window.looked = { found, place };
		return before?.found === found && before.place === place && (%s)(found);
	})()`, candidates, do))
}

// Mark gives what is found an attribute to be found by, and returns a selector.
func (b *Page) Mark(what, candidates string) chromedp.CSS {
	b.T.Helper()
	b.found(what, candidates, `(found) => {
		document.querySelectorAll('[data-mark]').forEach((e) => e.removeAttribute('data-mark'));
		found.setAttribute('data-mark', '');
		return true;
	}`)
	return "[data-mark]"
}

// ClickOn clicks the first of the candidates at its middle, once nothing covers that.
func (b *Page) ClickOn(what, candidates string) {
	b.T.Helper()
	b.found(what, candidates, `(found) => {
		const { x, y, width, height } = found.getClientRects()[0];
		window.middle = [x + width / 2, y + height / 2];
		return found.contains(document.elementFromPoint(...window.middle));
	}`)
	at := Eval[[]float64](b, `window.middle`)
	b.Do("click "+what, chromedp.MouseClickXY(at[0], at[1]))
}

// Click clicks a button, a link or a label by its name.
func (b *Page) Click(name string) {
	b.T.Helper()
	b.ClickOn("something to click named "+name, fmt.Sprintf(`(within) => {
		const name = %s, all = [...within.querySelectorAll('button, a, label.choice')];
		const text = (e) => (e.getAttribute('aria-label') ?? e.innerText).trim();
		return [...all.filter((e) => text(e) === name), ...all.filter((e) => e.matches('label') && text(e).startsWith(name))];
	}`, Quote(name)))
}

// field does something with a field by its label.
func (b *Page) field(label, do string) {
	b.T.Helper()
	b.found("a field "+label, fmt.Sprintf(`(within) => [...within.querySelectorAll('label')]
		.filter((l) => l.innerText.trim() === %[1]s).map((l) => document.getElementById(l.htmlFor))
		.concat([...within.querySelectorAll('input, select')].filter((e) => e.ariaLabel === %[1]s))`, Quote(label)), do)
}

// Fill types text into a field; a long one, or none, is put there at once.
func (b *Page) Fill(label, text string) {
	b.T.Helper()
	typed := text != "" && len(text) < 200 && !strings.ContainsAny(text, "\n\r")
	b.field(label, fmt.Sprintf(`(e) => {
		const typed = %t, text = %s;
		e.focus();
		if (e.isContentEditable) getSelection().selectAllChildren(e); else e.select?.();
		if (typed) return document.activeElement === e;
		if (e.isContentEditable) return document.execCommand(text === '' ? 'delete' : 'insertText', false, text) || true;
		const proto = e.tagName === 'TEXTAREA' ? HTMLTextAreaElement : HTMLInputElement;
		Object.getOwnPropertyDescriptor(proto.prototype, 'value').set.call(e, text);
		e.dispatchEvent(new Event('input', { bubbles: true }));
		return true;
	}`, typed, Quote(text)))
	if typed {
		b.Do("type into "+label, chromedp.KeyEvent(text))
	}
}

// Choose picks an option of a list by what it says.
func (b *Page) Choose(label, option string) {
	b.T.Helper()
	b.field(label, fmt.Sprintf(`(e) => {
		const option = [...e.options].find((o) => o.text === %s);
		if (!option) return false;
		e.value = option.value;
		e.dispatchEvent(new Event('change', { bubbles: true }));
		return true;
	}`, Quote(option)))
}
