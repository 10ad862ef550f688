// SPDX-License-Identifier: Apache-2.0

const paths = {
	overview: 'M3 12h4l3-8 4 16 3-8h4',
	settings: 'M4 7h10M18 7h2M4 17h2M10 17h10M14 4v6M6 14v6',
	projects: 'M4 5h6l2 3h8v11H4z',
	backups: 'M4 4h16v5H4zM6 9v11h12V9M12 12v5M9.5 14.5 12 17l2.5-2.5',
	keys: 'M14 10a4 4 0 1 0-3.5 4H13v3h3v-3h4v-4z',
	audit: 'M6 3h9l4 4v14H6zM9 12h7M9 16h7',
	system: 'M4 5h16v10H4zM9 20h6M12 15v5',
};

export function Icon({ name }: { name: keyof typeof paths }) {
	return (
		<svg width="18" height="18" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">
			<path d={paths[name]} />
		</svg>
	);
}
