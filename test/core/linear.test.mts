// Work grows in proportion to the length of external texts.
// Counts steps instead of measuring time.
import { afterEach, expect, it, jest } from '@jest/globals';
import { describeInputs, expectSuccess, getResult, parseUserJson } from '../../core/index';
import { REF } from './support/fakeJob.mts';
import { clientOf, json } from './support/virtualHost.mts';

afterEach(() => void jest.restoreAllMocks());

const source = { name: 'Overrides' };
const many = (count: number, make: (index: number) => unknown) =>
	Array.from({ length: count }, (_, index) => make(index));

it("a user's JSON that is broken is parsed once or twice, however long it is", () => {
	const parse = jest.spyOn(JSON, 'parse');
	const text = `[${'{"seed":1234567890123456789},'.repeat(10_000)}?]`;
	expect(() => parseUserJson(text, source)).toThrow('not valid JSON');
	expect(parse.mock.calls.length).toBeLessThan(3);
});

it('a failed run with 20,000 reasons names twenty in the message, and cuts a long one', async () => {
	const reasons = many(20_000, (index) => ({ error: 'E', details: `reason ${index}` }));
	const error = [{ details: 'x'.repeat(100_000) }, ...reasons];
	const { client } = clientOf(json({ status: 'failed', error }));
	const result = await getResult(client, REF);
	expect(() => expectSuccess(result)).toThrow(/reason 18; and 19981 more$/);
	expect(result.error?.[0]?.details).toHaveLength(50_000);
});

it('a form has the inputs of the first 2,000 nodes', () => {
	const node = (index: unknown) => ({
		class_type: 'CLIPTextEncode',
		inputs: { text: `a fox ${String(index)}` },
	});
	const workflow = Object.fromEntries(many(3_000, (id) => [String(id), node(id)]) as never);
	expect(describeInputs(workflow)).toHaveLength(2_000);
});

it('an answer is read in steps, between which everything else of the host runs', async () => {
	const large = `{"status":"succeeded","outputs":{"1":{"n":[${'12345678901234567891,'.repeat(1_000)}1]}}}`;
	const { client, host } = clientOf({ body: large });
	const steps: string[] = [];
	let at = 0;
	jest.spyOn(host, 'monotonic').mockImplementation(() => (at += 50));
	jest.spyOn(host, 'sleep').mockImplementation(async (ms) => void steps.push(`sleep ${ms}`));
	const parse = JSON.parse;
	jest.spyOn(JSON, 'parse').mockImplementation((text: string) => {
		steps.push('parse');
		return parse(text) as unknown;
	});
	const { raw } = await getResult(client, REF, {});
	expect(steps).toEqual(['sleep 0', 'parse', 'sleep 0']);
	expect(raw).toMatchObject({ outputs: { 1: { n: { 0: 12345678901234567891n, 1_000: 1 } } } });
});
