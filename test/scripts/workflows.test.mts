// The GitHub workflows, as far as they can be checked without GitHub.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { root } from '../../scripts/root.mjs';

const read = (file: string) => readFileSync(join(root, '.github', file), 'utf8');
const WORKFLOWS = readdirSync(join(root, '.github/workflows')).map((name) => `workflows/${name}`);
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
	scripts: Record<string, string>;
};

interface Job {
	permissions?: Record<string, string>;
	needs?: string;
	'timeout-minutes'?: number;
	strategy?: { matrix: Record<string, unknown[]> };
	steps: Array<{ run?: string; uses?: string }>;
}

const jobsOf = (name: string) => (parse(read(name)) as { jobs: Record<string, Job> }).jobs;
const linesOf = ({ steps }: Job) => steps.flatMap(({ run }) => run?.split('\n') ?? []);

describe('the workflows', () => {
	it.each(WORKFLOWS)('%s may only read, and each job ends some time', (name) => {
		expect(parse(read(name))).toMatchObject({ permissions: { contents: 'read' } });
		for (const job of Object.values(jobsOf(name)))
			expect(job['timeout-minutes']).toBeGreaterThan(0);
	});

	it.each(WORKFLOWS)('%s names each action by its commit', (name) => {
		const used = Object.values(jobsOf(name)).flatMap(({ steps }) =>
			steps.flatMap(({ uses }) => uses ?? []),
		);
		expect(used.length).toBeGreaterThan(0);
		for (const uses of used) expect(uses).toMatch(/^[\w/-]+@[0-9a-f]{40}$/);
	});

	it('runs every tier on every Node.js that is supported', () => {
		const { matrix = {} } = jobsOf('workflows/ci.yml')['tier']?.strategy ?? {};
		expect(matrix['node']).toEqual([20, 22, 24]);
		// The long ones run at night.
		const tiers = Object.keys(scripts)
			.filter((name) => /^test(:|$)/.test(name))
			.filter((name) => name !== 'test:queue:long');
		expect(matrix['tier']?.map(String).sort()).toEqual(tiers.sort());
	});

	it('publishes with provenance what another job has tested and packed', () => {
		const { build, publish, release } = jobsOf('workflows/publish.yml') as Record<
			'build' | 'publish' | 'release',
			Job
		>;
		expect(build.permissions).toBeUndefined();
		expect(linesOf(build)).toEqual(expect.arrayContaining(['npm test', 'npm run package']));
		expect(publish).toMatchObject({ needs: 'build', permissions: { 'id-token': 'write' } });
		expect(linesOf(publish).filter((line) => line.includes('npm publish'))).toEqual([
			expect.stringMatching(/ --ignore-scripts --provenance --access public$/),
		]);
		expect(release).toMatchObject({ needs: 'publish', permissions: { contents: 'write' } });
		for (const { steps } of [publish, release]) {
			const used = steps.map(({ uses }) => uses);
			expect(used).not.toContainEqual(expect.stringContaining('checkout'));
		}
	});

	it('names scripts that are there', () => {
		const jobs = WORKFLOWS.flatMap((name) => Object.values(jobsOf(name)));
		const named = [
			...jobs.flatMap(({ strategy }) => strategy?.matrix['tier'] ?? []).map(String),
			...jobs.flatMap(linesOf).flatMap((line) => /\bnpm run ([\w:-]+)/.exec(line)?.[1] ?? []),
		];
		expect(named.length).toBeGreaterThan(5);
		expect(named.filter((name) => !scripts[name])).toEqual([]);
	});
});
