// Applies n8n's own rules, unchanged, to everything that n8n verifies (nodes, credentials, package.json), TypeScript
// rules to all code, and to the core a ban on everything that only a host may supply.
import { n8nCommunityNodesPlugin } from '@n8n/eslint-plugin-community-nodes';
import { defineConfig, globalIgnores } from 'eslint/config';
import n8nNodesBase from 'eslint-plugin-n8n-nodes-base';
import regexp from 'eslint-plugin-regexp';
import simpleImportSort from 'eslint-plugin-simple-import-sort';
import tseslint from 'typescript-eslint';

const N8N_FILES = ['package.json', 'nodes/**/*.ts', 'credentials/**/*.ts'];

const UNPACKED = {
	selector: 'ObjectExpression > SpreadElement > ObjectExpression',
	message: 'Write its properties out: Prettier breaks the lines.',
};

/** Selectors for strings and templates that match a pattern. */
const texts = (pattern, message) =>
	[`Literal[value=${pattern}]`, `TemplateElement[value.raw=${pattern}]`].map((selector) => ({
		selector,
		message,
	}));

const NO_ENTITY = texts('/&(#[0-9]+|#x[0-9a-fA-F]+|[a-z]+[0-9]*);/', 'Write the character itself.');
const NO_HOST = texts(
	'/^(?!n8n-nodes-runcomfy ).*(\\bn8n\\b|[Nn]ode-?[Rr][Ee][Dd]\\b|\\$json\\b)/',
	'The core names no host: its labels do.',
);

const SUPPLIED = [
	...['btoa', 'Buffer', 'clearTimeout', 'fetch', 'performance', 'process', 'queueMicrotask'],
	...['setImmediate', 'setInterval', 'setTimeout'],
];

/** No module-level state: a process serves many accounts and executions, and a test file many cases. */
const NO_STATE = [
	':matches(Program, Program > ExportNamedDeclaration) > VariableDeclaration[kind="let"]',
	'VariableDeclarator > NewExpression[callee.name=/^(Map|Set|Recent)$/][arguments.0.type!=/Array|Call|Identifier/]',
	'VariableDeclarator > ArrayExpression[elements.length=0]',
	'VariableDeclarator > ObjectExpression[properties.length=0]',
	'PropertyDefinition[static=true][readonly=false]',
].map((selector) => ({
	selector: selector.startsWith('VariableDeclarator')
		? `:matches(Program, Program > ExportNamedDeclaration) > VariableDeclaration > ${selector}`
		: selector,
	message: 'The core has no state of the process: see AccountCache.',
}));

const NO_CLOCK = [
	['AbortSignal', 'timeout'],
	['Date', 'now'],
].map(([object, property]) => ({
	object,
	property,
	message: 'A host supplies this: see core/host.ts.',
}));

export default defineConfig(
	globalIgnores(['dist/', 'output/', 'coverage/', '**/node_modules/', 'test/e2e/.cache/']),

	{
		files: ['**/*.{ts,mts,mjs}'],
		extends: [tseslint.configs.recommended],
		plugins: { 'simple-import-sort': simpleImportSort },
		languageOptions: { parserOptions: { project: 'tsconfig.lint.json' } },
		rules: {
			'@typescript-eslint/consistent-type-imports': 'error',
			'@typescript-eslint/no-floating-promises': [
				'error',
				{
					allowForKnownSafeCalls: [
						{ from: 'package', name: ['describe', 'it', 'suite', 'test'], package: 'node:test' },
					],
				},
			],
			'@typescript-eslint/no-misused-promises': 'error',
			'@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
			'no-restricted-syntax': ['error', UNPACKED],
			'@typescript-eslint/switch-exhaustiveness-check': [
				'error',
				{ considerDefaultExhaustiveForUnions: true },
			],
			'simple-import-sort/exports': 'error',
			'simple-import-sort/imports': [
				'error',
				{ groups: [['^\\u0000', '^node:', '^[^.]', '^\\.']] },
			],
		},
	},
	{
		// Input must not be able to block the process with a slow regular expression.
		files: ['**/*.{ts,mts,js,cjs,mjs}'],
		plugins: { regexp },
		rules: {
			'regexp/no-super-linear-backtracking': ['error', { report: 'potential' }],
			'regexp/no-super-linear-move': ['error', { report: 'potential' }],
		},
	},

	{
		files: ['{core,nodes,credentials,node-red,simulator}/**/*.{ts,mts,mjs}'],
		rules: {
			'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
		},
	},

	{
		files: ['{credentials,nodes,node-red,simulator}/**/*.{ts,mts}'],
		// This file writes HTML.
		ignores: ['nodes/RunComfy/session/hints.ts'],
		rules: { 'no-restricted-syntax': ['error', UNPACKED, ...NO_ENTITY] },
	},

	{
		files: ['core/**/*.ts'],
		rules: {
			'no-restricted-syntax': ['error', UNPACKED, ...NO_ENTITY, ...NO_HOST, ...NO_STATE],
			'no-restricted-globals': [
				'error',
				...SUPPLIED.map((name) => ({ name, message: 'A host supplies this: see core/host.ts.' })),
			],
			'no-restricted-properties': ['error', ...NO_CLOCK],
			'no-restricted-imports': [
				'error',
				{ patterns: [{ regex: '^[^.]', message: 'The core imports nothing outside the core.' }] },
			],
			'no-console': 'error',
		},
	},

	{
		files: N8N_FILES,
		extends: [n8nCommunityNodesPlugin.configs.recommended],
		plugins: { 'n8n-nodes-base': n8nNodesBase },
		languageOptions: { parser: tseslint.parser },
		rules: { 'no-console': 'error' },
	},
	{ files: ['package.json'], rules: n8nNodesBase.configs.community.rules },
	{
		files: ['credentials/**/*.ts'],
		rules: {
			...n8nNodesBase.configs.credentials.rules,
			// These rules, and those below, are also off in n8n's scanner and command-line tool: they apply only to
			// nodes inside n8n's repository, or a newer rule of the other plugin replaces them.
			'n8n-nodes-base/cred-class-field-documentation-url-miscased': 'off',
			'n8n-nodes-base/cred-class-field-type-options-password-missing': 'off',
		},
	},
	{
		files: ['nodes/**/*.ts'],
		rules: {
			...n8nNodesBase.configs.nodes.rules,
			'n8n-nodes-base/node-class-description-inputs-wrong-regular-node': 'off',
			'n8n-nodes-base/node-class-description-outputs-wrong': 'off',
			'n8n-nodes-base/node-param-type-options-max-value-present': 'off',
		},
	},
);
