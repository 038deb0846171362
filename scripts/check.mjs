// `npm run check`: run this before each commit. Runs every stage even if an earlier one fails, and ends with the
// commands that fix what can be fixed automatically.
import { spawnSync } from 'node:child_process';
import { root } from './root.mjs';

const FORMAT = 'npm run format';

/** @type {Array<{name: string, command: string, fix?: string}>} */
const STAGES = [
	{ name: 'build', command: 'npm run build' },
	{ name: 'types', command: 'npm run typecheck' },
	{ name: 'eslint', command: 'npm run lint:code', fix: `${FORMAT} fixes what it can` },
	{ name: 'prettier', command: 'npm run lint:format', fix: FORMAT },
	{ name: 'imports', command: 'npm run lint:imports' },
	{ name: 'unused', command: 'npm run lint:unused' },
	{
		name: 'tests',
		command: 'npx jest --filter ./test/hostless.cjs --silent',
		fix: 'npm run build writes the tables in docs/; node scripts/recorded.mjs writes nodes/RunComfy/outputs.json and the forms in workflows/',
	},
];

const red = STAGES.filter(({ name, command }) => {
	console.log(`\n== ${name}: ${command}`);
	return spawnSync(command, { cwd: root, shell: true, stdio: 'inherit' }).status !== 0;
});

if (red.length === 0) console.log('\nAll is well.');
for (const { name, command, fix } of red) {
	console.error(`\nred: ${name} (${command})${fix ? `\n     ${fix}` : ''}`);
}
process.exitCode = red.length > 0 ? 1 : 0;
