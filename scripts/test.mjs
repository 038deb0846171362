// `npm test`: build, lint, types, every test; ends with a plain count line. Words go to the test runner:
// `npm test -- test/core` builds, and runs that folder only.
import { build } from './build.mjs';
import { countOf, jest } from './jest.mjs';
import { lint, types } from './lint.mjs';
import { failures, finish, step } from './steps.mjs';

await step('build', () => build({ log: () => undefined }));
if (failures() === 0) {
	// Tests often wait, for a host or a timer: lint and types have the processor meanwhile.
	const words = process.argv.slice(2);
	const [report] = await Promise.all([jest(words), words.length === 0 && lint().then(types)]);
	finish();
	const { line, ok } = countOf(report, failures());
	console.log(`\n${line}`);
	if (!ok) process.exitCode = 1;
} else {
	finish();
	console.log('\n0 passed, 1 failed');
}
