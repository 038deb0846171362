// What each way of waiting promises, which tests enforce. Times are only reported.
import assert from 'node:assert/strict';

/** Whether executions leave n8n's memory while they wait. */
export const parks = (waitMode) => waitMode !== 'poll';

/**
 * Nothing is paid for twice without a user's action. A parked execution loses nothing, and a *Retry* of it pays for
 * nothing. An execution that waits in n8n's memory ends with its process.
 */
export function assertKept(waitMode, outcome) {
	const told = JSON.stringify(outcome);
	assert.equal(outcome.twice, 0, `paid twice: ${told}`);
	if (!parks(waitMode)) return;
	assert.equal(outcome.lost, 0, `lost: ${told}`);
	assert.equal(outcome.paidAgain ?? 0, 0, `paid again by Retry: ${told}`);
}

/** n8n itself takes parked executions for crashed: a *Retry* of them continues with what is paid for. */
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
