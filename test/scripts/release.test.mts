// Reasons against a release, where the notes go, the output of a dry run, and the publishing by GitHub's workflow.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { inc } from 'semver';
import { parse } from 'yaml';
import { notesOf, pageOf, problemsOf, released } from '../../scripts/release.mjs';
import { root } from '../../scripts/root.mjs';

const CHANGELOG = `# Changelog

## Unreleased

### Added

- A node.

## 0.1.0 - 2026-01-02

- The first.
`;
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
	version: string;
};
const EMPTY = '# Changelog\n\n## Unreleased\n\n### Added\n';

it('has its notes under the version', () => {
	expect(notesOf(CHANGELOG)).toBe('### Added\n\n- A node.');
	const after = released(CHANGELOG, { version: '0.2.0', date: '2026-11-26' });
	expect(after).toContain('## Unreleased\n\n## 0.2.0 - 2026-11-26\n\n### Added\n\n- A node.');
	expect(notesOf(after)).toBe('');
	expect(notesOf(after, '0.2.0')).toBe('### Added\n\n- A node.');
	expect(notesOf(after, '0.1.0')).toBe('- The first.');
});

it('has a page with whole links, or none without notes', () => {
	const changelog = '## 1.2.3 - 2026-01-02\n\n[a](docs/a.md) [b](https://b.example) [c](#c)\n';
	expect(pageOf(changelog, '1.2.3', 'https://git.example/repo')).toBe(
		'[a](https://git.example/repo/blob/v1.2.3/docs/a.md) [b](https://b.example) [c](#c)',
	);
	expect(() => pageOf(changelog, '1.2.4', '')).toThrow('no notes for 1.2.4');
});

it.each([
	['minor', inc(version, 'minor')],
	['1.2.3', '1.2.3'],
])('a dry run for %s says what would happen, and runs no check', (step, to) => {
	const script = join(root, 'scripts/release.mjs');
	const args = [script, step, '--dry-run'];
	const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
	expect(stdout).toMatch(`Release ${to} (now: ${version})\n`);
	expect(stdout).toContain('npm test -- test/package');
	expect(stdout).toContain(
		notesOf(readFileSync(join(root, 'CHANGELOG.md'), 'utf8')).split('\n')[0],
	);
	expect(stdout).toMatch(/publishes them on npm[^]+GitHub Release[^]+nothing has changed\.\n$/);
	expect(stdout).not.toContain('== npm');
});

it.each([
	['a clean main branch with notes', {}, []],
	['a dirty tree', { status: ' M README.md' }, [/not committed:\n M README.md/]],
	['another branch', { branch: 'face' }, [/branch face, not main/]],
	['no branch', { branch: '' }, [/\(none\)/]],
	['no notes', { changelog: EMPTY }, [/no notes under Unreleased/]],
])('obstacles to %s', (_what, change, said) => {
	const state = { status: '', branch: 'main', changelog: CHANGELOG };
	expect(problemsOf({ ...state, ...change })).toEqual(
		said.map((pattern) => expect.stringMatching(pattern)),
	);
});

it('is not there for the notes of this repository', () => {
	const changelog = readFileSync(join(root, 'CHANGELOG.md'), 'utf8');
	expect(problemsOf({ status: '', branch: 'main', changelog })).toEqual([]);
});

const NAMES = ['n8n-nodes-runcomfy', 'node-red-contrib-runcomfy', 'runcomfy-simulator'];

describe('the workflow that publishes', () => {
	let folder: string;
	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), 'runcomfy-publish-'));
	});
	afterEach(() => rmSync(folder, { recursive: true, force: true }));

	/** Runs the step with this text as GitHub passes it to bash. */
	function step(text: string, env: NodeJS.ProcessEnv) {
		const workflow = parse(readFileSync(join(root, '.github/workflows/publish.yml'), 'utf8')) as {
			jobs: Record<string, { steps: Array<{ run?: string }> }>;
		};
		const runs = Object.values(workflow.jobs).flatMap(({ steps }) =>
			steps.flatMap(({ run }) => run ?? []),
		);
		const script = runs.find((run) => run.includes(text))!;
		return spawnSync('bash', ['-e', '-o', 'pipefail', '-c', script], {
			cwd: folder,
			env: { ...process.env, ...env },
		}).status;
	}

	it.each([
		['v1.2.3', 0],
		['v1.2.4', 1],
	])('takes %s of version 1.2.3 with notes: it ends with %s', (tag, status) => {
		writeFileSync(join(folder, 'package.json'), '{"version":"1.2.3"}');
		writeFileSync(join(folder, 'CHANGELOG.md'), '## 1.2.3 - 2026-01-02\n## 1.2.4 - 2026-01-02\n');
		expect(step('$GITHUB_REF_NAME', { GITHUB_REF_NAME: tag })).toBe(status);
		writeFileSync(join(folder, 'CHANGELOG.md'), '');
		expect(step('$GITHUB_REF_NAME', { GITHUB_REF_NAME: tag })).toBe(1);
	});

	it.each([
		['nothing', [], NAMES],
		['the first', ['n8n-nodes-runcomfy'], NAMES.slice(1)],
	])('publishes what npm does not have, if that has %s', (_what, known, published) => {
		for (const name of NAMES) writeFileSync(join(folder, `${name}-1.2.3.tgz`), '');
		// Stands in for npm: `npm view` prints the version of a known package, and fails for others.
		const npm = `#!/bin/sh
if [ "$1" = view ]; then case " ${known.map((name) => `${name}@1.2.3`).join(' ')} " in *" $2 "*) echo 1.2.3;; *) exit 1;; esac
else echo "$2" >> published; fi
`;
		writeFileSync(join(folder, 'npm'), npm, { mode: 0o755 });
		expect(step('npm publish', { PATH: `${folder}:${process.env['PATH']}` })).toBe(0);
		const lines = readFileSync(join(folder, 'published'), 'utf8').trim().split('\n');
		expect(lines).toEqual(published.map((name) => `./${name}-1.2.3.tgz`));
	});

	it.each([
		['makes a page with the notes and the packages', false, 'create v1.2.3 A B --verify-tag'],
		['replaces the files of a page that is there', true, 'upload v1.2.3 A B --clobber'],
	])('%s', (_what, there, said) => {
		for (const name of ['a.tgz', 'b.tgz']) writeFileSync(join(folder, name), '');
		// Stands in for GitHub's command.
		const gh = `#!/bin/sh
if [ "$2" = view ]; then exit ${there ? 0 : 1}; fi
echo "$*" >> called
`;
		writeFileSync(join(folder, 'gh'), gh, { mode: 0o755 });
		const env = { PATH: `${folder}:${process.env['PATH']}`, GITHUB_REF_NAME: 'v1.2.3' };
		expect(step('gh release', env)).toBe(0);
		const called = readFileSync(join(folder, 'called'), 'utf8');
		expect(called).toContain(`release ${said.replace('A B', './a.tgz ./b.tgz')}`);
		expect(called.includes('--notes-file notes.md')).toBe(!there);
	});
});
