// SPDX-License-Identifier: Apache-2.0

/**
 * Formats a JSON text over several lines. It works on the text, so every number and escape stays as it is stored;
 * JSON.parse would change them.
 */
export function pretty(text: string): string {
	let out = '';
	let depth = 0;
	const line = () => `\n${'  '.repeat(depth)}`;
	for (let i = 0; i < text.length; i++) {
		const c = text[i]!;
		if (c === '"') {
			let end = i + 1;
			while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
			out += text.slice(i, end + 1);
			i = end;
		} else if (c === '{' || c === '[') {
			if (text[i + 1] === '}' || text[i + 1] === ']') {
				out += c + text[++i];
				continue;
			}
			depth++;
			out += c + line();
		} else if (c === '}' || c === ']') {
			depth--;
			out += line() + c;
		} else if (c === ',') out += c + line();
		else out += c === ':' ? ': ' : c;
	}
	return out;
}

/** Returns why a text is not valid JSON, or nothing. */
export function jsonFault(text: string): string {
	try {
		JSON.parse(text);
		return '';
	} catch (error) {
		return error instanceof Error ? error.message : 'not JSON';
	}
}

/** Returns the characters of a JSON string, null for any other JSON text. */
export function stringOf(text: string): string | null {
	return text.startsWith('"') ? (JSON.parse(text) as string) : null;
}
