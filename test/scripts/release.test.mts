import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
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
});
