// n8n rejects a wait, or its engine has none: the node continues in memory, and no paid request is lost.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { NOT_ACTIVE, useLongRuns, useSmallN8n } from '../support/parked.mts';
import { codeOf, CONTINUE, type Json, useRig } from '../support/rig.mts';

const rig = useRig({ fast: true });
const n8n = useSmallN8n(rig);
const runs = useLongRuns(rig, n8n);

const RUN_MS = 10_000;

beforeEach(() => rig.simulator.update({ latencyMs: RUN_MS }));

/** How often n8n was asked to park. */
let asked: number;

function refuse(before?: (id: string) => void): void {
	asked = 0;
	n8n.whenPutToWait = (id) => {
		asked += 1;
		before?.(id);
		throw new Error(NOT_ACTIVE);
	};
}

const batchOf = (options: Json = {}, settings: Json = {}) => {
	const json = runs.stepsOf({ concurrency: 2, ...options }, {}, settings);
	Object.assign(json.nodes[2]!.parameters, { options: {} });
	return json;
};

const inputs = [{ n: 0 }, { n: 1 }, { n: 2 }];

/** The input of the next node: the status of each request. */
const nextOf = (done: { items(node: string): Array<{ json: Json }> }) =>
	done.items('Step 2').map(({ json }) => [json['request_id'], json['status']]);

const completed = (ids: string[]) => ids.map((id) => [id, 'completed']);

describe('n8n that takes no wait', () => {
	it('has the node wait in memory, submit the items that were not begun, and keep nothing', async () => {
		refuse();
		const done = await n8n.start(batchOf(), { inputs }).until();
		expect(done.error?.message).toBeUndefined();
		expect(nextOf(done)).toEqual(completed(rig.paid()));
		expect([rig.countOf('submit'), done.entries, asked]).toEqual([3, 1, 1]);
		expect([done.status, done.waitTill]).toEqual(['success', undefined]);
		expect(done.stored.executionData?.contextData['node:Step 1']).toEqual({});
	});

	it('has it keep what came out before', async () => {
		rig.simulator.inject({ name: 'run_failed', node_id: '31', times: 1 });
		const { id, until } = await n8n.park(batchOf({}, CONTINUE), { inputs });
		refuse();
		rig.simulator.update({ latencyMs: 3 * RUN_MS });
		rig.clock.elapse(RUN_MS);
		await n8n.timer(id);
		const done = await until();
		const [failed, ...good] = done.items('Step 1');
		expect(failed?.json).toMatchObject({ error_code: 'run_failed', request_id: rig.paid()[0] });
		expect(good.map(({ json }) => json['request_id'])).toEqual(rig.paid().slice(1));
		expect([rig.countOf('submit'), done.entries, asked]).toEqual([3, 2, 1]);
	});

	it('because the execution was stopped at that moment cancels what runs', async () => {
		let stopped: Promise<void> | undefined;
		refuse((id) => void (stopped = n8n.stop(id)));
		const { id, until } = n8n.start(batchOf(), { inputs });
		await until();
		await stopped;
		expect([rig.countOf('submit'), rig.countOf('cancel'), asked]).toEqual([2, 2, 1]);
		expect(rig.paid().map((request) => rig.stateOf(request))).toEqual(['canceled', 'canceled']);
		expect(n8n.read(id).waitTill).toBeUndefined();
	});
});

describe.each([
	['today', false],
	['new', true],
])('on n8n’s engine of %s', (_name, hasNewEngine) => {
	beforeEach(() => void (n8n.hasNewEngine = hasNewEngine));

	it.each(['auto', 'poll'])('the next node gets the result (%s)', async (waitMode) => {
		const done = await n8n.start(runs.stepsOf({ waitMode })).until();
		expect(nextOf(done)).toEqual(completed(rig.paid()));
		expect(rig.countOf('submit')).toBe(1);
		expect(done.entries).toBe(hasNewEngine || waitMode === 'poll' ? 1 : 2);
	});

	it('the message of an error says what runs and how to go on, if n8n keeps nothing else', async () => {
		rig.simulator.inject({ name: 'run_failed', times: 1 });
		const done = await n8n.start(runs.stepsOf()).until();
		expect(codeOf(done)).toBe('run_failed');
		expect(done.error?.message.includes(rig.paid()[0]!)).toBe(hasNewEngine);
	});

	it('an error of one of several items leads to what there is for the others', async () => {
		rig.simulator.inject({ name: 'run_failed', after: 1, times: 1 });
		const done = await n8n.start(batchOf({ concurrency: 1 }), { inputs }).until();
		expect(codeOf(done)).toBe('run_failed');
		const { message, description } = done.error!;
		expect(`${message} ${description}`).toContain('Get Result fetches each by its ID');
		expect(`${message} ${description}`.includes('Executions > Retry')).toBe(!hasNewEngine);
	});
});
