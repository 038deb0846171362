import type { INodeExecutionData } from 'n8n-workflow';
import {
	attach,
	type Notes,
	type Prepared,
	requestIn,
	run,
	type RunOptions,
	type RunResult,
	warnOfMissingOutputs,
} from '../../../../core';
import { annotate, NO_NOTES, withWarnings } from '../../items/json';
import {
	optionsField,
	OUTPUT_OPTIONS,
	simplifyField,
	SUBMIT_OPTIONS,
	WAITING,
} from '../../parameters/optionFields';
import type { Item } from '../../parameters/options';
import { checkDraft, inputFields, type ItemDraft, readDraft } from '../../parameters/submission';
import type { RunSession } from '../../session/session';
import type { Operation } from '../operation';
import { toWaitedItems, waitOptions } from './getResult';

export const runAndWait: Operation<ItemDraft, Prepared> = {
	option: {
		name: 'Run and Wait',
		action: 'Run ComfyUI workflow and wait',
		description:
			'Run a ComfyUI workflow on a GPU, wait until it ends (often minutes), and retrieve its files',
	},
	description: [
		...inputFields,
		simplifyField,
		optionsField([...OUTPUT_OPTIONS, ...SUBMIT_OPTIONS, ...WAITING]),
	],

	read: readDraft,

	check: checkDraft,

	target: (prepared) => prepared.target,

	async run(prepared, item, session) {
		const { client, ledger, parking } = session;
		const { itemIndex } = item;
		parking?.prepare();
		const { input, workflow, notes } = await prepared.withFiles();
		session.hint(notes.warnings);
		const result = await run(client, input, {
			...runOptions(item, session),
			workflow,
			refused: ledger.refusalOf(itemIndex),
			beforeSubmit: async () => parking?.begin(itemIndex),
			onNotTaken(refused) {
				ledger.refuse(itemIndex, refused);
				parking?.refused(itemIndex);
			},
			onSubmitted: (answer) => {
				ledger.accept(itemIndex, answer, withWarnings(notes, answer.warnings));
				ledger.deadline(itemIndex, item.options.wait.timeoutMs);
				parking?.accepted(itemIndex, ledger.leftMs(itemIndex));
			},
		});
		return deliver(item, session, result, notes);
	},

	async resume(earlier, item, session) {
		const { client, ledger, parking } = session;
		const { itemIndex } = item;
		const { ids, at: submittedAt, seen, notes = NO_NOTES } = earlier.receipt;
		const options = runOptions(item, session);
		// Every try waits for as long as the user said.
		const deadline = ledger.deadline(itemIndex, item.options.wait.timeoutMs);
		const timeoutMs = deadline > 0 ? Math.max(1, deadline - submittedAt) : 0;
		const mayHaveEnded = ledger.mayHaveEnded(itemIndex);
		if (!mayHaveEnded) parking?.accepted(itemIndex, ledger.leftMs(itemIndex));
		const result = await attach(client, requestIn(ids)!, {
			...options,
			timeoutMs,
			submittedAt,
			seen,
			// n8n's timer, or a retry, may come long after the end.
			wake: mayHaveEnded ? AbortSignal.abort() : undefined,
		});
		return deliver(item, session, result, notes);
	},
};

function runOptions(item: Item, session: RunSession): RunOptions {
	const cancels = { onStop: item.options.cancelOnStop ?? true, onFailure: true };
	return {
		...waitOptions(item, session, cancels),
		onCancel: (_ref, answer, ended) => session.ledger.noteCancel(item.itemIndex, answer, ended),
	};
}

async function deliver(
	item: Item,
	session: RunSession,
	result: RunResult,
	notes: Notes,
): Promise<INodeExecutionData[]> {
	session.ledger.noteResult(item.itemIndex, result.status);
	const items = await toWaitedItems(item, session, result);
	const { labels } = session.client.host;
	const silent = warnOfMissingOutputs(result, notes.outputNodes, labels);
	session.hint(silent);
	const warnings = [...notes.warnings, ...silent];
	return items.map((one) => annotate(one, { ...notes, warnings }));
}
