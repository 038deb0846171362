// The answer to a submit that was stopped.
import { describe, expect, it } from '@jest/globals';
import type * as Core from '../../../../core/index.ts';
import type * as LateModule from '../../../../node-red/runtime/runs/lateAnswer.cts';
import { dist } from '../../support/dist.mts';

const { RunComfyError } = dist<typeof Core>('core/index.js');
const { isAnswerLate, isFinal, isUnknown, waitForLate } = dist<typeof LateModule>(
	'node-red/runtime/runs/lateAnswer.cjs',
);

describe('an answer that may come late', () => {
	/** A host whose sleeps end when the test says so, or are aborted. */
	function createHost() {
		const slept: Array<{ ms: number; signal: AbortSignal | undefined; end: () => void }> = [];
		return {
			slept,
			sleep: (ms: number, signal?: AbortSignal) =>
				new Promise<void>((end) => void slept.push({ ms, signal, end })),
		};
	}

	it('is waited for, and no timer longer than that', async () => {
		const host = createHost();
		await waitForLate(host, Promise.resolve('answer'));
		expect(host.slept).toMatchObject([{ ms: 120_000, signal: { aborted: true } }]);
	});

	it('is given up after two minutes', async () => {
		const host = createHost();
		let over = false;
		const waiting = waitForLate(host, new Promise(() => undefined)).then(() => (over = true));
		await new Promise(setImmediate);
		expect([over, host.slept[0]?.signal?.aborted]).toEqual([false, false]);
		host.slept[0]?.end();
		expect(await waiting).toBe(true);
	});
});

describe('a submit that failed', () => {
	const unconfirmed = new RunComfyError('submit_unconfirmed', 'x');
	const stopped = new RunComfyError('aborted', 'x', { details: { submit: 'unconfirmed' } });
	const refused = new RunComfyError('aborted', 'x', { details: { submit: 'refused' } });

	it.each<[string, unknown, boolean, boolean]>([
		['nobody can tell of', unconfirmed, false, true],
		['was stopped before its answer', stopped, true, false],
		['was refused', refused, false, false],
		['has no details', new RunComfyError('aborted', 'x'), false, false],
		['is no error of RunComfy', Object.assign(new Error('x'), { ...unconfirmed }), false, false],
		['is no error', undefined, false, false],
	])('that %s', (_what, error, late, final) => {
		expect([isAnswerLate(error), isFinal(error)]).toEqual([late, final]);
		expect(isUnknown(error)).toBe(late || final);
	});

	it('is not taken for one by what it looks like', () => {
		const alike = { code: 'submit_unconfirmed', details: { submit: 'unconfirmed' } };
		expect([isAnswerLate(alike), isFinal(alike)]).toEqual([false, false]);
	});
});
