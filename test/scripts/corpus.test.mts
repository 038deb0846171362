// `npm run corpus` counts the cases that a ComfyUI has judged.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { root } from '../../scripts/root.mjs';

const save = (steps: unknown) => ({ 1: { class_type: 'Save', inputs: { steps } } });

it('says how far the check agrees with a ComfyUI that was asked', () => {
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
	const info = { Save: { input: { required: { steps: ['INT'] } }, output_node: true } };
	const dir = mkdtempSync(join(tmpdir(), 'corpus-'));
	writeFileSync(join(dir, 'cases.jsonl'), cases.map((each) => JSON.stringify(each)).join('\n'));
	writeFileSync(join(dir, 'info.json'), JSON.stringify(info));
	const script = join(root, 'scripts/corpus.mjs');
	const { status, stdout } = spawnSync(process.execPath, [script, dir], { encoding: 'utf8' });
	rmSync(dir, { recursive: true });
	expect(status).toBe(0);
	expect(stdout.trim().split('\n')).toEqual([
		'5 cases that ComfyUI has judged',
		'valid values refused: 1 of 2 (50.00 %)',
		'wrong ones sent as they are: 1 of 3 (33.33 %); with a warning: 0 of 3 (0.00 %); made valid: 1 of 3 (33.33 %)',
		'values on link-only inputs sent: 0 of 0 (0.00 %)',
		'taken by ComfyUI and refused, refused by ComfyUI and sent:',
		'  W above-max: 0 of 0 refused, 1 of 1 sent',
		'  W valid: 1 of 1 refused, 0 of 0 sent',
	]);
});
