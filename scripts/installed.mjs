// Loaded before the commands of package.json that people run first: an import that is missing would end them
// with a stack.
import { existsSync } from 'node:fs';

if (!existsSync(new URL('../node_modules', import.meta.url))) {
	console.error('Run `npm ci` first: it installs what this command needs.');
	process.exit(1);
}
