// SPDX-License-Identifier: Apache-2.0

import { Copy } from '../ui/parts';

/** Lines to copy. */
export function Snippet({ name, text, file }: { name: string; text: string; file?: string }) {
	return (
		<div class="snippet">
			<div class="row"><span class="small muted">{file ?? name}</span><Copy text={text} of={name} /></div>
			<pre tabIndex={0} data-testid={`snippet-${name.replaceAll(' ', '-')}`} aria-label={name} role="region">{text}</pre>
		</div>
	);
}
