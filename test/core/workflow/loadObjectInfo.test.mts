import { describe, expect, it } from '@jest/globals';
import { createClient, createWorkflowCache, loadWorkflow } from '../../../core/index';
import { loadObjectInfo } from '../../../core/workflow/loadObjectInfo';
import {
	clientOf,
	createVirtualHost,
	failure,
	json,
	type Reply,
	type Script,
} from '../support/virtualHost.mts';
import { OBJECT_INFO } from '../support/workflowGraphs.mts';
import { DEPLOYMENT, INFO, INFO_URL, service } from '../support/workflowService.mts';

const bytes = (text: string) => new TextEncoder().encode(text);

const SOURCE = { url: INFO_URL, version: 'w v1' };

async function load(reply: Reply | Error, classTypes = ['KSampler']) {
	const { client, host } = clientOf(reply);
	const { info, problem } = await loadObjectInfo(client, { url: INFO_URL }, classTypes);
	return { host, classes: Object.keys(info), problem };
}

describe('an object_info', () => {
	it('is asked for as JSON, by the name of this package', async () => {
		const { host } = await load(INFO);
		expect(host.calls[0]?.request).toMatchObject({
			method: 'GET',
			headers: { accept: 'application/json', 'user-agent': expect.stringMatching(/runcomfy/) },
			expect: 'stream',
			timeoutMs: 30_000,
		});
	});

	it.each<[string, Reply, string[]]>([
		['as long as it may be', { ...INFO, headers: { 'content-length': '67108864' } }, ['KSampler']],
		['without a length', INFO, ['KSampler']],
		['without the class', { body: '{"Other":{"input":{}}}' }, []],
		['with a class that cannot be read', { body: '{"KSampler":{"input":,}}' }, []],
	])('%s is one', async (_what, reply, classes) => {
		expect(await load(reply)).toMatchObject({ classes, problem: undefined });
	});

	it.each<[string, Reply | Error, RegExp]>([
		['not there', { ...INFO, status: 404 }, /^was answered with HTTP status 404$/],
		['there in part', { ...INFO, status: 206 }, /^was answered with HTTP status 206$/],
		['large', { ...INFO, headers: { 'content-length': '67108865' } }, /^is larger than 64 MB$/],
		[
			'larger than it says',
			{ chunks: [new Uint8Array(64 * 2 ** 20 + 1)] },
			/^is larger than 64 MB$/,
		],
		['an error', { body: '{"error":"no"}' }, /^is not a list of classes$/],
		['no object', { body: '[]' }, /^is not JSON, or ends early$/],
		['nothing', { chunks: [] }, /^is not JSON, or ends early$/],
		['cut off', { chunks: [bytes('{"KSampler"')] }, /^is not JSON, or ends early$/],
		['out of reach', failure('ECONNREFUSED'), /^could not be read \(.*ECONNREFUSED/],
		['slow', { delayMs: 31_000 }, /^(did not come within 30 s|could not be read)/],
		['silent', { chunks: [bytes('{'), 31_000] }, /^did not come within 30 s$/],
	])('that is %s tells no class', async (_what, reply, problem) => {
		expect(await load(reply)).toMatchObject({
			classes: [],
			problem: expect.stringMatching(problem),
		});
	});

	it.each([undefined, '', 'object_info.json', 'ftp://x/y', 'xhttps://x/y'])(
		'has no address: %s',
		async (url) => {
			const { client, host } = clientOf(INFO);
			expect(await loadObjectInfo(client, { url }, ['KSampler'])).toEqual({
				...{ info: {}, problem: 'has no address' },
			});
			expect(host.calls).toEqual([]);
		},
	);

	it('may come without TLS', async () => {
		const { client } = clientOf(INFO);
		const { info } = await loadObjectInfo(client, { url: 'http://x/y' }, ['KSampler']);
		expect(info).toHaveProperty('KSampler');
	});
});

describe('what is kept of an object_info', () => {
	const start = (script: Script | Reply = INFO) => {
		const { client, host, clock } = clientOf(script);
		const cache = createWorkflowCache();
		const ask = async (classTypes: string[], more: object = {}, source: object = SOURCE) =>
			loadObjectInfo(client, source, classTypes, { cache, ...more });
		return { host, clock, ask };
	};

	it('is every class that was ever asked for, even if there is none', async () => {
		const { host, ask } = start();
		await ask(['KSampler', 'None']);
		expect(Object.keys((await ask(['LoadImage'])).info)).toEqual(['LoadImage']);
		expect(Object.keys((await ask(['None', 'KSampler', 'LoadImage'])).info)).toEqual([
			...['KSampler', 'LoadImage'],
		]);
		expect(host.calls).toHaveLength(2);
	});

	it('is not asked for again within six hours, unless the newest is wanted', async () => {
		const { host, clock, ask } = start();
		await ask(['KSampler']);
		await clock.sleep(6 * 3_600_000 - 1);
		await ask(['KSampler']);
		expect(host.calls).toHaveLength(1);
		await ask(['KSampler'], { fresh: true });
		expect(host.calls).toHaveLength(2);
		await clock.sleep(6 * 3_600_000);
		await ask(['KSampler']);
		expect(host.calls).toHaveLength(3);
	});

	it.each<[string, Script | Reply, object]>([
		['of no version', INFO, { url: INFO_URL }],
		['that could not be read', { status: 500 }, SOURCE],
	])('%s is asked for again after a minute', async (_what, script, source) => {
		const { host, clock, ask } = start(script);
		await ask(['KSampler'], {}, source);
		await clock.sleep(59_999);
		const { problem } = await ask(['KSampler'], {}, source);
		expect(problem).toBe(source === SOURCE ? 'was answered with HTTP status 500' : undefined);
		expect(host.calls).toHaveLength(1);
		await clock.sleep(1);
		await ask(['KSampler'], {}, source);
		expect(host.calls).toHaveLength(2);
	});

	it('is of one address and version', async () => {
		const { host, ask } = start();
		for (const source of [
			SOURCE,
			{ ...SOURCE, version: 'w v2' },
			{ ...SOURCE, url: 'https://y' },
		]) {
			await ask(['KSampler'], {}, source);
		}
		expect(host.calls).toHaveLength(3);
	});

	it('is nothing of a call that was stopped', async () => {
		const { host, ask } = start();
		const stopped = ask(['KSampler'], { signal: AbortSignal.abort() });
		await expect(stopped).rejects.toMatchObject({ code: 'aborted' });
		expect(host.calls).toEqual([]);
		expect((await ask(['KSampler'])).info).toHaveProperty('KSampler');
	});
});

/** 32 MiB and some of nothing, which a stream may hold at any place. */
const BLANKS = Array.from({ length: 33 }, () => new Uint8Array(1024 * 1024).fill(32));

describe('an object_info', () => {
	it('of 60 MB is read, up to where it has the classes of the workflow', async () => {
		const text = JSON.stringify(OBJECT_INFO);
		const large = [new TextEncoder().encode(`{"None":{},`), ...BLANKS, ...BLANKS.slice(4)];
		const rest = [new TextEncoder().encode(text.slice(1)), failure('ECONNRESET')];
		const { client } = clientOf(service(DEPLOYMENT, { chunks: [...large, ...rest] }));
		const { info, guessed } = await loadWorkflow(client, 'dep');
		expect(Object.keys(info)).toContain('KSampler');
		expect(guessed).toBeUndefined();
	});

	it('that is larger still is done without', async () => {
		const chunks = [new TextEncoder().encode('{'), ...BLANKS, ...BLANKS];
		const { client } = clientOf(service(DEPLOYMENT, { chunks }));
		const { info, guessed } = await loadWorkflow(client, 'dep');
		expect(info).toEqual({});
		expect(guessed).toMatch(/is larger than 64 MB$/);
	});
});

const WORKFLOW = { 3: { class_type: 'KSampler', inputs: { seed: 1 } } };

async function asked(
	object_info_url: string,
	options: { baseUrl?: string; allowPrivate?: boolean } = {},
) {
	const payload = { workflow_api_json: WORKFLOW, object_info_url };
	const host = createVirtualHost(({ leaf }) =>
		leaf === 'dep-1' ? json({ id: 'dep-1', payload }) : json({ KSampler: {} }),
	);
	await loadWorkflow(createClient({ host, ...options }), 'dep-1');
	return host.calls.at(-1)?.request;
}

it.each(['http://169.254.169.254/latest/object_info', 'https://store.example/object_info'])(
	'%s is fetched from public addresses only, and without the token',
	async (url) => {
		expect(await asked(url)).toMatchObject({ url, publicOnly: true, authenticate: false });
	},
);

it.each([{ allowPrivate: true }, { baseUrl: 'http://127.0.0.1:4010' }])(
	'may be private with %j',
	async (options) => {
		expect(await asked('http://10.0.0.1/object_info', options)).toMatchObject({
			publicOnly: false,
		});
	},
);

it.each([
	['https://proxy.example/runcomfy/object_info', true],
	['https://proxy.example/runcomfy', false],
	['https://proxy.example/runcomfy-not/object_info', false],
	['https://proxy.example/runcomfy/../other/object_info', false],
	['https://proxy.example:444/runcomfy/object_info', false],
])('%s gets the token: %p', async (url, authenticate) => {
	const options = { baseUrl: 'https://proxy.example/runcomfy' };
	expect(await asked(url, options)).toMatchObject({ authenticate });
});
