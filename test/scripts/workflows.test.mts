// What GitHub runs: as far as it can be checked without GitHub.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { linesOf } from '../../scripts/ci/lines.mjs';
import { loadCheck } from '../../scripts/lint-workflows.mjs';
import { root } from '../../scripts/root.mjs';

const read = (file: string) => readFileSync(join(root, '.github', file), 'utf8');
const WORKFLOWS = readdirSync(join(root, '.github/workflows')).map((name) => `workflows/${name}`);
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
	scripts: Record<string, string>;
};

describe('the linter of workflows', () => {
	let check: Awaited<ReturnType<typeof loadCheck>>;
	beforeAll(async () => {
		check = await loadCheck();
	});

	it.each(WORKFLOWS)('finds nothing in %s', async (name) => {
		expect(await check(read(name))).toEqual([]);
	});

	it('does look: at keys, at contexts, at jobs', async () => {
		const found = await check(
			read('workflows/ci.yml')
				.replace('runs-on: ubuntu-latest', 'run-on: ubuntu-latest')
				.replaceAll('matrix.tier', 'matrix.level'),
		);
		const said = found.map(({ message }) => message).join('\n');
		expect(said).toContain("Unexpected value 'run-on'");
		expect(said).toContain('Context access might be invalid: level');
	});
});

describe('the workflows', () => {
	it.each(WORKFLOWS)('%s may do no more than it says, and ends some time', (name) => {
		const { permissions, jobs } = parse(read(name)) as {
			permissions: object;
			jobs: Record<string, { 'timeout-minutes'?: number }>;
		};
		expect(permissions).toEqual({ contents: 'read' });
		for (const job of Object.values(jobs)) expect(job['timeout-minutes']).toBeGreaterThan(0);
	});

	it('runs every tier on every Node.js that is supported', () => {
		const { jobs } = parse(read('workflows/ci.yml')) as {
			jobs: { tier: { strategy: { matrix: Record<string, unknown[]> } } };
		};
		const { matrix } = jobs.tier.strategy;
		expect(matrix['node']).toEqual([20, 22, 24]);
		// The fault matrix is a part of `npm test`; mutants take hours, and are tried before a release; the
		// whole crash matrix and the soak run at night.
		const apart = ['test:faults', 'test:mutants', 'test:crashes', 'test:soak'];
		const tiers = Object.keys(scripts)
			.filter((name) => /^test(:|$)/.test(name))
			.filter((name) => !apart.includes(name));
		expect(matrix['tier']?.map(String).sort()).toEqual(tiers.sort());
	});

	it('publishes with provenance, after lint, build, tests and scan, what was packed', () => {
		const { jobs } = parse(read('workflows/publish.yml')) as {
			jobs: { publish: { permissions: Record<string, string> } };
		};
		expect(jobs.publish.permissions['id-token']).toBe('write');
		const lines = linesOf(read('workflows/publish.yml')).map(({ run }) => run);
		expect(lines.slice(-5)).toEqual([
			'npm run lint',
			'npm run build',
			'npm test',
			'npm pack',
			'npm publish ./n8n-nodes-runcomfy-*.tgz --provenance --access public',
		]);
	});

	it('names scripts that are there', () => {
		const named = WORKFLOWS.flatMap((name) => linesOf(read(name))).flatMap(
			({ run }) => /^npm run ([\w:-]+)/.exec(run)?.[1] ?? [],
		);
		expect(named.length).toBeGreaterThan(5);
		expect(named.filter((name) => !scripts[name])).toEqual([]);
	});
});

describe('a line of a workflow', () => {
	const text = (run: string) =>
		`jobs:\n  a:\n    strategy:\n      matrix:\n        tier: [x, y]\n    steps:\n      - uses: b\n      - run: ${run}\n`;

	it('is tried with each value of the matrix', () => {
		expect(linesOf(text('npm run ${{ matrix.tier }}')).map(({ instead }) => instead)).toEqual([
			'npm run x',
			'npm run y',
		]);
	});

	it('publishes and installs nothing where it is tried', () => {
		const [publish] = linesOf(text('npm publish ./a-*.tgz --provenance --access public'));
		expect(publish?.instead).toMatch(/--dry-run --registry http:\/\/127\.0\.0\.1/);
		const [apt] = linesOf(text('sudo apt-get update -qq && sudo apt-get install -y redis'));
		expect(apt?.instead).toBe('apt-get update -qq');
	});
});

describe('what GitHub shows to people', () => {
	it.each(['bug.yml', 'idea.yml'])('the form %s asks for something, each by an id', (name) => {
		const form = parse(read(`ISSUE_TEMPLATE/${name}`)) as {
			name: string;
			description: string;
			body: Array<{ type: string; id?: string; attributes: { label?: string; value?: string } }>;
		};
		expect(form).toMatchObject({ name: expect.any(String), description: expect.any(String) });
		for (const { type, id, attributes } of form.body) {
			expect(['markdown', 'input', 'textarea', 'dropdown', 'checkboxes']).toContain(type);
			if (type === 'markdown') expect(attributes.value).toBeTruthy();
			else
				expect({ id, label: attributes.label }).toEqual({
					id: expect.any(String),
					label: expect.any(String),
				});
		}
	});

	it('is told of new versions of everything that has a lockfile', () => {
		const { updates } = parse(read('dependabot.yml')) as {
			updates: Array<{ 'package-ecosystem': string; directory: string }>;
		};
		expect(updates.map((one) => `${one['package-ecosystem']} ${one.directory}`)).toEqual([
			'npm /',
			'npm /scripts/hosts',
			'github-actions /',
		]);
	});
});
