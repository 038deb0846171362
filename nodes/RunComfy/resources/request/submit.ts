import { type Prepared, submitOnly } from '../../../../core';
import { annotate, withWarnings } from '../../items/json';
import { optionsField, SUBMIT_OPTIONS, SUBMITTING } from '../../parameters/optionFields';
import { checkDraft, inputFields, type ItemDraft, readDraft } from '../../parameters/submission';
import { cancelsOnAbort } from '../../session/aborts';
import type { Operation } from '../operation';

export const submit: Operation<ItemDraft, Prepared> = {
	option: {
		name: 'Submit',
		action: 'Submit ComfyUI workflow',
		description:
			'Start a ComfyUI workflow on a GPU and continue at once with the ID of the request',
	},
	description: [...inputFields, optionsField([...SUBMIT_OPTIONS, ...SUBMITTING])],

	read: readDraft,

	check: checkDraft,

	target: (prepared) => prepared.target,

	async run(prepared, { itemIndex, options }, session) {
		const { client, ledger, signal } = session;
		const { input, notes } = await prepared.withFiles();
		session.hint(notes.warnings);
		const answer = await submitOnly(client, input, {
			signal,
			// If the node no longer waits for the answer, `cancelRest` has already run, or leaves failed items alone.
			cancelOnAbort: () =>
				cancelsOnAbort(session, { onStop: options.cancelOnStop ?? true, onFailure: true }),
			onSubmitted: (accepted) => {
				ledger.accept(itemIndex, accepted, withWarnings(notes, accepted.warnings));
			},
			onCancel: (_ref, said, ended) => ledger.noteCancel(itemIndex, said, ended),
		});
		session.hint(answer.warnings ?? []);
		return [annotate({ json: { ...answer } }, notes)];
	},

	async resume({ answer, receipt: { notes } }) {
		return [annotate({ json: { ...answer } }, notes)];
	},
};
