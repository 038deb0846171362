// The URL where a parked execution is resumed, the node's behavior after such a call, and missing prerequisites.
import { describe, expect, it } from '@jest/globals';
import { notFound } from '../../support/answers.mts';
import { waitUntil } from '../../support/expect.mts';
import { LONG_MS, useLongRuns, useSmallN8n } from '../support/parked.mts';
import {
	codeOf,
	idsOf,
	type Json,
	nodeTypeOf,
	refusal,
	useRig,
	workflowOf,
} from '../support/rig.mts';

/** n8n's own Wait node is resumed by any call. */
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

const rig = useRig({ fast: true, nodeTypes: { 'test.wait': wait } });
const n8n = useSmallN8n(rig);
const runs = useLongRuns(rig, n8n);

const stepOf = (options: Json = {}) => workflowOf({ parameters: runs.toRun(options) });

const isParkedAgain = (id: string) => () =>
	n8n.read(id).entries === 2 && n8n.read(id).status === 'waiting';

describe('a call of the resume address', () => {
	it('by a stranger changes nothing, however often, and asks RunComfy nothing', async () => {
		const { id } = await n8n.park(stepOf());
		const asked = rig.simulator.requests.length;
		const bodies = [
			{},
			{ secret: 'x' },
			{ secret: null },
			{ request_id: rig.paid()[0] },
			'text',
			null,
		];
		for (let times = 0; times < 100; times += 1) {
			const { status } = await n8n.post(id, bodies[times % bodies.length]);
			expect(status).toBe(200);
		}
		expect(n8n.read(id)).toMatchObject({ status: 'waiting', entries: 1 });
		expect(rig.simulator.requests.length).toBe(asked);
	});

	it('by the watcher has n8n go on, once (P20)', async () => {
		rig.simulator.update({ latencyMs: 0 });
		const goOn = rig.clock.hold();
		const { id, until } = await n8n.park(stepOf());
		const twice = await Promise.all([n8n.wake(id), n8n.wake(id)]);
		goOn();
		expect(twice.map(({ status }) => status).sort()).toEqual([200, 500]);
		const done = await until();
		expect([done.status, done.entries]).toEqual(['success', 2]);
		expect((await n8n.post(id)).status).toBe(409);
		expect(rig.countOf('submit')).toBe(1);
	});

	it('that comes too early parks the execution again', async () => {
		const { id } = await n8n.park(stepOf());
		await n8n.wake(id);
		await waitUntil(isParkedAgain(id));
		expect(rig.countOf('submit')).toBe(1);
	});

	it('does nothing in the moment before n8n’s timer does', async () => {
		const goOn = rig.clock.hold();
		const { id } = await n8n.park(stepOf());
		rig.clock.elapse(n8n.parkOf(id).until - rig.clock.now() - 1_000);
		expect((await n8n.wake(id)).body).toMatch(/parked/);
		expect(n8n.read(id)).toMatchObject({ status: 'waiting', entries: 1 });
		goOn();
	});
});

it('a call does not affect a Wait node further on', async () => {
	const json = stepOf();
	json.nodes.push({ ...json.nodes[0]!, id: 'wait', name: 'Wait', type: 'test.wait' });
	Object.assign(json.connections, {
		'Step 1': { main: [[{ node: 'Wait', type: 'main', index: 0 }]] },
	});
	const { id } = await n8n.park(json);
	await runs.comeBack(id);
	await waitUntil(() => n8n.read(id).stored.resultData.lastNodeExecuted === 'Wait');
	expect(n8n.read(id)).toMatchObject({ status: 'waiting', entries: 2 });
	expect((await n8n.post(id, {})).status).toBe(404);
	expect(n8n.read(id)).toMatchObject({ status: 'waiting', entries: 2 });
});

it('a wake-up that names what has ended has only that looked at', async () => {
	const inputs = [{ n: 0 }, { n: 1 }, { n: 2 }, { n: 3 }];
	const { id } = await n8n.park(stepOf({ concurrency: 2 }), { inputs });
	const [first, second] = rig.paid();
	const asked = rig.simulator.requests.length;
	let paths: string[] = [];
	// From then on, the watcher polls.
	n8n.whenPutToWait = () => {
		paths = rig.simulator.requests.slice(asked).map(({ path }) => path);
	};
	await n8n.wake(id, [first!]);
	await waitUntil(isParkedAgain(id));
	expect(paths.some((path) => path.includes(first!))).toBe(true);
	expect(paths.some((path) => path.includes(second!))).toBe(false);
});

describe('an execution that goes on after', () => {
	it.each<[what: string, code: string, change: () => unknown]>([
		['the token was replaced', 'auth_failed', () => (rig.credential['apiToken'] = 'another')],
		[
			'the credential was deleted',
			'invalid_input',
			() => {
				for (const name of Object.keys(rig.credential)) delete rig.credential[name];
			},
		],
		[
			'RunComfy knows the request no longer',
			'not_found',
			() => {
				for (const on of ['status', 'result'] as const)
					rig.simulator.inject(notFound({ on, times: 1_000 }));
			},
		],
	])(
		'%s ends with %s, names its request, and is picked up by a retry once that is fixed',
		async (_what, code, change) => {
			rig.simulator.update({ latencyMs: 3_000 });
			const { id, until } = await n8n.park(stepOf({ timeout: 7 }));
			rig.clock.elapse(3_000);
			await change();
			await n8n.timer(id);
			const failed = await until();
			expect([failed.status, codeOf(failed)]).toEqual(['error', code]);
			expect(refusal(failed.error)).toContain(rig.paid()[0]);

			rig.simulator.clearFaults();
			const { url, token } = rig.simulator;
			Object.assign(rig.credential, { apiToken: token, baseUrl: url });
			expect(idsOf(await n8n.retry(id).until())).toEqual(rig.paid());
			expect(rig.countOf('submit')).toBe(1);
		},
	);

	it('the deployment was deleted gives the result that RunComfy still has', async () => {
		const { id, until } = await n8n.park(stepOf({ timeout: 7 }));
		runs.end();
		rig.simulator.inject(notFound({ on: 'deployments', times: 1_000 }));
		await n8n.timer(id);
		expect(idsOf(await until())).toEqual(rig.paid());
	});
});
