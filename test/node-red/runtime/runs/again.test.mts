// Runs that can be started once more, with what they have submitted.
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import type * as AgainModule from '../../../../node-red/runtime/runs/again.cts';
import { dist } from '../../support/dist.mts';

const { canRunAgain, keepForAgain, neverAgain, runOnceMore, setStarter } = dist<typeof AgainModule>(
	'node-red/runtime/runs/again.cjs',
);

const runOf = (nodeId: string): AgainModule.KeptRun => ({
	...{ nodeId, deploymentId: 'd', input: { json: '{}', again: [] }, msg: {}, plan: {} as never },
});
const start = jest.fn<(run: AgainModule.KeptRun) => void>();
beforeEach(() => void start.mockReset());

describe('a run that is kept', () => {
	it('starts once more with the very same, while its node is there', () => {
		const run = runOf('n');
		keepForAgain('a', run);
		expect([canRunAgain('a'), runOnceMore('a')]).toEqual([false, false]);
		const stop = setStarter('n', start);
		expect([canRunAgain('a'), runOnceMore('a')]).toEqual([true, true]);
		expect(start.mock.calls).toEqual([[run]]);
		expect(start.mock.calls[0]?.[0]).toBe(run);
		stop();
		expect([canRunAgain('a'), runOnceMore('a')]).toEqual([false, false]);
	});

	it('starts with the instance of its node that is there now, whichever goes first', () => {
		keepForAgain('a', runOf('n'));
		const stopOld = setStarter('n', () => undefined);
		const stopNew = setStarter('n', start);
		stopOld();
		expect(runOnceMore('a')).toBe(true);
		expect(start).toHaveBeenCalledTimes(1);
		stopNew();
		expect(canRunAgain('a')).toBe(false);
	});

	it('is one of its own node', () => {
		keepForAgain('a', runOf('n'));
		const stop = setStarter('other', start);
		expect([canRunAgain('a'), canRunAgain('unknown')]).toEqual([false, false]);
		stop();
	});

	it('is dropped where nobody knows whether it was accepted', () => {
		const stop = setStarter('n', start);
		for (const job of ['a', 'b']) keepForAgain(job, runOf('n'));
		neverAgain('a');
		expect([canRunAgain('a'), runOnceMore('a'), canRunAgain('b')]).toEqual([false, false, true]);
		expect(start).not.toHaveBeenCalled();
		stop();
	});

	it('is one of the newest 50', () => {
		const stop = setStarter('n', start);
		for (let n = 0; n < 60; n += 1) keepForAgain(`job${n}`, runOf('n'));
		const left = Array.from({ length: 60 }, (_, n) => n).filter((n) => canRunAgain(`job${n}`));
		expect([left[0], left.length]).toEqual([10, 50]);
		stop();
	});
});
