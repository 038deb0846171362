export { type Balance, checkBalance, getBalance } from './account/balance';
export { bytesOfMb, DEFAULTS, type HostDefaults } from './defaults';
export { type InstanceFile } from './deployments/form';
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
	isLora,
	listDeployments,
	type ListedDeployment,
	listedDeployments,
} from './deployments/read';
export { HARDWARE, type Hardware } from './deployments/settings';
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
	currentValueHint,
	type ErrorCode,
	type ErrorFacts,
	messageOf,
	redact,
	redactDeep,
	RunComfyError,
	type Secrets,
	toRunComfyError,
	withoutSecret,
} from './errors';
export { download, type DownloadedFile, type DownloadOptions, type Saved } from './files/download';
export { type FetchedOutput, fetchOutputs } from './files/fetchOutputs';
export { freeFilename, safeFilename } from './files/filenames';
export { fileTypeOf, type MediaKind, sniffMimeType } from './files/fileTypes';
export {
	type MediaInput,
	type MediaOptions,
	type MediaSource,
	refuseLarge,
	toMediaInput,
} from './files/media';
export { type OutputFile, type Outputs, type OutputText } from './files/outputFile';
export {
	chooseOutputs,
	type OutputChoice,
	type OutputNode,
	readOutputs,
	readResultOutputs,
	warnOfMissingOutputs,
} from './files/outputs';
export type { Host, HostLabels, HttpRequest, HttpResponse } from './host';
export { readAnswerText } from './http/answerText';
export { type ApiVersion, type Client, createClient, DEFAULT_BASE_URL } from './http/client';
export { refuseClearText, USER_AGENT } from './http/client';
export { type CallOptions } from './http/exchange';
export { checkId, toDeploymentId, toModelId } from './http/paths';
export { isPrivateHost, privateAddressError } from './http/privateAddress';
export { followRedirects } from './http/redirect';
export { LOOK_UP_RETRIES, NO_RETRIES, type RetryNotice, type RetryPolicy } from './http/retry';
export { findInexactInteger, parseJson, stringifyJson } from './json/numbers';
export { assign } from './json/objects';
export { type JsonSource, parseUserJson } from './json/userJson';
export {
	listModelCategories,
	type Model,
	modelLabel,
	type ModelPage,
	modelPrice,
	type ModelQuery,
	searchModels,
} from './models/catalog';
export { describeModelInputs, type ModelField } from './models/fields';
export { getModel } from './models/model';
export {
	createModelCache,
	createModelReader,
	type KnownModel,
	type ModelCache,
	type ModelReader,
} from './models/reader';
export { Recent } from './recent';
export { cancel, type CancelAnswer, cancelBestEffort, LAST_CANCEL_MS } from './request/cancel';
export { type FailedNode, type RunFailure } from './request/failures';
export { addStatusCall, joinObserved, type Observed } from './request/observed';
export { endStatus, type Outcome, requestOutcome } from './request/outcome';
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
export type { Progress, WatchOptions } from './request/statusCalls';
export { submit, type SubmitAnswer, type SubmitOptions } from './request/submit';
export { watch, type Watched } from './request/watch';
export { checkWebhook } from './request/webhookUrl';
export {
	attach,
	type AttachOptions,
	outputsOf,
	run,
	type RunOptions,
	type RunResult,
	submitOnly,
	type SubmitOnlyOptions,
	type Timings,
} from './run';
export { checkSubmit } from './submission/check';
export { checkOverrides } from './submission/checkOverrides';
export { checkWorkflow } from './submission/checkWorkflow';
export { checkDirect, type DirectOptions, prepareDirect } from './submission/direct';
export {
	type DirectDraft,
	type DirectField,
	type Draft,
	type FieldValue,
	type InputFile,
} from './submission/draft';
export { parseExtraData } from './submission/draft';
export { withLabel } from './submission/files';
export { type Finding } from './submission/findings';
export { fileInputs, onlyFileInput } from './submission/places';
export {
	type Notes,
	prepare,
	type Prepared,
	type PrepareOptions,
	type Submission,
} from './submission/prepare';
export { drawSeeds, isRandom } from './submission/seeds';
export { type DeploymentInput, type ModelInput, type SubmitInput } from './target/body';
export {
	type DeploymentRef,
	idsOf,
	type ModelRef,
	refOf,
	type RequestIds,
	type RequestRef,
	type Service,
	type Target,
	targetId,
} from './target/ref';
export { formatBytes, listFew, oneLine, shorten, trimEnd, withoutFullStop } from './text';
export { mapSettled, type Settled } from './time/concurrency';
export {
	type Callback,
	type CallbackAddress,
	callbackAddress,
	secretIn,
	toCallback,
} from './webhook/callback';
export {
	createCallbackCheck,
	type Known,
	type News,
	type Reception,
	type Verdict,
} from './webhook/check';
export { createWorkflowCache, knownName, type WorkflowCache } from './workflow/cache';
export { checkValue, isBase64, type ValueProblem } from './workflow/checkValue';
export { closest as closestName } from './workflow/closest';
export { fitValue } from './workflow/fit';
export { describeInputs, type WorkflowField } from './workflow/form/describe';
export { fieldLabels } from './workflow/form/labels';
export { fieldPath } from './workflow/form/paths';
export type { WorkflowApiJson, WorkflowNode } from './workflow/graph';
export { nodeOf } from './workflow/graph';
export { findWorkflows } from './workflow/import/files/find';
export { readWorkflowFile } from './workflow/import/files/readFile';
export { readRunnable } from './workflow/import/workflowSource';
export { type SomeWorkflow, someWorkflow } from './workflow/import/workflowSource';
export {
	currentInputs,
	inputsOf,
	type NodeInput,
	type NodeInputs,
	takesInput,
} from './workflow/inputsOf';
export { isSeed } from './workflow/inputSpec';
export { type Choice, type InputSpec, unwrap } from './workflow/inputSpec';
export { type LoadedWorkflow, loadWorkflow } from './workflow/load';
export { nodeInputs, specOf } from './workflow/node';
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
export { type PartnerPrice, partnerPrice } from './workflow/partner/price';
export { createWorkflowReader, type KnownWorkflow, type WorkflowReader } from './workflow/reader';
