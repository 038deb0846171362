import type { INodeExecutionData } from 'n8n-workflow';
import {
	type Prepared,
	type PursuitOptions,
	type Receipt,
	type TargetKind,
	warnOfMissingOutputs,
} from '../../../../core';
import { annotate } from '../../items/json';
import {
	optionsField,
	OUTPUT_OPTIONS,
	simplifyField,
	SUBMIT_OPTIONS,
	WAITING,
} from '../../parameters/optionFields';
import type { Item } from '../../parameters/options';
import { checkDraft, type ItemDraft, readDraft } from '../../parameters/submission';
import type { RunSession } from '../../session/session';
import type { Operation } from '../operation';
import { toItemsOf, waitFor } from './getResult';
import { KINDS, submitFields } from './kinds';

export const runOperation = (kind: TargetKind): Operation<ItemDraft, Prepared> => ({
	option: { name: 'Run and Wait', ...KINDS[kind].runAndWait },
	description: [
		...submitFields(kind),
		simplifyField,
		optionsField(kind, [...OUTPUT_OPTIONS, ...SUBMIT_OPTIONS, ...WAITING]),
	],

	read: (item) => readDraft(item, kind),

	check: checkDraft,

	target: (prepared) => prepared.target,

	async run(prepared, item, session) {
		const { input, workflow, notes } = await prepared.withFiles();
		session.hint(notes.warnings);
		const planned = session.ledger.item(item.itemIndex).planned(prepared.target, notes);
		return runToItems(item, session, planned, { input: () => input, workflow });
	},

	resume: (receipt, item, session) => runToItems(item, session, receipt),
});

async function runToItems(
	item: Item,
	session: RunSession,
	receipt: Receipt,
	more: Pick<PursuitOptions, 'input' | 'workflow'> = {},
): Promise<INodeExecutionData[]> {
	const result = await waitFor(item, session, receipt, more);
	const items = await toItemsOf(item, session, result);
	const { labels } = session.client.host;
	const { notes } = session.ledger.item(item.itemIndex);
	const silent = warnOfMissingOutputs(result, notes.outputNodes, labels);
	session.hint(silent);
	const warnings = [...notes.warnings, ...silent];
	return items.map((one) => annotate(one, { ...notes, warnings }));
}
