// The simulator's page in a browser: its contents, and its use with and without a mouse.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { until } from '../../../scripts/process.mjs';
import { loadSimulator } from '../../../scripts/root.mjs';
import { openBrowser } from '../lib/browser.mjs';

const HOSTILE = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`;

async function submitTo(simulator, deployment, overrides = {}, query = '') {
	const path = `/prod/v2/deployments/${simulator.deploymentIds[deployment]}/inference${query}`;
	const response = await fetch(simulator.url + path, {
		method: 'POST',
		headers: { authorization: `Bearer ${simulator.token}` },
		body: JSON.stringify({ overrides }),
	});
	return response.json();
}

void describe('the simulator’s page', { concurrency: 1 }, () => {
	let simulator;
	let browser;
	before(async () => {
		simulator = await loadSimulator().createSimulator({ latencyMs: 300, maxInstances: 1 });
		browser = await openBrowser();
		await browser.page.goto(`${simulator.url}/`);
	});
	after(async () => {
		await browser?.close();
		await simulator?.close();
	});

	const submit = (...more) => submitTo(simulator, ...more);
	const canBePlayed = (media) =>
		until('it can be played', () =>
			media.evaluate((one) => {
				// Audio loads only when played.
				one.preload = 'metadata';
				return one.readyState >= 1 && one.duration > 0;
			}),
		);
	const request = (id) => browser.page.locator('.request', { hasText: id.slice(0, 8) });

	it('shows how to begin while there is nothing', async () => {
		const { page } = browser;
		await page.getByText('None yet. Give a client').waitFor();
		assert.equal(await page.locator('#address').textContent(), simulator.url);
		await page.locator('#deployment-list li').nth(14).waitFor();
	});

	it('runs a deployment, and shows the picture', async () => {
		const { page, picture } = browser;
		await page.getByRole('button', { name: 'Run text-to-image' }).click();
		await page.locator('.request:has(.state.succeeded) img').waitFor();
		await until('the picture is there', () =>
			page.locator('.request img').evaluate((image) => image.complete && image.naturalWidth),
		);
		assert.equal(await page.locator('.request img').evaluate((one) => one.naturalWidth), 1024);
		await picture('simulator-picture');
	});

	it('shows every kind of output', async () => {
		const { page } = browser;
		for (const name of ['mixed', 'audio', 'model3d', 'text']) await submit(name);
		await page.locator('.request .state.succeeded').nth(4).waitFor();
		await page.locator('video').first().waitFor();
		await page.locator('audio').first().waitFor();
		await page.getByRole('link', { name: 'GLB' }).waitFor();
		await page.getByText('some text from a subgraph').waitFor();
		for (const kind of ['video', 'audio']) await canBePlayed(page.locator(kind).first());
	});

	it('shows what anybody sends as text, and runs none of it', async () => {
		const { page } = browser;
		const { request_id: id } = await submit('textToImage', {
			6: { inputs: { text: HOSTILE } },
			9: { inputs: { filename_prefix: HOSTILE } },
		});
		await request(id).locator('img').first().waitFor();
		assert.ok((await request(id).textContent()).includes(HOSTILE));
		assert.equal(await page.title(), 'RunComfy simulator');
		assert.equal(await page.locator('script').count(), 1);
		assert.equal(await page.locator('img[src="x"]').count(), 0);
	});

	it('switches a fault on by keys alone, and off', async () => {
		const { page } = browser;
		await page.locator('#fault-name').focus();
		await page.keyboard.type('run_failed');
		await page.locator('#fault-what').getByText('1×').waitFor();
		await page.keyboard.press('Tab');
		await page.keyboard.press('Enter');
		await page.locator('#fault-list').getByText('run_failed').waitFor();
		const { request_id: id } = await submit('textToImage');
		await request(id).locator('.state.failed').waitFor();
		await page.locator('#fault-list').getByText('run_failed').waitFor({ state: 'detached' });
		await page.locator('#fault-name').selectOption('answer');
		await page.getByRole('button', { name: 'Switch on' }).click();
		await page.getByRole('button', { name: 'Switch answer off' }).click();
		await page.locator('#fault-list li').waitFor({ state: 'detached' });
	});

	it('runs hosted models and LoRA deployments, and shows their cost', async () => {
		const { page } = browser;
		const names = ['Wan 2.7 Edit', 'Kling 3 Pro', 'FLUX.2 flash', 'lora-text-to-image'];
		for (const name of names) {
			await page.getByRole('button', { name: `Run ${name}` }).click();
			await page.locator('.request:has(.state.succeeded)', { hasText: name }).waitFor();
		}
		await page.locator('#balance', { hasText: '$24.138' }).waitFor();
		await page.locator('.request', { hasText: 'Kling 3 Pro' }).locator('summary').click();
		await page.getByText('$0.35', { exact: true }).waitFor();
		await page.locator('.request', { hasText: 'Kling 3 Pro' }).locator('video').waitFor();
		await canBePlayed(page.locator('.request', { hasText: 'Wan 2.7 Edit' }).locator('video'));
		await page.getByRole('button', { name: 'Run switched-off' }).click();
		await page.getByRole('alert').getByText('switched-off: The deployment is disabled').waitFor();
	});

	it('follows a long run, keeps what is open and focused, and cancels it', async () => {
		const { page } = browser;
		simulator.update({ latencyMs: 60_000 });
		const { request_id: id } = await submit('video');
		await request(id).locator('progress').waitFor();
		await request(id).locator('summary').focus();
		await page.keyboard.press('Enter');
		await request(id).getByText(id).waitFor();
		const { request_id: next } = await submit('video');
		await request(next).getByText('number 1 in the queue').waitFor();
		assert.equal(await page.evaluate(() => globalThis.document.activeElement.localName), 'summary');
		await request(id).getByRole('button', { name: 'Cancel' }).focus();
		await page.keyboard.press('Enter');
		await request(id).getByText('canceled', { exact: true }).waitFor();
		assert.equal(await request(id).locator('details').getAttribute('open'), '');
		await request(next).getByText('running', { exact: true }).waitFor();
		await request(next).getByRole('button', { name: 'Cancel' }).click();
	});

	it('fits a phone', async () => {
		const { page } = browser;
		await page.setViewportSize({ width: 375, height: 812 });
		const width = await page.evaluate(() => globalThis.document.documentElement.scrollWidth);
		assert.ok(width <= 375, `${width} px wide`);
	});

	it('says when the simulator is gone', async () => {
		const { page, pageErrors } = browser;
		await simulator.close();
		await page.getByText('The simulator does not answer').waitFor();
		assert.deepEqual(pageErrors, []);
	});
});

// Creates the picture in the simulator's README.
void describe('the simulator’s page with work under way', () => {
	it('shows what waits, runs and has ended, and the faults', async () => {
		const simulator = await loadSimulator().createSimulator({
			latencyMs: 300,
			maxInstances: 1,
			faults: [
				{ name: 'cancel_slow', times: Infinity, ms: 9_000 },
				{ name: 'answer', on: 'status', status: 500, times: 2, after: 4 },
			],
		});
		const { page, picture, close } = await openBrowser({ viewport: { width: 1180, height: 800 } });
		try {
			const draw = (text) => submitTo(simulator, 'textToImage', { 6: { inputs: { text } } });
			await page.goto(`${simulator.url}/`);
			await submitTo(simulator, 'video');
			await draw('a fox in the snow at dawn, watercolour');
			await page.locator('.request .state.succeeded').nth(1).waitFor();
			simulator.update({ latencyMs: 10_000 });
			await draw('a lighthouse in a storm, oil on canvas, thick strokes');
			await draw('a lighthouse on a cliff at sunset');
			await until('it runs for a while', () =>
				page.locator('progress').evaluate((one) => one.value / one.max > 0.5),
			);
			await page.locator('.request .state', { hasText: 'in queue' }).waitFor();
			await picture('simulator');
		} finally {
			await close();
			await simulator.close();
		}
	});
});
