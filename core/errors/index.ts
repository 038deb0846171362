export { CODES, type ErrorCode } from './codes';
export { redact, type Secrets, withoutSecret } from './redact';
export {
	currentValueHint,
	type ErrorFacts,
	invalidInput,
	messageOf,
	RunComfyError,
	toRunComfyError,
} from './RunComfyError';
