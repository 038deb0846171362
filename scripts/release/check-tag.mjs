// `check-tag.mjs v1.2.3`: ends with 1 if the tag is not that of the version in package.json, or the changelog has no
// notes for it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../root.mjs';
import { notesOf } from './plan.mjs';

const read = (/** @type {string} */ file) => readFileSync(join(root, file), 'utf8');

const [, , tag = ''] = process.argv;
const { version } = JSON.parse(read('package.json'));
if (tag !== `v${version}`) {
	console.error(`The tag ${tag} is not v${version}, the version in package.json.`);
	process.exitCode = 1;
} else if (!notesOf(read('CHANGELOG.md'), version)) {
	console.error(`CHANGELOG.md has no notes of ${version}.`);
	process.exitCode = 1;
}
