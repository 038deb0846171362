// `npm run corpus -- DIR`: what the form and the check make of the workflows in a folder, as a plain
// table. DIR holds, at any depth, workflows in API format and, to know their classes by, dumps of
// ComfyUI's /object_info; if also cases that a real ComfyUI has judged (JSON lines: what was sent, and its verdict), how far the check agrees.
// Nothing leaves the machine.
import { parseArgs } from 'node:util';
import { agreement, judgeCases, readCases } from './corpus/judged.mjs';
import { measure } from './corpus/measure.mjs';
import { readFolder } from './corpus/read.mjs';
import { report } from './corpus/report.mjs';
import { loadCore } from './dist.mjs';

const { positionals, values } = parseArgs({
	allowPositionals: true,
	options: { names: { type: 'boolean', default: false } },
});
const [dir] = positionals;
if (dir === undefined) {
	console.error('Name a folder: npm run corpus -- DIR [--names]');
	process.exit(2);
}
const core = loadCore();
const corpus = readFolder(dir);
const measured = measure(core, corpus);
for (const line of report(corpus, measured, values)) console.log(line);
const cases = readCases(core, dir);
if (cases.length > 0) {
	console.log();
	for (const line of agreement(await judgeCases(core, cases, corpus.infos))) console.log(line);
}
process.exitCode = measured.crashes.length > 0 ? 1 : 0;
