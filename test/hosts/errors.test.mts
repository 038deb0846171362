// The Model API's own numbers, through both hosts: what a user reads, whatever the HTTP status.
import { describe, expect, it } from '@jest/globals';
import { useRig } from '../n8n/support/rig.mts';
import { useFlows } from '../node-red/support/rig.mts';
import { byN8n, byNodeRed, type Wish } from './runners.mts';

const rig = useRig();
const start = useFlows();

/** Listed at docs.runcomfy.com/model-apis/error-codes, which gives no HTTP status. */
const NUMBERS: Array<[number: number, words: string, code: string, hint: RegExp]> = [
	[
		400001,
		'InvalidResourceIdentifier',
		'not_found',
		/^RunComfy has no model blackforestlabs\/flux-2\/flsh\/text-to-image\. Did you mean blackforestlabs\/flux-2\/flash\/text-to-image\?$/,
	],
	[
		400002,
		'InsufficientResources',
		'insufficient_funds',
		/^Top up your RunComfy balance, then run it again\.$/,
	],
	[
		400004,
		'UserAccountError',
		'auth_failed',
		/^Check the API token: copy it again .* whether the account is active\.$/,
	],
	[
		403001,
		'PermissionDeniedError',
		'forbidden',
		/^What you asked for belongs to another RunComfy account, or is closed to yours\./,
	],
	[404001, 'ResourceNotFound', 'not_found', /^RunComfy has no model .* Did you mean /],
];

const STATUSES = [200, 400, 401, 402, 403];

describe.each(NUMBERS)('%i %s', (number, words, code, hint) => {
	it.each(STATUSES)('with HTTP %i reads the same in both hosts', async (status) => {
		const wish: Wish = {
			model: 'textToImage',
			address: 'blackforestlabs/flux-2/flsh/text-to-image',
			inputs: { prompt: 'a cat' },
			checkInputs: false,
			service: (simulator) =>
				simulator.inject({
					name: 'error_in_200',
					on: 'models.submit',
					code: number,
					message: words,
					status,
				}),
		};
		const read = { code, hint: expect.stringMatching(hint), submits: [{ prompt: 'a cat' }] };
		const message = `RunComfy answered: ${words} (code ${number})`;
		const n8n = await byN8n(rig, wish);
		expect(n8n).toMatchObject({ ...read, message });
		expect(n8n.hint).not.toContain('deployment');
		const nodeRed = await byNodeRed(start, wish, (id) => id.slice(1));
		expect(nodeRed).toMatchObject({ ...read, message: `${message}. ${nodeRed.hint} (${code})` });
	});
});
