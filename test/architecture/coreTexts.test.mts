// What the core says is read in both hosts: it names neither of them, nor anything that only one has.
import { describe, expect, it } from '@jest/globals';
import { USER_AGENT } from '../../core/index';
import { sourcesOf, textsOf } from './sources.mts';

const NAMES_HOST = /\bn8n\b|node-?red\b|\$json\b/i;

const namesHost = (file: string, text?: string) =>
	textsOf(file, text).filter((one) => NAMES_HOST.test(one) && one !== USER_AGENT);

describe('the texts of the core', () => {
	it('name no host', () => {
		const found = sourcesOf('core').flatMap((file) =>
			namesHost(file).map((text) => `${file}: ${text}`),
		);
		expect(found).toEqual([]);
	});

	it.each([
		"const hint = 'In n8n: Check Inputs';",
		'const hint = `raise ${limit} in Node-RED`;',
		'const hint = `In Node-RED: ${field}`;',
	])('are found wherever they stand: %s', (code) => {
		expect(namesHost('core/x.ts', code)).toHaveLength(1);
	});

	it('are not the comments, nor what is imported', () => {
		expect(namesHost('core/x.ts', "import { a } from './n8n'; // n8n has it\n")).toEqual([]);
	});
});
