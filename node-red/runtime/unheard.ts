import { type Fate, FATES, type Ids, oneLine } from '../../core';
import { toNodeError } from './errors';

/** Log texts for messages and requests whose end no flow hears of. */

/** Maximum length of a topic in the log. */
const TOPIC_LENGTH = 60;

/** How many kinds of messages one line names. */
const MOST_NAMED = 20;

const FETCH_BY_ID = 'Fetch a result by its request id: RunComfy keeps it for 7 days.';

/** A warning about a cancel, or an interrupted submit, that got no clear answer. */
export function unansweredText({ requestId }: Ids): string {
	return requestId === undefined
		? `A submit was stopped before RunComfy had answered it: the request may be running. Check your requests on RunComfy.`
		: `Request ${requestId} ${FATES['no answer'].fact}. ${FATES['no answer'].advice}`;
}

/** A hint on how to get the results of requests with these fates; empty if all of them were canceled. */
export function adviceFor(fates: readonly Fate[]): string {
	return fates.every((fate) => FATES[fate].request === 'ended') ? '' : ` ${FETCH_BY_ID}`;
}

/** Appends a topic in parentheses, if there is one. */
export function withTopic(text: string, topic: unknown): string {
	const name = topicLabel(topic);
	return name === undefined ? text : `${text} (${name})`;
}

/** The properties by which a message is recognized. */
interface Named {
	topic?: unknown;
	requestId?: unknown;
	parts?: unknown;
}

/** About messages for which nothing was submitted. */
export function droppedText(dropped: readonly object[]): string {
	const counts = new Map<string, number>();
	for (const msg of dropped) {
		const name = labelOf(msg);
		counts.set(name, (counts.get(name) ?? 0) + 1);
	}
	const names = [...counts].map(([name, count]) => (count === 1 ? name : `${name}: ${count}`));
	const more = names.length - MOST_NAMED;
	const shown = names.slice(0, MOST_NAMED).join(', ') + (more > 0 ? `, and ${more} more` : '');
	const [what, them] =
		dropped.length === 1 ? ['1 message was', 'it'] : [`${dropped.length} messages were`, 'them'];
	return `${what} dropped, and nothing was submitted for ${them} (${shown})`;
}

/** The topic of a message, or else the request of an earlier node, or its number in a sequence. */
function labelOf({ topic, requestId, parts }: Named): string {
	const { index } = (parts ?? {}) as { index?: unknown };
	if (topicLabel(topic) !== undefined) return topicLabel(topic)!;
	if (typeof requestId === 'string') return `of request ${oneLine(requestId, TOPIC_LENGTH)}`;
	return typeof index === 'number' ? `part ${index}` : 'no topic';
}

/** About a message that its node could not send before closing. */
export function unsentText({
	requestId,
	msg: { topic },
	error,
}: {
	requestId: string | undefined;
	msg: Named;
	error: unknown;
}): string {
	const closed = 'The node was closed before it could';
	if (requestId === undefined) {
		return withTopic(`${closed} send an error: ${toNodeError(error).message}`, topic);
	}
	return `${withTopic(`${closed} send the message of request ${requestId}`, topic)}. ${FETCH_BY_ID}`;
}

function topicLabel(topic: unknown): string | undefined {
	if (topic === undefined || topic === null || topic === '') return undefined;
	if (typeof topic === 'object') return undefined;
	return `topic "${oneLine(String(topic), TOPIC_LENGTH)}"`;
}
