export { CODES, type ErrorCode } from './codes';
export { redact, redactDeep, type Secrets, withoutSecret } from './redact';
export { type ErrorFacts, RunComfyError, toRunComfyError } from './RunComfyError';
export { currentValueHint } from './texts';
export { messageOf } from './texts';
