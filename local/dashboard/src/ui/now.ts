// SPDX-License-Identifier: Apache-2.0

import { useEffect, useState } from 'preact/hooks';

/** Returns the time, and renders again each second while it is wanted. */
export function useNow(wanted = true): number {
	const [, setNow] = useState(0);
	useEffect(() => {
		if (!wanted) return;
		const timer = setInterval(() => setNow(Date.now()), 1000);
		return () => clearInterval(timer);
	}, [wanted]);
	return Date.now();
}
