import { randomUUID } from 'node:crypto';
import type { Node, NodeAPI, NodeMessageInFlow } from 'node-red';
import { getResult, type Secrets } from '../../../core/index.js';
import { readRequestRef } from '../inputs/ids.cjs';
import { isTrue } from '../inputs/inputs.cjs';
import { act, type Action, type ActionDef, type Answer } from '../node/action.cjs';
import { liveAs } from '../node/adoption.cjs';
import { giveBack } from '../node/correlation.cjs';
import { watchLifecycle } from '../node/lifecycle.cjs';
import { migrate } from '../node/migrate.cjs';
import type { Shown } from '../node/progress.cjs';
import {
	beginWork,
	createWork,
	type LastingActor,
	showWork,
	toLasting,
	type Work,
} from '../node/work.cjs';
import { readOutputOptions } from '../outputs/outputs.cjs';
import { answerWithResult } from '../outputs/resultAnswer.cjs';
import { warnOfDeleted } from './deleted.cjs';
import { resumedMessage, unreadWait } from './kept.cjs';
import { live } from './life.cjs';
import { isRun, type Run, startRun } from './run.cjs';

/**
 * Registers `runcomfy-result`. A message that waits is a run of a request that somebody else has
 * submitted: it outlives deploys and restarts, and whatever happens to the node, the request goes on.
 */
export function registerResult(RED: NodeAPI): void {
	watchLifecycle(RED.events);

	function RunComfyResult(this: Node, given: ActionDef) {
		RED.nodes.createNode(this, given);
		const actor = toLasting({ RED, node: this, def: migrate('runcomfy-result', given) });
		const { wait } = actor.def as { wait?: unknown };
		liveAs(actor, {
			begin: (msg) => (isTrue(wait) ? beginWait(actor, msg) : beginLook(actor, msg)),
			resume: (entry) =>
				startRun(
					actor,
					{ msg: resumedMessage(entry), left: entry, submits: false },
					(run, action) => live(run, action, { awaits: entry }),
				),
			fateOf: (closing) => (closing === 'redeploy' ? 'keep' : 'leave'),
			onStopped(works, closing) {
				if (closing === 'delete') warnOfDeleted(actor.node, works.filter(isRun));
			},
		});
	}

	RED.nodes.registerType('runcomfy-result', RunComfyResult);
}

function beginWait(actor: LastingActor, msg: NodeMessageInFlow): Run {
	const { node, journal } = actor;
	const onWait = (job: string, secrets: Secrets) =>
		journal?.waiting(unreadWait(node.id, { job, msg, secrets }), false);
	return startRun(actor, { msg, submits: false, onWait }, (run, action) =>
		live(run, action, { awaits: 'new' }),
	);
}

/** Reads the result as it is now. */
function beginLook(actor: LastingActor, msg: NodeMessageInFlow): Work {
	const work = createWork(actor, { id: randomUUID(), msg });
	const given = {
		...{ msg, signal: work.signal },
		show: (shown: Shown) => showWork(work, shown),
	};
	return beginWork(work, () => act(actor, given, look));
}

async function look(action: Action): Promise<Answer> {
	const { connection, signal } = action;
	const ref = await readRequestRef(action);
	giveBack(action, ref.requestId);
	const options = await readOutputOptions(action);
	const result = await getResult(connection.client, ref, { signal });
	return answerWithResult(action, ref, result, options);
}
