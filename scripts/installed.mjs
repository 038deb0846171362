// First step of the build, and so of the commands that newcomers run: without an installation, they would end with
// "tsc: not found".
import { existsSync } from 'node:fs';

if (!existsSync(new URL('../node_modules', import.meta.url))) {
	console.error('Run `npm ci` first: it installs what this command needs.');
	process.exit(1);
}
