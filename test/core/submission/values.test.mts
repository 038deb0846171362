// How user values, including files, are sent.
import { describe, expect, it } from '@jest/globals';
import { type KnownWorkflow } from '../../../core/deployments/workflow';
import {
	createClient,
	type Draft,
	FileRef,
	prepare,
	type RunComfyError,
} from '../../../core/index';
import { errorOf } from '../support/virtualHost.mts';
import { GRAPH, node, OBJECT_INFO, readInfo } from '../support/workflows.mts';
import {
	clientWith,
	failure,
	field,
	filesNamed,
	KNOWN,
	LORA,
	loraRig,
	overridesOf,
	rig,
	submission,
} from './rig.mts';

const UNKNOWN: KnownWorkflow = { info: {}, warnings: [] };

const problemsOf = (draft: Partial<Draft>, known: KnownWorkflow) =>
	submission(draft, known).then(
		() => [],
		({ details }: RunComfyError) => details?.['findings'],
	);

describe('a field', () => {
	const NONE = 'gives none (null leaves the input as deployed)';

	it.each([
		[undefined, 'string', NONE],
		['', 'other', NONE],
		[NaN, 'float', 'gives NaN, which is not a number'],
		[Infinity, 'string', 'gives Infinity, which is not a number'],
	] as const)('that gives %p for the kind %s has no value', async (value, kind, why) => {
		for (const known of [UNKNOWN, KNOWN]) {
			expect(await problemsOf({ fields: [field('99.some', value, kind)] }, known)).toEqual([
				{
					path: '99.inputs.some',
					problem: 'no_value',
					message: `L99.some has no value: its expression ${why}`,
				},
			]);
		}
	});
});

const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
const dataUri = (bytes: Uint8Array, type = 'image/png') =>
	`data:${type};base64,${Buffer.from(bytes).toString('base64')}`;
const large = (bytes: number) => Buffer.concat([PNG, Buffer.alloc(bytes - PNG.length)]);
const BASE64 = large(66).toString('base64');
const inImage = (image: unknown) => ({ 10: { inputs: { image } } });
const inText = (text: unknown) => ({ 6: { inputs: { text } } });

describe('a value that is a file', () => {
	it.each(['data:image/gif,GIF89a', ' Data: not one'])('cannot be %j', async (value) => {
		expect(await failure({ overrides: inImage(value) })).toMatchObject({ code: 'invalid_input' });
	});

	it.each(['a.png', 'https://e.com/a.gif'])('may be elsewhere: %j', async (value) => {
		const fields = [field('10.image', value, 'media')];
		expect(await overridesOf({ fields }, UNKNOWN)).toEqual(inImage(value));
	});

	it.each([
		...[BASE64, 'data: a chart of sales, in blue', 'data:text/plain,a', 'data:a,b;base64,AAAA'],
		...['see data:image/gif;base64,AAAA', 'https://e.com/a.gif', ''],
	])('is not looked for in a prompt: %j', async (text) => {
		const overrides = { 6: { inputs: { text } } };
		expect(await overridesOf({ overrides })).toEqual(overrides);
		const fields = [field('6.text', text, 'string')];
		expect(await overridesOf({ fields }, UNKNOWN)).toEqual(overrides);
	});
});

describe('a file in the user’s own network', () => {
	const AT_HOME = 'http://192.168.1.20:8080/snap.jpg?key=secret';
	const UNREACHABLE = expect.stringMatching(
		/ is at http:\/\/192\.168\.1\.20:8080, which RunComfy’s machines cannot reach/,
	);

	it.each<[string, Partial<Draft>]>([
		['a field', { fields: [field('10.image', AT_HOME, 'media')] }],
		['overrides', { overrides: inImage(` ${AT_HOME}`) }],
	])('is refused in %s before anything is submitted', async (_where, draft) => {
		const { code, message } = await failure(draft);
		expect({ code, message }).toEqual({ code: 'invalid_overrides', message: UNREACHABLE });
		expect(message).not.toContain('secret');
	});

	it.each(['http://localhost/a.png', 'http://homeassistant.local/a.png', 'https://nas/a.png'])(
		'is refused by its name: %s',
		async (image) => {
			expect(await failure({ overrides: inImage(image) })).toMatchObject({
				details: { findings: [{ path: '10.inputs.image', problem: 'wrong_type' }] },
			});
		},
	);

	it('is refused in a list of a hosted model, and for a LoRA deployment', async () => {
		const inputs = { prompt: AT_HOME, image_urls: ['https://e.com/a.png', AT_HOME] };
		expect(await errorOf(rig().prepared({ inputs }))).toMatchObject({
			code: 'invalid_input',
			message: UNREACHABLE,
			details: { findings: [{ path: 'image_urls' }] },
		});
		const lora = loraRig().prepared({ target: LORA, inputs: { ctrl_img_1: AT_HOME } });
		expect(await errorOf(lora)).toMatchObject({ code: 'invalid_input', message: UNREACHABLE });
	});

	it('may stand in a text, and goes to a service in that network, or if nothing is checked', async () => {
		const text = { 6: { inputs: { text: AT_HOME } } };
		expect(await overridesOf({ overrides: text })).toEqual(text);
		const { host } = clientWith();
		const client = createClient({ host, baseUrl: 'http://127.0.0.1:4010' });
		const fields = [field('10.image', AT_HOME, 'media')];
		for (const options of [{ client }, { check: false }]) {
			expect(await overridesOf({ fields }, KNOWN, options)).toEqual(inImage(AT_HOME));
		}
	});
});

/** A node that loads a file of any kind, and one that loads a picture from text. */
const LOADER: KnownWorkflow = {
	workflow: {
		...GRAPH,
		11: node('LoadAny', { file: 'a.obj' }),
		12: node('FromText', { base64: '', note: '' }),
	},
	info: readInfo({
		...OBJECT_INFO,
		LoadAny: { input: { required: { file: [['a.obj'], { file_upload: true }] } } },
		FromText: {
			input: { required: { base64: ['STRING', { multiline: true }], note: ['STRING', {}] } },
		},
	}),
	warnings: [],
};

describe('a picture', () => {
	it.each<[string, Partial<Draft>]>([
		['a field', { fields: [field('6.text', PNG, 'string')] }],
		['overrides', { overrides: { 6: { inputs: { text: PNG } } } }],
		['a file', { overrides: inText({ file: 'a.png' }), files: filesNamed({ 'a.png': PNG }) }],
		['a note of several lines', { overrides: { 3: { inputs: { note: PNG } } } }],
	])('is not a text that people write: %s', async (_where, draft) => {
		expect(await failure(draft)).toMatchObject({
			code: 'invalid_overrides',
			message: expect.stringContaining('takes text, not a file of the type image/png'),
		});
	});

	it('is a prompt of no model and no LoRA deployment', async () => {
		const given = { inputs: { prompt: PNG } };
		for (const prepared of [
			rig().prepared(given),
			loraRig().prepared({ target: LORA, ...given }),
		]) {
			expect(await errorOf(prepared)).toMatchObject({
				message: expect.stringContaining('"prompt" takes text, not a file of the type image/png'),
			});
		}
	});

	it('goes to inputs that take a picture as text, and a prompt may be a data URI', async () => {
		const given = { base64: PNG, note: PNG };
		const uri = dataUri(PNG);
		expect(await overridesOf({ overrides: { 12: { inputs: given } } }, LOADER)).toEqual({
			12: { inputs: { base64: uri, note: uri } },
		});
		const text = { 6: { inputs: { text: uri } } };
		expect(await overridesOf({ overrides: text })).toEqual(text);
	});
});

describe('bytes that begin as no media', () => {
	const GREETING = Buffer.from('Grüße');

	it('are a file for an input that takes files, but no picture', async () => {
		const expected = dataUri(GREETING, 'application/octet-stream');
		const files = { 11: { inputs: { file: GREETING } } };
		expect(await overridesOf({ overrides: files }, LOADER)).toEqual({
			11: { inputs: { file: expected } },
		});
		expect(await overridesOf({ fields: [field('10.image', GREETING, 'media')] }, UNKNOWN)).toEqual(
			inImage(expected),
		);
		expect(await failure({ overrides: inImage(GREETING) })).toMatchObject({
			message: expect.stringContaining('takes an image, not text ("Grüße")'),
		});
	});

	it.each([
		['Latin-1', Buffer.from('Grüße', 'latin1')],
		['an archive', Buffer.from('PK\u0003\u0004\0\0', 'latin1')],
	])('are refused if they are no text, too: %s', async (_what, bytes) => {
		const overrides = inText(bytes);
		for (const draft of [{ overrides }, { fields: [field('6.text', bytes, 'string')] }]) {
			expect(await failure(draft)).toMatchObject({
				code: 'invalid_input',
				message: expect.stringMatching(/(node 6, input text|L6\.text).* nor UTF-8 text/),
				hint: expect.stringContaining('data URI'),
			});
		}
	});
});

describe('a file that a value stands for', () => {
	const files = filesNamed({ photo: PNG, 'photo.png': PNG, words: Buffer.from('a dog') });

	it('is named where a file belongs, unless the machine has a file of this name', async () => {
		const overrides = { 6: { inputs: { text: 'photo' } }, ...inImage(' photo') };
		expect(await overridesOf({ files, overrides })).toEqual({
			6: { inputs: { text: 'photo' } },
			10: { inputs: { image: dataUri(PNG) } },
		});
		const fields = [field('10.image', 'photo', 'media'), field('6.text', 'photo', 'string')];
		for (const known of [KNOWN, UNKNOWN]) {
			expect(await overridesOf({ files, fields }, known)).toEqual({
				6: { inputs: { text: 'photo' } },
				10: { inputs: { image: dataUri(PNG) } },
			});
		}
		expect(await overridesOf({ files, overrides: inImage('photo.png') })).toEqual(
			inImage('photo.png'),
		);
	});

	it('is the host’s object of it, in any input', async () => {
		const overrides = {
			6: { inputs: { text: { file: 'words' } } },
			...inImage({ file: 'photo.png' }),
		};
		expect(await overridesOf({ files, overrides })).toEqual({
			6: { inputs: { text: 'a dog' } },
			10: { inputs: { image: dataUri(PNG) } },
		});
		const inputs = { prompt: 'photo', ctrl_img_1: { file: 'photo' }, style: 'photo' };
		const { input } = await loraRig().prepared({ target: LORA, files, inputs });
		expect(input.inputs).toEqual({ ...inputs, ctrl_img_1: dataUri(PNG) });
	});

	it('that is large leaves a warning', async () => {
		const big = filesNamed({ big: large(300_000) });
		const { notes } = await submission({ files: big, overrides: inImage('big') });
		expect(notes.warnings).toEqual([expect.stringMatching(/^big has 293 KB; /)]);
	});

	it('that is not there is refused with the ways to give one, unlike another mistake', async () => {
		const way = 'Give a file as the name of a file.';
		const { hint } = await failure({ files, overrides: inImage('phot') });
		expect(hint).toContain(way);
		const other = await failure({ files, overrides: { 3: { inputs: { steps: 0 } } } });
		expect(other.hint).not.toContain(way);
		expect((await failure({ overrides: inImage('phot') })).hint).toContain(
			'Give a file as the file itself, a URL or a data URI.',
		);
	});

	it('is read once the draft has passed the check, and is then checked, too', async () => {
		let read = 0;
		const sound = new FileRef(async () => ((read += 1), Buffer.from('ID3\u0004')), 'a', undefined);
		const draft = { files: filesNamed({ sound }), overrides: inImage('sound') };
		const wrong = { ...draft.overrides, 3: { inputs: { steps: 0 } } };
		expect((await failure({ ...draft, overrides: wrong })).message).toContain('at least 1');
		expect(read).toBe(0);
		expect((await failure(draft)).message).toContain(
			'takes an image, not a file of the type audio',
		);
		expect(read).toBe(1);
	});

	it('and cannot be read is named by its input', async () => {
		const gone = new FileRef(() => Promise.reject(new Error('File not found')), 'a', undefined);
		const draft = { files: filesNamed({ gone }), overrides: inImage('gone') };
		expect(await failure(draft)).toMatchObject({
			code: 'invalid_input',
			message: 'Node 10, input image: File not found',
		});
	});
});

describe('if the workflow cannot be asked', () => {
	it('the kind that the host kept counts', async () => {
		const unread = { info: {}, warnings: ['not checked'] };
		const fields = [field('3.steps', '7', 'integer')];
		const { input, notes } = await submission({ fields }, unread);
		expect(input.overrides).toEqual({ 3: { inputs: { steps: 7 } } });
		expect(notes).toStrictEqual({ warnings: ['not checked'] });
		const wrong = [field('3.steps', 'many', 'integer')];
		expect(await failure({ fields: wrong }, unread)).toMatchObject({
			code: 'invalid_overrides',
			message: expect.stringContaining('L3.steps takes a whole number, not "many"'),
		});
	});

	it('it is asked for once', async () => {
		const asked: unknown[] = [];
		const read = (...args: unknown[]) => {
			asked.push(args);
			return Promise.resolve({ ...UNKNOWN, cached: true });
		};
		const overrides = { 3: { inputs: { note: 'x' } } };
		await submission({ overrides }, read);
		await submission({ workflow: GRAPH }, read);
		expect(asked).toEqual([
			[{ deploymentId: 'd', workflowApiJson: undefined }, false],
			[{ deploymentId: 'd', workflowApiJson: GRAPH }, false],
		]);
	});
});

it('a webhook and a workflow go along', async () => {
	const sent = { webhook: 'https://e.com/x' };
	const { input, workflow } = await submission({ ...sent, workflow: GRAPH }, UNKNOWN);
	expect(input).toMatchObject({ ...sent, workflowApiJson: GRAPH });
	expect(workflow).toBe(GRAPH);
});

it('fields give way to overrides, input by input', async () => {
	const fields = [field('3.steps', 7), field('6.text', 'a dog')];
	const overrides = { 3: { inputs: { steps: 9, cfg: 2 } } };
	expect(await overridesOf({ fields, overrides })).toEqual({
		3: { inputs: { steps: 9, cfg: 2 } },
		6: { inputs: { text: 'a dog' } },
	});
});

it('what is set counts as it was when the message came, whatever becomes of it later', async () => {
	const overrides = { 6: { inputs: { text: 'a cat', list: [1] } } };
	const readWorkflow = () => {
		overrides[6].inputs.text = 'a dog';
		return Promise.resolve(UNKNOWN);
	};
	const draft = { target: { deploymentId: 'd' }, overrides };
	const preparing = prepare(clientWith(), draft, { readWorkflow });
	overrides[6].inputs.text = 'a bird';
	const prepared = await preparing;
	overrides[6].inputs.list.push(2);
	const { input } = await prepared.withFiles();
	expect(input.overrides).toEqual({ 6: { inputs: { text: 'a cat', list: [1] } } });
});
