import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as index from '../../core/index.ts';
import * as parsers from '../../core/parsers.ts';
import { agreement, judgeCases, readCases } from '../../scripts/corpus/judged.mjs';
import { measure } from '../../scripts/corpus/measure.mjs';
import { readFolder } from '../../scripts/corpus/read.mjs';
import { report } from '../../scripts/corpus/report.mjs';

const core = { ...index, ...parsers };

const WORKFLOW = {
	'6': { class_type: 'CLIPTextEncode', inputs: { text: 'a cat', clip: ['4', 1] } },
	'4': { class_type: 'CheckpointLoaderSimple', inputs: { ckpt_name: 'gone.safetensors' } },
	'3': { class_type: 'KSampler', inputs: { seed: 1, steps: 20, positive: ['6', 0] } },
};
const INFO = {
	CheckpointLoaderSimple: { input: { required: { ckpt_name: [['here.safetensors'], {}] } } },
	KSampler: { input: { required: { seed: ['INT'], steps: ['INT'], positive: ['CONDITIONING'] } } },
};

describe('the table of a corpus', () => {
	let dir: string;
	beforeAll(() => {
		dir = mkdtempSync(join(tmpdir(), 'corpus-'));
		const files = { 'a.json': WORKFLOW, 'info.json': INFO, 'b.json': { some: 'thing' } };
		for (const [name, json] of Object.entries(files)) {
			writeFileSync(join(dir, name), JSON.stringify(json));
		}
		writeFileSync(join(dir, 'broken.json'), '{');
	});
	afterAll(() => rmSync(dir, { recursive: true }));

	it('tells workflows, object_info and other files apart', () => {
		const { workflows, infos, skipped } = readFolder(dir);
		expect(workflows.map(({ name }) => name)).toEqual(['a.json']);
		expect(infos).toEqual([INFO]);
		expect(skipped).toEqual(['b.json', 'broken.json']);
	});

	it('says what the form and the check make of them', () => {
		const corpus = readFolder(dir);
		const lines = report(corpus, measure(core as never, corpus));
		expect(lines).toContain('1 workflows, 1 object_info with 2 classes; 2 other files');
		expect(lines).toContain('crashes: 0');
		const table = lines.join('\n');
		expect(table).toMatch(/\| prompt is the first field +\| 1 of 1 +\| 1 of 1 +\|/);
		expect(table).toMatch(/\| a seed is shown +\| 1 of 1 +\| 1 of 1 +\|/);
	});

	it('goes on after a workflow that crashes, and names it', () => {
		const describeInputs = () => {
			throw new Error('no form');
		};
		const { crashes } = measure({ ...core, describeInputs } as never, readFolder(dir));
		expect(crashes).toEqual(['a.json: Error: no form']);
	});

	it('says how far the check agrees with a ComfyUI that was asked', async () => {
		const save = (steps: unknown) => ({ 1: { class_type: 'Save', inputs: { steps } } });
		const one = (mode: string, kind: string, comfyui: string, steps: unknown) =>
			mode === 'W'
				? { mode, kind, comfyui, workflow: save(steps), overrides: null }
				: { mode, kind, comfyui, workflow: save(5), overrides: { 1: { inputs: { steps } } } };
		const cases = [
			one('D', 'valid', 'ok', 7),
			one('W', 'valid', 'ok', 'seven'),
			one('D', 'text', 'refuse', 'seven'),
			one('F', 'text', 'refuse', '7'),
			one('W', 'above-max', 'refuse', 7),
		];
		writeFileSync(join(dir, 'cases.jsonl'), cases.map((each) => JSON.stringify(each)).join('\n'));
		const info = { Save: { input: { required: { steps: ['INT'] } }, output_node: true } };
		const judged = await judgeCases(core as never, readCases(core as never, dir), [info]);
		expect(agreement(judged)).toEqual([
			'5 cases that ComfyUI has judged',
			'valid values refused: 1 of 2 (50.00 %)',
			'wrong ones sent as they are: 1 of 3 (33.33 %); with a warning: 0 of 3 (0.00 %); made valid: 1 of 3 (33.33 %)',
			'values on link-only inputs sent: 0 of 0 (0.00 %)',
			'taken by ComfyUI and refused, refused by ComfyUI and sent:',
			'  W above-max: 0 of 0 refused, 1 of 1 sent',
			'  W valid: 1 of 1 refused, 0 of 0 sent',
		]);
	});
});
