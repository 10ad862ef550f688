// SPDX-License-Identifier: Apache-2.0
//
// JSON as text. Values are kept byte for byte, so nothing here goes through JSON.parse: it would round large numbers.

/** The most levels that a stored value may have. */
const deepest = 64;

/** A text is not JSON: why, and where. */
export class Fault extends Error {
	constructor(message: string, readonly at: number) { super(message); }
}

const plain = /[^"\\\u0000-\u001f]*/y;
const escape = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const space = /[ \t\n\r]*/y;
const word = /[A-Za-z0-9_.+-]*/y;

/** Returns where the match of an expression ends that begins there, -1 without one. */
function match(expression: RegExp, text: string, at: number): number {
	expression.lastIndex = at;
	return expression.test(text) ? expression.lastIndex : -1;
}

const skipSpace = (text: string, at: number) => match(space, text, at);

function skipString(text: string, begin: number): number {
	for (let at = begin + 1; ;) {
		at = match(plain, text, at);
		if (text[at] === '"') return at + 1;
		if (at >= text.length) throw new Fault('this text has no closing quote', begin);
		const after = match(escape, text, at);
		if (after < 0) throw new Fault(text[at] === '\\' ? 'this is not an escape that JSON has' : 'a line break or control character in a text is written as an escape such as \\n', at);
		at = after;
	}
}

/** Returns the offset after the list or object that begins there. Calls each with the name and the text of each member. */
function skipMembers(text: string, begin: number, depth: number, each?: (name: string, value: string) => void): number {
	const object = text[begin] === '{';
	const close = object ? '}' : ']';
	if (depth === 0) throw new Fault(`a value has at most ${deepest} levels`, begin);
	let at = skipSpace(text, begin + 1);
	if (text[at] === close) return at + 1;
	for (;;) {
		let name = '';
		if (object) {
			if (text[at] !== '"') throw new Fault('a name in double quotes is expected here', at);
			const end = skipString(text, at);
			if (each) name = JSON.parse(text.slice(at, end)) as string; // of a text, which has no number
			at = skipSpace(text, end);
			if (text[at] !== ':') throw new Fault('a colon is expected here', at);
			at = skipSpace(text, at + 1);
		}
		const end = skipValue(text, at, depth - 1);
		each?.(name, text.slice(at, end));
		at = skipSpace(text, end);
		if (text[at] === close) return at + 1;
		if (text[at] !== ',') throw new Fault(`a comma or ${close} is expected here`, at);
		at = skipSpace(text, at + 1);
	}
}

/** Returns the offset after the value that begins there. Throws a Fault. */
function skipValue(text: string, at: number, depth: number): number {
	const c = text[at];
	if (c === '"') return skipString(text, at);
	if (c === '{' || c === '[') return skipMembers(text, at, depth);
	const end = match(word, text, at);
	if (end === at) throw new Fault(c === undefined ? 'a value is expected here' : 'no value begins like this', at);
	const found = text.slice(at, end);
	if (found !== 'true' && found !== 'false' && found !== 'null' && match(number, text, at) !== end) {
		throw new Fault(/^[-\d]/.test(found) ? 'this is not a JSON number' : 'text is written in double quotes', at);
	}
	return end;
}

/** Returns why a text is not one JSON value, null if it is one. */
export function faultOf(text: string): Fault | null {
	try {
		const end = skipSpace(text, skipValue(text, skipSpace(text, 0), deepest));
		return end === text.length ? null : new Fault('nothing may follow the value', end);
	} catch (fault) {
		return fault as Fault;
	}
}

/** Says where and why, for people. */
export function wordsOf(text: string, fault: Fault): string {
	const before = text.slice(0, fault.at).split('\n');
	return `line ${before.length}, column ${before.at(-1)!.length + 1}: ${fault.message}`;
}

/** Returns the members of a JSON object, each as its text. Throws a Fault. */
export function membersOf(text: string): Map<string, string> {
	const begin = skipSpace(text, 0);
	const members = new Map<string, string>();
	if (text[begin] !== '{') throw new Fault('this is not a JSON object', begin);
	// The object is around the value, which may have all its levels.
	const end = skipSpace(text, skipMembers(text, begin, deepest + 1, (name, value) => { members.set(name, value); }));
	if (end !== text.length) throw new Fault('nothing may follow the object', end);
	return members;
}

/** Reports whether a JSON text has more levels than the API stores: another client of Redis wrote it. It is not formatted, nor edited. */
export function isTooDeep(text: string): boolean {
	let depth = 0;
	for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/gs)) {
		if (token === '[' || token === '{') depth++;
		else if (token === ']' || token === '}') depth--;
		if (depth > deepest) return true;
	}
	return false;
}

/** Formats a JSON text over several lines. Every number and escape stays as it is. */
export function pretty(text: string): string {
	const out: string[] = [];
	let depth = 0;
	const line = () => out.push('\n', '  '.repeat(depth));
	for (let i = 0; i < text.length; i++) {
		const c = text[i]!;
		if (c === '"') {
			let end = i + 1;
			while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
			out.push(text.slice(i, end + 1));
			i = end;
		} else if ((c === '{' || c === '[') && (text[i + 1] === '}' || text[i + 1] === ']')) out.push(c, text[++i]!);
		else if (c === '{' || c === '[') {
			depth++;
			out.push(c);
			line();
		} else if (c === '}' || c === ']') {
			depth--;
			line();
			out.push(c);
		} else if (c === ',') {
			out.push(c);
			line();
		} else out.push(c === ':' ? ': ' : c);
	}
	return out.join('');
}

/** Returns the characters of a JSON string, null for any other JSON text. */
export function stringOf(text: string): string | null {
	return text.startsWith('"') ? (JSON.parse(text) as string) : null;
}
