// The simulator's page: a list of requests that loads nothing else, runs nothing, and answers no other site.
import { get } from 'node:http';
import { expect, it } from '@jest/globals';
import { type Client, decodePng, MODEL_IDS, start } from './support.mts';

const HOSTILE = `<img src=x onerror="a()"><script>b('&amp;')</script>`;

const open = async ({ sim }: Client) => (await fetch(`${sim.url}/`)).text();
const addressesIn = (page: string) =>
	[...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address = '']) => address);

it('comes alone, reloads itself, and allows no script', async () => {
	const client = await start();
	const { headers } = await fetch(`${client.sim.url}/`);
	expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
	const policy = headers.get('content-security-policy') ?? '';
	expect(policy).toMatch(/^default-src 'none'; img-src 'self'; style-src 'sha256-[^']+';/);
	expect(policy).toContain("frame-ancestors 'none'");
	const page = await open(client);
	expect(page).toContain('<meta http-equiv="refresh"');
	expect(page).toContain(client.sim.url);
	expect(page).toContain('None yet');
	expect(page).not.toContain(client.sim.token);
	expect(addressesIn(page)).toEqual([]);
});

it('follows a request from the queue to its picture', async () => {
	const client = await start({ latencyMs: 1000, coldStartMs: 2000, maxInstances: 1 });
	const first = await client.run('textToImage', { '6': { inputs: { text: 'a fox' } } });
	const second = await client.run('textToImage');
	const rowOf = async (id: string) =>
		(await open(client)).split('<li>').find((row) => row.includes(id)) ?? '';
	expect(await rowOf(second)).toMatch(/in queue.*text-to-image.*number 2 in the queue/);
	client.pass(2500);
	expect(await rowOf(first)).toMatch(/in progress.* · 0\.5 s/);
	expect(addressesIn(await rowOf(first))).toEqual([]);
	client.pass(500);
	expect(await rowOf(first)).toContain('a fox');
	const [address = ''] = addressesIn(await rowOf(first));
	const picture = await fetch(client.sim.url + address, { headers: { 'user-agent': 'Mozilla' } });
	expect(picture.headers.get('cache-control')).toContain('immutable');
	expect(decodePng(Buffer.from(await picture.arrayBuffer()))).toMatchObject({ width: 1024 });
});

it('shows other files, texts, why a run failed, and what a hosted model cost', async () => {
	const client = await start();
	await client.run('mixed');
	await client.run('textToImage', { '31': { inputs: { steps: 0 } } });
	await client.call('POST', `/v1/models/${MODEL_IDS.textToImage}`, { prompt: 'a fox' });
	client.pass(1000);
	const page = await open(client);
	expect(page).toMatch(/<a href="[^"]+\.mp4">/);
	expect(page).toContain('some text from a subgraph');
	expect(page).toContain('(no URL)');
	expect(page).toMatch(/class="error">.*steps/);
	expect(page).toContain('$0.012');
});

it('shows what anybody sends as text', async () => {
	const client = await start();
	await client.run('textToImage', {
		6: { inputs: { text: HOSTILE } },
		9: { inputs: { filename_prefix: HOSTILE } },
	});
	client.pass(1000);
	const page = await open(client);
	expect(page).toContain('&#60;script&#62;');
	expect(page).not.toMatch(/<script|<img src=x/);
	expect([...page.matchAll(/<img /g)]).toHaveLength(1);
});

it('tells nothing to a site that points its name at this machine, and neither does the API', async () => {
	const { sim } = await start();
	const status = (path: string, host: string) =>
		new Promise((resolve, reject) => {
			const headers = { host, authorization: `Bearer ${sim.token}` };
			get(sim.url + path, { headers }, (response) => {
				response.resume();
				resolve(response.statusCode);
			}).on('error', reject);
		});
	for (const path of ['/', '/prod/v2/balance']) {
		expect([path, await status(path, 'evil.example:4010')]).toEqual([path, 403]);
		expect([path, await status(path, '127.0.0.1.evil.example')]).toEqual([path, 403]);
		expect([path, await status(path, 'localhost:4010')]).toEqual([path, 200]);
		expect([path, await status(path, '[::1]:4010')]).toEqual([path, 200]);
	}
});
