// A Node-RED user directory, and the package in it as the palette manager installs it.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** npm's arguments for an install by Node-RED 4 and 5's palette manager. */
export const installArguments = (tarball) => [
	'install',
	'--no-audit',
	'--no-update-notifier',
	'--no-fund',
	'--save',
	'--save-prefix=~',
	'--omit=dev',
	'--engine-strict',
	'--',
	tarball,
];

export function makeUserDir(userDir) {
	mkdirSync(userDir, { recursive: true });
	writeFileSync(join(userDir, 'package.json'), '{"name":"user-dir","private":true}');
}
