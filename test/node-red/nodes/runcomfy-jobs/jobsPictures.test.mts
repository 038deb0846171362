// What of the storage host's answers is passed on to a browser, and what is not.
import { describe, expect, it } from '@jest/globals';
import type { Host, HttpRequest, HttpResponse } from '../../../../core/index.ts';
import type * as PicturesModule from '../../../../node-red/nodes/runcomfy-jobs/pictures.cts';
import { dist } from '../../support/dist.mts';

const { fetchPicture, isPicture } = dist<typeof PicturesModule>(
	'node-red/nodes/runcomfy-jobs/pictures.cjs',
);

const PNG = Buffer.from('89504e470d0a1a0a', 'hex');
const signal = new AbortController().signal;

/** A storage host that gives chunks, and knows whether it was read to its end. */
function storage(chunks: Buffer[], answer: Partial<HttpResponse> = {}) {
	const seen = { requests: [] as HttpRequest[], read: 0, left: false };
	async function* stream() {
		try {
			for (const chunk of chunks) {
				seen.read += 1;
				yield chunk;
			}
		} finally {
			seen.left = true;
		}
	}
	const host = {
		request: async (request: HttpRequest) => {
			seen.requests.push(request);
			return { status: 200, headers: {}, stream: stream(), ...answer };
		},
	} as unknown as Host;
	return { host, seen };
}

const PICTURE = { url: 'https://storage.test/x', publicOnly: true };

const fetchFrom = ({ host }: ReturnType<typeof storage>, maxBytes = 100) =>
	fetchPicture(host, PICTURE, { signal, maxBytes });

describe('fetchPicture', () => {
	it('passes on a picture, and asks for it without the token', async () => {
		const from = storage([PNG, Buffer.from('rest')]);
		expect(await fetchFrom(from)).toEqual({
			...{ ok: true, mimeType: 'image/png', bytes: Buffer.concat([PNG, Buffer.from('rest')]) },
		});
		expect(from.seen.requests).toMatchObject([
			{ method: 'GET', authenticate: false, publicOnly: true },
		]);
	});

	it.each([
		['a page', '<!doctype html><script>alert(1)</script>'],
		['a drawing with a script', '<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'],
		['a film', '\0\0\0\x18ftypmp42'],
		['nothing', ''],
	])('does not pass on %s, whatever the storage host calls it', async (_what, text) => {
		const headers = { 'content-type': 'image/png' };
		const answer = await fetchFrom(storage([Buffer.from(text, 'latin1')], { headers }));
		expect(answer).toMatchObject({ ok: false, status: 415 });
	});

	it('stops at the limit, whether the size was told or not', async () => {
		const chunks = Array.from({ length: 50 }, () => PNG);
		const untold = storage(chunks);
		expect(await fetchFrom(untold)).toMatchObject({ ok: false, status: 413 });
		expect(untold.seen).toMatchObject({ read: 13, left: true });
		const told = storage(chunks, { headers: { 'content-length': '400' } });
		expect(await fetchFrom(told)).toMatchObject({ ok: false, status: 413 });
		expect(told.seen).toMatchObject({ read: 1, left: true });
	});

	it('passes on no refusal of the storage host', async () => {
		const gone = storage([PNG], { status: 403 });
		expect(await fetchFrom(gone)).toMatchObject({ ok: false, status: 502 });
		expect(gone.seen.left).toBe(true);
		const request = () => Promise.reject(new Error('connect ECONNREFUSED'));
		const down = await fetchPicture({ request } as unknown as Host, PICTURE, { signal });
		expect(down).toMatchObject({ ok: false, status: 502 });
	});
});

describe('isPicture', () => {
	it.each(['image/png', 'image/jpeg', 'image/webp', 'image/avif'])('takes %s', (type) => {
		expect(isPicture(type)).toBe(true);
	});

	it.each(['image/svg+xml', 'text/html', 'image/tiff', undefined])('does not take %s', (type) => {
		expect(isPicture(type)).toBe(false);
	});
});
