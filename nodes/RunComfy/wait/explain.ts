import { expectedRunTime, type RunTimes } from '../../../core';
import type { OpenRequest } from '../session/entries';

/** Requests named in a text; all of them are in the stored execution. */
const MOST_NAMED = 5;

/**
 * What a parked execution waits for, for a person. Moments are in milliseconds since the epoch between
 * braces: only the editor knows how they are written where it is looked at.
 */
export function explain(open: readonly OpenRequest[], runTimes: RunTimes): string {
	const [only] = open;
	if (!only) return 'Waiting for its turn at RunComfy.';
	const [what, it] =
		open.length > 1 ? [several(open), 'they have'] : [one(only, runTimes), 'it has'];
	return `${what} n8n goes on by itself when ${it} ended. Get Status asks RunComfy by the request ID.`;
}

function one({ ref, since, status, seen }: OpenRequest, runTimes: RunTimes): string {
	const { typicalMs } = expectedRunTime(runTimes, ref.deploymentId) ?? {};
	const { runningAt } = seen ?? {};
	return [
		`Waiting${sinceWhen(since)} for RunComfy request ${plainId(ref.requestId)} of deployment ${plainId(ref.deploymentId)}.`,
		...(status === 'in_progress' && runningAt
			? [`It has been running${sinceWhen(runningAt)}.`]
			: []),
		...(typicalMs === undefined
			? []
			: [`Runs of this deployment usually take ${inWords(typicalMs)}.`]),
	].join(' ');
}

function several(open: readonly OpenRequest[]): string {
	const since = Math.min(...open.flatMap((request) => request.since ?? []));
	const named = open.slice(0, MOST_NAMED).map(({ ref }) => plainId(ref.requestId));
	const more = open.length - named.length;
	const all = `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
	return `Waiting${sinceWhen(since)} for ${open.length} RunComfy requests: ${all}.`;
}

function sinceWhen(ms: number | undefined): string {
	return Number.isFinite(ms) ? ` since {${ms}}` : '';
}

// The editor shows the text as HTML.
function plainId(id: string): string {
	return id.replace(/[^\w.-]/g, '');
}

function inWords(ms: number): string {
	const seconds = Math.max(1, Math.round(ms / 1000));
	return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

/** The address of an execution with what it waits for, where the editor's `$execution.resumeUrl` finds it. */
export function withExplanation(address: string, text: string): string {
	return `${address}#${encodeURIComponent(text)}`;
}

/**
 * The expression for n8n's `waitingNodeTooltip`. In an editor that does not know the address of the
 * execution (2.8), it says no more than that RunComfy is waited for.
 */
export const WAITING_TOOLTIP = `={{ decodeURIComponent($execution.resumeUrl.split('#')[1] ?? '${encodeURIComponent('Waiting for RunComfy. n8n goes on by itself when the request has ended.')}').replace(/\\{(\\d+)\\}/g, (_, ms) => new Date(Number(ms)).toTimeString().slice(0, 8)) }}`;
