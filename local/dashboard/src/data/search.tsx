// SPDX-License-Identifier: Apache-2.0

import { useState } from 'preact/hooks';
import { beginningWith } from './keys';

/** Finds keys. A word without a wildcard is searched for at the beginning of keys. */
export function Search({ pattern, onSearch }: { pattern: string; onSearch: (pattern: string) => void }) {
	const [text, setText] = useState(pattern);
	const search = () => onSearch(text === '' || /[*?[\\]/.test(text) ? text : beginningWith(text));
	return (
		<form role="search" onSubmit={(e) => { e.preventDefault(); search(); }}>
			<label class="hidden" for="pattern">Pattern</label>
			<input id="pattern" type="search" placeholder="Find keys: user: or *text*" aria-keyshortcuts="/" spellcheck={false} value={text} onInput={(e) => setText(e.currentTarget.value)} />
			<button>Find</button>
		</form>
	);
}
