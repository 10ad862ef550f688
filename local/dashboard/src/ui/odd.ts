// SPDX-License-Identifier: Apache-2.0
//
// Characters that cannot be seen, or that change the order of others. Keys, values and names may hold them, so that one looks
// like another. Whatever an element shows, they are shown as in JSON.

import { type ComponentChildren, Fragment, h, options, type VNode } from 'preact';

// Control characters, marks of direction and of lines, and what has no width. The joiners of emoji and scripts are not among them.
export const odd = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;
export const oddInLines = new RegExp(`(?![\\n\\t])${odd.source}`, 'g'); // in a text of lines
const most = 1000; // odd characters of one text that are elements, which keep them for the clipboard

const short: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };
export const escaped = (c: string) => short[c] ?? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Returns a text with its odd characters as in JSON. */
export const visible = (text: string) => text.replace(odd, escaped);

/** The text itself, but each odd character is in an element that shows it. */
function shown(text: string, lines: boolean): ComponentChildren {
	const which = lines ? oddInLines : odd;
	const found = [...text.matchAll(which)];
	if (found.length === 0) return text;
	if (found.length > most) return text.replace(which, escaped);
	const parts: ComponentChildren[] = [];
	let from = 0;
	for (const { 0: c, index } of found) {
		parts.push(text.slice(from, index), h('span', { class: 'odd', 'data-shown': escaped(c) }, c));
		from = index + 1;
	}
	return [...parts, text.slice(from)];
}

const spoken = ['title', 'aria-label', 'placeholder', 'data-label'];

function each(children: ComponentChildren, show: (text: string) => ComponentChildren): ComponentChildren {
	if (typeof children === 'string') return show(children);
	return Array.isArray(children) ? children.map((c) => each(c, show)) : children;
}

/** From now on, whatever an element shows has its odd characters shown. */
export function showOddCharacters() {
	const before = options.vnode;
	options.vnode = (vnode: VNode<any>) => {
		const { type, props } = vnode;
		if ((typeof type === 'string' || type === Fragment) && props.class !== 'odd') {
			for (const name of spoken) if (typeof props[name] === 'string') props[name] = visible(props[name]);
			if (props.children != null) props.children = each(props.children, type === 'option' ? visible : (text) => shown(text, type === 'pre'));
		}
		before?.(vnode);
	};
}
