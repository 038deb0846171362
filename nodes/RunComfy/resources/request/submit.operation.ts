import { cancelBestEffort, submit as submitRequest } from '../../../../core';
import { refOf } from '../../session/ledger';
import { annotate } from '../../session/notes';
import { cancelsOnAbort } from '../../session/session';
import { inputFields, readSubmission } from '../../parameters/submission';
import { optionsField, SUBMIT_OPTIONS } from '../../parameters/optionFields';
import { guardOptions, readOptions } from '../../parameters/options';
import type { Operation } from '../operation';

export const submit: Operation = {
	description: [
		...inputFields,
		optionsField([...SUBMIT_OPTIONS, 'cancelOnFailure', 'cancelOnStop', 'concurrency']),
	],

	execute(context, itemIndex) {
		const { cancelOnStop } = guardOptions(readOptions(context, itemIndex));
		const check = readSubmission(context, itemIndex);
		return {
			async check(checking) {
				const submission = await check(checking);
				return async (session) => {
					const { client, ledger, signal } = session;
					const { input, notes } = await submission.complete();
					const accept = (answer: Awaited<ReturnType<typeof submitRequest>>) => {
						const accepted = { answer, at: client.host.now(), notes };
						ledger.accept(itemIndex, accepted);
						return accepted;
					};
					const answer = await submitRequest(client, input, {
						signal,
						onLateAnswer(late) {
							const accepted = accept(late);
							const canceled = cancelsOnAbort(session, { onStop: cancelOnStop, onFailure: true });
							if (canceled) void cancelBestEffort(client, refOf(accepted));
						},
					});
					accept(answer);
					return [annotate({ json: { ...answer } }, notes)];
				};
			},
		};
	},

	resume:
		(_context, _itemIndex, { answer, notes }) =>
		async () => [annotate({ json: { ...answer } }, notes)],
};
