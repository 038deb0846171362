import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { attach, run, type Notes, type RunOptions, type RunResult } from '../../../../core';
import { refOf } from '../../session/ledger';
import { annotate } from '../../session/notes';
import { toItems } from '../../items/result';
import { cancelsOnAbort, runTimes, type RunSession } from '../../session/session';
import { inputFields, readSubmission } from '../../parameters/submission';
import {
	GUARD_OPTIONS,
	optionsField,
	OUTPUT_OPTIONS,
	SUBMIT_OPTIONS,
	WAIT_OPTIONS,
} from '../../parameters/optionFields';
import { guardOptions, outputOptions, readOptions, waitOptions } from '../../parameters/options';
import type { Operation } from '../operation';

export const runAndWait: Operation = {
	description: [
		...inputFields,
		optionsField([
			...OUTPUT_OPTIONS,
			...SUBMIT_OPTIONS,
			...WAIT_OPTIONS,
			...GUARD_OPTIONS,
			'concurrency',
		]),
	],

	execute(context, itemIndex) {
		const item = readItem(context, itemIndex);
		const check = readSubmission(context, itemIndex);
		return {
			async check(checking) {
				const submission = await check(checking);
				return async (session) => {
					const { client, ledger } = session;
					const { input, workflow, notes } = await submission.complete();
					const result = await run(client, input, {
						...waiting(item, session),
						workflow,
						onSubmitted: (answer) =>
							ledger.accept(itemIndex, { answer, at: client.host.now(), notes }),
					});
					return deliver(item, session, result, notes);
				};
			},
		};
	},

	resume(context, itemIndex, earlier) {
		const item = readItem(context, itemIndex);
		const { at: submittedAt, notes } = earlier;
		return async (session) => {
			const { client } = session;
			const options = waiting(item, session);
			// Every try waits for as long as the user said.
			const waitedMs = client.host.now() - submittedAt;
			const timeoutMs = options.timeoutMs ? waitedMs + options.timeoutMs : 0;
			const result = await attach(client, refOf(earlier), { ...options, timeoutMs, submittedAt });
			return deliver(item, session, result, notes);
		};
	},
};

type Item = ReturnType<typeof readItem>;

function readItem(context: IExecuteFunctions, itemIndex: number) {
	const given = readOptions(context, itemIndex);
	return {
		context,
		itemIndex,
		wait: waitOptions(given),
		guards: guardOptions(given),
		wanted: outputOptions(given),
	};
}

function waiting({ itemIndex, wait, guards }: Item, session: RunSession): RunOptions {
	return {
		...wait,
		signal: session.signal,
		runTimes,
		cancelOnAbort: () => cancelsOnAbort(session, { onStop: guards.cancelOnStop, onFailure: true }),
		onProgress: ({ status }) => session.ledger.see(itemIndex, status),
	};
}

async function deliver(
	{ context, itemIndex, wanted }: Item,
	session: RunSession,
	result: RunResult,
	notes: Notes,
): Promise<INodeExecutionData[]> {
	session.ledger.see(itemIndex, result.status);
	const items = await toItems(context, session, result, result, wanted);
	return items.map((item) => annotate(item, notes));
}
