// Retry Failed Runs: an execution pays for an item as often as Max Tries allows, however often it parks in the
// meantime.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { serverError } from '../../support/answers.mts';
import { type AgentKind, AGENTS, ask } from '../support/agents.mts';
import { useSmallN8n } from '../support/parked.mts';
import {
	again,
	codeOf,
	CONTINUE,
	itSince,
	type Json,
	loopOf,
	RETRY,
	useRig,
	workflowOf,
} from '../support/rig.mts';

const rig = useRig({ fast: true, nodeTypes: { ...AGENTS, 'test.again': again(1) } });
const n8n = useSmallN8n(rig);

const OPTIONS = { retryFailedRuns: true, downloadFiles: false };

const KINDS = {
	deployment: (options: Json) => rig.toRun({ options: { ...OPTIONS, ...options } }),
	model: (options: Json) =>
		rig.toRunModel('{"prompt":"a fox"}', { options: { ...OPTIONS, ...options } }),
};

const stepOf = (kind: keyof typeof KINDS, options: Json = {}, settings: Json = {}) =>
	workflowOf({ parameters: KINDS[kind](options), settings: { ...RETRY, ...settings } });

const submits = () => rig.paid().length + rig.modelRuns().length;

/** More runs than these tests may pay for. */
const failAll = () => rig.simulator.inject({ name: 'run_failed', times: 12 });

beforeEach(() => rig.simulator.update({ latencyMs: 10_000 }));

describe.each(['deployment', 'model'] as const)('with Max Tries 3, a %s', (kind) => {
	it.each(['auto', 'poll'])(
		'is paid for three runs that fail (Wait Mode: %s)',
		async (waitMode) => {
			failAll();
			const { id, until } = n8n.start(stepOf(kind, { waitMode }));
			const failed = await until();
			expect(codeOf(failed)).toBe('run_failed');
			expect(submits()).toBe(3);
			if (waitMode === 'auto') expect(failed.error?.description).toMatch(/Max Tries allows/);

			await n8n.retry(id).until();
			expect(submits()).toBe(6);
		},
	);

	/** An execution whose runs are all to be canceled at their timeout. */
	async function expectLate(waitMode: string, paid: number) {
		// RunComfy cancels a model's request only while it is queued.
		rig.simulator.update({ queueMs: 3_600_000 });
		const options = { waitMode, timeout: 20, cancelOnTimeout: true };
		const failed = await n8n.start(stepOf(kind, options)).until();
		expect(codeOf(failed)).toBe('timed_out');
		expect(submits()).toBe(paid);
	}

	it.each(['auto', 'poll'])(
		'is paid for three runs that are canceled at the timeout (Wait Mode: %s)',
		(waitMode) => expectLate(waitMode, 3),
	);

	it.each(['auto', 'poll'])(
		'is paid for once if nobody knows whether it was canceled at the timeout (Wait Mode: %s)',
		async (waitMode) => {
			rig.simulator.inject(serverError({ on: 'cancel', times: Infinity }));
			await expectLate(waitMode, 1);
		},
	);
});

describe('counted on its own is', () => {
	it('each of several items that are the same', async () => {
		failAll();
		const started = n8n.start(stepOf('deployment', {}, CONTINUE), { inputs: [{}, {}] });
		const codes = (await started.until()).items('Step 1').map(({ json }) => json['error_code']);
		expect(codes).toEqual(['run_failed', 'run_failed']);
		expect(submits()).toBe(6);
	});

	it('each pass of a loop', async () => {
		failAll();
		const settings = { ...RETRY, ...CONTINUE };
		const done = await n8n.start(loopOf({ parameters: KINDS.deployment({}), settings })).until();
		expect(done.runData['Step 1']).toHaveLength(2);
		expect(submits()).toBe(6);
	});

	const testAgent = (agent: AgentKind) => async () => {
		failAll();
		const tools = { Draw: { parameters: KINDS.deployment({}), settings: RETRY } };
		const call = { tool: 'Draw', input: { text: 'a fox' } };
		const { answers } = await ask(rig, agent, tools, [call, call]);
		expect(answers).toHaveLength(2);
		expect(submits()).toBe(6);
	};
	const itOfEngine = itSince(
		'2.41.0',
		'an agent does not learn of a tool that failed in the engine',
	);
	it('each call of an agent (caller)', testAgent('caller'));
	itOfEngine('each call of an agent (engine)', testAgent('engine'));
});
