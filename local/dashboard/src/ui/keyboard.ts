// SPDX-License-Identifier: Apache-2.0

import { useEffect, useRef } from 'preact/hooks';

/** Reports whether keys are typed into something. */
const typing = (target: EventTarget | null) => target instanceof HTMLElement && (target.isContentEditable || target.matches('input:not([type=checkbox]), textarea, select'));

/** Runs a function when its key is pressed alone, outside of fields and dialogs. */
export function useShortcuts(keys: Record<string, () => void>) {
	const now = useRef(keys);
	now.current = keys;
	useEffect(() => {
		const press = (e: KeyboardEvent) => {
			const run = now.current[e.key];
			if (!run || e.defaultPrevented || e.ctrlKey || e.metaKey || e.altKey || typing(e.target) || document.querySelector('dialog[open]')) return;
			e.preventDefault();
			run();
		};
		window.addEventListener('keydown', press);
		return () => window.removeEventListener('keydown', press);
	}, []);
}
