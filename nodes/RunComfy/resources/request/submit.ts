import { type Prepared, submitOnly } from '../../../../core';
import { annotate, withWarnings } from '../../items/json';
import { optionsField, SUBMIT_OPTIONS, SUBMITTING } from '../../parameters/optionFields';
import {
	checkDraft,
	completeSubmission,
	inputFields,
	type ItemDraft,
	readDraft,
} from '../../parameters/submission';
import { hintOnce } from '../../session/hints';
import { cancelsOnAbort } from '../../session/session';
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

	async run(prepared, item, session) {
		const { client, ledger, signal } = session;
		const { itemIndex, options } = item;
		const { input, notes } = await completeSubmission(prepared, item, session);
		const answer = await submitOnly(client, input, {
			signal,
			// If nobody waits for the answer any more, `cancelRest` has run already, or leaves alone what failed.
			cancelOnAbort: () =>
				cancelsOnAbort(session, { onStop: options.cancelOnStop ?? true, onFailure: true }),
			onSubmitted: (accepted) => {
				const allNotes = withWarnings(notes, accepted.warnings);
				ledger.accept(itemIndex, accepted, allNotes);
			},
			onCancel: (_ref, said) => ledger.noteCancel(itemIndex, said),
		});
		hintOnce(item.context, session, answer.warnings ?? []);
		return [annotate({ json: { ...answer } }, notes)];
	},

	async resume({ answer, receipt: { notes } }) {
		return [annotate({ json: { ...answer } }, notes)];
	},
};
