// The areas of what decides about paid runs in Node-RED and n8n.
import { ALL } from './all.mjs';

/** @type {readonly import('../areas.mjs').Area[]} */
export const HOSTS = [
	{
		folder: 'node-red/runtime/journal',
		files: ['requestStore.cts'],
		tests: ['node-red/runtime/journal/requestStore'],
		sources: true,
	},
	{
		folder: 'node-red/runtime/journal',
		files: ['keptMessage.cts'],
		tests: ['node-red/runtime/journal/{keptMessage,wholeMessage}'],
		sources: true,
	},
	{
		folder: 'node-red/runtime/journal',
		files: ['journalLines.cts'],
		tests: ['node-red/runtime/journal/journalLines'],
		sources: true,
	},
	{
		folder: 'node-red/runtime/journal',
		files: ['journal.cts'],
		tests: [
			'node-red/runtime/journal/{journal,journalDurable,journalFailing,journalShared,journalEnds}',
		],
		sources: true,
	},
	{
		folder: 'node-red/runtime/journal',
		files: ['journalFile.cts', 'lock.cts', 'processes.cts', 'protection.cts'],
		tests: [
			'node-red/runtime/journal/{journal,journalDurable,journalFailing,journalShared,journalEnds,lock}',
		],
		sources: true,
	},
	// By tests without flows and HTTP, which take seconds for each file.
	{
		folder: 'node-red/runtime/runs',
		files: ['state.cts'],
		tests: ['node-red/runtime/runs/state'],
		sources: true,
	},
	{
		folder: 'node-red/runtime/runs',
		files: ['policies.cts'],
		tests: ['node-red/runtime/runs/policies'],
		sources: true,
	},
	{
		folder: 'node-red/runtime/runs',
		files: ['journalEntry.cts'],
		tests: ['node-red/runtime/runs/journalEntry'],
		sources: true,
	},
	{
		folder: 'node-red/runtime/runs',
		files: ['awaited.cts', 'cancels.cts', 'again.cts', 'lateAnswer.cts'],
		tests: ['node-red/runtime/runs/{awaited,cancels,again,lateAnswer}'],
		sources: true,
	},
	{
		folder: 'node-red/runtime/runs',
		files: ['about.cts', 'cancelReport.cts', 'runFacts.cts'],
		tests: ['node-red/runtime/runs/{about,cancelReport,factsRecord}'],
		sources: true,
	},
	{
		folder: 'node-red/runtime/runs',
		files: [
			...['progressFeed.cts', 'runNode.cts', 'runWait.cts'],
			...['runWork.cts', 'runs.cts', 'submitNode.cts'],
		],
		tests: ['node-red/runtime/runs/*', 'node-red/units'],
		built: true,
	},
	{
		folder: 'node-red/runtime/account',
		files: ['limiter.cts', 'pool.cts', 'runTimes.cts'],
		tests: ['node-red/runtime/account/{concurrency,runTimes,scheduling}'],
		built: true,
	},
	// By the tests without n8n's engine, which takes half a minute for each file.
	{
		folder: 'nodes/RunComfy/session',
		files: ['entries.ts', 'ledger.ts', 'takeOver.ts'],
		tests: ['n8n/session/{ledger,tries,nextTries,entries}'],
	},
	{ folder: 'nodes/RunComfy/session', files: ['parking.ts'], tests: ['n8n/session/parking'] },
	{ folder: 'nodes/RunComfy/session', files: ['trace.ts'], tests: ['n8n/session/trace'] },
	{ folder: 'nodes/RunComfy/session', files: ['session.ts'], tests: ['n8n/session/session'] },
	{
		folder: 'nodes/RunComfy/session',
		files: ['notes.ts', 'hints.ts', 'html.ts'],
		tests: ['n8n/session/notes'],
	},
	{
		folder: 'nodes/RunComfy/wait',
		files: ['watcher.ts'],
		tests: ['n8n/wait/{watcher,watcherTimes}'],
	},
	{ folder: 'nodes/RunComfy/wait', files: ['times.ts'], tests: ['n8n/wait/times'] },
	{ folder: 'nodes/RunComfy/wait', files: ['calls.ts'], tests: ['n8n/wait/callable'] },
	{ folder: 'nodes/RunComfy/wait', files: ['address.ts'], tests: ['n8n/wait/{address,watcher}'] },
	{ folder: 'nodes/RunComfy/wait', files: ['resume.ts'], tests: ['n8n/wait/answers'] },
	{
		folder: 'nodes/RunComfy/wait',
		files: ['park.ts'],
		tests: ['n8n/wait/{leaving,leavingCalls}'],
	},
	{ folder: 'nodes/RunComfy/wait', files: ['reentry.ts'], tests: ['n8n/wait/reentry'] },
	{ folder: 'nodes/RunComfy/wait', files: ['policy.ts'], tests: ['n8n/wait/whyItStays'] },
	{ folder: 'nodes/RunComfy/wait', files: ['explain.ts'], tests: ['n8n/wait/explain'] },
	{
		folder: 'nodes/RunComfy/session',
		files: ALL,
		tests: ['n8n/session/*', 'n8n/wait/{retry,reentryEngine,gone}'],
		built: true,
	},
	{ folder: 'nodes/RunComfy/wait', files: ALL, tests: ['n8n/wait/*'], built: true },
	{ folder: 'nodes/RunComfy/execute', files: ALL, tests: ['n8n/execute/*'], built: true },
	{
		folder: 'nodes/RunComfy/resources/request',
		files: ALL,
		tests: ['n8n/resources/request/*'],
		built: true,
	},
];
