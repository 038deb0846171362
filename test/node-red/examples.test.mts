// Imports the examples as a user does, and checks that each one does what its comment says.
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Fault } from '../../simulator/index.ts';
import { errorCode, paymentRequired, rateLimited } from '../support/answers.mts';
import { eventually } from '../support/expect.mts';
import { root } from './support/dist.mts';
import { post } from './support/http.mts';
import {
	exampleOf,
	type FlowNode,
	type ImportedFlow,
	useExamples,
} from './support/importedFlow.mts';
import { turns } from './support/rig.mts';

const { open, userDir } = useExamples();

type Drawn = FlowNode & { name: string; x: number; y: number };

/** Width of a node on the canvas in pixels, for a label of this many letters. */
const widthOf = (letters: number) => Math.max(100, 20 * Math.ceil((50 + 7 * letters) / 20));
const LONG_NAME = 30;

it.each(readdirSync(join(root, 'examples')))(
	'%s has room for every label, also for the long name of a deployment',
	(name) => {
		const drawn = exampleOf(name).filter(({ x }) => typeof x === 'number') as Drawn[];
		const isUnnamed = ({ type, name }: Drawn) => /^runcomfy-(run|submit)$/.test(type) && !name;
		const labelOf = ({ type, name, method, url }: Drawn) =>
			name || (type === 'http in' ? `[${String(method)}] ${String(url)}` : type);
		const width = (node: Drawn) => widthOf(isUnnamed(node) ? LONG_NAME : labelOf(node).length);
		const overlaps = drawn.flatMap((node) =>
			drawn
				.filter((other) => other !== node && other['z'] === node['z'])
				.filter((other) => Math.abs(other.y - node.y) < 30)
				.filter((other) => Math.abs(other.x - node.x) < (width(node) + width(other)) / 2 + 10)
				.map((other) => [labelOf(node), labelOf(other)]),
		);
		expect(overlaps).toEqual([]);
	},
);

const submits = ({ simulator }: ImportedFlow) =>
	simulator.requests.filter(({ route }) => route === 'submit');
const jobs = ({ simulator }: ImportedFlow) => [...simulator.jobs.values()];
const HOUR = { simulator: { latencyMs: 3_600_000 } };

it('first-image saves the picture', async () => {
	const flow = await open('first-image');
	flow.press();
	await flow.outputs('saved files');
	expect(flow.output('saved files')).toEqual([[join(userDir(), 'images', 'ComfyUI_00001_.png')]]);
	expect(readdirSync(join(userDir(), 'images'))).toEqual(['ComfyUI_00001_.png']);
	expect(jobs(flow)[0]?.graph['6']?.inputs['text']).toContain('red fox');
});

it('hosted-model saves the picture of a model, and tells what it cost', async () => {
	const flow = await open('hosted-model');
	flow.press();
	await flow.outputs('saved files');
	const [[file]] = flow.output('saved files') as [[string]];
	expect(readdirSync(join(userDir(), 'images'))).toEqual([basename(file)]);
	expect(flow.output('cost')).toEqual([0.012]);
	expect(flow.simulator.requests.find(({ route }) => route === 'models.submit')).toMatchObject({
		modelId: flow.simulator.modelIds.textToImage,
		body: { prompt: expect.stringContaining('paper boat'), image_size: 'landscape_16_9' },
	});
});

describe('single-steps', () => {
	it('tells the state of a request, and waits for its result', async () => {
		const flow = await open('single-steps', undefined, HOUR);
		flow.press('start');
		await flow.outputs('accepted');
		flow.press('result');
		flow.press('status');
		await flow.outputs('state');
		expect(flow.output('state')).toMatchObject([{ request_id: jobs(flow)[0]?.requestId }]);
		expect(flow.output('files')).toEqual([]);
		flow.time.pass(3_600_000);
		await flow.outputs('files');
		expect(flow.output('files')).toMatchObject([[{ mime_type: 'image/png' }]]);
	});

	it('cancels a request', async () => {
		const flow = await open('single-steps', undefined, HOUR);
		flow.press('start');
		await flow.outputs('accepted');
		flow.press('cancel');
		await flow.outputs('answer');
		expect(flow.output('answer')).toMatchObject([{ status: 'cancellation_requested' }]);
		expect(jobs(flow)[0]?.state).toBe('canceled');
	});
});

it('new-cancels-old shows the picture of the last prompt only, however quickly they come', async () => {
	const flow = await open('new-cancels-old');
	const release = flow.time.hold();
	flow.press('a red bicycle');
	await eventually(() => jobs(flow).length).toBe(1);
	flow.press('a blue bicycle');
	flow.press('a green bicycle');
	await eventually(() => JSON.stringify(submits(flow).at(-1)?.body)).toContain('a green bicycle');
	release();
	await flow.outputs('picture');
	await flow.outputs('canceled', 2);
	expect(flow.output('picture')).toHaveLength(1);
	const states = jobs(flow).map(({ state }) => state);
	expect(states.slice(0, -1).every((state) => state === 'canceled')).toBe(true);
	expect(states.at(-1)).toBe('succeeded');
});

describe('batch-with-join', () => {
	it('gives all results in one message, in their order', async () => {
		const flow = await open('batch-with-join');
		flow.press();
		await flow.outputs('all results');
		expect(submits(flow)).toHaveLength(3);
		expect(flow.output('all results')[0]).toHaveLength(3);
	});

	it('also where one of them fails', async () => {
		const flow = await open('batch-with-join');
		flow.simulator.inject(paymentRequired({ on: 'submit', times: 1 }));
		flow.press();
		await flow.outputs('all results');
		expect(JSON.stringify(flow.output('all results'))).toContain('"error":"insufficient_funds"');
	});
});

it('chain-two-deployments hands the address of the first picture to the second', async () => {
	const flow = await open('chain-two-deployments', ({ name }, { imageEdit }) =>
		name === 'edit' ? { deploymentId: imageEdit } : {},
	);
	flow.press();
	await flow.outputs('saved files');
	const { textToImage, imageEdit } = flow.simulator.deploymentIds;
	expect(submits(flow).map((submit) => submit.deploymentId)).toEqual([textToImage, imageEdit]);
	expect(JSON.stringify(submits(flow)[1]?.body)).toMatch(/"image":"http[^"]+\.png/);
	expect(readdirSync(join(userDir(), 'images'))).toHaveLength(1);
});

describe('errors-by-code', () => {
	it('waits on for a run that took too long, and does not pay again', async () => {
		const timeout = ({ type }: FlowNode) => (type === 'runcomfy-run' ? { timeout: '1' } : {});
		const flow = await open('errors-by-code', timeout, { simulator: { latencyMs: 2_000 } });
		flow.press();
		await flow.outputs('files');
		expect(submits(flow)).toHaveLength(1);
	});

	it.each<[what: string, fault: Fault, where: string, text?: RegExp]>([
		[
			'tries again where nothing was submitted',
			rateLimited({ on: 'submit', retryAfter: 3_600 }),
			'files',
		],
		[
			'waits on for a run that was accepted, where RunComfy is out of reach for a while',
			rateLimited({ on: 'status', retryAfter: 3_600 }),
			'files',
		],
		[
			'says what to do about a balance that is used up',
			errorCode(400002, { on: 'submit', status: 400 }),
			'error',
			/Top up your RunComfy balance\. .* \(insufficient_funds\)$/,
		],
		[
			'says what to do about the account',
			errorCode(400004, { on: 'submit', status: 400 }),
			'error',
			/Check the API token: .* whether the account is active\. \(auth_failed\)$/,
		],
		[
			'asks to look where a submit was not confirmed',
			{ name: 'reset_after_accept', on: 'submit', times: 1 },
			'look at RunComfy first',
			/\(submit_unconfirmed\)$/,
		],
	])('%s', async (_what, fault, where, text = /./) => {
		const flow = await open('errors-by-code', undefined, { simulator: { latencyMs: 1_000 } });
		flow.simulator.inject(fault);
		flow.press();
		await flow.outputs(where);
		const places = ['files', 'error', 'look at RunComfy first'];
		expect(places.filter((place) => flow.output(place).length > 0)).toEqual([where]);
		expect(String(flow.output(where))).toMatch(text);
		expect(jobs(flow)).toHaveLength(where === 'error' ? 0 : 1);
	});
});

it('machines-in-the-morning makes a machine ready, and idle again', async () => {
	const flow = await open('machines-in-the-morning');
	for (const [name, count] of [
		['morning', 1],
		['evening', 2],
	] as const) {
		flow.press(name);
		await flow.outputs('as it is now', count);
	}
	expect(flow.output('as it is now')).toMatchObject([{ min_instances: 1 }, { min_instances: 0 }]);
	flow.press('all');
	await flow.outputs('deployments');
	const changed = flow.simulator.requests.filter(({ route }) => route === 'deployments.update');
	expect(changed.map(({ body }) => body)).toMatchObject([
		{ min_instances: 1 },
		{ min_instances: 0 },
	]);
});

it.each([
	['files', 5, 1],
	['balance too low', 4.99, 0],
])('enough-balance ends in "%s" with %s dollars', async (where, balanceUsd, count) => {
	const flow = await open('enough-balance', undefined, { simulator: { balanceUsd } });
	flow.press();
	await flow.outputs(where);
	expect(submits(flow)).toHaveLength(count);
	expect(jobs(flow).map(({ graph }) => graph['6']?.inputs['text'])).toEqual(
		Array(count).fill(expect.stringContaining('red fox')),
	);
});

describe('webhook', () => {
	const PATH = '/runcomfy/open-sesame';

	/** A LoRA deployment takes its inputs by name. */
	const LORA = {
		rows: [{ nodeId: '', input: 'prompt', type: 'msg', value: 'payload' }],
	};

	/** The flow, and RunComfy's calls to it with their answers. */
	async function connect(deployment: 'textToImage' | 'lora' = 'textToImage', values = {}) {
		const lines: string[] = [];
		const submitting = (ids: Record<string, string>) => ({
			deploymentId: ids[deployment],
			...(deployment === 'lora' ? LORA : {}),
		});
		const flow = await open(
			'webhook',
			({ type }, ids) => (type === 'runcomfy-submit' ? submitting(ids) : {}),
			{
				simulator: { latencyMs: 1_000, log: (line: string) => void lines.push(line) },
				env: (url) => ({ RUNCOMFY_WEBHOOK_PATH: PATH, PUBLIC_URL: url, ...values }),
			},
		);
		return Object.assign(flow, {
			calls: () =>
				lines.flatMap((line) => /^webhook \S+ (.*?)(?:, again in .*)?$/.exec(line)?.[1] ?? []),
			async later(ms = 5_000) {
				flow.time.pass(ms);
				await flow.simulator.settle();
			},
			async submit() {
				flow.press();
				await flow.outputs('accepted');
			},
			call: (body: unknown) =>
				post(`${flow.url}${PATH}`, JSON.stringify(body), { 'content-type': 'application/json' }),
		});
	}

	it.each(['textToImage', 'lora'] as const)(
		'goes on at once, and sends the files of %s when RunComfy calls back',
		async (deployment) => {
			const flow = await connect(deployment);
			await flow.submit();
			await flow.later();
			await flow.outputs('user');
			expect(flow.calls()).toEqual(['succeeded delivered']);
			expect(flow.output('files')).toMatchObject([[{ mime_type: 'image/png' }]]);
			expect(flow.output('user')).toEqual(['7']);
			expect([flow.simulator.count('status'), flow.bodies('storage')]).toEqual([0, []]);
		},
	);

	it('says once that a run failed, and RunComfy does not call again', async () => {
		const flow = await connect();
		flow.simulator.inject({ name: 'run_failed' });
		await flow.submit();
		await flow.later();
		await flow.outputs('failed');
		await flow.later(24 * 3_600_000);
		expect(flow.calls()).toEqual(['failed delivered']);
		expect([flow.output('failed'), flow.output('files')]).toEqual([[expect.any(String)], []]);
	});

	it.each([
		['unknown ids', { request_id: 'r', deployment_id: 'd', status: 'succeeded' }],
		['no ids', { status: 'succeeded' }],
		['an id that leads elsewhere', { request_id: '../../balance', deployment_id: 'd' }],
	])('ends a forged call with %s in Catch', async (_what, body) => {
		const flow = await connect();
		expect(await flow.call(body)).toBe(200);
		expect([flow.output('failed'), flow.output('files')]).toEqual([[expect.any(String)], []]);
	});

	it('does not believe a call that comes before the end', async () => {
		const flow = await connect();
		await flow.submit();
		const [job] = jobs(flow);
		const ids = { request_id: job?.requestId, deployment_id: job?.deploymentId };
		expect(await flow.call({ ...ids, status: 'succeeded' })).toBe(503);
		expect(flow.output('files')).toEqual([]);
	});

	it('has RunComfy call again if the result cannot be read for now', async () => {
		const flow = await connect();
		await flow.submit();
		flow.simulator.inject({ name: 'answer', on: 'result', status: 503, times: 1000 });
		await flow.later();
		expect(flow.calls()).toEqual(['succeeded failed (503)']);
		flow.simulator.clearFaults();
		await flow.later(60_000);
		await flow.outputs('files');
		expect(flow.calls().at(-1)).toBe('succeeded delivered');
	});

	it('misses no call while Node-RED starts: RunComfy calls again', async () => {
		const flow = await connect();
		await flow.submit();
		await flow.restart({}, () => flow.later());
		expect(flow.calls()).toEqual(['succeeded failed (404)']);
		await flow.later(60_000);
		await flow.outputs('files');
		expect(flow.calls().at(-1)).toBe('succeeded delivered');
	});

	it('answers a call that comes while its nodes are being started once they have', async () => {
		const flow = await connect();
		await flow.submit();
		flow.events().emit('flows:starting', {});
		const calling = flow.later();
		await eventually(() => flow.simulator.count('result')).toBe(1);
		await turns(50);
		expect([flow.calls(), flow.output('files')]).toEqual([[], []]);
		flow.events().emit('flows:started', {});
		await calling;
		expect(flow.calls()).toEqual(['succeeded delivered']);
		expect(flow.output('files')).toHaveLength(1);
	});

	it.each(['PUBLIC_URL', 'RUNCOMFY_WEBHOOK_PATH'])('names %s if it is not set', async (name) => {
		const flow = await connect('textToImage', { [name]: '' });
		flow.press();
		await flow.outputs('failed');
		expect(flow.output('failed')).toEqual([expect.stringContaining(`${name}, which is not set`)]);
		expect(flow.simulator.count('submit')).toBe(0);
	});
});

// The real Dashboard 2.0 is too large for a dev dependency (135 MB): test/e2e/tests/node-red-recipes.test.mjs installs
// it. Here, the flow runs with stand-ins.
describe('dashboard', () => {
	const sinks = ['ui-text', 'ui-template'];
	const STAND_INS: Readonly<Record<string, object>> = {
		'ui-text-input': { type: 'change', rules: [] },
		'ui-button': { type: 'inject', name: 'button', props: [{ p: 'payload' }] },
	};
	const standIn = ({ type }: FlowNode) =>
		STAND_INS[type] ?? (type.startsWith('ui-') && !sinks.includes(type) ? { type: 'comment' } : {});

	async function run(deployment: 'textToImage' | 'disabled') {
		const flow = await open(
			'dashboard',
			(node, ids) => ({
				...standIn(node),
				...(node.type === 'runcomfy-run' ? { deploymentId: ids[deployment] } : {}),
			}),
			{ sinks },
		);
		flow.press('a first prompt');
		await turns(20);
		flow.press('button');
		return flow;
	}

	it('shows the state of a run, and its picture', async () => {
		const flow = await run('textToImage');
		await flow.outputs('picture');
		await turns(20);
		expect(jobs(flow)[0]?.graph['6']?.inputs['text']).toBe('a lighthouse in a storm');
		expect(flow.output('picture')).toEqual([expect.stringMatching(/^http\S+\.png/)]);
		const text = flow.output('ui-text');
		expect([text[0], text.at(-1)]).toEqual(['runcomfy.status.requesting', 'done']);
	});

	it('says what went wrong', async () => {
		const flow = await run('disabled');
		await flow.outputs('ui-text', 2);
		expect(flow.output('ui-text').at(-1)).toMatch(/deployment_disabled/);
	});
});
