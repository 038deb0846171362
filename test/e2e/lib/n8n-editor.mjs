// What people do in n8n's editor.
import { OWNER } from '../../../scripts/hosts/n8n.mjs';
import { openBrowser } from './browser.mjs';

/** Opens a browser and signs in. */
export async function openEditor(url, options) {
	const browser = await openBrowser(options);
	const { page } = browser;
	await page.goto(`${url}/signin`);
	await page.fill('input[name=emailOrLdapLoginId]', OWNER.email);
	await page.fill('input[type=password]', OWNER.password);
	await page.click('[data-test-id=form-submit-button]');
	await page.waitForURL((to) => !String(to).includes('signin'));
	return {
		...browser,
		async openWorkflow(id) {
			await page.goto(`${url}/workflow/${id}`);
			await page.waitForSelector('[data-test-id=canvas-node]');
			// The canvas moves until the workflow fits.
			await page.waitForTimeout(1_000);
		},
		/** Searches the panel of nodes, opens the node that it finds, and reads its actions. */
		async findActions(name) {
			await page.click('[data-test-id=node-creator-plus-button]');
			await page.locator('[data-test-id=node-creator-search-bar]').first().pressSequentially(name);
			const items = page.locator('[data-test-id=node-creator-item-name]');
			await items.filter({ hasText: name }).first().click();
			await items.nth(1).waitFor();
			await page.waitForTimeout(500);
			return (await items.allTextContents()).map((text) => text.trim());
		},
		async openNode(name) {
			await page.dblclick(`[data-test-id=canvas-node][data-node-name="${name}"]`);
			await page.waitForSelector('[data-test-id=node-execute-button]');
			await page.waitForTimeout(500);
		},
	};
}
