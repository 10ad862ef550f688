// SPDX-License-Identifier: Apache-2.0

import { at } from '../base';

export type Theme = 'system' | 'light' | 'dark';

const place = `tempskv-theme${at('')}`;
const dark = matchMedia('(prefers-color-scheme: dark)');
let chosen: Theme = 'system';
try {
	const kept = localStorage.getItem(place);
	if (kept === 'light' || kept === 'dark') chosen = kept;
} catch {
	// The browser keeps nothing: the theme is that of the system.
}

/** Shows the page in its theme, and says so to what draws by itself. */
function show() {
	document.documentElement.dataset.theme = chosen === 'system' ? (dark.matches ? 'dark' : 'light') : chosen;
	window.dispatchEvent(new Event('theme'));
}

/** Follows the theme of the system, unless another was chosen. */
export function startTheme() {
	dark.addEventListener('change', show);
	show();
}

export const theme = () => chosen;

export function chooseTheme(next: Theme) {
	chosen = next;
	try {
		if (next === 'system') localStorage.removeItem(place);
		else localStorage.setItem(place, next);
	} catch {
		// It holds until the page is closed.
	}
	show();
}
