// Workflows with partner nodes are submitted with the user's key, or not at all.
import { describe, expect, it } from '@jest/globals';
import { createClient, type Draft, parseExtraData, prepare } from '../../../core/index';
import { type DeploymentInput, type KnownWorkflow, submit } from '../../../core/parsers';
import { unreachable } from '../../support/expect.mts';
import { clientOf, json } from '../support/virtualHost.mts';
import { readInfo } from '../support/workflows.mts';

const KEY = 'comfyui-0123456789abcdef';

const INFO = readInfo({
	Seedream: {
		input: { required: { prompt: ['STRING', {}] } },
		api_node: true,
	},
	SaveImage: { input: { required: { images: ['IMAGE'] } }, output_node: true },
});
const WORKFLOW = {
	5: { class_type: 'Seedream', inputs: { prompt: 'a boat' }, _meta: { title: 'My Seedream' } },
	9: { class_type: 'SaveImage', inputs: { images: ['5', 0] } },
};
const PLAIN = { 9: { class_type: 'SaveImage', inputs: { images: ['9', 0] } } };
const known = (workflow: KnownWorkflow['workflow'], info = INFO): KnownWorkflow => ({
	...(workflow ? { workflow } : {}),
	info,
	warnings: [],
});

const hostWith = (partnerKey?: string) =>
	createClient({
		host: { monotonic: () => 0, toBase64: () => '', partnerKey } as never,
	});

async function prepared(
	workflow: KnownWorkflow | null,
	{ key, ...draft }: Partial<Draft> & { key?: string } = {},
) {
	const read = workflow ? () => Promise.resolve(workflow) : undefined;
	const { withFiles } = await prepare(
		hostWith(key),
		{ deploymentId: 'd', ...draft },
		{ readWorkflow: read },
	);
	return withFiles();
}

/** The extra data of the submit that is sent. */
async function sent(input: Partial<DeploymentInput>, partnerKey?: string): Promise<unknown> {
	const { client, host } = clientOf(json({ request_id: 'r' }));
	const keyed = { ...client, host: { ...client.host, partnerKey } };
	await submit(keyed, { deploymentId: 'd', ...input });
	const { request } = host.calls[0] ?? unreachable('nothing was sent');
	return (JSON.parse(request.body ?? '{}') as Record<string, unknown>)['extra_data'];
}

describe('a workflow with partner nodes', () => {
	it('is refused without a key, with the nodes and the way out', async () => {
		await expect(prepared(known(WORKFLOW))).rejects.toMatchObject({
			code: 'invalid_input',
			message: expect.stringMatching(/^The node 5 · My Seedream runs at a partner/),
			details: { findings: [{ path: '5', problem: 'no_partner_key' }] },
			hint: expect.stringMatching(
				/platform\.comfy\.org.*Comfy\.org API Key.*Nothing was submitted/,
			),
		});
	});

	it.each([{ other: 1 }, { api_key_comfy_org: '' }])(
		'is refused for all of its partner nodes at once, with the extra data %j',
		async (extraData) => {
			const two = { ...WORKFLOW, 6: { class_type: 'Seedream', inputs: {} } };
			await expect(prepared(known(two), { extraData })).rejects.toMatchObject({
				message: expect.stringMatching(/^The nodes 5 · My Seedream, 6 · Seedream run at partners/),
			});
		},
	);

	it.each([
		['with the key of the account', { key: KEY }],
		['with one in the extra data', { extraData: { api_key_comfy_org: 'own' } }],
		['with the token of a login in them', { extraData: { auth_token_comfy_org: 'own' } }],
	])('is taken %s', async (_name, draft) => {
		const { input, notes } = await prepared(known(WORKFLOW), draft);
		expect(JSON.stringify([input, notes])).not.toContain(KEY);
		expect(input.partnerNodes).toBeUndefined();
	});

	it('is none if all of its classes are known and run on the machine', async () => {
		const { input } = await prepared(known(PLAIN), { key: KEY });
		expect(input.partnerNodes).toBe(false);
		expect((await prepared(known(PLAIN))).input).not.toHaveProperty('partnerNodes');
	});
});

describe('the key of the account', () => {
	it('never takes the place of one that the user gives', async () => {
		const extraData = { api_key_comfy_org: 'own' };
		expect(await sent({ extraData }, KEY)).toEqual(extraData);
		const login = { auth_token_comfy_org: 'own' };
		expect(await sent({ extraData: login }, KEY)).toEqual(login);
	});

	it('does not go to a workflow that has no use for it', async () => {
		expect(await sent({ partnerNodes: false }, KEY)).toBeUndefined();
		expect(await sent({})).toBeUndefined();
	});

	it('goes along in the extra data, beside what the user gives', async () => {
		expect(await sent({}, KEY)).toEqual({ api_key_comfy_org: KEY });
		expect(await sent({ extraData: { other: 1 } }, KEY)).toEqual({
			other: 1,
			api_key_comfy_org: KEY,
		});
	});

	it('does not go to a workflow that has no use for it', async () => {
		expect(await sent({ partnerNodes: false }, KEY)).toBeUndefined();
		expect(await sent({})).toBeUndefined();
	});
});

const source = { name: 'Extra Data' };

describe('extra data', () => {
	it.each([[undefined], [null], [''], [' \n'], ['{}'], [{}], ['null']])('%j is none', (given) => {
		expect(parseExtraData(given, source)).toBeUndefined();
	});

	it('is an object, or JSON text of one', () => {
		expect(parseExtraData({ a: 1 }, source)).toEqual({ a: 1 });
		expect(parseExtraData('{"a": 18446744073709551615}', source)).toEqual({
			a: 18446744073709551615n,
		});
	});

	it.each<[unknown, RegExp]>([
		['[1]', /^Extra Data must be a JSON object, not a list$/],
		[['x'], /not a list$/],
		['"x"', /not a string$/],
		[5, /not a number$/],
		['{', /^Extra Data is not valid JSON: Expected property name/],
	])('%j is refused', (given, message) => {
		expect(() => parseExtraData(given, source)).toThrow(message);
	});

	it('that is not JSON shows no key in the error', () => {
		let message = '';
		try {
			parseExtraData('{"api_key_comfy_org": "comfyui-1f2e3d4c"', source);
		} catch (error) {
			message = JSON.stringify(error) + String(error);
		}
		expect(message).toContain('line 1, column 41');
		expect(message).not.toContain('comfyui-');
	});

	it.each([[5], ['[1]']])('%j is refused with an example of what to write', (given) => {
		expect(() => parseExtraData(given, source)).toThrow(
			expect.objectContaining({
				code: 'invalid_input',
				hint: expect.stringContaining('{"api_key_comfy_org": "…"}'),
			}),
		);
	});
});
