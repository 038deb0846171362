import { type Draft, type Prepared, type TargetKind, warnOfMissingOutputs } from '../../../../core';
import { annotate } from '../../items/json';
import { toItems } from '../../items/result';
import {
	optionsField,
	OUTPUT_OPTIONS,
	simplifyField,
	SUBMIT_OPTIONS,
	WAITING,
} from '../../parameters/optionFields';
import { checkDraft, readDraft } from '../../parameters/submission';
import type { Operation } from '../operation';
import { KINDS, submitFields } from './kinds';

export const runOperation = (kind: TargetKind): Operation<Draft, Prepared> => ({
	option: { name: 'Run and Wait', ...KINDS[kind].runAndWait },
	description: [
		...submitFields(kind),
		simplifyField,
		optionsField(kind, [...OUTPUT_OPTIONS, ...SUBMIT_OPTIONS, ...WAITING]),
	],

	read: (item) => readDraft(item, kind),

	check: checkDraft,

	submits: (prepared) => prepared,

	async ended(result, { notes = { warnings: [] } }, { context, options }, session) {
		const items = await toItems(context, session, result, options.outputs);
		const silent = warnOfMissingOutputs(result, notes.outputNodes, session.host.labels);
		session.hint(silent);
		const warnings = [...notes.warnings, ...silent];
		return items.map((one) => annotate(one, { ...notes, warnings }));
	},
});
