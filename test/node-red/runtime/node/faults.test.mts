// Whatever the service does on whatever route, the message ends once and the process survives. The tests run in that
// process, so an unhandled rejection or exception anywhere fails them.
import { describe, expect, it } from '@jest/globals';
import type { NodeMessage } from 'node-red';
import type { Fault, FaultName, FaultTarget } from '../../../../simulator/index.cts';
import { expectNamed } from '../../../support/expect.mts';
import { type ActionType, submitted, type TestFlow, turns, useFlows } from '../../support/rig.mts';

const start = useFlows();

// One fault of each sort: test/faults has every status of every call.
const STATUSES = [302, 400, 401, 402, 403, 404, 408, 410, 422, 429, 500, 503];
const BODIES: FaultName[] = [
	'html_error_page',
	'reset',
	'truncated_body',
	'not_json',
	'empty_body',
	'error_in_200',
	'forbidden_message',
	'gateway_402',
	'redirect',
	'token_echo',
	'utf8_bom',
];
const ROUTES: Array<[ActionType, FaultTarget]> = [
	['runcomfy-submit', 'submit'],
	['runcomfy-status', 'status'],
	['runcomfy-result', 'result'],
	['runcomfy-cancel', 'cancel'],
	['runcomfy-run', 'submit'],
	['runcomfy-run', 'status'],
	['runcomfy-run', 'result'],
	['runcomfy-run', 'storage'],
];

/** One message under a fault. The request that it asks about exists. */
async function strike(flow: TestFlow, fault: Fault) {
	const ref = await submitted(flow);
	const before = flow.sent.length + flow.caught.length;
	flow.simulator.inject(fault);
	flow.receive({ ...ref });
	await flow.ended(before + 1);
	flow.simulator.clearFaults();
	expectNamed(flow.sent.length + flow.caught.length, JSON.stringify(fault)).toBe(before + 1);
	expect(flow.completed).toHaveLength(flow.sent.length);
}

describe.each(ROUTES)('%s with faults of %s', (type, on) => {
	const fields = { output: 'buffer' };
	const faults = [
		...STATUSES.map((status) => ({ name: 'server_error', on, status })),
		...BODIES.map((name) => ({ name, on })),
	];

	it.each([1, 1000])('survives each, striking %i times', async (times) => {
		const flow = await start(type, fields);
		for (const fault of faults) await strike(flow, { ...fault, times } as Fault);
		await turns(50);
		const ends = flow.sent.length + flow.caught.length;
		expect(ends).toBe(faults.length);
		for (const { error } of flow.caught) expect(error.code).toMatch(/^[a-z_]+$/);
		expect(JSON.stringify(flow.caught)).not.toContain(flow.simulator.token);
	});
});

describe('messages that cannot be right', () => {
	const cyclic: Record<string, unknown> = {};
	cyclic['self'] = cyclic;

	it.each([
		['a message without a prototype', Object.assign(Object.create(null) as object, { a: 1 })],
		['a cyclic payload', { payload: cyclic }],
		['a BigInt payload', { payload: 1n, overrides: 1n }],
		['a function', { overrides: () => 1, requestId: () => 1 }],
		['a symbol', { overrides: Symbol('s'), requestId: Symbol('s'), deploymentId: Symbol('s') }],
		['deep overrides', { overrides: JSON.parse(`${'['.repeat(9000)}${']'.repeat(9000)}`) }],
	])('%s', async (_what, msg) => {
		for (const type of ['runcomfy-run', 'runcomfy-status'] as const) {
			const flow = await start(type);
			flow.receive(msg as NodeMessage);
			await flow.ended();
			expect(flow.caught).toHaveLength(1);
			expect([flow.sent, flow.completed]).toEqual([[], []]);
			if (type === 'runcomfy-run') await flow.stop();
		}
	});

	it('a frozen message costs one error, before anything is submitted', async () => {
		const flow = await start('runcomfy-submit');
		const { textToImage: deploymentId } = flow.simulator.deploymentIds;
		flow.receive(Object.freeze({ deploymentId }) as NodeMessage);
		await flow.ended();
		expect(flow.caught).toMatchObject([{ error: { code: 'invalid_input' } }]);
		expect(flow.simulator.requests).toEqual([]);
	});
});
