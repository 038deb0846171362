// Each node of Node-RED in its runtime × what a host's HTTP library has a hand in. Real sockets; pauses
// pass on a virtual clock, and time limits are a tenth of a second.
import {
	afterAll,
	afterEach,
	beforeAll,
	beforeEach,
	describe,
	expect,
	it,
	jest,
} from '@jest/globals';
import type { NodeMessage } from 'node-red';
import helper from 'node-red-node-test-helper';
import { submitted } from '../../node-red/support/rig.mts';
import {
	type Action,
	ACTIONS,
	type FrontedFlow,
	startFronted,
	submittedToModel,
	TOKEN,
	WARM_MS,
} from '../support/nodeRed.mts';
import { rightOf } from '../support/right.mts';
import { wireFaultsFor } from '../support/wire.mts';

beforeAll(() => helper.startServer());
afterAll(() => helper.stopServer());

interface Ended {
	code: unknown;
	msg: NodeMessage;
}

async function send(flow: FrontedFlow, action: Action, requestId: string): Promise<Ended> {
	const { sent, caught, completed } = flow;
	const before = { sent: sent.length, caught: caught.length };
	const ends = caught.length + completed.length;
	const { deploymentIds, modelIds } = flow.simulator;
	const deploymentId = action.copies ? await flow.copy() : deploymentIds.textToImage;
	const target = action.model ? { modelId: modelIds.textToImage } : { deploymentId };
	const about = action.machine ? { payload: { instance_id: await flow.machine() } } : {};
	flow.receive({ ...target, ...about, ...action.message?.({ requestId }) } as NodeMessage);
	await flow.ended(ends + 1);
	expect(caught.length + completed.length).toBe(ends + 1);
	const failed = caught[before.caught];
	if (failed) return { code: failed.error.code, msg: failed };
	const msg = sent[before.sent]!;
	const { warnings = [] } = (msg['runcomfy'] ?? {}) as { warnings?: unknown[] };
	return { code: warnings.length > 0 ? 'note' : 'ok', msg };
}

/** An account may have no deployments. */
const RIGHT_HERE: Record<string, string> = { 'deployments list': 'an empty list' };

describe('Node-RED runtime', () => {
	describe.each(Object.entries(ACTIONS))('%s', (name, action) => {
		let flow: FrontedFlow;
		let requestId: string;
		beforeAll(async () => {
			flow = await startFronted(action);
			({ requestId } = await (action.model ? submittedToModel(flow) : submitted(flow)));
			flow.time.pass(WARM_MS);
			await flow.simulator.settle();
		});
		beforeEach(() => void jest.spyOn(Math, 'random').mockReturnValue(1));
		afterEach(() => {
			flow.front.disarm();
			expect('polluted' in {}).toBe(false);
		});
		afterAll(() => flow.stop());

		const faults = wireFaultsFor(name, action.group);
		it.each(faults.map((fault) => [fault.name, fault] as const))('%s', async (_, fault) => {
			const { simulator, front, time } = flow;
			const [paidBefore, begun] = [simulator.jobs.size, time.now()];
			front.arm(action.at, fault);
			flow.limit.ms = fault.kind === 'silent' ? 100 : Infinity;
			const { code, msg } = await send(flow, action, requestId);
			front.disarm();
			flow.limit.ms = Infinity;

			const right =
				RIGHT_HERE[name] === fault.name
					? rightOf('read', 'harmless')
					: rightOf(action.group, fault.kind);
			expect(code).toBe(right.code);
			if (fault.kind !== 'silent' && !fault.kind.startsWith('redirect')) {
				expect(front.hits).toBe(right.sends);
			}
			// Pauses, on the virtual clock: those of a read, of a submit, or of a call to an instance.
			expect(time.now() - begun).toBeLessThanOrEqual(20_000);
			expect(simulator.jobs.size - paidBefore).toBeLessThanOrEqual(1);
			if (action.message && !action.copies) expect(msg).toMatchObject({ requestId });
			expect(JSON.stringify([msg, flow.warned])).not.toContain(TOKEN);

			expect((await send(flow, action, requestId)).code).toBe('ok');
		});
	});
});
