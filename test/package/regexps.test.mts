// No external text may block the process: the time of a shipped regular expression may grow at most in proportion to
// the text. The lint rules find most expressions that grow faster; recheck, which searches for an attack, finds the
// rest.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type * as recheck from 'recheck';
import ts from 'typescript';
import { filesBelow, root } from './pack.mts';

const { checkSync } = createRequire(import.meta.url)('recheck') as typeof recheck;

const SHIPPED = ['core', 'nodes', 'credentials', 'node-red'];

interface Found {
	literals: string[];
	/** Expressions that are built at run time, which no tool can check. */
	computed: string[];
}

function regexpsOf(file: string, text: string): Found {
	const found: Found = { literals: [], computed: [] };
	const visit = (node: ts.Node): void => {
		if (node.kind === ts.SyntaxKind.RegularExpressionLiteral) found.literals.push(node.getText());
		if (
			(ts.isNewExpression(node) || ts.isCallExpression(node)) &&
			node.expression.getText() === 'RegExp'
		) {
			found.computed.push(`${file}: ${node.getText()}`);
		}
		ts.forEachChild(node, visit);
	};
	visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true));
	return found;
}

/**
 * recheck's own limits are times, so it would give up on a busy machine. Its search is pseudo-random and repeatable.
 * Reading this many characters counts as an attack: with recheck's default, which is 150 times as high, a search takes
 * minutes and finds no other attacks.
 */
const LIMITS = {
	timeout: null,
	attackTimeout: null,
	incubationTimeout: null,
	attackLimit: 10_000_000,
};

function attackOn(literal: string): string | undefined {
	const end = literal.lastIndexOf('/');
	const check = (how: recheck.Parameters) =>
		checkSync(literal.slice(1, end), literal.slice(end + 1), { ...LIMITS, ...how });
	const guessed = check({});
	// A search for an attack may be wrong. An automaton never is, but may be huge.
	const found =
		guessed.checker === 'fuzz' && guessed.status === 'vulnerable'
			? check({ checker: 'automaton' })
			: guessed;
	if (found.status === 'safe') return undefined;
	return found.status === 'vulnerable' ? found.attack.pattern : 'unknown';
}

const sources = SHIPPED.flatMap((folder) =>
	filesBelow(join(root, folder)).map((name) => join(folder, name)),
).filter((file) => /\.[cm]?ts$/.test(file));

const found = sources.map((file) => regexpsOf(file, readFileSync(join(root, file), 'utf8')));

describe('a shipped regular expression', () => {
	it('is found', () => {
		expect(found.flatMap(({ literals }) => literals).length).toBeGreaterThan(100);
	});

	it('is written as a literal', () => {
		expect(found.flatMap(({ computed }) => computed)).toEqual([]);
		expect(regexpsOf('a.ts', 'new RegExp(`${a}`)').computed).toHaveLength(1);
	});

	it.each([...new Set(found.flatMap(({ literals }) => literals))])('%s is linear', (literal) => {
		expect(attackOn(literal)).toBeUndefined();
	});

	it.each(['/<title[^>]*>([^<]*)<\\/title>/i', '/=+$/', '/^\\s*a\\s*\\s*$/'])(
		'%s would not pass',
		(literal) => {
			expect(attackOn(literal)).toBeDefined();
		},
	);
});
