// The documentation: tables match the code, and links lead somewhere.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { pages } from '../../scripts/docs.mjs';
import { fill, fromHtml, tableOf } from '../../scripts/docs/markdown.mjs';
import { root } from '../../scripts/root.mjs';
import { expectNamed } from '../support/expect.mts';

const read = (file: string) => readFileSync(join(root, file), 'utf8');

const below = (folder: string): string[] =>
	readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
		join(folder, name),
	);

const PAGES = [
	...readdirSync(root).filter((name) => name.endsWith('.md')),
	...[...below('docs'), ...below('.github')].filter((name) => name.endsWith('.md')),
	'simulator/README.md',
];

it('nobody is told to have npx fetch what has not been published', () => {
	for (const page of PAGES) {
		expectNamed(read(page).match(/\bnpx (?!\.\/).*runcomfy/g) ?? [], page).toEqual([]);
	}
});

describe('a table that is made from the code', () => {
	it.each(pages().map(({ file, before, after }) => [relative(root, file), before, after]))(
		'is up to date in %s (npm run build writes it)',
		(_page, before, after) => {
			expect(before).toBe(after);
		},
	);

	it('tells of every operation, option and field by the name that n8n stores', () => {
		const text = read('docs/n8n.md');
		const names = [
			...['**Run and Wait** `runAndWait`', '**Get Balance** `getBalance`'],
			...['**Cancel on Timeout** `cancelOnTimeout`', '**Secret** `secret`'],
			'**API Token** `apiToken`',
		];
		for (const name of names) expect(text).toContain(name);
	});

	it('is Markdown', () => {
		expect(tableOf(['a', 'long head'], [['x|y', 'z']])).toBe(
			['| a    | long head |', '| ---- | --------- |', '| x\\|y | z         |'].join('\n'),
		);
		expect(fromHtml('<code>a</code> <i>b</i> <a href="https://c.example">d</a>')).toBe(
			'`a` _b_ [d](https://c.example)',
		);
		expect(() => fill('<!-- generated: nothing -->\n<!-- end -->', {})).toThrow('nothing');
	});
});

/** Creates anchors as GitHub does. */
function anchorsOf(page: string): string[] {
	return [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
		heading
			.toLowerCase()
			.replace(/[^\p{L}\p{N} _-]/gu, '')
			.replace(/^_|_$|(?<= )_|_(?= )/g, '')
			.replaceAll(' ', '-'),
	);
}

describe('a page', () => {
	it.each(PAGES)('%s has links that lead somewhere', (page) => {
		const links = [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
		const broken = links
			.filter((link) => !/^[a-z]+:/.test(link))
			.filter((link) => {
				const [path = '', anchor] = link.split('#');
				const file = path === '' ? page : join(dirname(page), path);
				if (!existsSync(join(root, file))) return true;
				return anchor !== undefined && !anchorsOf(read(file)).includes(anchor);
			});
		expect(broken).toEqual([]);
	});

	it('has no HTML entity', () => {
		const texts = [
			...below('docs'),
			...below('node-red/locales'),
			...below('node-red/editor/markup'),
		];
		const files = texts.filter((file) => /\.(md|json|html)$/.test(file));
		const found = files.flatMap((file) => read(file).match(/&(?:#\w+|[a-z]+\d*);/g) ?? []);
		expect(found).toEqual([]);
	});

	it('of docs/ is in the table of contents', () => {
		const contents = read('README.md').split('## Documentation')[1] ?? '';
		const missing = readdirSync(join(root, 'docs'))
			.filter((name) => name.endsWith('.md'))
			.filter((name) => !contents.includes(`(docs/${name})`));
		expect(missing).toEqual([]);
	});

	it('README.md reads in a minute or two', () => {
		expect(read('README.md').split(/\s+/).length).toBeLessThanOrEqual(1_080);
	});

	it('README.md says of the delay what the table of Long runs has measured', () => {
		const row = /\| this package +\|(.*)/.exec(read('docs/long-runs.md'))?.[1] ?? '';
		const late = row.split('|').map((cell) => parseFloat(cell).toFixed(1));
		expect(read('README.md')).toContain(
			`about ${late[1]} seconds after the end of a run of a minute`,
		);
	});

	it('docs/install.md names what the tiers really run', () => {
		const { dependencies } = JSON.parse(read('scripts/hosts/package.json')) as {
			dependencies: Record<string, string>;
		};
		const versions = ['n8n', 'node-red', 'node-red-4', 'node-red-4.0'].map((name) =>
			String(dependencies[name]).replace(/^npm:.*@/, ''),
		);
		const table = read('docs/install.md').split('## Compatibility')[1]?.split('\n## ')[0] ?? '';
		for (const version of versions) expect(table).toContain(version);
		expect(table).toContain(JSON.parse(read('package.json')).engines.node.replace('>=', ''));
		const [, oldest = ''] = /\*\*n8n\*\* (2\.\d+) or newer/.exec(table) ?? [];
		const { devDependencies } = JSON.parse(read('test/n8n/oldest/package.json')) as {
			devDependencies: Record<string, string>;
		};
		// Since n8n 2.0, their minor versions are the same.
		for (const name of ['n8n-core', 'n8n-workflow'])
			expect(devDependencies[name]).toMatch(new RegExp(`^${oldest}\\.`));
	});
});

describe('the pages are linked from where people need them', () => {
	const PAGE =
		/https:\/\/github\.com\/n8n-nodes-runcomfy\/n8n-nodes-runcomfy\/blob\/main\/([\w./-]+)(#[\w-]+)?/g;
	const linked = (file: string) =>
		[...read(file).matchAll(PAGE)].map(([, page = '', anchor = '']) => ({ page, anchor }));

	it.each([
		...['nodes/RunComfy/RunComfy.node.json', 'nodes/RunComfyTrigger/RunComfyTrigger.node.json'],
		...below('node-red/locales').filter((file) => file.endsWith('.md')),
		'.github/ISSUE_TEMPLATE/config.yml',
	])('%s', (file) => {
		expect(linked(file).length).toBeGreaterThan(0);
		for (const { page, anchor } of linked(file)) {
			expect(existsSync(join(root, page))).toBe(true);
			expect(['', ...anchorsOf(read(page))]).toContain(anchor.slice(1));
		}
	});
});
