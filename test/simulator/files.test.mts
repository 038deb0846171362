// The files themselves: pictures of their own for each prompt and seed, one sample of each other format, and access to
// them: permissions, expiry and ranges.
import { describe, expect, it } from '@jest/globals';
import { AGENT, chunksOf, decodePng, type Json, start, urlsIn } from './support.mts';

/** The bytes of the output files of a run with these overrides. */
async function files(overrides: Json): Promise<Buffer[]> {
	const { finish, download } = await start();
	const urls = urlsIn(await finish('textToImage', overrides));
	const responses = await Promise.all(urls.map((url) => download(url)));
	return Promise.all(responses.map(async (one) => Buffer.from(await one.arrayBuffer())));
}

async function picture(text: string, seed: number): Promise<Buffer> {
	const [only = Buffer.alloc(0)] = await files({
		'6': { inputs: { text } },
		'27': { inputs: { width: 320, height: 256 } },
		'31': { inputs: { seed } },
	});
	return only;
}

describe('a PNG', () => {
	it('is whole: chunks in order, checksums right, pixels for every row', async () => {
		const png = await picture('a cat', 1);
		const chunks = chunksOf(png);
		expect(chunks.filter(({ valid }) => !valid)).toEqual([]);
		expect(chunks.map(({ type }) => type)).toEqual([
			'IHDR',
			'PLTE',
			'tEXt',
			'tEXt',
			'IDAT',
			'IEND',
		]);
		expect(decodePng(png)).toMatchObject({ width: 320, height: 256 });
	});

	it('has a pattern of its own for each prompt and for each seed', async () => {
		const pattern = async (text: string, seed: number) => {
			const { width, pixel } = decodePng(await picture(text, seed));
			const column = Array.from({ length: 220 }, (_, y) => y);
			return column.map((y) => {
				const background = String(pixel(0, y));
				return Array.from({ length: width }, (_, x) => String(pixel(x, y)) === background);
			});
		};
		const one = await pattern('a cat', 1);
		expect(one.flat()).toContain(false);
		expect(await pattern('a hat', 1)).not.toEqual(one);
		expect(await pattern('a cat', 2)).not.toEqual(one);
		expect(await pattern('a cat', 1)).toEqual(one);
	});
});

const DAY = 86_400_000;

/** A finished text-to-image request and the URL of its picture. */
async function finished(options = {}) {
	const client = await start(options);
	const id = await client.run('textToImage');
	client.pass(1000);
	const url = urlsIn(await client.result(id))[0] ?? '';
	return { ...client, id, url };
}

describe('the storage server', () => {
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

	it('has no files under other names, or of a run that has not ended', async () => {
		const { url, download, run, sim } = await finished();
		const running = `${sim.url}/storage/deployment_requests/${await run('textToImage')}`;
		expect((await download(`${running}/output/ComfyUI_00001_.png`)).status).toBe(404);
		expect((await download(url.replace('00001', '00002'))).status).toBe(404);
		expect((await download(url.replace('/output/', '/temp/'))).status).toBe(404);
	});
});

it.each([12_000, (1 << 20) + 11_999, 3 << 20])(
	'a picture is padded to %i bytes',
	async (outputBytes) => {
		const { sim, url, download } = await finished({ outputBytes });
		const response = await download(url);
		const bytes = Buffer.from(await response.arrayBuffer());
		expect(response.headers.get('content-length')).toBe(String(outputBytes));
		expect(bytes.length).toBe(outputBytes);
		sim.update({ outputBytes: 0 });
		const whole = Buffer.from(await (await download(url)).arrayBuffer());
		expect(bytes.indexOf(whole)).toBe(0);
	},
);

it('a part of a file is the one that was asked for', async () => {
	const { url, download } = await finished();
	const get = async (range: string) => {
		const response = await download(url, { ...AGENT, range });
		const body = Buffer.from(await response.arrayBuffer());
		return { status: response.status, headers: response.headers, body };
	};
	const { body: whole, headers } = await get('pixels=0-1');
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
		expect(part.body.equals(whole.subarray(from, to))).toBe(true);
	}
	const none = await get(`bytes=${total}-`);
	expect([none.status, none.body.length]).toEqual([416, 0]);
	expect(none.headers.get('content-range')).toBe(`bytes */${total}`);
	expect((await get('bytes=0-1,4-5')).status).toBe(200);
});
