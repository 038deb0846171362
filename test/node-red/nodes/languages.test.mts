// The texts in Node-RED's languages: translations are complete, and untranslated texts appear in English.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { helpPages } from '../../../scripts/editor-pages.mjs';
import { expectNamed } from '../../support/expect.mts';
import { root } from '../support/dist.mts';
import { ALL, definition, isHidden } from '../support/editorPage.mts';

const LOCALES = join(root, 'node-red', 'locales');
const languagesWith = (ending: string) =>
	readdirSync(LOCALES)
		.filter((file) => file.endsWith(ending) && !file.startsWith('en-US'))
		.map((file) => file.slice(0, -ending.length));
const read = (file: string) => readFileSync(join(LOCALES, file), 'utf8');

/** Texts by path, such as `runcomfy.label.name`. */
type Texts = Record<string, string>;

function flatten(value: object, above = ''): Texts {
	return Object.fromEntries(
		Object.entries(value).flatMap(([key, text]) =>
			typeof text === 'string'
				? [[above + key, text]]
				: Object.entries(flatten(text as object, `${above}${key}.`)),
		),
	);
}

const textsOf = (language: string) => flatten(JSON.parse(read(`${language}.json`)) as object);
const helpOf = (language: string) =>
	new Map([...helpPages(read(`${language}.md`), {}, String), ['fields', fieldsOf(language)]]);
const fieldsOf = (language: string) => String(read(`${language}.md`).split(/^# /m)[1]);
const english = textsOf('en-US');

const marksOf = (text: string) => (text.match(/__\w+__|\{\{?\w+\}?\}|<\/?\w+>/g) ?? []).sort();
/** Code that a translation must keep unchanged. */
const codeOf = (text: string) => (text.match(/`[^`\n]+`/g) ?? []).sort();
const linksOf = (text: string) => (text.match(/\]\([^)]+\)/g) ?? []).sort();
const propertiesOf = (text: string) =>
	text
		.split('\n')
		.filter((line) => line.startsWith(':'))
		.map(
			// Node-RED shows a list entry with a third colon as plain text.
			(line) =>
				/^: \*?[^:(]+\*? \(([^:]+)\) : [^:\s][^:]*$/.exec(line)?.[1] ?? `not a property: ${line}`,
		);
const blocksOf = (text: string) => text.match(/^(?:### |- |```)/gm) ?? [];

/** A text may be the same as in English if it is a name, an abbreviation, or a word of both languages. */
const mayStay = (text: string) => text.length < 16 || !/\s/.test(text.trim());

it('each field has a label in en-US.json, and each label there is that of a field', () => {
	const names = ALL.flatMap((type) => {
		const { defaults, credentials = {} } = definition(type);
		return [...Object.keys(defaults), ...Object.keys(credentials)];
	});
	const shown = names.filter((name) => !isHidden(name));
	const labels = Object.keys(english).flatMap(
		(key) => /^runcomfy\.label\.(\w+)$/.exec(key)?.[1] ?? [],
	);
	expect(labels.sort()).toEqual([...new Set(shown)].sort());
});

it('each field has a line of help, and each line there is that of a field', () => {
	const lines = [...fieldsOf('en-US').matchAll(/^: (?:([\w-]+)\.)?(\w+) \(/gm)];
	const names = ALL.flatMap((type) => {
		const { defaults, credentials = {} } = definition(type);
		const all = [...Object.keys(defaults), ...Object.keys(credentials)];
		return all.filter((name) => !isHidden(name)).map((name) => ({ type, name }));
	});
	const used = names.map(
		({ type, name }) =>
			[true, false].flatMap((own) =>
				lines.filter(([, node, key]) => key === name && node === (own ? type : undefined)),
			)[0],
	);
	expect(used).not.toContain(undefined);
	expect(new Set(used).size).toBe(lines.length);
});

it.each(languagesWith('.json'))(
	'%s has no text that is broken, or that nobody reads',
	(language) => {
		const texts = textsOf(language);
		expect(Object.keys(texts).filter((key) => !(key in english))).toEqual([]);
		for (const [key, text] of Object.entries(texts)) {
			const original = String(english[key]);
			expectNamed(text.trim(), key).not.toBe('');
			expectNamed(marksOf(text), key).toEqual(marksOf(original));
			if (!mayStay(original)) expectNamed(text, key).not.toBe(original);
		}
	},
);

it.each(languagesWith('.md'))('%s has a whole help page for every node', (language) => {
	const translated = helpOf(language);
	expect([...translated.keys()]).toEqual([...helpOf('en-US').keys()]);
	for (const [type, original] of helpOf('en-US')) {
		const help = String(translated.get(type));
		expectNamed(blocksOf(help), type).toEqual(blocksOf(original));
		expectNamed(propertiesOf(help), type).toHaveLength(propertiesOf(original).length);
		expectNamed(propertiesOf(help).join('\n'), type).not.toContain('not a property');
		expectNamed(codeOf(help), type).toEqual(codeOf(original));
		expectNamed(linksOf(help), type).toEqual(linksOf(original));
		expectNamed(help.length, type).toBeGreaterThan(original.length / 4);
	}
});
