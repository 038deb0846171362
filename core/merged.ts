/**
 * `{ ...base, ...more }`, for objects of which thousands are kept. In Node.js 20 an object that is written
 * so, with a name that `base` has not, gets a hidden class of its own, which takes more than the object.
 */
export function merged<A extends object, B extends object>(base: A, more: B): Omit<A, keyof B> & B {
	return Object.assign({}, base, more);
}
