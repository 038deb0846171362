// Runs n8n's scanner over a folder and prints what it finds as JSON: `node scan.mjs <folder> <patterns…>`.
// A process of its own, since the scanner's rules behave otherwise where NODE_ENV is `test`.
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
// The gate itself lets warnings pass without a word.
const findings = (await eslint.lintFiles(patterns)).flatMap(({ filePath, messages }) =>
	messages.map(({ ruleId, line, message: text }) => `${filePath}:${line} ${ruleId} ${text}`),
);
console.log(JSON.stringify({ passed, said: details ?? message ?? '', findings }));
