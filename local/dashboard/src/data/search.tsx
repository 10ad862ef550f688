// SPDX-License-Identifier: Apache-2.0

import { useEffect, useState } from 'preact/hooks';
import { beginningWith } from './keys';

/** Finds keys. A word without a wildcard is searched for at the beginning of keys. The arrow down leads to what was found. */
export function Search({ pattern, onSearch, onDown }: { pattern: string; onSearch: (pattern: string) => void; onDown: () => void }) {
	const [text, setText] = useState(pattern);
	useEffect(() => setText(pattern), [pattern]);
	const search = () => onSearch(text === '' || /[*?[\\]/.test(text) ? text : beginningWith(text));
	return (
		<form role="search" onSubmit={(e) => { e.preventDefault(); search(); }}>
			<label class="hidden" for="pattern">Pattern</label>
			<input id="pattern" type="search" placeholder="Find keys: user: or *text*" aria-keyshortcuts="/" spellcheck={false} value={text} onInput={(e) => setText(e.currentTarget.value)}
				onKeyDown={(e) => { if (e.key === 'ArrowDown') { e.preventDefault(); onDown(); } }} />
			<button>Find</button>
		</form>
	);
}
