// A headless Chromium, and pictures of what it shows.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromiumPath, requireHosts } from '../../../scripts/hosts/setup.mjs';
import { root } from '../../../scripts/root.mjs';

/** Pictures are stored here for people to look at. */
export const picturesDir = join(root, 'output', 'pictures');

/** @param {{colorScheme?: 'light' | 'dark', locale?: string, viewport?: {width: number, height: number}}} [options] */
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
	// Of a machine that has much else to do; who waits for something waits for that.
	page.setDefaultTimeout(60_000);
	const pageErrors = [];
	page.on('pageerror', (error) => pageErrors.push(error.stack ?? String(error)));
	mkdirSync(picturesDir, { recursive: true });
	const picture = (name, target = page) =>
		target.screenshot({ path: join(picturesDir, `${name}.png`) });
	return { page, context, pageErrors, picture, close: () => browser.close() };
}
