// The kinds of targets, as the tables of fields, the dialogs and their routes tell them apart.
// The core is named without an extension, because tests of the dialogs load these files before they are compiled.
import { type Service, TARGETS, traitsOf } from '../../core';
import type { Condition } from './fields';

export const TARGET_KINDS = Object.keys(TARGETS) as readonly Service[];

/** The fields for the ids of targets. */
export const TARGET_IDS = Object.values(TARGETS).map(({ id }) => id);

/** The traits of the kind that a node's field `target` names. Without the field, a node runs a deployment. */
export function traitsOfChoice(target: unknown): ReturnType<typeof traitsOf> {
	return traitsOf({ service: TARGET_KINDS.find((kind) => kind === target) });
}

/** The condition that the chosen kind of target is one of those that `fits` accepts. */
export function whenTarget(fits: (kind: Service) => boolean): Condition {
	const unnamed = traitsOfChoice(undefined).service;
	return { field: 'target', is: [...TARGET_KINDS.filter(fits), ...(fits(unnamed) ? [''] : [])] };
}
