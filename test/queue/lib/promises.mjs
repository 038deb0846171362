// What each way of waiting promises, checked hard. Times are only told.
import assert from 'node:assert/strict';

/** Whether executions leave n8n's memory while they wait. */
export const parks = (waitMode) => waitMode !== 'poll';

/**
 * Nothing is paid for twice by itself; a parked execution loses nothing, and *Retry* of it pays for
 * nothing. An execution that waits in n8n's memory ends with its process.
 */
export function assertKept(waitMode, outcome) {
	const told = JSON.stringify(outcome);
	assert.equal(outcome.twice, 0, `paid twice: ${told}`);
	if (!parks(waitMode)) return;
	assert.equal(outcome.lost, 0, `lost: ${told}`);
	assert.equal(outcome.paidAgain ?? 0, 0, `paid again by Retry: ${told}`);
}

/** Where n8n itself takes parked executions for crashed: *Retry* of them goes on with what is paid for. */
export function assertRetryBringsBack(waitMode, outcome) {
	const told = JSON.stringify(outcome);
	assert.equal(outcome.twice, 0, `paid twice: ${told}`);
	if (!parks(waitMode)) return;
	assert.equal(outcome.paidAgain, 0, `paid again by Retry: ${told}`);
	assert.equal(outcome.delivered + outcome.broughtBack, outcome.paid, `not brought back: ${told}`);
}

export function assertAllOut(outcome) {
	const told = JSON.stringify(outcome);
	assert.equal(outcome.delivered, outcome.submitted, `not delivered: ${told}`);
	assert.equal(outcome.twice, 0, `paid twice: ${told}`);
}
