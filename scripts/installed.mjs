// The first step of the build, and so of the commands that people run first: without it they would end with
// "tsc: not found".
import { existsSync } from 'node:fs';

if (!existsSync(new URL('../node_modules', import.meta.url))) {
	console.error('Run `npm ci` first: it installs what this command needs.');
	process.exit(1);
}
