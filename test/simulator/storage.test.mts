// The host of the files: who gets which file, for how long, and in which parts.
import { describe, expect, it } from '@jest/globals';
import { chunksOf } from './png.mts';
import { AGENT, createSimulator, start, urlsIn } from './support.mts';

const DAY = 86_400_000;

/** A finished text-to-image request and the URL of its picture. */
async function finished(options = {}) {
	const client = await start(options);
	const id = await client.run('textToImage');
	client.pass(1000);
	const url = urlsIn(await client.result(id))[0] ?? '';
	return { ...client, id, url };
}

describe('the storage host', () => {
	it('serves a file with its type and length to a client that names itself', async () => {
		const { sim, id, url, download } = await finished();
		const response = await download(url);
		const body = await response.arrayBuffer();
		expect(response.status).toBe(200);
		expect(response.headers.get('content-type')).toBe('image/png');
		expect(response.headers.get('content-length')).toBe(String(body.byteLength));
		expect(sim.requests.at(-1)).toMatchObject({
			route: 'storage',
			requestId: id,
			authorized: false,
		});
	});

	it('answers HEAD without a body', async () => {
		const { url } = await finished();
		const response = await fetch(url, { method: 'HEAD', headers: AGENT });
		expect(Number(response.headers.get('content-length'))).toBeGreaterThan(1000);
		expect((await response.arrayBuffer()).byteLength).toBe(0);
	});

	it('refuses a request with a token, and does not repeat it', async () => {
		const { sim, url, download } = await finished();
		const response = await download(url, { ...AGENT, authorization: `Bearer ${sim.token}` });
		expect(response.status).toBe(403);
		expect(await response.text()).not.toContain(sim.token);
		expect(sim.requests.at(-1)).toMatchObject({ authorized: true, status: 403 });
	});

	it.each([
		...['', 'axios/1.7.2', 'node', 'undici', 'Python-urllib/3.12'].map((name) => [name, 403]),
		...['n8n-nodes-runcomfy/1.0', 'curl/8.5.0', 'Mozilla/5.0'].map((name) => [name, 200]),
	] as Array<[string, number]>)('answers the User-Agent %j with %i', async (agent, status) => {
		const { url, download } = await finished();
		expect((await download(url, { 'user-agent': agent })).status).toBe(status);
	});

	it('drops files after seven days, but keeps the request', async () => {
		const { url, id, download, result, pass } = await finished();
		pass(7 * DAY);
		expect((await download(url)).status).toBe(200);
		pass(1);
		expect((await download(url)).status).toBe(404);
		expect(urlsIn(await result(id))).toEqual([url]);
	});

	it('has no files under other names, or of unfinished requests', async () => {
		const { sim, url, download, run } = await finished({ latencyMs: 1000 });
		expect((await download(url.replace('00001', '00002'))).status).toBe(404);
		expect((await download(url.replace('/output/', '/temp/'))).status).toBe(404);
		const running = await run('textToImage');
		const early = `${sim.url}/storage/deployment_requests/${running}/output/ComfyUI_00001_.png`;
		expect((await download(early)).status).toBe(404);
	});
});

describe('outputBytes', () => {
	it.each([12_000, 1 << 20, (1 << 20) + 11_999, 3 << 20])(
		'pads a picture to exactly %i bytes of valid PNG',
		async (outputBytes) => {
			const { url, download } = await finished({ outputBytes });
			const response = await download(url);
			const bytes = Buffer.from(await response.arrayBuffer());
			expect(Number(response.headers.get('content-length'))).toBe(outputBytes);
			expect(bytes.length).toBe(outputBytes);
			const chunks = chunksOf(bytes);
			expect(chunks.every(({ valid }) => valid)).toBe(true);
			expect(chunks.at(-1)?.type).toBe('IEND');
		},
	);
});

describe('a part of a file', () => {
	it.each([undefined, 3_000_000])(
		'is the one that was asked for (padded to %s bytes)',
		async (outputBytes) => {
			const { url, download } = await finished(outputBytes === undefined ? {} : { outputBytes });
			const get = async (range?: string) => {
				const response = await download(url, { ...AGENT, ...(range !== undefined && { range }) });
				const body = Buffer.from(await response.arrayBuffer());
				return { status: response.status, headers: response.headers, body };
			};
			const { body: whole, headers } = await get();
			expect(headers.get('accept-ranges')).toBe('bytes');
			const total = whole.length;
			for (const [range, from, to] of [
				['bytes=0-0', 0, 1],
				['bytes=100-199', 100, 200],
				[`bytes=${total - 5}-`, total - 5, total],
				['bytes=-7', total - 7, total],
				[`bytes=10-${total + 99}`, 10, total],
				[`bytes=-${total + 99}`, 0, total],
			] as const) {
				const part = await get(range);
				expect([range, part.status]).toEqual([range, 206]);
				expect(part.headers.get('content-range')).toBe(`bytes ${from}-${to - 1}/${total}`);
				expect(part.headers.get('content-length')).toBe(String(to - from));
				expect(part.body.equals(whole.subarray(from, to))).toBe(true);
			}
			for (const range of [`bytes=${total}-`, 'bytes=-0']) {
				const none = await get(range);
				expect([range, none.status, none.body.length]).toEqual([range, 416, 0]);
				expect(none.headers.get('content-range')).toBe(`bytes */${total}`);
			}
			for (const range of ['bytes=5-2', 'bytes=0-1,4-5', 'pixels=0-1', 'bytes=-']) {
				expect([range, (await get(range)).status]).toEqual([range, 200]);
			}
		},
	);
});

describe('an origin of its own', () => {
	it('has the files and nothing else; the API has everything else', async () => {
		const { sim, id, url, download, call, result } = await finished({ storagePort: 0 });
		expect(new URL(url).origin).toBe(sim.storageUrl);
		expect(sim.storageUrl).not.toBe(sim.url);
		expect((await download(url)).status).toBe(200);
		expect(sim.requests.at(-1)).toMatchObject({ route: 'storage', requestId: id });
		expect((await download(url.replace(sim.storageUrl, sim.url))).status).toBe(404);
		expect((await result(id)).status).toBe(200);
		expect((await call('GET', '/prod/v2/balance')).status).toBe(200);
		for (const path of ['/', '/simulator/state', '/object_info/x.json']) {
			expect([path, (await download(sim.storageUrl + path)).status]).toEqual([path, 404]);
		}
		const api = await fetch(`${sim.storageUrl}/prod/v2/balance`, {
			headers: { authorization: `Bearer ${sim.token}` },
		});
		expect(api.status).toBe(404);
	});

	it('has the redirects and faults of files, and runs find files there', async () => {
		const { sim, url, download, run } = await finished({ storagePort: 0 });
		sim.inject({ name: 'storage_redirect' });
		const moved = await download(url);
		expect(moved.headers.get('location')).toBe(`${url}?redirected=1`);
		const again = await run('imageEdit', { '189': { inputs: { image: url } } });
		expect(sim.jobs.get(again)?.outcome.kind).toBe('succeeded');
		const gone = url.replace('ComfyUI_00001_', 'nothing');
		const failed = await run('imageEdit', { '189': { inputs: { image: gone } } });
		expect(sim.jobs.get(failed)?.outcome.kind).toBe('failed');
	});

	it('can have another public name; without it, files share the API’s origin', async () => {
		const publicStorageUrl = 'http://files.example:4011/';
		const { url } = await finished({ storagePort: 0, publicStorageUrl });
		expect(url).toMatch(/^http:\/\/files\.example:4011\/storage\//);
		const shared = await finished({ publicUrl: 'http://simulator.test:1/' });
		expect(shared.url).toMatch(/^http:\/\/simulator\.test:1\/storage\//);
		const { sim } = await start();
		expect(sim.storageUrl).toBe(sim.url);
	});

	it('whose port is taken leaves no port open', async () => {
		const { sim } = await start();
		const taken = Number(new URL(sim.url).port);
		await expect(createSimulator({ storagePort: taken })).rejects.toThrow('EADDRINUSE');
	});
});
