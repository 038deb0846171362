// A headless Chromium, and screenshots.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromiumPath, requireHosts } from '../../../scripts/hosts/setup.mjs';
import { root } from '../../../scripts/root.mjs';

/** Screenshots are stored here for people to look at. */
const picturesDir = join(root, 'output', 'pictures');

/** @param {{locale?: string, viewport?: {width: number, height: number}}} [options] */
export async function openBrowser(options = {}) {
	const { chromium } = requireHosts('playwright-core');
	const browser = await chromium.launch({
		executablePath: chromiumPath(),
		headless: true,
		args: [
			'--no-sandbox',
			'--disable-gpu',
			'--disable-quic',
			'--no-first-run',
			'--disable-background-networking',
			'--disable-component-update',
			'--disable-sync',
		],
	});
	const context = await browser.newContext({
		viewport: { width: 1440, height: 960 },
		...options,
	});
	const page = await context.newPage();
	// Long, because the machine may be busy; each test also waits for its own conditions.
	page.setDefaultTimeout(60_000);
	const pageErrors = [];
	page.on('pageerror', (error) => pageErrors.push(error.stack ?? String(error)));
	mkdirSync(picturesDir, { recursive: true });
	const picture = (name, target = page) =>
		target.screenshot({ path: join(picturesDir, `${name}.png`) });
	return { page, context, pageErrors, picture, close: () => browser.close() };
}

/** Size of a page in the README's tour, in pixels. */
const STILL = { width: 920, height: 600 };

/**
 * Stores part of a page with a caption. `img2webp` (Debian: webp) creates the README's tour from these files: img2webp
 * -lossy -q 80 -d 2600 output/pictures/tour-*.png -o docs/images/tour.webp
 * @param {any} page of Playwright
 * @param {string} name sorts the files in the order of the tour
 * @param {string} caption
 * @param {{x: number, y: number}} corner of the part
 */
export async function still(page, name, caption, corner) {
	const shown = await page.screenshot({ clip: { ...corner, ...STILL } });
	const sheet = await page.context().newPage();
	await sheet.setViewportSize({ ...STILL, height: STILL.height + 56 });
	await sheet.setContent(
		`<body style="margin: 0; background: #24292f; color: #fff; font: 600 26px/56px sans-serif">
			<div style="padding-left: 20px">${caption}</div>
			<img src="data:image/png;base64,${shown.toString('base64')}">
		</body>`,
	);
	await sheet.screenshot({ path: join(picturesDir, `tour-${name}.png`) });
	await sheet.close();
}
