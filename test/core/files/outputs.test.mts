// The outputs of a run: its files and texts, and the names and types of the files.
import { describe, expect, it } from '@jest/globals';
import { readOutputs } from '../../../core/files/outputs';
import { chooseOutputs } from '../../../core/files/outputs.ts';
import { type HostLabels } from '../../../core/host';
import { freeFilename, type OutputFile, warnOfMissingOutputs } from '../../../core/index';
import { safeFilename } from '../../../core/media/filenames.ts';

const STORE = 'https://serverless-api-storage.runcomfy.net/deployment_requests/REQ';
const item = (name: string, more: Record<string, unknown> = {}) => ({
	url: `${STORE}/output/${name}`,
	filename: name,
	subfolder: '',
	type: 'output',
	...more,
});

/** The example of a successful result in RunComfy's contract. */
const SAMPLE = {
	9: { images: [item('ComfyUI_00001_.png')] },
	12: { images: [item('ComfyUI_temp_x_00001_.png', { type: 'temp' })] },
	92: { gifs: [item('clip_00001.mp4')] },
	52: { images: [item('ComfyUI_00001_.webm')], animated: [true] },
	'38:42': { text: ['some string'] },
};

describe('the outputs of a result', () => {
	it('are files and texts, by node and channel', () => {
		const { files, texts, warnings } = readOutputs(SAMPLE);
		const byNode = Object.fromEntries(files.map((file) => [file.node_id, file]));
		expect(byNode['9']).toEqual({
			node_id: '9',
			channel: 'images',
			kind: 'image',
			filename: 'ComfyUI_00001_.png',
			url: `${STORE}/output/ComfyUI_00001_.png`,
			mime_type: 'image/png',
			type: 'output',
		});
		expect(byNode['12']).toMatchObject({ type: 'temp' });
		expect(byNode['92']).toMatchObject({ channel: 'gifs', kind: 'video', mime_type: 'video/mp4' });
		expect(byNode['52']).toMatchObject({ channel: 'images', kind: 'video' });
		expect(files.length).toBe(4);
		expect(texts).toEqual([{ node_id: '38:42', channel: 'text', text: 'some string' }]);
		expect(warnings).toEqual([]);
	});

	it.each([
		['mesh', item('a.obj'), 'model3d', 'model/obj'],
		['files', item('a.zip'), 'other', 'application/zip'],
		['audio', item('a.opus'), 'audio', 'audio/ogg'],
		['pano_output_images', item('a.JPG'), 'image', 'image/jpeg'],
		['odd', item('noext'), 'other', 'application/octet-stream'],
	])('on the channel %s are taken by their extension', (channel, file, kind, mimeType) => {
		expect(readOutputs({ 1: { [channel]: [file] } }).files).toMatchObject([
			{ channel, kind, mime_type: mimeType },
		]);
	});

	it.each([
		[
			'a query behind the name',
			{ url: `${STORE}/output/v.mp4?X-Goog-Signature=a.png` },
			'v.mp4',
			'video',
		],
		['an encoded name', { url: `${STORE}/output/%C3%A9t%C3%A9.png` }, 'été.png', 'image'],
		['a name that is not encoded well', { url: `${STORE}/output/%zz.png` }, '%zz.png', 'image'],
		['a name without extension', { url: `${STORE}/o/a.png`, filename: 'final' }, 'final', 'image'],
		[
			'a name with a full stop',
			{ url: `${STORE}/o/a.png`, filename: 'v1.mp4 last' },
			'v1.mp4 last',
			'image',
		],
		['a name of its own', { url: 'http://host/a.png', filename: 'b.mp4' }, 'b.mp4', 'video'],
		['no name at all', { url: 'https://host' }, 'output', 'other'],
		[
			'a folder in the name',
			{ url: `${STORE}/o/a.png`, filename: '../../etc/b.png' },
			'b.png',
			'image',
		],
	])('may have %s', (_what, given, filename, kind) => {
		expect(readOutputs({ 1: { images: [given] } }).files).toMatchObject([{ filename, kind }]);
	});

	it.each([
		[undefined],
		[''],
		['/view?filename=a.png'],
		['javascript:1//http://x/a.png'],
		['file:///a.png?https://x'],
		['data:,x'],
	])('without an address (%j) are named in a warning, and no address is made up', (url) => {
		const { files, warnings } = readOutputs({ 9: { images: [{ filename: 'dir/a.png', url }] } });
		expect(files).toEqual([]);
		expect(warnings).toEqual(['Node 9 wrote a.png, but RunComfy gave no address for it.']);
	});

	it('may be anything else, and everything comes out', () => {
		const odd = {
			1: null,
			2: 'text',
			3: [item('a.png')],
			4: { images: item('single.png') },
			5: {
				images: null,
				animated: [true],
				flags: [true, false, 3, null],
				value: 7n,
				nested: [['x', item('n.png')], [[]]],
			},
			6: { images: [{ url: 7 }, { url: '' }, {}, { foo: 1 }] },
			7: { object_key: ['key-1', 'key-2'], text: 'bare' },
			8: { pair: [{ high: { file: item('h.png') }, low: 'x' }] },
			9: item('alone.png'),
		};
		const { files, texts, values, warnings } = readOutputs(odd);
		expect(files.map(({ node_id, channel, filename }) => [node_id, channel, filename])).toEqual([
			['3', 'output', 'a.png'],
			['4', 'images', 'single.png'],
			['9', 'output', 'alone.png'],
		]);
		expect(texts.map(({ text }) => text)).toEqual(['text', 'key-1', 'key-2', 'bare']);
		expect(values.map(({ node_id, channel, value }) => [node_id, channel, value])).toEqual([
			...[true, false, 3].map((value) => ['5', 'flags', value]),
			['5', 'value', 7n],
			['5', 'nested', odd[5].nested[0]],
			...[{ url: 7 }, { url: '' }, { foo: 1 }].map((value) => ['6', 'images', value]),
			['8', 'pair', odd[8].pair[0]],
		]);
		expect(warnings).toEqual([]);
		for (const none of [undefined, null, 'x', 7, [], [odd]]) {
			expect(readOutputs(none)).toEqual({ files: [], texts: [], values: [], warnings: [] });
		}
		expect(readOutputs({ caption: 'a boat', score: 0.5 })).toMatchObject({
			texts: [{ channel: 'caption', text: 'a boat' }],
			values: [{ channel: 'score', value: 0.5 }],
		});
	});
});

describe('the outputs that are wanted', () => {
	const names = (files: readonly OutputFile[]) => files.map(({ node_id }) => node_id).sort();

	it('are all but the temporary ones', () => {
		const chosen = chooseOutputs(readOutputs(SAMPLE));
		expect(names(chosen.files)).toEqual(['52', '9', '92']);
		expect(chosen.texts.length).toBe(1);
		expect(chosen.warnings).toEqual([]);
	});

	it('are those of certain nodes, with a word about nodes that gave none', () => {
		const chosen = chooseOutputs(readOutputs(SAMPLE), { nodeIds: [' 9', '38:42', '404', ' '] });
		expect(names(chosen.files)).toEqual(['9']);
		expect(chosen.texts.map(({ node_id }) => node_id)).toEqual(['38:42']);
		expect(chosen.warnings).toEqual(['Node 404 had no output in this run.']);
	});

	it('are the previews of a run that gave no other files', () => {
		const outputs = readOutputs({ 12: SAMPLE[12] });
		expect(chooseOutputs(outputs)).toMatchObject({ files: [{ node_id: '12' }], warnings: [] });
		expect(chooseOutputs(readOutputs({}))).toMatchObject({ files: [], warnings: [] });
	});
});

const expected = [
	{ id: '9', title: 'Save Image' },
	{ id: '38:2', title: 'Save <b>Video</b>' },
];
const ofRun = (outputs: unknown, raw = {}) => ({
	outputs: outputs as Record<string, unknown>,
	raw,
});
const named = (outputs: unknown, raw = {}) =>
	warnOfMissingOutputs(ofRun(outputs, raw), expected).map((warning) =>
		warning.slice(0, warning.indexOf(' had no output')),
	);

describe('an output node without output', () => {
	it.each<[unknown, string[]]>([
		[{ '9': { images: [{}] }, '38:2': { gifs: [{}] } }, []],
		[{ '9': { images: [] }, '38:2': { animated: [true] } }, ['Node 9 · Save Image']],
		[{ '9': {}, '38:2': null }, ['Node 9 · Save Image; Node 38:2 · Save <b>Video</b>']],
		[{ '9': { text: 'a word' }, '38:2': { text: ['a word'] } }, []],
		[{ '9': '', '38:2': 'a word' }, ['Node 9 · Save Image']],
		[{ '9': undefined, '38:2': 7 }, ['Node 9 · Save Image']],
		[undefined, []],
	])('of %j: %j', (outputs, silent) => {
		expect(named(outputs)).toEqual(silent);
	});

	it('is not named if ComfyUI itself says that it left it out', () => {
		const about = { class_type: 'VAEDecode', errors: [], dependent_outputs: ['38:2'] };
		const left = { node_errors: { '8': about } };
		expect(named({}, left)).toEqual(['Node 9 · Save Image']);
		expect(named({}, { error: left })).toEqual(['Node 9 · Save Image']);
	});

	it('is named with what may be the cause, and not without end', () => {
		const many = Array.from({ length: 15 }, (_, index) => ({ id: `${index}`, title: 'Save' }));
		const warnings = warnOfMissingOutputs(ofRun({}), many);
		expect(warnings).toEqual([
			expect.stringMatching(
				/^Node 0 · Save; .*; and 10 more had no output .*the inputs of an earlier one.*"random".*inputs do not fit/,
			),
		]);
		expect(warnOfMissingOutputs(ofRun({}))).toEqual([]);
	});

	it('offers new seeds in the words of the host', () => {
		const labels = { randomSeeds: 'New Seeds' } as HostLabels;
		expect(warnOfMissingOutputs(ofRun({}), expected.slice(0, 1), labels)).toEqual([
			expect.stringContaining('results: turn on New Seeds, or set a seed to "random". It also'),
		]);
		expect(warnOfMissingOutputs(ofRun({}), expected)[0]).toContain(
			'results: set a seed to "random". It',
		);
	});
});

describe('a safe file name', () => {
	it.each([
		['ComfyUI_00001_.png', 'ComfyUI_00001_.png'],
		['été 日本.png', 'été 日本.png'],
		['../../etc/passwd', 'passwd'],
		['..\\..\\windows\\a.png', 'a.png'],
		['', 'output'],
		['...png', 'png'],
		['.htaccess', 'htaccess'],
		['a.png.', 'a.png'],
		['a<b>c:d"e|f?g*h.png', 'a_b_c_d_e_f_g_h.png'],
		['a\u0000b\nc\u007fd.png', 'a_b_c_d.png'],
		['evil\u202egnp.exe', 'evil_gnp.exe'],
		['con', '_con'],
		['com1.png', '_com1.png'],
		['LPT9 .png', '_LPT9 .png'],
		['COM¹.png', '_COM¹.png'],
		['CONIN$', '_CONIN$'],
		['COM10.png', 'COM10.png'],
		[`${'日'.repeat(500)}.png`, `${'日'.repeat(65)}.png`],
	])('of %j is %j', (name, safe) => {
		expect(safeFilename(name)).toBe(safe);
	});
});

describe('free file names', () => {
	const givenTo = async (names: string[]) => {
		const taken = new Set<string>();
		for (const name of names) {
			taken.add(await freeFilename(name, async (one) => taken.has(one)));
		}
		return [...taken];
	};

	it('differ by a number before the extension', async () => {
		const names = ['a.png', 'a.png', 'a.png', 'a', 'a', 'a_2.png', 'b.tar.gz', 'b.tar.gz'];
		expect(await givenTo(names)).toEqual([
			...['a.png', 'a_2.png', 'a_3.png', 'a', 'a_2'],
			...['a_2_2.png', 'b.tar.gz', 'b.tar_2.gz'],
		]);
	});
});
