// Answers with another body than the one asked for, and odd ones that are correct.
import { failure, type Reply } from '../../core/support/virtualHost.mts';
import type { Fault, Kind } from './faults.mts';

const bytes = (text: string) => new TextEncoder().encode(text);
const half = (text: string) => text.slice(0, text.length >> 1);
const html = { 'content-type': 'text/html' };
const json = { 'content-type': 'application/json' };
const PAGE = '<!doctype html><html><head><title>Sign in</title></head><body>Wi-Fi</body></html>';
const API: Partial<Fault> = { apiOnly: true };

const MEGABYTE = new Uint8Array(2 ** 20).fill(0x20);
/** One megabyte more than a host takes in. */
const HUGE = Array.from({ length: 65 }, () => MEGABYTE);
const tooLarge = () => failure('EMSGSIZE');

const whole = (name: string, kind: Kind, reply: Reply, more: Partial<Fault> = {}): Fault => ({
	name,
	kind,
	...more,
	answer: () => reply,
});

export const BODIES: Fault[] = [
	whole('a web page', 'page', { headers: html, body: PAGE }),
	whole('a web page that calls itself JSON', 'page', { headers: json, body: PAGE }, API),
	whole('no body', 'empty', { body: '' }),
	whole('blanks', 'empty', { headers: json, body: ' \r\n\t' }, API),
	whole('null', 'empty', { headers: json, body: 'null' }, API),
	whole('a text', 'text', { headers: json, body: '"ok"' }, API),
	whole('a number', 'text', { headers: json, body: '42' }, API),
	whole('NaN', 'text', { headers: json, body: 'NaN' }, API),
	whole('an empty list', 'wrong_form', { headers: json, body: '[]' }, API),
	whole('an empty object', 'wrong_form', { headers: json, body: '{}' }, API),
	{
		name: 'half of the JSON',
		kind: 'cut_off',
		answer: ({ body }) => ({ headers: json, body: half(body) }),
		streamed: ({ body }) => ({
			headers: { 'content-length': String(body.length) },
			chunks: [bytes(half(body))],
		}),
	},
	{
		name: 'more than a host takes in',
		kind: 'too_large',
		answer: tooLarge,
		streamed: () => ({ chunks: HUGE }),
	},
	{
		name: 'a length that is a lie',
		kind: 'too_large',
		answer: tooLarge,
		streamed: () => ({ headers: { 'content-length': '99999999999' }, chunks: HUGE }),
	},
];

/** A good answer with more fields in it. */
const within = (name: string, more: string): Fault => ({
	name,
	kind: 'harmless',
	apiOnly: true,
	answer: ({ body }) => ({ headers: json, body: body.replace('{', `{${more},`) }),
});

const DEEP = 30_000;

export const HARMLESS: Fault[] = [
	{
		name: 'JSON that calls itself a page',
		kind: 'harmless',
		apiOnly: true,
		answer: ({ body }) => ({ headers: html, body }),
	},
	{ name: 'no content type', kind: 'harmless', answer: ({ body }) => ({ body }) },
	{
		name: 'a byte order mark',
		kind: 'harmless',
		answer: ({ body }) => ({ headers: json, body: `\uFEFF${body}` }),
	},
	within('lists within lists', `"deep":${'['.repeat(DEEP)}${']'.repeat(DEEP)}`),
	within('objects within objects', `"deep":${'{"a":'.repeat(DEEP)}1${'}'.repeat(DEEP)}`),
	within(
		'texts to be looked through, deep down',
		`"deep":${'["\\u0041",'.repeat(DEEP)}1${']'.repeat(DEEP)}`,
	),
	within(
		'a large integer, deep down',
		`"deep":${'['.repeat(DEEP)}9007199254740993${']'.repeat(DEEP)}`,
	),
	within('__proto__', '"__proto__":{"status":"canceled","polluted":true}'),
	within('constructor', '"constructor":{"prototype":{"polluted":true}}'),
];
