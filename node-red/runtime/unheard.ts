import { type Fate, FATES, type Ids, oneLine, pageOf } from '../../core';

/** Log texts for messages and requests whose end no flow hears of. */

/** Maximum length of a topic in the log. */
const TOPIC_LENGTH = 60;

/** Maximum number of topics in one line. */
const MOST_TOPICS = 20;

export const FETCH_BY_ID = 'Fetch a result by its request id: RunComfy keeps it for 7 days.';

/** A warning about a cancel, or an interrupted submit, that got no clear answer. */
export function unansweredText({ requestId, ...target }: Ids): string {
	return requestId === undefined
		? `A submit was stopped before RunComfy had answered it: the request may be running. Check ${pageOf(target)} on RunComfy.`
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

/** About messages for which nothing was submitted. */
export function droppedText(topics: readonly unknown[]): string {
	const one = topics.length === 1;
	const what = one ? '1 message was' : `${topics.length} messages were`;
	return `${what} dropped, and nothing was submitted for ${one ? 'it' : 'them'}${byTopic(topics)}`;
}

/** Counts messages by topic. */
export function byTopic(topics: readonly unknown[]): string {
	const counts = new Map<string, number>();
	for (const topic of topics) {
		const name = topicLabel(topic) ?? 'no topic';
		counts.set(name, (counts.get(name) ?? 0) + 1);
	}
	const names = [...counts].map(([name, count]) => `${name}: ${count}`);
	const more = names.length - MOST_TOPICS;
	const shown = names.slice(0, MOST_TOPICS).join(', ');
	return ` (${shown}${more > 0 ? `, and ${more} more` : ''})`;
}

function topicLabel(topic: unknown): string | undefined {
	if (topic === undefined || topic === null || topic === '') return undefined;
	if (typeof topic === 'object') return undefined;
	return `topic "${oneLine(String(topic), TOPIC_LENGTH)}"`;
}
