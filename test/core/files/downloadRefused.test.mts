// Downloads that are refused, and what happens to their connections.
import { describe, expect, it } from '@jest/globals';
import { createClient, type Host, type HttpResponse } from '../../../core/index';
import { download, readOutputs } from '../../../core/parsers';
import { REF } from '../support/fakeJob.mts';
import { errorOf } from '../support/thrown.mts';
import { clientOf, json, type Reply } from '../support/virtualHost.mts';
import {
	bytes,
	collect,
	declared,
	downloading,
	FILE,
	file,
	URL_1,
	watching,
} from './downloading.mts';

const page = (type: string): Reply => ({ ...file(5), headers: { 'content-type': type } });

describe('a web page in the place of a file', () => {
	it.each(['text/html', ' Text/HTML; charset=utf-8'])('(%j) is not taken for it', async (type) => {
		const { host, done } = downloading(page(type));
		expect(await errorOf(done)).toMatchObject({
			code: 'output_unavailable',
			retryable: true,
			...REF,
			message: 'The output a.png came as a web page',
		});
		expect(host.calls).toHaveLength(6);
	});

	it.each(['text/plain', 'image/png', 'text/htmlx', 'application/x-text/html'])(
		'is not what comes as %s',
		async (type) => {
			expect((await downloading(page(type)).done).stored).toBe(5);
		},
	);

	it.each(['report.html', 'REPORT.HTM'])('is right if the file is one: %s', async (filename) => {
		const url = `https://store.example/${filename}`;
		const [given] = readOutputs({ 9: { files: [{ url, filename }] } }).files;
		expect(given).toMatchObject({ kind: 'text', mime_type: 'text/html' });
		expect((await downloading(page('text/html'), {}, given).done).stored).toBe(5);
	});
});

describe('the connection of an answer that is not taken', () => {
	it.each<[string, Reply, object]>([
		['of a file that is too large', declared(5, file(5)), { maxBytes: 4 }],
		['of a web page', page('text/html'), {}],
		['of a refusal', { ...file(5), status: 503 }, {}],
	])('%s is closed, and nothing is read of it', async (_what, reply, options) => {
		const { client, seen } = watching(reply);
		await errorOf(download(client, REF, FILE, { save: collect, ...options }));
		expect(new Set(seen)).toEqual(new Set(['closed']));
	});
});

describe('an answer of the storage host', () => {
	it.each([
		[408, true, 6],
		[429, true, 6],
		[500, true, 6],
		[204, false, 1],
		[402, false, 1],
		[499, false, 1],
	])('of HTTP %i: whether to wait: %j', async (status, retryable, sent) => {
		const { host, done } = downloading({ status });
		expect(await errorOf(done)).toMatchObject({
			code: 'output_unavailable',
			httpStatus: status,
			retryable,
			message: `The output a.png was refused (HTTP ${status})`,
			details: { node_id: '9', url: URL_1 },
		});
		expect(host.calls).toHaveLength(sent);
	});

	it.each([undefined, 'many', '-'])('may say nothing of the size: %j', async (length) => {
		const headers = length === undefined ? {} : { 'content-length': length };
		const stored = await downloading({ ...file(5), headers }, { maxBytes: 5 }).done;
		expect(stored).not.toHaveProperty('content_length');
		expect(stored.stored).toBe(5);
	});

	it('may say less than comes', async () => {
		expect((await downloading(declared(3, file(5))).done).stored).toBe(5);
	});

	const answering = (answer: HttpResponse) => {
		const { host } = clientOf({});
		const bare: Host = {
			...host,
			request: async (request) => {
				await host.request(request);
				return answer;
			},
		};
		return errorOf(download(createClient({ host: bare }), REF, FILE, { save: collect }));
	};

	it('may come without a stream, or with one that cannot be closed', async () => {
		const empty = { message: 'The output a.png is still empty' };
		expect(await answering({ status: 200, headers: {} })).toMatchObject(empty);
		const refused = { httpStatus: 404, message: 'The output a.png was refused (HTTP 404)' };
		expect(await answering({ status: 404, headers: {} })).toMatchObject(refused);
		const next = () => Promise.reject(new Error('not to be read'));
		const stream = { [Symbol.asyncIterator]: () => ({ next }) };
		expect(await answering({ status: 404, headers: {}, stream })).toMatchObject(refused);
	});
});

describe('a fresh address', () => {
	const place = (number: number) => `https://store.example/${number}/a.png`;
	const result = (...files: object[]) => {
		const outputs: Record<string, Record<string, object[]>> = {};
		for (const { node = '9', channel = 'images', ...item } of files as Record<string, string>[])
			((outputs[node] ??= {})[channel] ??= []).push(item);
		return json({ status: 'succeeded', outputs });
	};
	const askedFor = async (answer: Reply, given = FILE) => {
		const { host, done } = downloading(
			({ request, leaf }) => {
				if (leaf === 'result') return answer;
				return request.url === given.url ? { status: 403 } : file(5);
			},
			{},
			given,
		);
		await done.catch(() => undefined);
		return host.calls.at(-1)?.request.url;
	};

	it('is of the same node, channel and name', async () => {
		const answer = result(
			{ node: '8', url: place(1), filename: 'a.png' },
			{ channel: 'gifs', url: place(2), filename: 'a.png' },
			{ url: place(3), filename: 'b.png' },
			{ url: place(4), filename: 'a.png' },
			{ url: place(5), filename: 'a.png' },
		);
		expect(await askedFor(answer)).toBe(place(4));
	});

	it('is of the same host, if it is of the same path', async () => {
		const { pathname } = new URL(URL_1);
		const answer = result(
			{ node: '8', url: `https://other.example${pathname}`, filename: 'a.png' },
			{ url: place(4), filename: 'a.png' },
		);
		expect(await askedFor(answer)).toBe(place(4));
	});

	it('is the old one, if the result has none that fits', async () => {
		expect(await askedFor(result({ node: '8', url: place(1), filename: 'a.png' }))).toBe(URL_1);
	});
});

describe('a broken connection', () => {
	it('with a token in its words shows none', async () => {
		const { done } = downloading({ chunks: [bytes(1), new Error('got Bearer abc-1')] });
		expect(await errorOf(done)).toMatchObject({
			message: 'The output a.png broke off (got Bearer [token])',
		});
	});
});
