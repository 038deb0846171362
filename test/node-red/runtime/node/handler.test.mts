// How one message ends, whatever goes wrong with it or with the reports about it.
import { describe, expect, it, jest } from '@jest/globals';
import type { Node, NodeMessageInFlow } from 'node-red';
import type * as HandlerModule from '../../../../node-red/runtime/node/handler.cts';
import { dist } from '../../support/dist.mts';
import { turns } from '../../support/flow.mts';

const { onInput } = dist<typeof HandlerModule>('node-red/runtime/node/handler.cjs');

type Input = (
	msg: NodeMessageInFlow,
	send: (msg: NodeMessageInFlow) => void,
	done: (error?: Error) => void,
) => void;

const MSG = { _msgid: 'm', payload: 1 };
const throws = () => {
	throw new Error('cannot be copied');
};

/** Sends one message through a handler and records every report. */
async function handle(options: {
	work: (msg: NodeMessageInFlow, emit: HandlerModule.Emit) => Promise<NodeMessageInFlow>;
	settled?: () => Promise<void>;
	close?: boolean;
	send?: () => void;
	done?: () => void;
	error?: () => void;
}) {
	let input: Input | undefined;
	let closed = false;
	const error = jest.fn(options.error);
	const node = { on: (_event: string, listener: Input) => (input = listener), error };
	onInput(node as unknown as Node, {
		work: options.work,
		settled: options.settled ?? (() => Promise.resolve()),
		toError: (thrown) => new Error(`made of ${String(thrown)}`),
		isClosed: () => closed,
	});
	const send = jest.fn(options.send);
	const done = jest.fn(options.done);
	input?.(MSG, send, done);
	closed = options.close ?? false;
	await turns(5);
	return { send, done, error, parameters: input?.length };
}

const succeed = () => Promise.resolve(MSG);
const fail = () => Promise.reject(new Error('no'));

describe('what is sent before the end', () => {
	const emits = async (_msg: NodeMessageInFlow, emit: HandlerModule.Emit) => {
		await turns(1);
		emit([null, MSG]);
		return MSG;
	};

	it('comes before the message', async () => {
		const { send } = await handle({ work: emits });
		expect(send.mock.calls).toEqual([[[null, MSG]], [MSG]]);
	});

	it('is nothing once the node has closed', async () => {
		const { send, done } = await handle({ work: emits, close: true });
		expect([send.mock.calls, done.mock.calls]).toEqual([[], []]);
	});

	it('does no harm where it cannot be sent', async () => {
		let sends = 0;
		const send = () => {
			sends += 1;
			if (sends === 1) throws();
		};
		const { done } = await handle({ work: emits, send });
		expect(done.mock.calls).toEqual([[]]);
	});
});

describe('a message', () => {
	it('that went well is sent, then done, without an error', async () => {
		const { send, done, error } = await handle({ work: succeed });
		expect(send.mock.calls).toEqual([[MSG]]);
		expect(done.mock.calls).toEqual([[]]);
		expect(send.mock.invocationCallOrder[0]).toBeLessThan(done.mock.invocationCallOrder[0] ?? 0);
		expect(error).not.toHaveBeenCalled();
	});

	it('that failed is done with the error, and not sent', async () => {
		const { send, done, error } = await handle({ work: fail });
		expect(send).not.toHaveBeenCalled();
		expect(done.mock.calls).toEqual([[new Error('made of Error: no')]]);
		expect(error).not.toHaveBeenCalled();
	});

	it('that cannot be sent has failed', async () => {
		const { done } = await handle({ work: succeed, send: throws });
		expect(done.mock.calls).toEqual([[new Error('made of Error: cannot be copied')]]);
	});

	it('whose failure cannot be reported with it is reported without it, once', async () => {
		const { done, error } = await handle({ work: fail, done: throws });
		expect(done).toHaveBeenCalledTimes(1);
		expect(error.mock.calls).toEqual([[new Error('made of Error: no'), { _msgid: 'm' }]]);
	});

	it('whose success cannot be reported is not made a failure', async () => {
		const { done, error } = await handle({ work: succeed, done: throws });
		expect(done.mock.calls).toEqual([[]]);
		expect(error).not.toHaveBeenCalled();
	});

	it('that nothing at all can be reported of does not end the process', async () => {
		await handle({ work: fail, done: throws, error: throws });
	});

	it.each([succeed, fail])('of a node that has closed is not reported (%o)', async (work) => {
		const { send, done, error } = await handle({ work, close: true });
		for (const report of [send, done, error]) expect(report).not.toHaveBeenCalled();
	});

	it.each([succeed, fail])('waits for the end of a deploy (%o)', async (work) => {
		const never = new Promise<void>(() => undefined);
		const { send, done } = await handle({ work, settled: () => never });
		for (const report of [send, done]) expect(report).not.toHaveBeenCalled();
	});

	it('comes with send and done, as the runtime sees by the number of parameters', async () => {
		expect((await handle({ work: succeed })).parameters).toBe(3);
	});
});
