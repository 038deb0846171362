// `npm run check`: what to run before a commit, in a minute: build, format of the files that differ from the last
// commit, types, and every test that starts neither a host nor a process (test/hostless.cjs finds them).
// `npm run check -- core/files` builds, and runs all tests of that folder.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';
import { countOf, jest, testFolder } from './jest.mjs';
import { prettier, types } from './lint.mjs';
import { root } from './root.mjs';
import { failures, finish, step } from './steps.mjs';

const folders = process.argv.slice(2).map(testFolder);

await step('build', () => build({ log: () => undefined }));
if (failures() === 0) {
	if (folders.length > 0) await tests(folders.map((folder) => `${folder}/`));
	else {
		await Promise.all([
			tests(['--filter', join(root, 'test/hostless.cjs')]),
			step('format', () => prettier(...changed())).then(types),
		]);
	}
}
finish();

/** @param {string[]} args */
async function tests(args) {
	await step('tests', async () => {
		const { line, ok } = countOf(await jest([...args, '--silent'], { quiet: true }));
		if (!ok) throw new Error(line);
		console.log(`  ${line}`);
	});
}

function changed() {
	const git = (/** @type {string[]} */ ...args) =>
		execFileSync('git', args, { cwd: root, encoding: 'utf8' }).split('\n');
	const names = [
		...git('diff', '--name-only', 'HEAD'),
		...git('ls-files', '--others', '--exclude-standard'),
	];
	// A file that always is there, as Prettier wants one.
	return ['package.json', ...names.filter((name) => name !== '' && existsSync(join(root, name)))];
}
