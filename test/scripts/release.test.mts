// How GitHub's workflow publishes a tag.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { root } from '../../scripts/root.mjs';

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

	it('takes the notes of the version from the changelog, with whole links', () => {
		const changelog = [
			'## 1.2.4 - 2026-02-02',
			'later',
			'## 1.2.3 - 2026-01-02',
			'[a](docs/a.md)',
			'## 1.2.2',
		];
		writeFileSync(join(folder, 'CHANGELOG.md'), changelog.join('\n'));
		mkdirSync(join(folder, 'packages'));
		const env = { GITHUB_REF_NAME: 'v1.2.3', GITHUB_REPOSITORY: 'us/nodes' };
		expect(step('notes.md', env)).toBe(0);
		expect(readFileSync(join(folder, 'packages/notes.md'), 'utf8')).toBe(
			'[a](https://github.com/us/nodes/blob/v1.2.3/docs/a.md)\n',
		);
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
