import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import {
	nextVersion,
	notesOf,
	problemsOf,
	released,
	saysSomething,
} from '../../scripts/release/plan.mjs';
import { root } from '../../scripts/root.mjs';

const CHANGELOG = `# Changelog

## Unreleased

### Added

- A node.

## 0.1.0 - 2026-01-02

- The first.
`;

describe('the changelog', () => {
	it('gives the notes of a version, or of what is to come', () => {
		expect(notesOf(CHANGELOG)).toBe('### Added\n\n- A node.');
		expect(notesOf(CHANGELOG, '0.1.0')).toBe('- The first.');
		expect(notesOf(CHANGELOG, '0.2.0')).toBe('');
		expect(saysSomething('### Added\n\n')).toBe(false);
	});

	it('has them under the version when that is released', () => {
		const after = released(CHANGELOG, { version: '0.2.0', date: '2026-11-26' });
		expect(after).toContain('## Unreleased\n\n## 0.2.0 - 2026-11-26\n\n### Added\n\n- A node.');
		expect(notesOf(after)).toBe('');
		expect(notesOf(after, '0.2.0')).toBe('### Added\n\n- A node.');
	});

	it('of this repository can be read', () => {
		expect(saysSomething(notesOf(readFileSync(join(root, 'CHANGELOG.md'), 'utf8')))).toBe(true);
	});
});

describe('a release', () => {
	const state = {
		status: '',
		branch: 'main',
		changelog: CHANGELOG,
		tags: ['v0.1.0'],
		next: '0.2.0',
	};

	it('can be made of a clean main branch with notes', () => {
		expect(problemsOf(state)).toEqual([]);
	});

	it.each([
		['a dirty tree', { status: ' M README.md\n?? new.txt' }, /not committed:\n {5}M README.md/],
		['another branch', { branch: 'face' }, /branch face, not main/],
		['no branch', { branch: '' }, /\(none\)/],
		[
			'no notes',
			{ changelog: '# Changelog\n\n## Unreleased\n\n### Added\n' },
			/no notes under Unreleased/,
		],
		['notes of that version', { next: '0.1.0', tags: [] }, /has notes of 0.1.0 already/],
		['a tag of that version', { tags: ['v0.2.0'] }, /tag v0.2.0 is there/],
	])('is refused with %s', (_what, change, said) => {
		const problems = problemsOf({ ...state, ...change });
		expect(problems).toHaveLength(1);
		expect(problems[0]).toMatch(said);
	});

	it('has the next version', () => {
		expect(nextVersion('0.1.0', 'patch')).toBe('0.1.1');
		expect(nextVersion('0.1.0', 'minor')).toBe('0.2.0');
		expect(nextVersion('0.1.0', 'major')).toBe('1.0.0');
		expect(() => nextVersion('0.1.0', 'big')).toThrow('major | minor | patch');
		expect(() => nextVersion('0.1.0', undefined)).toThrow('--dry-run');
	});

	it('is published by a tag of its own version only', () => {
		const script = join(root, 'scripts/release/check-tag.mjs');
		const { status, stderr } = spawnSync(process.execPath, [script, 'v999.0.0'], {
			encoding: 'utf8',
		});
		expect(status).toBe(1);
		expect(stderr).toContain('is not v');
	});

	it.each([
		['neither', [], ['./n8n-nodes-runcomfy-1.2.3.tgz', './node-red-contrib-runcomfy-1.2.3.tgz']],
		['the first', ['n8n-nodes-runcomfy@1.2.3'], ['./node-red-contrib-runcomfy-1.2.3.tgz']],
	])(
		'publishes what npm does not have, if that has %s of the packages',
		(_what, known, published) => {
			const folder = mkdtempSync(join(tmpdir(), 'runcomfy-publish-'));
			try {
				for (const name of ['n8n-nodes-runcomfy', 'node-red-contrib-runcomfy'])
					writeFileSync(join(folder, `${name}-1.2.3.tgz`), '');
				// Stands in for npm: `npm view` prints the version of a known package, and fails for others.
				const npm = `#!/bin/sh
if [ "$1" = view ]; then case " ${known.join(' ')} " in *" $2 "*) echo 1.2.3;; *) exit 1;; esac
else echo "$2" >> published; fi
`;
				writeFileSync(join(folder, 'npm'), npm, { mode: 0o755 });
				const { status } = spawnSync('bash', ['-e', '-o', 'pipefail', '-c', publishStep()], {
					cwd: folder,
					env: { ...process.env, PATH: `${folder}:${process.env['PATH']}` },
				});
				expect(status).toBe(0);
				expect(readFileSync(join(folder, 'published'), 'utf8').trim().split('\n')).toEqual(
					published,
				);
			} finally {
				rmSync(folder, { recursive: true, force: true });
			}
		},
	);
});

/** The commands with which the workflow publishes, as GitHub passes them to bash. */
function publishStep(): string {
	const workflow = parse(readFileSync(join(root, '.github/workflows/publish.yml'), 'utf8')) as {
		jobs: { publish: { steps: Array<{ run?: string }> } };
	};
	return workflow.jobs.publish.steps.flatMap(({ run }) => run ?? []).join('\n');
}
