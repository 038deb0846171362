export { type Balance, getBalance } from './account/balance';
export { bytesOfMb, DEFAULTS, type HostDefaults, MAX_ANSWER_BYTES } from './defaults';
export { HARDWARE, type Hardware } from './deployments/hardware';
export {
	callInstance,
	type CheckedInstanceCall,
	checkInstanceCall,
	type InstanceAnswer,
	type InstanceCall,
} from './deployments/instances';
export {
	type Deployment,
	type DeploymentInclude,
	type DeploymentPayload,
	getDeployment,
	listDeployments,
} from './deployments/read';
export {
	checkDeploymentChanges,
	checkNewDeployment,
	DEPLOYMENT_DEFAULTS,
	type DeploymentChanges,
	type DeploymentFields,
	type Given,
} from './deployments/settings';
export {
	createDeployment,
	type DeletedDeployment,
	deleteDeployment,
	updateDeployment,
} from './deployments/write';
export {
	CODES,
	type ErrorCode,
	type ErrorFacts,
	itIsNow,
	messageOf,
	redact,
	redactDeep,
	RunComfyError,
	type Secrets,
	toRunComfyError,
	withoutSecret,
} from './errors';
export { formatBytes } from './files/byteSizes';
export { download, type DownloadedFile, type DownloadOptions, type Saved } from './files/download';
export { safeFilename, uniqueFilename } from './files/filenames';
export { fileTypeOf, type MediaKind, sniffMimeType } from './files/fileTypes';
export {
	type MediaInput,
	type MediaOptions,
	type MediaSource,
	refuseLarge,
	toMediaInput,
} from './files/media';
export { warnOfMissingFile } from './files/missing';
export {
	chooseOutputs,
	type OutputChoice,
	type OutputFile,
	type Outputs,
	type OutputText,
	readOutputs,
} from './files/outputs';
export { type OutputNode, warnOfSilentNodes } from './files/silent';
export type { Host, HttpRequest, HttpResponse } from './host';
export { type ApiVersion, type Client, createClient, DEFAULT_BASE_URL } from './http/client';
export type { CallOptions } from './http/exchange';
export { checkId, type RequestRef, toDeploymentId } from './http/paths';
export { isPrivateHost, privateAddressError } from './http/privateAddress';
export { followRedirects } from './http/redirect';
export { NO_RETRIES, type RetryNotice, type RetryPolicy } from './http/retry';
export { USER_AGENT } from './http/userAgent';
export { findInexactInteger, parseJson, stringifyJson } from './json/bigIntegers';
export { type JsonSource, parseUserJson } from './json/userJson';
export { merged } from './merged';
export { type AfterError, afterError, endStatus } from './request/afterError';
export { cancel, type CancelAnswer, cancelBestEffort, LAST_CANCEL_MS } from './request/cancel';
export { type FailedNode, type RunFailure } from './request/failures';
export type { Progress, WatchOptions } from './request/look';
export { addLook, joinSights, type Sight } from './request/observation';
export { expectSuccess, getResult, type ResultAnswer } from './request/result';
export {
	createRunTimes,
	type ExpectedRunTime,
	expectedRunTime,
	plainRunTimes,
	recallRunTimes,
	type RunTimes,
} from './request/runTimes';
export {
	type CancelOutcome,
	isFinalResult,
	isFinished,
	type JobState,
	type ResultState,
	resultState,
} from './request/state';
export { getStatus, type StatusAnswer } from './request/status';
export {
	checkWebhook,
	submit,
	type SubmitAnswer,
	type SubmitInput,
	type SubmitOptions,
} from './request/submit';
export { watch, type Watched } from './request/watch';
export {
	attach,
	type AttachOptions,
	run,
	type RunOptions,
	type RunResult,
	type Timings,
} from './run';
export { checkSubmit } from './submission/check';
export { type Draft, type FieldValue, type InputFile } from './submission/draft';
export { parseExtraData } from './submission/extraData';
export { listFew } from './submission/fields';
export { named } from './submission/files';
export { type Finding } from './submission/findings';
export { checkOverrides } from './submission/preflight';
export {
	type Notes,
	prepare,
	type Prepared,
	type PrepareOptions,
	type Submission,
} from './submission/prepare';
export { checkWorkflow } from './submission/wholeWorkflow';
export { trimEnd, withoutFullStop } from './text';
export { oneLine } from './text';
export { mapSettled, type Settled } from './time/concurrency';
export { type Callback, secretIn, toCallback } from './webhook/callback';
export { createCallbackCheck, type News, type Reception, type Verdict } from './webhook/check';
export { createWorkflowCache, type WorkflowCache } from './workflow/cache';
export { checkValue, isBase64, type ValueProblem } from './workflow/checkValue';
export { closest as closestName } from './workflow/closest';
export { fitValue } from './workflow/fit';
export { describeInputs, type WorkflowField } from './workflow/form/describe';
export { fieldLabel, shortLabel } from './workflow/form/labels';
export type { WorkflowApiJson, WorkflowNode } from './workflow/graph';
export { nodeOf } from './workflow/graph';
export { findWorkflows } from './workflow/import/files/find';
export { readWorkflowFile } from './workflow/import/files/readFile';
export { runnableWorkflow } from './workflow/import/runnable';
export { type SomeWorkflow, someWorkflow } from './workflow/import/someWorkflow';
export { isSeed } from './workflow/inputNames';
export {
	currentInputs,
	inputsOf,
	type NodeInput,
	type NodeInputs,
	takesInput,
} from './workflow/inputsOf';
export { type Choice, type InputSpec, unwrap } from './workflow/inputSpec';
export { type LoadedWorkflow, loadWorkflow } from './workflow/load';
export {
	type InputDefinition,
	type NodeClass,
	type ObjectInfo,
	readNodeClass,
} from './workflow/objectInfo';
export {
	mergeOverrides,
	type OverrideRow,
	type Overrides,
	overridesFromRows,
	parseOverrides,
	parseWorkflow,
} from './workflow/overrides';
export { partnerNodesOf } from './workflow/partner/nodes';
export { type EvaluateJsonata, type PartnerPrice, partnerPrice } from './workflow/partner/price';
export { createWorkflowReader, type KnownWorkflow, type WorkflowReader } from './workflow/reader';
export { drawSeeds, isRandom } from './workflow/seeds';
export { nodeInputs, specOf } from './workflow/specOf';
