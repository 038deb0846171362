// What happens to runs while the journal cannot be written, or belongs to another process: real Node-REDs, with the
// packed package.
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { STEADY } from '../lib/durable-flow.mjs';
import { createDurableRuntime } from '../lib/durable-runtime.mjs';
import { sendBurst, startWith } from '../lib/durable-scenes.mjs';
import { allowedByStops, countOf, findProblems } from '../lib/ledger.mjs';
import { blockJournal, lockElsewhere, ownProcessIds } from '../lib/locks.mjs';
import { RELEASES } from '../lib/node-red.mjs';

const BURST = Number(process.env.RUNCOMFY_E2E_BURST ?? 2_000);
const AT_ONCE = 20;
/** Whether the journal has only the message, and not what was read from it. */
const isUnread = ([, { waiting }]) => waiting?.unread;
/** Milliseconds in which runs of another process are taken over and have ended. */
const PATIENCE_MS = 60_000;

for (const release of Object.keys(RELEASES)) {
	void describe(`the journal on Node-RED ${release}`, { concurrency: 1 }, () => {
		let runtime;
		let undo = async () => undefined;
		const create = async (options) => {
			runtime = await createDurableRuntime(release, options);
			return runtime;
		};
		afterEach(async () => {
			await undo();
			undo = async () => undefined;
			await runtime?.close();
			runtime = undefined;
		});
		const expectAllOnce = async (allowed) => {
			await runtime.settled(PATIENCE_MS).catch(() => undefined);
			console.log(`Node-RED ${release}: ${JSON.stringify(countOf(runtime))}`);
			assert.deepEqual(findProblems(runtime, allowed), []);
		};
		const says = (text) => runtime.lines.some((line) => line.includes(text));

		const within = ownProcessIds();
		const skip = within ? false : 'unshare may not be used here: it needs Linux, and root';
		const imitates = { skip: within ? 'real ones follow' : false };

		it('of another container, imitated, is left alone while that lives', imitates, async () => {
			await create();
			await startWith(runtime, AT_ONCE, 3_000);
			await runtime.stop('SIGKILL');
			const leave = lockElsewhere(runtime.userDir);
			undo = leave;
			await runtime.start();
			await runtime.settled(20_000).catch(() => undefined);
			assert.equal(countOf(runtime).resumed, 0);
			assert.ok(says('another process uses'));
			await leave();
			await expectAllOnce();
			assert.ok(says('again.'));
		});

		it('of a container is left alone by another one while it lives', { skip }, async () => {
			await create();
			await startWith(runtime, AT_ONCE, 12_000, { within });
			const { started, killFirst } = runtime.startSecond({ within });
			await started;
			// It is known as soon as the owner has shown that it is alive.
			await runtime.until('it says so', () => says('another process uses'));
			const ended = () => [...runtime.messages.values()].filter(({ ends }) => ends.length > 0);
			await runtime.until('the first has ended what it began', () => ended().length === AT_ONCE);
			assert.equal(countOf(runtime).resumed, 0);
			await killFirst();
			await expectAllOnce();
			await runtime.until('the second one has it', () => says('again.'));
			// `unshare` does not pass SIGTERM on.
			await runtime.stop('SIGKILL');
		});

		it('of a container that is killed is taken over by another one', { skip }, async () => {
			await create();
			await startWith(runtime, AT_ONCE, 12_000, { within });
			const { started, killFirst } = runtime.startSecond({ within });
			await started;
			await killFirst();
			await expectAllOnce();
			assert.equal(countOf(runtime).resumed, AT_ONCE);
			await runtime.stop('SIGKILL');
		});

		it('of a second process on the directory is taken over when that is killed', async () => {
			await create();
			await startWith(runtime, AT_ONCE, 8_000);
			const { started, killFirst } = runtime.startSecond();
			await started;
			await killFirst();
			await expectAllOnce();
		});

		it('that cannot be written at the start is read, and written as soon as it can be', async () => {
			await create();
			await startWith(runtime, AT_ONCE, 3_000);
			await runtime.stop('SIGKILL');
			const unblock = blockJournal(runtime.userDir);
			undo = unblock;
			await runtime.start();
			await expectAllOnce();
			assert.ok(says('will not outlive'));
			runtime.simulator.update({ latencyMs: 5_000 });
			await runtime.send(STEADY[0], 5);
			await unblock();
			await runtime.until('it is kept again', () => says('again.'));
			await runtime.stop('SIGKILL');
			await runtime.start();
			await expectAllOnce();
		});

		it(`knows every one of a burst of ${BURST} messages, killed as the last has come in`, async () => {
			await create({ config: { concurrency: 200 } });
			await sendBurst(runtime, BURST);
			const { journal } = await runtime.stop('SIGKILL');
			const unread = [...journal].filter(isUnread).length;
			console.log(`Node-RED ${release}: ${journal.size} in the journal, ${unread} of them unread`);
			const open = [...runtime.messages.values()].filter(({ ends }) => ends.length === 0);
			const unknown = open.filter(({ id }) => !journal.has(id)).map(({ id }) => id);
			assert.deepEqual(unknown, []);
			runtime.simulator.update({ latencyMs: 20 });
			const allowed = allowedByStops(runtime);
			await runtime.start();
			await expectAllOnce({ ...allowed, lost: () => false });
		});

		it(`has all that is needed to submit a burst of ${BURST} messages that wait`, async () => {
			await create({ config: { concurrency: 200 } });
			await sendBurst(runtime, BURST);
			await runtime.until('all are read', () => ![...runtime.journal()].some(isUnread));
			await runtime.stop('SIGKILL');
			runtime.simulator.update({ latencyMs: 20 });
			const allowed = allowedByStops(runtime);
			await runtime.start();
			await expectAllOnce({ ...allowed, lost: () => false });
		});
	});
}
