// How one message ends, whatever goes wrong with it or with the reports about it.
import { describe, expect, it, jest } from '@jest/globals';
import type { Node } from 'node-red';
import type * as HandlerModule from '../../../../node-red/runtime/node/handler.cts';
import { dist } from '../../support/dist.mts';
import { turns } from '../../support/flow.mts';

const { endMessage, onInput } = dist<typeof HandlerModule>('node-red/runtime/node/handler.cjs');

const MSG = { _msgid: 'm', payload: 1 };
const FAILED = { code: 'invalid_input', message: expect.stringContaining('no') };
const succeed = () => MSG;
const fail = () => {
	throw new Error('no');
};

/** Ends one message, and records every report. */
function end(
	work: () => HandlerModule.Outgoing | undefined,
	{ send: onSend, done: onDone, error: onError }: Record<string, () => void> = {},
) {
	const [send, done, error, warn] = [onSend, onDone, onError, undefined].map((report) =>
		jest.fn(report),
	) as Array<ReturnType<typeof jest.fn>> as [Mock, Mock, Mock, Mock];
	const node = { error, warn } as unknown as Node;
	const sent = endMessage({ node, msg: MSG, send: send as never, done: done as never }, work);
	return { send, done, error, warn, sent };
}
type Mock = ReturnType<typeof jest.fn>;

describe('a message', () => {
	it('that succeeded is sent, then done, without an error', () => {
		const { send, done, error, sent } = end(succeed);
		expect(send.mock.calls).toEqual([[MSG]]);
		expect(done.mock.calls).toEqual([[]]);
		expect(send.mock.invocationCallOrder[0]).toBeLessThan(done.mock.invocationCallOrder[0] ?? 0);
		expect(error).not.toHaveBeenCalled();
		expect(sent).toBe(MSG);
	});

	it('that is split goes out one after the other; an empty list is warned about', () => {
		expect(end(() => [MSG, MSG]).send.mock.calls).toEqual([[[[MSG, MSG]]]]);
		const { send, done, warn, sent } = end(() => []);
		expect([send.mock.calls, done.mock.calls, sent]).toEqual([[], [[]], undefined]);
		expect(warn).toHaveBeenCalledTimes(1);
	});

	it('that has nothing to send is done', () => {
		const { send, done, warn } = end(() => undefined);
		expect([send.mock.calls, done.mock.calls, warn.mock.calls]).toEqual([[], [[]], []]);
	});

	it('that failed is done with the error, and not sent', () => {
		const { send, done, error, sent } = end(fail);
		expect([send.mock.calls, error.mock.calls, sent]).toEqual([[], [], undefined]);
		expect(done.mock.calls).toEqual([[expect.objectContaining(FAILED)]]);
	});

	it('that cannot be sent has failed', () => {
		expect(end(succeed, { send: fail }).done.mock.calls).toEqual([
			[expect.objectContaining(FAILED)],
		]);
	});

	it('whose failure cannot be reported with it is reported without it, once', () => {
		const { done, error } = end(fail, { done: fail });
		expect(done).toHaveBeenCalledTimes(1);
		expect(error.mock.calls).toEqual([[expect.objectContaining(FAILED), { _msgid: 'm' }]]);
	});

	it('whose success cannot be reported is not made a failure', () => {
		const { done, error } = end(succeed, { done: fail });
		expect(done.mock.calls).toEqual([[]]);
		expect(error).not.toHaveBeenCalled();
	});

	it('of which nothing at all can be reported does not end the process', () => {
		expect(() => end(fail, { done: fail, error: fail })).not.toThrow();
	});

	it('comes with send and done, as the runtime sees by the number of parameters', async () => {
		const listeners: Array<(...given: unknown[]) => void> = [];
		const error = jest.fn();
		const node = { on: (_event: string, listener: () => void) => listeners.push(listener), error };
		onInput(node as unknown as Node, () => Promise.reject(new Error('no')));
		expect(listeners[0]?.length).toBe(3);
		listeners[0]?.(MSG, jest.fn(), jest.fn());
		await turns(2);
		expect(error).toHaveBeenCalledTimes(1);
	});
});
