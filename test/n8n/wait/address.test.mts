// What n8n says under the address where an execution is resumed.
import { expect, it } from '@jest/globals';
import { call } from '../../../nodes/RunComfy/wait/address.ts';
import { clientOf, json } from '../../core/support/virtualHost.mts';

const stateOf = async (status: number, body: object | string) =>
	(await call(clientOf(json(body, status)).host, new URL('http://n8n/webhook-waiting/7'), 'ask'))
		.state;

it.each([
	[409, { message: 'The execution "7" is running already.' }, 'running'],
	// As n8n 2.41.1 answers for one that was started in its editor.
	[500, { message: "Cannot read properties of undefined (reading 'resumeToken')" }, 'running'],
	[500, { message: 'Internal' }, 'unknown'],
	[404, { message: 'The execution "7" does not exist.' }, 'stopped'],
	[401, { error: 'Invalid token' }, 'unknown'],
	[200, 'runcomfy parked 0-1', 'parked'],
	[200, 'runcomfy resumed', 'resumed'],
	[200, '<html>', 'unknown'],
])('%i with %j means %s', async (status, body, state) => {
	expect(await stateOf(status, body)).toBe(state);
});
