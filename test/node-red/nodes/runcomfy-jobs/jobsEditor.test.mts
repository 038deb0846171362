// The parts of the job sidebar that need no browser: the look of jobs, loading the list, and texts.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { RunView } from '../../../../node-red/contract/jobs.ts';
import {
	iconName,
	jobAppearance,
	writeAgo,
} from '../../../../node-red/nodes/runcomfy-jobs/sidebar/appearance.mts';
import { findNode, nameOfRun } from '../../../../node-red/nodes/runcomfy-jobs/sidebar/location.mts';
import { createFeed } from '../../../../node-red/nodes/runcomfy-jobs/sidebar/requests.mts';
import { root } from '../../support/dist.mts';
import { html, lookup } from '../../support/editorPage.mts';
import { turns } from '../../support/rig.mts';

const text = (key: string) => lookup('runcomfy-jobs', key);
const translate = (key: string, values: Record<string, string | number> = {}) =>
	Object.entries(values).reduce(
		(text, [name, value]) => text.replace(`__${name}__`, String(value)),
		String(text(key)),
	);

const NOW = 1_000_000;
const job = (facts: Partial<RunView>): RunView => ({
	job: 'j',
	nodeId: 'n',
	state: 'in_progress',
	arrivedAt: NOW - 90_000,
	cancelable: true,
	...facts,
});

describe('a job looks', () => {
	it.each<[string, Partial<RunView>, object]>([
		['waiting for room', { state: 'waiting' }, { fill: 'yellow', shape: 'ring', text: 'waiting' }],
		['queued', { state: 'in_queue', queuePosition: 3 }, { fill: 'yellow', text: 'in queue · 3' }],
		['queued somewhere', { state: 'in_queue' }, { text: 'in queue' }],
		['running', { startedAt: NOW - 12_400 }, { fill: 'blue', text: 'running · 12 s' }],
		['running since before a restart', {}, { text: 'running' }],
		['by the clock of another machine', { startedAt: NOW + 5_000 }, { text: 'running · 0 s' }],
		['being canceled', { cancel: 'asked' }, { fill: 'grey', shape: 'ring', text: 'canceling' }],
		[
			'canceled, but for its end',
			{ cancel: 'accepted', startedAt: NOW },
			{ fill: 'grey', shape: 'ring', text: 'cancel requested' },
		],
		[
			'running, since it cannot be canceled',
			{ cancel: 'refused', startedAt: NOW - 10_000 },
			{ fill: 'blue', text: 'not canceled: still running' },
		],
	])('%s', (_how, facts, look) => {
		expect(jobAppearance(job(facts), NOW, translate)).toMatchObject(look);
	});

	it.each([
		['succeeded', { fill: 'green', shape: 'dot', text: 'succeeded · 20 s' }],
		['run_canceled', { fill: 'grey', shape: 'dot', text: 'canceled · 20 s' }],
		['run_failed', { fill: 'red', shape: 'dot', text: 'failed · 20 s' }],
		['aborted', { fill: 'red', shape: 'ring', text: 'aborted' }],
		['constructor', { fill: 'red', shape: 'ring', text: 'constructor' }],
	])('as it ended: %s', (outcome, look) => {
		const times = { startedAt: NOW - 60_000, endedAt: NOW - 40_000 };
		expect(jobAppearance(job({ state: 'ended', outcome, ...times }), NOW, translate)).toEqual(look);
	});

	it('with its cost', () => {
		const times = { startedAt: NOW - 60_000, endedAt: NOW - 40_000 };
		const facts = { outcome: 'run_canceled', cost: 0.012, ...times } as const;
		expect(jobAppearance(job({ state: 'ended', ...facts }), NOW, translate)).toEqual({
			fill: 'grey',
			shape: 'dot',
			text: 'canceled · 20 s · $0.012',
		});
	});

	it('like its kind of result, or else like its end', () => {
		expect(iconName(job({ state: 'ended', kind: 'video' }))).toBe('film');
		expect(iconName(job({ state: 'ended', outcome: 'succeeded' }))).toBe('file-text-o');
		expect(iconName(job({ state: 'ended', outcome: 'run_canceled' }))).toBe('ban');
		expect(iconName(job({ state: 'ended', outcome: 'not_found' }))).toBe('exclamation-triangle');
	});

	it.each([
		[59_000, 'now'],
		[60_000, '1 min. ago'],
		[3 * 3600_000, '3 hr. ago'],
		[50 * 3600_000, '2 days ago'],
	])('as old as it is: %i ms', (ms, text) => {
		expect(writeAgo(ms, 'en-US')).toBe(text);
	});
});

describe('a node is found', () => {
	const nodes = new Map(['node', 'inner', 'outer', 'my-own-id'].map((id) => [id, { id }]));
	const find = (id: string) => {
		const { node, outer } = findNode(id, (one) => nodes.get(one));
		return [node?.id, outer?.id];
	};

	it.each([
		['node', ['node', 'node']],
		['my-own-id', ['my-own-id', 'my-own-id']],
		['outer-node', ['node', 'outer']],
		['outer-inner-node', ['node', 'outer']],
		['outer-deleted', [undefined, 'outer']],
		['deleted', [undefined, undefined]],
	])('by %s', (id, found) => {
		expect(find(id)).toEqual(found);
	});
});

describe('a job is called', () => {
	const unnamed = { name: '', targetName: 'portraits' };
	it.each([
		['what it ran, if its node is called what it runs now', unnamed, 'clips', 'clips'],
		['as its node, while it is not known what it runs', unnamed, undefined, 'label'],
		['as its node, if you named that', { ...unnamed, name: 'Fox' }, 'clips', 'label'],
		['as its node, if messages say what to run', { name: '', targetName: '' }, 'clips', 'label'],
		['as its node, if that runs nothing itself', {}, 'clips', 'label'],
	])('%s', (_how, node, ran, name) => {
		expect(nameOfRun(node, 'label', ran)).toBe(name);
	});
});

describe('the list is loaded', () => {
	function rig() {
		const answers: Array<{ resolve(list: string): void; reject(error: Error): void }> = [];
		const shown: string[] = [];
		const feed = createFeed<string>({
			load: () => new Promise((resolve, reject) => answers.push({ resolve, reject })),
			onLoaded: (list) => shown.push(list),
			onFailed: (error) => shown.push(String(error)),
		});
		return { feed, answers, shown };
	}

	it('for nobody while it is not seen, and once when it is', async () => {
		const { feed, answers } = rig();
		for (let change = 0; change < 20; change += 1) feed.stale();
		expect(answers).toHaveLength(0);
		feed.setVisible(true);
		feed.setVisible(false);
		feed.setVisible(true);
		expect(answers).toHaveLength(1);
		answers[0]?.resolve('list');
		await turns(2);
		feed.setVisible(false);
		feed.setVisible(true);
		expect(answers).toHaveLength(1);
	});

	it('once more for all that changed meanwhile', async () => {
		const { feed, answers, shown } = rig();
		feed.setVisible(true);
		for (let change = 0; change < 20; change += 1) feed.stale();
		expect(answers).toHaveLength(1);
		answers[0]?.resolve('old');
		await turns(2);
		expect(answers).toHaveLength(2);
		answers[1]?.resolve('new');
		await turns(2);
		expect([shown, answers.length]).toEqual([['old', 'new'], 2]);
	});

	it('not again and again when it fails, but with the next change', async () => {
		const { feed, answers, shown } = rig();
		feed.setVisible(true);
		answers[0]?.reject(new Error('HTTP 502'));
		await turns(5);
		expect([answers.length, shown]).toEqual([1, ['Error: HTTP 502']]);
		feed.stale();
		expect(answers).toHaveLength(2);
	});
});

describe('the page', () => {
	const editor = join(root, 'node-red/nodes/runcomfy-jobs');
	const sources = readdirSync(editor, { recursive: true, encoding: 'utf8' })
		.filter((name) => name.endsWith('.mts'))
		.map((name) => readFileSync(join(editor, name), 'utf8'))
		.join('\n');

	it('stays small', () => {
		expect(Buffer.byteLength(html('runcomfy-jobs'))).toBeLessThan(17 * 1024);
	});

	it('has only colours of the theme', () => {
		const styles = /<style>([\s\S]*)<\/style>/.exec(html('runcomfy-jobs'))?.[1] ?? '';
		expect(styles).toContain('var(--red-ui-');
		expect(styles.match(/#[0-9a-f]{3,8}\b|\b(rgb|hsl)a?\(/gi)).toBeNull();
	});

	it('uses only texts that its catalogue has, and its catalogue has no others of its own', () => {
		const own = Object.keys(text('runcomfy-jobs') as object);
		const used = [...sources.matchAll(/\btext\(\s*'(\w+)'|translate\('runcomfy-jobs\.(\w+)'/g)].map(
			([, short, long]) => String(short ?? long),
		);
		const chosen = [...sources.matchAll(/\? '(\w+)' : '(\w+)'\)/g)].flatMap(([, ...both]) => both);
		expect([...new Set([...used, ...chosen, 'column'])].sort()).toEqual(own.sort());
		const columns = /COLUMNS = \[([^\]]+)\]/.exec(sources)?.[1]?.match(/\w+/g) ?? [];
		const names = text('runcomfy-jobs.column') as Record<string, string>;
		expect(columns.sort()).toEqual(Object.keys(names).sort());
	});
});
