// The end of a message, whatever goes wrong: every error reaches a Catch node exactly once, with its code, and never a
// Complete node.
import { describe, expect, it, jest } from '@jest/globals';
import type { NodeMessage } from 'node-red';
import type * as Core from '../../../../core/index.ts';
import type * as HandlerModule from '../../../../node-red/runtime/node/handler.ts';
import type { DeploymentIds, Fault } from '../../../../simulator/index.ts';
import {
	errorCode,
	forbidden,
	gone,
	notFound,
	notJson,
	rateLimited,
	serverError,
	unauthorized,
} from '../../../support/answers.mts';
import { eventually } from '../../../support/expect.mts';
import { dist } from '../../support/dist.mts';
import { turns, useFlows } from '../../support/rig.mts';

const { CODES } = dist<typeof Core>('core/index.js');

const start = useFlows();

interface Case {
	code: string;
	faults?: Fault[];
	deployment?: keyof DeploymentIds;
	fields?: Record<string, unknown>;
}

const always = { times: 1000 };

const UNKNOWN_NODE = {
	overrides: '{"999":{"inputs":{"text":"a"}}}',
	overridesType: 'json',
	checkInputs: true,
};

const CASES: Case[] = [
	{ code: 'auth_failed', faults: [unauthorized({ ...always })] },
	{ code: 'forbidden', faults: [forbidden({ ...always })] },
	{ code: 'not_found', faults: [notFound({ ...always })] },
	{
		code: 'invalid_request',
		faults: [errorCode(422001, { message: 'Too long', on: 'submit' })],
	},
	{ code: 'invalid_overrides', fields: UNKNOWN_NODE },
	{ code: 'insufficient_funds', faults: [errorCode(10001, { on: 'submit' })] },
	{ code: 'deployment_disabled', deployment: 'disabled' },
	{ code: 'deployment_deleted', faults: [errorCode(10003, { on: 'submit' })] },
	{ code: 'rate_limited', faults: [rateLimited({ on: 'status', ...always })] },
	{ code: 'service_unavailable', faults: [serverError({ on: 'status', ...always })] },
	{ code: 'bad_response', faults: [notJson({ on: 'status', ...always })] },
	{ code: 'submit_unconfirmed', faults: [{ name: 'reset_after_accept' }] },
	{ code: 'run_failed', faults: [{ name: 'run_failed' }] },
	{ code: 'run_canceled', faults: [{ name: 'run_canceled' }] },
	{
		code: 'timed_out',
		faults: [{ name: 'run_time', ms: 3_600_000 }],
		fields: { timeout: '60' },
	},
	{
		code: 'output_unavailable',
		faults: [gone({ on: 'storage', ...always })],
		fields: { output: 'buffer' },
	},
	{ code: 'invalid_input', fields: { timeout: '-5' } },
];

describe('the request before', () => {
	const earlier = { requestId: 'earlier', status: 'succeeded', topic: 't' };

	it('is not that of an error for which nothing was accepted', async () => {
		const flow = await start('runcomfy-submit');
		const { disabled } = flow.simulator.deploymentIds;
		flow.receive({ ...earlier, deploymentId: disabled });
		flow.receive({ ...earlier, deploymentId: 'not/an/id' });
		await flow.ended(2);
		for (const msg of flow.caught) {
			expect(msg).toMatchObject({ topic: 't' });
			expect(msg).not.toHaveProperty('requestId');
			expect(msg).not.toHaveProperty('status');
		}
	});

	it('gives way to the one that RunComfy named beside an error', async () => {
		const flow = await start('runcomfy-submit');
		flow.simulator.inject({ name: 'error_after_accept', status: 422, code: 422001 });
		flow.receive({ ...earlier, deploymentId: flow.simulator.deploymentIds.textToImage });
		await flow.ended();
		const [requestId] = flow.simulator.jobs.keys();
		expect(flow.caught).toMatchObject([{ requestId, error: { code: 'invalid_request' } }]);
		expect(flow.simulator.count('submit')).toBe(1);
	});

	it('can be read by the fields of the node, and gives way to the new one', async () => {
		const flow = await start('runcomfy-submit', {
			overrides: '{"6":{"inputs":{"text":requestId}}}',
			overridesType: 'jsonata',
		});
		flow.receive({ ...earlier, deploymentId: flow.simulator.deploymentIds.textToImage });
		await flow.ended();
		const [job] = flow.simulator.jobs.values();
		expect(flow.sent).toMatchObject([{ requestId: job?.requestId }]);
		expect(job?.graph['6']?.inputs['text']).toBe('earlier');
	});
});

describe('runcomfy-run', () => {
	it.each(CASES)('ends with $code ($deployment $faults.0.name)', async (testCase) => {
		const { code, faults = [], deployment = 'textToImage', fields = {} } = testCase;
		const flow = await start('runcomfy-run', fields);
		for (const fault of faults) flow.simulator.inject(fault);
		flow.receive({ topic: 't', deploymentId: flow.simulator.deploymentIds[deployment] });
		await flow.ended();

		expect(flow.sent).toEqual([]);
		expect(flow.completed).toEqual([]);
		expect(flow.caught).toHaveLength(1);
		const [msg] = flow.caught;
		expect(msg).toMatchObject({ topic: 't', error: { code, source: { id: 'n' } } });
		expect(msg?.error.message).not.toContain('RunComfyError');
		expect(msg?.error.message.endsWith(` (${code})`)).toBe(true);
		const { hint, retryable } = msg?.error.cause ?? {};
		expect(retryable).toEqual(expect.any(Boolean));
		expect(msg?.error.message).toContain(hint);
		// An accepted request can be fetched or canceled by the id on the message.
		const accepted = [...flow.simulator.jobs.keys()][0];
		if (accepted && code !== 'submit_unconfirmed') expect(msg?.['requestId']).toBe(accepted);
	});

	it('can end with every code there is, but for a stop', () => {
		const missing = Object.keys(CODES).filter(
			(code) => !CASES.some((tried) => tried.code === code),
		);
		expect(missing).toEqual(['aborted']);
	});

	it('leaves a timed-out request running, or cancels it if told to (P54)', async () => {
		for (const [cancelOnTimeout, state] of [
			[false, 'in_progress'],
			[true, 'canceled'],
		]) {
			const flow = await start('runcomfy-run', { timeout: '60', cancelOnTimeout });
			flow.simulator.inject({ name: 'run_time', ms: 3_600_000 });
			flow.ask();
			await flow.ended();
			expect(flow.caught).toMatchObject([{ error: { code: 'timed_out' } }]);
			expect([...flow.simulator.jobs.values()].map((job) => job.state)).toEqual([state]);
			if (!cancelOnTimeout) await flow.stop();
		}
	});

	it('shows the code as status', async () => {
		const flow = await start('runcomfy-run');
		flow.receive({ deploymentId: flow.simulator.deploymentIds.disabled });
		await eventually(() => flow.shown.at(-1)).toMatchObject({
			fill: 'red',
			shape: 'ring',
			text: 'deployment_disabled',
		});
	});

	it('has a cause that reads as its facts where Node-RED 5 shows it as text', async () => {
		const flow = await start('runcomfy-run');
		flow.receive({ deploymentId: flow.simulator.deploymentIds.disabled });
		await flow.ended();
		const cause: unknown = flow.caught[0]?.error.cause;
		expect(JSON.parse(String(cause))).toEqual(cause);
		expect(cause).toMatchObject({ retryable: false });
		expect(Object.keys(cause ?? {})).not.toContain('toString');
	});
});

describe('what can be wrong with the account', () => {
	it.each([
		['no account', {}, { config: '' }, 'invalid_input'],
		['an account that is gone', {}, { config: 'nowhere' }, 'invalid_input'],
		['another node for an account', {}, { config: 'sent' }, 'invalid_input'],
		['no token', { credentials: { apiToken: '' } }, {}, 'auth_failed'],
		['a wrong token', { credentials: { apiToken: 'wrong' } }, {}, 'auth_failed'],
		['a wrong base URL', { config: { baseUrl: 'ftp://x' } }, {}, 'invalid_input'],
	])('%s', async (_what, options, fields, code) => {
		const flow = await start('runcomfy-status', fields, options);
		flow.receive({ deploymentId: 'd', requestId: 'r' });
		await flow.ended();
		expect(flow.caught).toMatchObject([{ error: { code } }]);
		expect(flow.completed).toEqual([]);
	});
});

const { finishMessage, inBackground } = dist<typeof HandlerModule>(
	'node-red/runtime/node/handler.js',
);

const MSG = { _msgid: 'm', payload: 1 };

const FAILED = { code: 'invalid_input', message: expect.stringContaining('no') };

const succeed = () => MSG;

const fail = () => {
	throw new Error('no');
};

/** Ends one message and records its reports; the broken ones throw. */
function end(work: () => typeof MSG, ...broken: Array<'send' | 'done' | 'error'>) {
	const report = (name: (typeof broken)[number]) =>
		jest.fn(broken.includes(name) ? fail : undefined);
	const [done, error] = [report('done'), report('error')];
	finishMessage({ node: { error }, msg: MSG, send: report('send'), done } as never, work);
	return { done, error };
}

describe('a message', () => {
	it('that cannot be sent has failed', () => {
		expect(end(succeed, 'send').done.mock.calls).toEqual([[expect.objectContaining(FAILED)]]);
	});

	it('whose failure cannot be reported with it is reported without it, once', () => {
		const { done, error } = end(fail, 'done');
		expect(done).toHaveBeenCalledTimes(1);
		expect(error.mock.calls).toEqual([[expect.objectContaining(FAILED), { _msgid: 'm' }]]);
	});

	it('whose success cannot be reported is not made a failure', () => {
		const { done, error } = end(succeed, 'done');
		expect(done.mock.calls).toEqual([[]]);
		expect(error).not.toHaveBeenCalled();
	});

	it('of which nothing at all can be reported does not end the process', () => {
		expect(() => end(fail, 'done', 'error')).not.toThrow();
	});

	it('with which something goes wrong that nobody waits for is told of in the log', async () => {
		const error = jest.fn();
		inBackground({ error }, Promise.reject(new Error('no')));
		await turns(1);
		expect(error.mock.calls).toEqual([[expect.stringMatching(/background: no$/)]]);
	});
});

describe('messages that cannot be right', () => {
	const cyclic: Record<string, unknown> = {};
	cyclic['self'] = cyclic;

	it.each([
		['a message without a prototype', Object.assign(Object.create(null) as object, { a: 1 })],
		['a cyclic payload', { payload: cyclic }],
		['a function', { overrides: () => 1, requestId: () => 1 }],
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
