import { describe, expect, it } from '@jest/globals';
import { isFinalResult, isFinished } from '../../../core/index';
import { cancelOutcome, jobState, resultState } from '../../../core/request/state';
import { expectNamed } from '../../support/expect.mts';

describe('states of a request', () => {
	it.each([
		['in_queue', 'in_queue', 'in_queue'],
		['in_progress', 'in_progress', 'in_progress'],
		['cancellation_requested', 'in_progress', 'in_progress'],
		['completed', 'completed', 'succeeded'],
		['succeeded', 'completed', 'succeeded'],
		['failed', 'completed', 'failed'],
		['canceled', 'canceled', 'canceled'],
		['cancelled', 'canceled', 'canceled'],
	])('%s is %s as a status and %s as a result', (word, job, result) => {
		for (const written of spellings(word)) {
			expectNamed(jobState(written), written).toBe(job);
			expectNamed(resultState(written), written).toBe(result);
		}
	});

	it.each([['paused'], [''], ['constructor'], ['__proto__'], [null], [undefined], [7], [{}]])(
		'%j is unknown, and counts as not finished',
		(word) => {
			expect(jobState(word)).toBe('unknown');
			expect(resultState(word)).toBe('unknown');
			expect(isFinished(jobState(word))).toBe(false);
			expect(isFinalResult(resultState(word))).toBe(false);
		},
	);

	it('polling ends with completed and canceled only', () => {
		const states = ['in_queue', 'in_progress', 'completed', 'canceled', 'unknown'] as const;
		expect(states.filter(isFinished)).toEqual(['completed', 'canceled']);
	});

	it('a result is final when it succeeded, failed or was canceled', () => {
		const states = [
			'in_queue',
			'in_progress',
			'succeeded',
			'failed',
			'canceled',
			'unknown',
		] as const;
		expect(states.filter(isFinalResult)).toEqual(['succeeded', 'failed', 'canceled']);
	});
});

describe('the answer to a cancel', () => {
	it.each([
		[{ status: 'cancellation_requested' }, 'cancellation_requested'],
		[{ status: 'not_cancellable' }, 'not_cancellable'],
		[{ status: 'completed', outcome: 'cancelled' }, 'cancellation_requested'],
		[{ status: 'completed', outcome: 'canceled' }, 'cancellation_requested'],
		[{ status: 'completed', outcome: 'not_cancellable' }, 'not_cancellable'],
		[{ status: 'in_progress', outcome: 'NOT-CANCELLABLE' }, 'not_cancellable'],
		[{ status: 'not_cancelable' }, 'not_cancellable'],
		[{ status: 'cancelled', outcome: '' }, 'cancellation_requested'],
		[{ status: 'cancelled', outcome: null }, 'cancellation_requested'],
		[{ status: 'completed' }, 'unknown'],
		[{ status: 'not_cancellable_yet' }, 'unknown'],
		[{ status: 'is_not_cancellable' }, 'unknown'],
		[{}, 'unknown'],
	])('%j is %s', (answer, outcome) => {
		expect(cancelOutcome(answer)).toBe(outcome);
	});
});

function spellings(word: string): string[] {
	const between = ['-', ' ', ' - '].map((written) => word.replace(/_/g, written));
	return [word, word.toUpperCase(), ...between, ` ${word} `];
}
