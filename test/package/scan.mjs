// Runs n8n's scanner over a folder and prints its findings as JSON: `node scan.mjs <folder> <patterns…>`. A separate
// process, because the scanner's rules change if NODE_ENV is `test`.
import { analyzePackage, buildScanConfig } from '@n8n/scan-community-package/scanner/scanner.mjs';
import { ESLint } from 'eslint';

const [, , dir, ...patterns] = process.argv;
const { passed, details, message } = await analyzePackage(dir, patterns);
const eslint = new ESLint({
	cwd: dir,
	allowInlineConfig: false,
	overrideConfigFile: true,
	overrideConfig: await buildScanConfig(),
});
// The gate itself does not report warnings.
const findings = (await eslint.lintFiles(patterns)).flatMap(({ filePath, messages }) =>
	messages.map(({ ruleId, line, message: text }) => `${filePath}:${line} ${ruleId} ${text}`),
);
console.log(JSON.stringify({ passed, said: details ?? message ?? '', findings }));
