// Every text in every language that Node-RED itself has: nothing missing, nothing broken by translating.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { expectNamed } from '../../support/expect.mts';
import { root } from '../support/dist.mts';

const LANGUAGES = ['de', 'es-ES', 'fr', 'ja', 'ko', 'pt-BR', 'ru', 'zh-CN', 'zh-TW'];
const ENGLISH = 'en-US';
/** The texts that all nodes share. */
const SHARED = 'common';
const SETS = readdirSync(join(root, 'node-red', 'nodes'));

/** Texts by their path, such as `runcomfy.label.name`. */
type Texts = Record<string, string>;

const place = (set: string, language: string, file: string) =>
	join(root, 'node-red', set === SHARED ? 'editor' : join('nodes', set), 'locales', language, file);

function flatten(value: object, above = ''): Texts {
	return Object.fromEntries(
		Object.entries(value).flatMap(([key, text]) =>
			typeof text === 'string'
				? [[above + key, text]]
				: Object.entries(flatten(text as object, `${above}${key}.`)),
		),
	);
}

const catalogue = (set: string, language: string) =>
	flatten(JSON.parse(readFileSync(place(set, language, `${set}.json`), 'utf8')) as object);
const help = (set: string, language: string) =>
	readFileSync(place(set, language, `${set}.html`), 'utf8').trim();
const withHelp = SETS.filter((set) => existsSync(place(set, ENGLISH, `${set}.html`)));

const marksOf = (text: string) => (text.match(/__\w+__|\{\{?\w+\}?\}|<\/?\w+>/g) ?? []).sort();
/** What must come through a translation as it is. */
const codeOf = (text: string) => (text.match(/`[^`\n]+`/g) ?? []).sort();
const linksOf = (text: string) => (text.match(/\]\([^)]+\)/g) ?? []).sort();
const propertiesOf = (text: string) =>
	text
		.split('\n')
		.filter((line) => line.startsWith(':'))
		.map(
			// A third colon, and Node-RED shows the list as plain text.
			(line) =>
				/^: \*?[^:(]+\*? \(([^:]+)\) : [^:\s][^:]*$/.exec(line)?.[1] ?? `not a property: ${line}`,
		);
const blocksOf = (text: string) => text.match(/^(?:### |- |```)/gm) ?? [];

/** A text may be the same as in English: a name, an abbreviation, a word that both languages have. */
const mayStay = (text: string) =>
	text.length < 16 || !/\s/.test(text.trim()) || /^RunComfy [a-z]+$/.test(text);

describe.each(LANGUAGES)('%s', (language) => {
	it.each([SHARED, ...SETS])('has the labels of %s', (set) => {
		const english = catalogue(set, ENGLISH);
		const translated = catalogue(set, language);
		expect(Object.keys(translated).sort()).toEqual(Object.keys(english).sort());
		for (const [key, text] of Object.entries(translated)) {
			const original = String(english[key]);
			expectNamed(text.trim(), key).not.toBe('');
			expectNamed(marksOf(text), key).toEqual(marksOf(original));
			if (!mayStay(original)) expectNamed(text, key).not.toBe(original);
		}
	});

	it.each(withHelp)('has the help of %s', (set) => {
		const english = help(set, ENGLISH);
		const translated = help(set, language);
		const first = (text: string) => text.split('\n').slice(0, 2);
		expect(first(translated)).toEqual(first(english));
		expect(translated.endsWith('</script>')).toBe(true);
		expect(blocksOf(translated)).toEqual(blocksOf(english));
		expect(propertiesOf(translated)).toHaveLength(propertiesOf(english).length);
		expect(propertiesOf(translated).join('\n')).not.toContain('not a property');
		expect(codeOf(translated)).toEqual(codeOf(english));
		expect(linksOf(translated)).toEqual(linksOf(english));
		expect(translated.length).toBeGreaterThan(english.length / 4);
	});
});
