import { FUNCTIONS, isTruthy } from './functions';

/** Where an expression looks names up: the input, and what it has assigned itself. */
interface Scope {
	readonly input: unknown;
	readonly variables: Map<string, unknown>;
	/** How much it may still read of them. */
	left: number;
}

type Evaluate = (scope: Scope) => unknown;

/** Characters; the longest price that ComfyUI ships has 2,000. */
const LONGEST = 10_000;
const DEEPEST = 60;

/**
 * Characters of texts, and entries of lists and objects, that an expression may read by name. Otherwise thirty
 * assignments that each double a value would make a billion.
 */
const MOST_READ = 200_000;

/**
 * The part of JSONata that prices of partner nodes are written in: literals, names, `$variables`, blocks, conditions, arithmetic, objects,
 * lists, and the functions of `functions.ts`. Without loops and functions of its own, and with a limit on what it reads, so that it ends soon.
 * @throws SyntaxError for what is not part of it, TypeError if values do not go together, RangeError if they get too large
 */
export function evaluateExpression(text: string, input: unknown): unknown {
	if (text.length > LONGEST) throw new SyntaxError('The expression is too long');
	return parse(tokenize(text))({ input, variables: new Map(), left: MOST_READ });
}

interface Token {
	kind: 'number' | 'text' | 'name' | 'sign' | 'end';
	text: string;
}

function tokenize(text: string): Token[] {
	const tokens: Token[] = [];
	const pattern =
		/\s+|\/\*[^]*?\*\/|(?<number>\d+(?:\.\d+)?(?:e[+-]?\d+)?)|(?<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?<name>\$\$|\$?[a-z_]\w*|`[^`]+`)|(?<sign>:=|!=|<=|>=|[=<>+\-*/%&?:;,.(){}[\]])/giy;
	while (pattern.lastIndex < text.length) {
		const found = pattern.exec(text);
		if (!found) throw new SyntaxError('The expression uses more of JSONata than is known here');
		const [kind, value] =
			Object.entries(found.groups ?? {}).find(([, one]) => one !== undefined) ?? [];
		if (kind !== undefined) tokens.push({ kind: kind as Token['kind'], text: String(value) });
	}
	return [...tokens, { kind: 'end', text: '' }];
}

/** Binary operators by how tightly they bind, the loosest first. */
const LEVELS: Record<string, (left: unknown, right: unknown) => unknown>[] = [
	{ or: (a, b) => isTruthy(a) || isTruthy(b) },
	{ and: (a, b) => isTruthy(a) && isTruthy(b) },
	{
		'=': (a, b) => a !== undefined && a === b,
		'!=': (a, b) => a !== undefined && b !== undefined && a !== b,
		'<': ordered((a, b) => a < b),
		'<=': ordered((a, b) => a <= b),
		'>': ordered((a, b) => a > b),
		'>=': ordered((a, b) => a >= b),
		in: (a, b) => [b].flat().includes(a),
	},
	{
		'+': numeric((a, b) => a + b),
		'-': numeric((a, b) => a - b),
		'&': (a, b) => `${jsonataText(a)}${jsonataText(b)}`,
	},
	{
		'*': numeric((a, b) => a * b),
		'/': numeric((a, b) => a / b),
		'%': numeric((a, b) => a % b),
	},
];

function parse(tokens: readonly Token[]): Evaluate {
	let at = 0;
	let depth = 0;
	const peek = () => tokens[at] as Token;
	const isSign = (text: string) => peek().kind === 'sign' && peek().text === text;
	const take = (text: string): boolean => {
		const found = isSign(text);
		if (found) at += 1;
		return found;
	};
	const expect = (text: string) => {
		if (!take(text)) throw new SyntaxError(`"${text}" is missing before "${peek().text}"`);
	};
	const list = <T>(close: string, one: () => T): T[] => {
		const all: T[] = [];
		while (!take(close)) {
			if (all.length > 0) expect(',');
			all.push(one());
		}
		return all;
	};

	const block = (): Evaluate => {
		const steps: Evaluate[] = [];
		do {
			if (isSign(')') || peek().kind === 'end') break;
			steps.push(assignment());
		} while (take(';'));
		return (scope) => steps.reduce<unknown>((_before, step) => step(scope), undefined);
	};

	const assignment = (): Evaluate => {
		const { kind, text } = peek();
		const next = tokens[at + 1];
		if (kind !== 'name' || !text.startsWith('$') || next?.text !== ':=') return condition();
		at += 2;
		const value = condition();
		return (scope) => {
			const result = value(scope);
			scope.variables.set(text, result);
			return result;
		};
	};

	const condition = (): Evaluate => {
		depth += 1;
		if (depth > DEEPEST) throw new SyntaxError('The expression is nested too deeply');
		const test = binary(0);
		depth -= 1;
		if (!take('?')) return test;
		const yes = condition();
		const no = take(':') ? condition() : () => undefined;
		return (scope) => (isTruthy(test(scope)) ? yes(scope) : no(scope));
	};

	const binary = (level: number): Evaluate => {
		const operators = LEVELS[level];
		if (!operators) return unary();
		let left = binary(level + 1);
		for (;;) {
			const { kind, text } = peek();
			const known = kind !== 'text' && Object.hasOwn(operators, text) ? operators[text] : undefined;
			if (!known) return left;
			at += 1;
			const [before, right] = [left, binary(level + 1)];
			left = (scope) => known(before(scope), right(scope));
		}
	};

	const unary = (): Evaluate => {
		if (!take('-')) return path();
		const value = unary();
		return (scope) => numeric((a, b) => a - b)(0, value(scope));
	};

	const path = (): Evaluate => {
		const isNamed = peek().kind === 'name';
		let value = primary();
		while (take('.')) {
			const name = peek();
			if (name.kind !== 'name' || name.text.startsWith('$')) throw unknown(name);
			at += 1;
			const inner = value;
			value = (scope) => field(inner(scope), name.text);
		}
		const whole = value;
		return isNamed ? (scope) => counted(scope, whole(scope)) : whole;
	};

	const primary = (): Evaluate => {
		const token = peek();
		at += 1;
		const { kind, text } = token;
		if (kind === 'number') return () => Number(text);
		if (kind === 'text') return () => unquote(text);
		if (kind === 'name') return text.startsWith('$') ? variable(text) : nameOrConstant(text);
		if (text === '(') {
			const inner = block();
			expect(')');
			return inner;
		}
		if (text === '[') {
			const entries = list(']', condition);
			return (scope) => entries.map((entry) => entry(scope));
		}
		if (text !== '{') throw unknown(token);
		const entries = list('}', () => {
			const key = condition();
			expect(':');
			return [key, condition()] as const;
		});
		return (scope) =>
			Object.fromEntries(entries.map(([key, value]) => [String(key(scope)), value(scope)]));
	};

	const variable = (name: string): Evaluate => {
		if (!take('(')) return ({ variables, input }) => (name === '$$' ? input : variables.get(name));
		const call = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
		if (!call) throw new SyntaxError(`${name} is not known here`);
		const values = list(')', condition);
		return (scope) => call(...values.map((value) => value(scope)));
	};

	const whole = block();
	if (peek().kind !== 'end') throw unknown(peek());
	return whole;
}

function counted(scope: Scope, value: unknown): unknown {
	scope.left -= sizeOf(value, scope.left);
	if (scope.left < 0) throw new RangeError('The expression makes its values too large');
	return value;
}

/** Counts on only until there is more than `most`. */
function sizeOf(value: unknown, most: number): number {
	if (typeof value === 'string') return value.length;
	if (typeof value !== 'object' || value === null) return 1;
	let size = 1;
	for (const inner of Object.values(value) as unknown[]) {
		if (size > most) break;
		size += sizeOf(inner, most - size);
	}
	return size;
}

function nameOrConstant(text: string): Evaluate {
	if (Object.hasOwn(CONSTANTS, text)) return () => CONSTANTS[text];
	return ({ input }) => field(input, text);
}

const CONSTANTS: Record<string, unknown> = { true: true, false: false, null: null };

function field(value: unknown, name: string): unknown {
	const key = name.startsWith('`') ? name.slice(1, -1) : name;
	if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
	return Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
}

function unknown({ text }: Token): SyntaxError {
	return new SyntaxError(`"${text}" is not expected there`);
}

const ESCAPES: Record<string, string> = { n: '\n', t: '\t', r: '\r' };

const unquote = (text: string): string =>
	text.slice(1, -1).replace(/\\(.)/g, (_all, char: string) => ESCAPES[char] ?? char);

function numeric(work: (a: number, b: number) => number) {
	return (a: unknown, b: unknown): number | undefined => {
		for (const one of [a, b]) {
			if (one !== undefined && typeof one !== 'number') throw new TypeError('Not a number');
		}
		return a === undefined || b === undefined ? undefined : work(a as number, b as number);
	};
}

function ordered(work: (a: number | string, b: number | string) => boolean) {
	return (a: unknown, b: unknown): boolean | undefined => {
		if (a === undefined || b === undefined) return undefined;
		if (typeof a !== typeof b || !['number', 'string'].includes(typeof a)) {
			throw new TypeError('Not to be compared');
		}
		return work(a as number, b as number);
	};
}

const jsonataText = (value: unknown): string =>
	value === undefined ? '' : (FUNCTIONS['$string']?.(value) as string);
