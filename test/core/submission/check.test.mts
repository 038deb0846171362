// A check by what is kept of a workflow, and by the newest before anything is refused.
import { describe, expect, it, jest } from '@jest/globals';
import { createClient } from '../../../core/http/client';
import type { WorkflowApiJson } from '../../../core/index';
import { checkByNewest, checkSubmit, findProblems } from '../../../core/submission/check';
import type { Finding } from '../../../core/submission/findings';
import type { KnownWorkflow } from '../../../core/workflow/reader';
import { readInfo } from '../support/v3Classes.mts';
import { GRAPH } from '../support/workflowGraphs.mts';
import { KNOWN } from './preparing.mts';

const WRONG: Finding = { path: '1', problem: 'cycle', message: 'm' };
const CHOICE = { deploymentId: 'd' };

/** What a check gives by kept data, and how often it was read. */
async function checked(
	{ kept = true, ...first }: { kept?: boolean; findings?: Finding[]; byNewest?: boolean },
	then: { findings?: Finding[] } = {},
) {
	const read = jest.fn(
		async (_choice: unknown, fresh = false): Promise<KnownWorkflow> => ({
			info: {},
			warnings: [fresh ? 'new' : 'old'],
			kept: kept && !fresh,
		}),
	);
	const check = async ({ warnings }: KnownWorkflow) => ({
		...{ findings: [] as Finding[], by: warnings[0] },
		...(warnings[0] === 'old' ? first : then),
	});
	const { findings, by, known } = await checkByNewest(read, CHOICE, check);
	return { read: read.mock.calls, findings, by, known: known.warnings[0] };
}

describe('a check', () => {
	it.each<[string, Parameters<typeof checked>[0]]>([
		['that finds nothing is done', { findings: [] }],
		['by what was just read is done', { kept: false, findings: [WRONG] }],
		['of the workflow as just read is done', { kept: false, byNewest: true }],
	])('%s', async (_which, first) => {
		expect(await checked(first)).toEqual({
			...{ read: [[CHOICE]], by: 'old', known: 'old', findings: first.findings ?? [] },
		});
	});

	it.each([
		['that finds something', { findings: [WRONG] }],
		['whose outcome is made of the workflow', { byNewest: true }],
	])('%s by what is kept is made again by the newest', async (_which, first) => {
		expect(await checked(first, { findings: [] })).toEqual({
			...{ read: [[CHOICE], [CHOICE, true]], by: 'new', known: 'new', findings: [] },
		});
		expect((await checked(first, { findings: [WRONG] })).findings).toEqual([WRONG]);
	});
});

describe('what does not fit', () => {
	const whole = (change: (graph: WorkflowApiJson) => void) => {
		const graph = structuredClone(GRAPH);
		change(graph);
		return graph;
	};
	const paths = (input: Parameters<typeof findProblems>[0], known: KnownWorkflow = KNOWN) =>
		findProblems(input, known).map(({ path, problem }) => `${path} ${problem}`);
	const overrides = { 3: { inputs: { steps: 0 } }, 6: { inputs: { txt: 'a' } } };

	it('is found in overrides', () => {
		expect(paths({ overrides })).toEqual([
			'3.inputs.steps out_of_range',
			'6.inputs.txt unknown_input',
		]);
		expect(paths({})).toEqual([]);
	});

	it('is not known of what is not known', () => {
		expect(paths({ overrides }, { info: {}, warnings: [] })).toEqual([]);
	});

	it('is found in a workflow with its overrides in it, each once', () => {
		const workflowApiJson = whole((graph) => {
			graph['5']!.inputs['width'] = 0;
			graph['3']!.inputs['cfg'] = 1_000;
		});
		const fits = { 3: { inputs: { cfg: 7 } } };
		expect(paths({ workflowApiJson })).toEqual([
			'3.inputs.cfg out_of_range',
			'5.inputs.width out_of_range',
		]);
		expect(paths({ workflowApiJson, overrides: fits })).toEqual(['5.inputs.width out_of_range']);
		expect(paths({ workflowApiJson, overrides })).toEqual([
			'3.inputs.cfg out_of_range',
			'5.inputs.width out_of_range',
			'3.inputs.steps out_of_range',
			'6.inputs.txt unknown_input',
		]);
	});
});

describe('a workflow that is sent along', () => {
	const workflowApiJson: WorkflowApiJson = structuredClone(GRAPH);
	workflowApiJson['3']!.inputs['steps'] = 0;
	workflowApiJson['60'] = { class_type: 'Nowhere', inputs: {} };
	const problems = (more: Partial<KnownWorkflow>) =>
		findProblems({ workflowApiJson }, { ...KNOWN, ...more }).map(({ problem }) => problem);

	it('has unknown classes only where all of the machine’s are known', () => {
		expect(problems({ typed: true })).toEqual(['unknown_class', 'out_of_range']);
		expect(problems({ typed: false })).toEqual(['out_of_range']);
	});

	it('may go beyond a limit that what runs now goes beyond', () => {
		expect(problems({ typed: false, saved: workflowApiJson })).toEqual([]);
	});
});

describe('a check that submits nothing', () => {
	const partner: KnownWorkflow = {
		workflow: { 1: { class_type: 'P', inputs: {} } },
		info: readInfo({ P: { input: { required: {} }, api_node: true } }),
		warnings: [],
	};
	const clientOf = (partnerKey?: string) => createClient({ host: { partnerKey } as never });
	it('tells what does not fit, and why something is not known', async () => {
		const known = { ...KNOWN, warnings: ['old'] };
		const overrides = { 3: { inputs: { steps: 0 } } };
		const { findings, warnings } = await checkSubmit(async () => known, { ...CHOICE, overrides });
		expect(findings).toMatchObject([{ path: '3.inputs.steps' }]);
		expect(warnings).toEqual(['old']);
	});

	it.each([
		['of the account that is to have it', clientOf(), ['no_partner_key']],
		['of an account that has it', clientOf('key'), []],
		['of no account', undefined, []],
	])('looks for the key %s', async (_of, account, problems) => {
		const { findings } = await checkSubmit(async () => partner, CHOICE, account);
		expect(findings.map(({ problem }) => problem)).toEqual(problems);
	});
});
