// Submits to a deployment or hosted model, through both hosts, which must send the same or refuse it alike. The last
// tests cover RunComfy's own refusals.
import { describe, expect, it } from '@jest/globals';
import { useRig } from '../n8n/support/rig.mts';
import { useFlows } from '../node-red/support/rig.mts';
import { errorCode, serverError } from '../support/answers.mts';
import { byN8n, byNodeRed, type Outcome, type Wish } from './runners.mts';

const rig = useRig();
const start = useFlows();

/** The names of these inputs in the forms of both hosts. */
const LABELS: Record<string, string> = {
	'6.text': 'Positive Prompt',
	'31.steps': 'Steps',
	'31.cfg': 'CFG',
	'31.seed': 'Seed',
	'31.sampler_name': 'Sampler name',
	'189.image': 'Image',
};

const both = async (wish: Wish): Promise<Record<'n8n' | 'nodeRed', Outcome>> => ({
	n8n: await byN8n(rig, wish),
	nodeRed: await byNodeRed(start, wish, (id) => LABELS[id] ?? id.slice(1)),
});

const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
const padded = (bytes: number) => Buffer.concat([PNG, Buffer.alloc(bytes - PNG.length)]);
const MP3 = Buffer.from('49443303000000000000000000000000', 'hex');
const PAGE = Buffer.from('<html>401 Unauthorized</html>');
const dataUriOf = (type: string, bytes: Buffer) =>
	`data:${type};base64,${bytes.toString('base64')}`;
const dataUri = (bytes: Buffer) => dataUriOf('image/png', bytes);
const PICTURE = dataUri(PNG);

const unreadable: Wish['service'] = (simulator) =>
	simulator.inject(serverError({ on: 'deployments.get', times: 9 }));

/** Puts out the picture that it loads. */
const PICTURE_BACK = {
	1: { class_type: 'LoadImage', inputs: { image: 'https://example.com/a.png' } },
	2: { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: 'a' } },
};

const prompt = 'a cat';

it.each<[string, Wish, unknown, RegExp[]?]>([
	['nothing', {}, { overrides: {} }],
	[
		'fields, in the types of the workflow',
		{ fields: { '6.text': '', '31.cfg': '2.5', '31.seed': '18446744073709551615' } },
		{
			overrides: {
				6: { inputs: { text: '' } },
				31: { inputs: { cfg: 2.5, seed: 18446744073709551615n } },
			},
		},
	],
	[
		'a seed drawn at random',
		{ fields: { '31.seed': 'random' } },
		{ overrides: { 31: { inputs: { seed: expect.any(Number) } } } },
	],
	[
		'random seeds where nothing else is set',
		{ randomSeeds: true },
		{ overrides: { 31: { inputs: { seed: expect.any(Number) } } } },
	],
	[
		'random seeds but for the one that is a field',
		{ randomSeeds: true, fields: { '31.seed': '7' } },
		{ overrides: { 31: { inputs: { seed: 7 } } } },
	],
	[
		'no random seeds where the deployment cannot be read, with a warning',
		{ randomSeeds: true, service: unreadable },
		{ overrides: {} },
		[/^The inputs were not checked before the submit: /, /^No random seeds were drawn/],
	],
	[
		'one field for both texts of a prompt',
		{ deployment: 'flux', fields: { '6.clip_l|6.t5xxl': prompt } },
		{ overrides: { 6: { inputs: { clip_l: prompt, t5xxl: prompt } } } },
	],
	[
		'one field for both, and another for one of them',
		{ deployment: 'flux', fields: { '6.clip_l': 'cat', '6.clip_l|6.t5xxl': prompt } },
		{ overrides: { 6: { inputs: { clip_l: 'cat', t5xxl: prompt } } } },
	],
	[
		'a field that the flow sets to null: nothing',
		{ fields: { '6.text': null } },
		{ overrides: {} },
	],
	[
		'overrides as an object',
		{ overrides: { 6: { inputs: { text: 'a cat' } } } },
		{ overrides: { 6: { inputs: { text: 'a cat' } } } },
	],
	[
		'overrides as JSON text, with a seed beyond 2^53',
		{ overrides: '{"31":{"inputs":{"seed":18446744073709551615}}}' },
		{ overrides: { 31: { inputs: { seed: 18446744073709551615n } } } },
	],
	['another workflow', { workflow: PICTURE_BACK }, { workflow_api_json: PICTURE_BACK }],
	['a webhook', { webhook: ' https://example.com/hook ' }, { overrides: {} }],
	[
		'a file, as a data URI of the type that its bytes show',
		{ deployment: 'imageEdit', files: { '189.image': PNG } },
		{ overrides: { 189: { inputs: { image: PICTURE } } } },
	],
	[
		'a data URI in a field, with the type that its bytes show',
		{ deployment: 'imageEdit', fields: { '189.image': PICTURE.replace('/png', '/gif') } },
		{ overrides: { 189: { inputs: { image: PICTURE } } } },
	],
	[
		'a file in the network where the service is, too',
		{ deployment: 'imageEdit', fields: { '189.image': 'http://192.168.1.20/a.png' } },
		{ overrides: { 189: { inputs: { image: 'http://192.168.1.20/a.png' } } } },
	],
	[
		'a large data URI, with a warning',
		{ deployment: 'imageEdit', fields: { '189.image': dataUri(padded(300 * 1024)) } },
		{ overrides: { 189: { inputs: { image: dataUri(padded(300 * 1024)) } } } },
		[/^Image has 300 KB; RunComfy recommends at most 256 KB/],
	],
	[
		'what was not checked because the deployment cannot be read, with a warning',
		{ fields: { '31.steps': 12, '31.sampler_name': 'newer' }, service: unreadable },
		{ overrides: { 31: { inputs: { steps: 12, sampler_name: 'newer' } } } },
		[/^The inputs were not checked before the submit: /],
	],
	[
		'what was not checked because the user wants it so',
		{ overrides: { 31: { inputs: { steps: '20' } } }, checkInputs: false },
		{ overrides: { 31: { inputs: { steps: '20' } } } },
	],
	[
		'overrides where object_info cannot be read',
		{
			overrides: { 31: { inputs: { sampler_name: 'new' } } },
			service: (simulator) => simulator.inject(serverError({ on: 'object_info', times: 9 })),
		},
		{ overrides: { 31: { inputs: { sampler_name: 'new' } } } },
		[/^Types and choices of the inputs are guessed from the saved values/],
	],
	[
		'inputs to a hosted model',
		{ model: 'textToImage', inputs: { prompt, guidance_scale: 3.5 } },
		{ prompt, guidance_scale: 3.5 },
	],
	[
		'a file to a hosted model',
		{ model: 'imageEdit', inputs: { prompt }, files: { '.image': PNG } },
		{ prompt, image: PICTURE },
	],
	[
		'inputs and a file to a LoRA deployment',
		{
			deployment: 'lora',
			inputs: { prompt, width: 512 },
			files: { '.ctrl_img_1': PNG },
		},
		{ prompt, width: 512, ctrl_img_1: PICTURE },
	],
])('both hosts send the same %s', async (_what, wish, body, warnings = []) => {
	const { n8n, nodeRed } = await both(wish);
	for (const { submits, message, warnings: told } of [n8n, nodeRed]) {
		expect(message).toBeUndefined();
		expect(submits).toEqual([body]);
		expect(told).toEqual(warnings.map((warning) => expect.stringMatching(warning)));
	}
});

it.each<[string, Wish, string, RegExp, { ownWords?: boolean; asked?: boolean }?]>([
	[
		'a field without a value',
		{ fields: { '31.steps': undefined, '6.text': 'a cat' } },
		'invalid_overrides',
		/^An input does not fit the workflow: Steps has no value: .* gives none \(null/,
		{ ownWords: true, asked: true },
	],
	[
		'a wrong range, type, choice and name, everything at once',
		{
			overrides: {
				31: { inputs: { steps: 0, cfg: 'high', sampler_name: 'eular' } },
				66: { inputs: { text: 'x' } },
			},
		},
		'invalid_overrides',
		/^4 inputs .*steps must be at least 1.*cfg takes a number.*did you mean "euler".*no node "66"/,
		{ asked: true },
	],
	[
		'the wrong kind of value where the deployment cannot be read',
		{ fields: { '31.seed': 'many' }, service: unreadable },
		'invalid_overrides',
		/^An input .*: Seed takes a whole number, not "many"/,
		{ asked: true },
	],
	[
		'overrides that are not JSON',
		{ overrides: '{"6":{"inputs":{"text":"He said "hi" twice"}}}' },
		'invalid_input',
		/^'?Overrides'? is not valid JSON: Expected ',' or '}' after /,
	],
	[
		'a workflow that is not JSON',
		{ workflow: '{"1":' },
		'invalid_input',
		/^'?Workflow'? is not valid JSON: /,
	],
	[
		'a workflow in the editor’s format',
		{ workflow: { nodes: [], links: [] } },
		'invalid_input',
		/^This is a workflow as ComfyUI’s editor saves it/,
	],
	[
		'a webhook that is no address',
		{ webhook: 'example.com' },
		'invalid_input',
		/^The webhook URL "example.com" is not a web address/,
	],
	[
		'an address that names no deployment',
		{ address: 'https://www.runcomfy.com/pricing' },
		'invalid_input',
		/^The deployment address names no deployment: https:\/\/www\.runcomfy\.com\/pricing/,
	],
	[
		'a file that is too large',
		{
			deployment: 'imageEdit',
			files: { '189.image': padded(51 * 1024 * 1024) },
		},
		'invalid_input',
		/has 51\.0 MB, more than the limit of 50\.0 MB for input files/,
		{ ownWords: true, asked: true },
	],
	[
		'a file of another kind than its input takes',
		{ deployment: 'imageEdit', files: { '189.image': MP3 } },
		'invalid_overrides',
		/takes an image, not a file of the type audio\/mpeg/,
		{ ownWords: true, asked: true },
	],
	[
		'a picture for a prompt',
		{ files: { '6.text': PNG } },
		'invalid_overrides',
		/takes text, not a file of the type image\/png/,
		{ ownWords: true, asked: true },
	],
	[
		'a camera’s error page for a picture',
		{ deployment: 'imageEdit', files: { '189.image': PAGE } },
		'invalid_overrides',
		/takes an image, not text \("<html>401 Unauthorized<\/html>"\)/,
		{ asked: true },
	],
	[
		'a picture that was read as text',
		{ deployment: 'imageEdit', fields: { '189.image': String(PNG) } },
		'invalid_overrides',
		/takes .* not a file that was read as text: let that node return a Buffer/,
		{ asked: true },
	],
	[
		'such a file in JSON',
		{
			deployment: 'imageEdit',
			overrides: { 189: { inputs: { image: dataUriOf('audio/mpeg', MP3) } } },
		},
		'invalid_overrides',
		/takes an image, not a file of the type audio\/mpeg/,
		{ asked: true },
	],
	[
		'such a file for a hosted model',
		{ model: 'imageEdit', inputs: { prompt, image: dataUriOf('image/png', MP3) } },
		'invalid_input',
		/Image \(image\) takes an image, not a file of the type audio\/mpeg/,
		{ asked: true },
	],
	[
		'a text that is no address, for a hosted model’s picture',
		{ model: 'imageEdit', inputs: { prompt, image: 'not a url' } },
		'invalid_input',
		/Image \(image\) takes a web address or a data URI, not "not a url"/,
		{ asked: true },
	],
	[
		'a wrong range, and what is missing, for a hosted model, everything at once',
		{
			model: 'imageEdit',
			inputs: { strength: 3, image: 'https://a.example/a.png' },
		},
		'invalid_input',
		/^2 inputs do not fit: .*at most 1, not 3.*needs Prompt \(prompt\)/,
		{ asked: true },
	],
	[
		'a model that RunComfy does not have',
		{ model: 'textToImage', address: 'blackforestlabs/flux-2/flash', inputs: { prompt } },
		'not_found',
		/there is no such model \(code 400001\)/,
		{ asked: true },
	],
	[
		'inputs by name to a deployment with a workflow',
		{ inputs: { prompt } },
		'invalid_input',
		/^This deployment runs a ComfyUI workflow: it takes no inputs by name/,
		{ asked: true },
	],
])(
	'both hosts refuse alike %s (P5)',
	async (_what, wish, code, message, { ownWords = false, asked = false } = {}) => {
		const { n8n, nodeRed } = await both(wish);
		for (const outcome of [n8n, nodeRed]) {
			expect(outcome).toMatchObject({ submits: [], code, message: expect.stringMatching(message) });
			if (!asked) expect(outcome.asked).toBe(0);
		}
		// The hosts read values from different places, and n8n's guidelines require quotes around a field's name.
		const unquoted = n8n.message?.replace(/^'([^']+)'/, '$1');
		if (!ownWords) expect(nodeRed.message).toContain(unquoted);
	},
);

describe('what a message happens to carry', () => {
	const byValue = (text: unknown) => both({ fields: { '6.text': text } });

	it.each([[1796227837777], [7n], [true]])('is no prompt in Node-RED: %p', async (value) => {
		const { n8n, nodeRed } = await byValue(value);
		expect(n8n).toMatchObject({
			submits: [{ overrides: { 6: { inputs: { text: `${value}` } } } }],
		});
		const said = `Positive Prompt takes text, and msg.values["6.text"] gives ${value}`;
		expect(nodeRed).toMatchObject({
			submits: [],
			code: 'invalid_overrides',
			message: expect.stringContaining(
				`${said}. To send it as text, use an expression such as $string(payload)`,
			),
		});
	});

	it.each([['Grüße'], [Buffer.from('Grüße')]])('is one if it is text: %p', async (text) => {
		const { submits } = await byNodeRed(start, { fields: { '6.text': text } }, () => 'Prompt');
		expect(submits).toEqual([{ overrides: { 6: { inputs: { text: 'Grüße' } } } }]);
	});
});

/** Codes of the Model API, listed at docs.runcomfy.com/model-apis/error-codes, which gives no HTTP status. */
describe('both hosts say the same of a refusal by RunComfy', () => {
	const address = 'blackforestlabs/flux-2/flsh/text-to-image';

	it.each<[number: number, words: string, status: number, code: string, hint: RegExp]>([
		[
			400001,
			'InvalidResourceIdentifier',
			400,
			'not_found',
			/^Check the ids: choose the deployment or model from the list, or copy its id from its page/,
		],
		[400002, 'InsufficientResources', 402, 'insufficient_funds', /^Top up your RunComfy balance\./],
		[
			400004,
			'UserAccountError',
			401,
			'auth_failed',
			/^Check the API token: copy it again .* whether the account is active\.$/,
		],
		[
			403001,
			'PermissionDeniedError',
			403,
			'forbidden',
			/^What you asked for belongs to another RunComfy account, or is closed to yours\./,
		],
		[404001, 'ResourceNotFound', 200, 'not_found', /^Check the ids: /],
	])('%i %s with HTTP %i', async (number, words, status, code, hint) => {
		const service: Wish['service'] = (simulator) =>
			simulator.inject(
				errorCode(number, {
					on: 'models.submit',

					message: words,
					status,
				}),
			);
		const inputs = { prompt };
		const wish: Wish = { model: 'textToImage', address, inputs, checkInputs: false, service };
		const { n8n, nodeRed } = await both(wish);
		const read = { code, hint: expect.stringMatching(hint), submits: [inputs] };
		const message = `RunComfy answered: ${words} (code ${number})`;
		expect(n8n).toMatchObject({ ...read, message });
		expect(nodeRed).toMatchObject({ ...read, message: `${message}. ${nodeRed.hint} (${code})` });
	});
});
