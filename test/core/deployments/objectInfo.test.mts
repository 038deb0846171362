// object_info, ComfyUI's description of node classes: where it is loaded from, and its limits.
import { describe, expect, it } from '@jest/globals';
import { AccountCache, createClient, loadWorkflow } from '../../../core/index';
import { clientOf, createVirtualHost, failure, json, type Reply } from '../support/virtualHost.mts';
import {
	DEPLOYMENT,
	INFO,
	INFO_URL,
	OBJECT_INFO,
	payload,
	service,
} from '../support/workflows.mts';

const bytes = (text: string) => new TextEncoder().encode(text);
const WORKFLOW = { 3: { class_type: 'KSampler', inputs: { seed: 1 } } };

/** Loads the description of a workflow whose only class is KSampler. */
async function load(reply: Reply | Error) {
	const deployment = payload({ workflow_api_json: WORKFLOW, object_info_url: INFO_URL });
	const { client, host, clock } = clientOf(service(deployment, reply));
	const begun = clock.now();
	const { info, guessed } = await loadWorkflow(client, 'dep', new AccountCache());
	const [, problem] = guessed?.split('(object_info) could not be read: ') ?? [];
	return { host, classes: Object.keys(info), problem, tookMs: clock.now() - begun };
}

/** Slightly more than 32 MiB of blanks, which may occur anywhere in a stream. */
const BLANKS = Array.from({ length: 33 }, () => new Uint8Array(1024 * 1024).fill(32));

describe('an object_info', () => {
	it.each<[string, Reply, string[]]>([
		['without a length', INFO, ['KSampler']],
		['without the class', { body: '{"Other":{"input":{}}}' }, []],
		['with a class that cannot be read', { body: '{"KSampler":{"input":,}}' }, []],
	])('%s is one', async (_what, reply, classes) => {
		expect(await load(reply)).toMatchObject({ classes, problem: undefined });
	});

	it('of 60 MB is read, up to where it has the classes of the workflow', async () => {
		const large = [bytes(`{"None":{},`), ...BLANKS, ...BLANKS.slice(4)];
		const rest = [bytes(JSON.stringify(OBJECT_INFO).slice(1)), failure('ECONNRESET')];
		const { client } = clientOf(service(DEPLOYMENT, { chunks: [...large, ...rest] }));
		const { info, guessed } = await loadWorkflow(client, 'dep', new AccountCache());
		expect([Object.keys(info).includes('KSampler'), guessed]).toEqual([true, undefined]);
	});

	it.each<[string, Reply | Error, RegExp]>([
		['not there', { ...INFO, status: 404 }, /^HTTP status 404$/],
		['there in part', { ...INFO, status: 206 }, /^HTTP status 206$/],
		['elsewhere', { status: 302, headers: { location: 'https://elsewhere' } }, /^HTTP status 302$/],
		[
			'one byte too large',
			{ chunks: [new Uint8Array(64 * 2 ** 20 + 1)] },
			/^it is larger than 64 MB$/,
		],
		['an error', { body: '{"error":"no"}' }, /^it is not a list of classes$/],
		['no object', { body: '[]' }, /^it is not JSON, or ends early$/],
		['a page', { body: '<html>' }, /^it is not JSON, or ends early$/],
		['cut off', { chunks: [bytes('{"KSampler"')] }, /^it is not JSON, or ends early$/],
		['out of reach', failure('ECONNREFUSED'), /^ECONNREFUSED/],
		['silent', { chunks: [bytes('{'), 3_600_000] }, /^no answer within 30 s$/],
		[
			'trickling in',
			{ chunks: Array.from({ length: 60 }, () => [bytes(' '), 1_000]).flat() },
			/^no answer within 30 s$/,
		],
	])('that is %s tells no class, after 30 s at most', async (_what, reply, problem) => {
		const { classes, problem: told, tookMs } = await load(reply);
		expect(classes).toEqual([]);
		expect(told).toMatch(problem);
		expect(tookMs).toBeLessThanOrEqual(30_000);
	});

	it.each([undefined, '', 'object_info.json', 'file:///x', 'ftp://x/y', 'xhttps://x/y', 7, null])(
		'may have no address: %s',
		async (object_info_url) => {
			const deployment = payload({ workflow_api_json: WORKFLOW, object_info_url });
			const { client, host } = clientOf(service(deployment));
			expect(await loadWorkflow(client, 'dep', new AccountCache())).toMatchObject({
				info: {},
				guessed: expect.stringMatching(/ could not be read: it has no address$/),
			});
			expect(host.calls).toHaveLength(1);
		},
	);

	it('may hold what Python writes and JSON does not have', async () => {
		const body =
			'{"KSampler":{"input":{"required":{"cfg":["FLOAT",{"max": Infinity, "min":-Infinity,"tooltip":"up to Infinity\\""}]}}}}';
		const { client } = clientOf(service(DEPLOYMENT, { body }));
		const { info } = await loadWorkflow(client, 'dep', new AccountCache());
		expect(info['KSampler']?.inputs[0]?.spec).toEqual({
			kind: 'float',
			tooltip: 'up to Infinity"',
		});
	});
});

describe('the address of an object_info', () => {
	async function asked(object_info_url: string, options: { baseUrl?: string } = {}) {
		const deployment = { workflow_api_json: WORKFLOW, object_info_url };
		const host = createVirtualHost(({ leaf }) =>
			leaf === 'dep-1' ? json({ id: 'dep-1', payload: deployment }) : json({ KSampler: {} }),
		);
		await loadWorkflow(createClient({ host, ...options }), 'dep-1', new AccountCache());
		return host.calls.at(-1)?.request;
	}

	it.each(['http://169.254.169.254/latest/object_info', 'https://store.example/object_info'])(
		'%s is fetched from public addresses only, and without the token',
		async (url) => {
			expect(await asked(url)).toMatchObject({ url, publicOnly: true, authenticate: false });
		},
	);

	const PROXY = 'https://proxy.example/runcomfy';
	it.each([
		['https://api.runcomfy.net/object_info.json', undefined, true],
		['http://api.runcomfy.net/object_info.json', undefined, false],
		['https://api.runcomfy.net:8443/object_info.json', undefined, false],
		['https://api.runcomfy.net@evil.example/object_info.json', undefined, false],
		['https://api.runcomfy.net.evil.example/object_info.json', undefined, false],
		[`${PROXY}/object_info`, PROXY, true],
		[PROXY, PROXY, false],
		[`${PROXY}-not/object_info`, PROXY, false],
		[`${PROXY}/../other/object_info`, PROXY, false],
	])('%s, of the API at %s, gets the token: %p', async (url, baseUrl, authenticate) => {
		expect(await asked(url, baseUrl === undefined ? {} : { baseUrl })).toMatchObject({
			authenticate,
		});
	});
});
