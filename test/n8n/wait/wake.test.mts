// The address where a parked execution is resumed, what the node does once somebody has used it, and what if
// something that it needs is gone by then.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { waitUntil } from '../../support/expect.mts';
import { useSmallN8n } from '../support/parked.mts';
import {
	byId,
	codeOf,
	copyOf,
	countOf,
	type Json,
	nodeTypeOf,
	paidIn,
	runAndWait,
	useRig,
	workflowOf,
} from '../support/rig.mts';

let aheadMs = 0;
const LONG_MS = 3_600_000;

/** As n8n's own Wait node does for calls: whoever calls has it go on. */
const wait = nodeTypeOf('wait', {
	description: {
		webhooks: [
			{
				name: 'default',
				httpMethod: 'POST',
				path: '',
				responseMode: 'onReceived',
				restartWebhook: true,
			},
		],
	},
	async execute() {
		await this.putExecutionToWait(new Date(Date.now() + LONG_MS));
		return [[]];
	},
	webhook: async () => ({ workflowData: [[{ json: {} }]] }),
});

const rig = useRig({ now: () => Date.now() + aheadMs, nodeTypes: { 'test.wait': wait } });
const n8n = useSmallN8n(rig);
const endRuns = () => void (aheadMs += LONG_MS);

let deploymentId: string;
beforeEach(async () => {
	deploymentId = await copyOf(rig);
	rig.simulator.update({ latencyMs: LONG_MS });
});

const stepOf = (options: Json = {}) =>
	workflowOf({ parameters: runAndWait(rig, { deploymentId: byId(deploymentId), options }) });

/** Parked, with no watcher of its own any more. */
async function parked(options: Json = {}, inputs: Array<{ n: number }> = [{ n: 0 }]) {
	const started = n8n.start(stepOf(options), { inputs });
	await started.until('waiting');
	await n8n.restart();
	return started;
}

describe('a call of the resume address', () => {
	it('by a stranger changes nothing, however often, and asks RunComfy nothing', async () => {
		const { id } = await parked();
		endRuns();
		const asked = rig.simulator.requests.length;
		const bodies = [{}, { secret: 'x' }, { secret: null }, { request_id: paidIn(rig)[0] }, 'text'];
		for (let times = 0; times < 100; times += 1) {
			const { status } = await n8n.post(id, bodies[times % bodies.length]);
			expect(status).toBe(200);
		}
		expect(n8n.read(id)).toMatchObject({ status: 'waiting', entries: 1 });
		expect(rig.simulator.requests.length).toBe(asked);
	});

	it('by the watcher has n8n go on, once', async () => {
		const { id, until } = await parked();
		endRuns();
		const twice = await Promise.all([n8n.wake(id), n8n.wake(id)]);
		expect(twice.map(({ status }) => status).sort()).toEqual([200, 500]);
		const done = await until();
		expect([done.status, done.entries]).toEqual(['success', 2]);
		expect((await n8n.post(id)).status).toBe(409);
		expect(countOf(rig, 'submit')).toBe(1);
	});

	it('that comes too early parks the execution again', async () => {
		const { id } = await parked();
		await n8n.wake(id);
		await waitUntil(() => n8n.read(id).entries === 2 && n8n.read(id).status === 'waiting');
		expect(countOf(rig, 'submit')).toBe(1);
	});

	it('does nothing in the moment before n8n’s timer does', async () => {
		const { id } = await parked();
		n8n.edit(id, (stored) => void (stored.until = Date.now() + 1_000));
		expect((await n8n.wake(id)).body).toMatch(/parked/);
		expect(n8n.read(id)).toMatchObject({ status: 'waiting', entries: 1 });
	});
});

it('a call leaves a Wait node further on as it is', async () => {
	const json = stepOf();
	json.nodes.push({ ...json.nodes[0]!, id: 'wait', name: 'Wait', type: 'test.wait' });
	Object.assign(json.connections, {
		'Step 1': { main: [[{ node: 'Wait', type: 'main', index: 0 }]] },
	});
	const { id, until } = n8n.start(json);
	await until('waiting');
	await n8n.restart();
	endRuns();
	await n8n.wake(id);
	await waitUntil(() => n8n.read(id).stored.resultData.lastNodeExecuted === 'Wait');
	expect(n8n.read(id)).toMatchObject({ status: 'waiting', entries: 2 });
	expect((await n8n.post(id, {})).status).toBe(404);
	expect(n8n.read(id)).toMatchObject({ status: 'waiting', entries: 2 });
});

describe('a wake-up that names what has ended', () => {
	const inputs = [{ n: 0 }, { n: 1 }, { n: 2 }, { n: 3 }];

	it('has only that looked at, and the next item submitted', async () => {
		const { id } = await parked({ concurrency: 2 }, inputs);
		const [first, second] = paidIn(rig);
		rig.simulator.jobs.get(first!)!.finishedAt = undefined as never;
		const asked = rig.simulator.requests.length;
		await n8n.wake(id, [first!]);
		await waitUntil(() => n8n.read(id).entries === 2 && n8n.read(id).status === 'waiting');
		const paths = rig.simulator.requests.slice(asked).map(({ path }) => path);
		expect(paths.some((path) => path.includes(first!))).toBe(true);
		expect(paths.some((path) => path.includes(second!))).toBe(false);
	});

	it('keeps as many requests in progress as Concurrency allows, results in the order of the items', async () => {
		// The second and the third one end at once, whatever the others do.
		for (const ms of [LONG_MS, 50, 50, LONG_MS]) {
			rig.simulator.inject({ name: 'run_time', ms, times: 1 });
		}
		const started = n8n.start(stepOf({ concurrency: 2 }), { inputs });
		await waitUntil(() => countOf(rig, 'submit') === 4);
		await started.until('waiting');
		const lastLook = countOf(rig, 'status');
		expect(lastLook).toBeLessThan(20);
		await n8n.restart();
		endRuns();
		await n8n.timer(started.id);
		const done = await started.until();
		expect(done.items('Step 1').map(({ json }) => json['request_id'])).toEqual(paidIn(rig));
		expect(countOf(rig, 'submit')).toBe(4);
	});
});

/** With what is left of a timeout that ends before a refused token would be asked again; its run has ended. */
async function parkedForLong() {
	const started = await parked({ timeout: 7 });
	endRuns();
	return started;
}

async function deleteDeployment() {
	const { url, token } = rig.simulator;
	const headers = { authorization: `Bearer ${token}` };
	const path = `/prod/v2/deployments/${deploymentId}`;
	expect((await fetch(url + path, { method: 'DELETE', headers })).ok).toBe(true);
}

const GONE: Array<[what: string, code: string, () => unknown]> = [
	['the token was replaced', 'auth_failed', () => (rig.credential['apiToken'] = 'another')],
	['the credential has no token', 'auth_failed', () => (rig.credential['apiToken'] = '')],
	[
		'the credential was deleted',
		'invalid_input',
		() => {
			for (const name of Object.keys(rig.credential)) delete rig.credential[name];
		},
	],
	[
		'the credential names no address',
		'invalid_input',
		() => (rig.credential['baseUrl'] = 'no address'),
	],
	[
		'RunComfy knows the request no longer',
		'timed_out',
		() => {
			for (const on of ['status', 'result'] as const)
				rig.simulator.inject({ name: 'not_found', on, times: 1_000 });
		},
	],
];

describe('an execution that goes on after', () => {
	it.each(GONE)('%s ends with %s and names its request', async (_what, code, change) => {
		const { id, until } = await parkedForLong();
		await change();
		await n8n.timer(id);
		const done = await until();
		expect([done.status, codeOf(done as never)]).toEqual(['error', code]);
		expect(`${done.error?.message} ${done.error?.description}`).toContain(paidIn(rig)[0]);
		expect(countOf(rig, 'submit')).toBe(1);
	});

	it.each(GONE)(
		'%s takes up what was paid for in a retry once that is fixed',
		async (_what, _code, change) => {
			const { id, until } = await parkedForLong();
			await change();
			await n8n.timer(id);
			await until();
			rig.simulator.clearFaults();
			const { url, token } = rig.simulator;
			Object.assign(rig.credential, { apiToken: token, baseUrl: url, apiVersion: 'v1' });
			const done = await n8n.retry(id).until();
			expect(done.error?.message).toBeUndefined();
			expect(done.items('Step 1')[0]?.json['request_id']).toBe(paidIn(rig)[0]);
			expect(countOf(rig, 'submit')).toBe(1);
		},
	);

	it('the deployment was deleted gives the result that RunComfy still has', async () => {
		const { id, until } = await parkedForLong();
		await deleteDeployment();
		await n8n.timer(id);
		const done = await until();
		expect(done.items('Step 1')[0]?.json).toMatchObject({
			request_id: paidIn(rig)[0],
			status: 'succeeded',
		});
	});
});
