// The examples as a user imports them, in a real Node-RED in a process of its own.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { eventually } from '../support/expect.mts';
import { useExampleRig } from './support/exampleRig.mts';

const rig = useExampleRig();
const onlyJob = () => [...rig.simulator.jobs.values()].at(-1);

describe('example', () => {
	it('first-image saves the picture', async () => {
		const flow = await rig.open('first-image');
		await rig.inject(flow);
		await rig.prints(/runcomfy-images[\\/]ComfyUI_00001_\.png/);
		expect(readdirSync(join(rig.userDir, 'runcomfy-images'))).toEqual(['ComfyUI_00001_.png']);
		expect(onlyJob()?.graph['6']?.inputs['text']).toContain('red fox');
	});

	it('first-image shows how many run, in words', async () => {
		rig.simulator.update({ latencyMs: 2_500 });
		const place = { z: 'runcomfy_first_tab', x: 100, y: 400 };
		const shown = { id: 'shown', type: 'debug', name: 'shown', active: true, console: true };
		const flow = await rig.open('first-image', undefined, [
			{ id: 'status', type: 'status', scope: null, wires: [['shown']], ...place },
			{ ...shown, complete: 'status.text', targetType: 'msg', wires: [], ...place },
		]);
		await Promise.all([rig.inject(flow), rig.inject(flow)]);
		await rig.prints(/\[debug:shown\] 2 running/);
		await rig.prints(/\[debug:shown\] done/);
		rig.simulator.update({ latencyMs: 10 });
	});

	it('progress tells at its second output how far it is', async () => {
		rig.simulator.update({ latencyMs: 2_500 });
		const flow = await rig.open('progress');
		await rig.inject(flow);
		await rig.prints(/\[debug:files\]/);
		const told = rig.printed().filter((line) => line.includes('[debug:progress]'));
		const texts = told.map((line) => line.split('[debug:progress] ')[1]);
		expect(texts[0]).toBe('lighthouse: requesting');
		expect(texts).toContainEqual(expect.stringMatching(/^lighthouse: running · \d s/));
		expect(rig.printed().at(-1)).not.toContain('progress');
		rig.simulator.update({ latencyMs: 10 });
	});

	it('submit-and-fetch goes on at once and fetches later', async () => {
		const flow = await rig.open('submit-and-fetch');
		await rig.inject(flow);
		await rig.prints(/\[debug:accepted\][\s\S]*\[debug:files\][\s\S]*mime_type: 'image\/png'/);
	});

	it('watch-a-request asks until the end', async () => {
		rig.simulator.update({ latencyMs: 300 });
		const flow = await rig.open('watch-a-request');
		await rig.inject(flow);
		await rig.prints(/\[debug:state\][\s\S]*in_progress[\s\S]*completed[\s\S]*\[debug:files\]/);
	});

	it('result-by-id gives a Buffer', async () => {
		const job = onlyJob();
		const flow = await rig.open('result-by-id', ({ type, props }) =>
			type === 'inject'
				? {
						props: (props as Array<{ p: 'requestId' | 'deploymentId' }>).map((prop) => ({
							...prop,
							v: job?.[prop.p],
						})),
					}
				: {},
		);
		await rig.inject(flow);
		await rig.prints(/\[debug:the whole message\][\s\S]*<Buffer 89 50 4e 47/);
	});

	it('cancel cancels what start started', async () => {
		rig.simulator.update({ latencyMs: 3_600_000 });
		const flow = await rig.open('cancel');
		await rig.inject(flow, 'start');
		await rig.prints(/\[debug:accepted\]/);
		await rig.inject(flow, 'cancel it');
		await rig.prints(/\[debug:answer\][\s\S]*cancellation_requested/);
		expect(onlyJob()?.state).toBe('canceled');
	});
});

describe('Node-RED', () => {
	it('had nothing to complain about', () => {
		expect(rig.nodeRed.alive()).toBe(true);
		const lines = rig.everything();
		expect(lines.filter((line) => /\[error\]|Uncaught|Unhandled/.test(line))).toEqual([]);
		expect(lines.join('\n')).not.toContain(rig.simulator.token);
	});

	it('ends on SIGTERM while a request runs, which goes on at RunComfy', async () => {
		rig.simulator.update({ latencyMs: 3_600_000 });
		const flow = await rig.open('first-image');
		await rig.inject(flow);
		const known = rig.simulator.jobs.size;
		await eventually(() => rig.simulator.jobs.size, { timeout: 10_000 }).toBe(known + 1);
		await rig.nodeRed.stop();
		expect(onlyJob()?.state).toBe('in_progress');
	});
});
