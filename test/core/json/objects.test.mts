import { describe, expect, it } from '@jest/globals';
import {
	asId,
	asNumber,
	asObject,
	asText,
	compact,
	expectObject,
	expectState,
	isObject,
	toNumber,
} from '../../../core/json/objects';

const NO_OBJECTS = [null, undefined, [], [{}], 'a', 7, true];

describe('an object in an answer', () => {
	it('is taken as it is', () => {
		const given = { a: 1 };
		expect(isObject(given)).toBe(true);
		expect(asObject(given)).toBe(given);
		expect(expectObject(given, 'thing')).toBe(given);
	});

	it.each(NO_OBJECTS.map((value) => [value]))('is not %j', (value) => {
		expect(isObject(value)).toBe(false);
		expect(asObject(value)).toEqual({});
		expect(() => expectObject(value, 'thing')).toThrow(
			expect.objectContaining({ code: 'bad_response', message: 'The answer holds no thing' }),
		);
		expect(() => expectState(value)).toThrow(
			expect.objectContaining({ code: 'bad_response', message: 'The answer holds no status' }),
		);
	});

	it('tells a state by a text', () => {
		expect(expectState({ status: 'new', a: 1 })).toEqual({ status: 'new', a: 1 });
		for (const status of ['', 7, null, undefined]) {
			expect(() => expectState({ status })).toThrow(
				expect.objectContaining({ code: 'bad_response', message: 'The answer holds no status' }),
			);
		}
	});

	it('loses what is undefined, and nothing else', () => {
		expect(compact({ a: undefined, b: null, c: 0, d: '' })).toStrictEqual({ b: null, c: 0, d: '' });
	});
});

describe('a field of an answer', () => {
	it.each<[unknown, object]>([
		['a', { text: 'a', id: 'a', number: undefined, read: NaN }],
		['', { text: undefined, id: undefined, number: undefined, read: NaN }],
		[7, { text: undefined, id: '7', number: 7, read: 7 }],
		[7n, { text: undefined, id: '7', number: undefined, read: 7 }],
		['7.5', { text: '7.5', id: '7.5', number: undefined, read: 7.5 }],
		[Infinity, { text: undefined, id: 'Infinity', number: undefined, read: Infinity }],
		[NaN, { text: undefined, id: 'NaN', number: undefined, read: NaN }],
		[null, { text: undefined, id: undefined, number: undefined, read: NaN }],
		[true, { text: undefined, id: undefined, number: undefined, read: NaN }],
		[[7], { text: undefined, id: undefined, number: undefined, read: NaN }],
	])('%p as a text, an id and a number', (value, read) => {
		expect({
			...{ text: asText(value), id: asId(value) },
			...{ number: asNumber(value), read: toNumber(value) },
		}).toEqual(read);
	});
});
