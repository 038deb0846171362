/** An answer without the form in which it came: its fields are what users see. */
export function plain<T extends { raw: unknown }>({ raw: _raw, ...fields }: T): Omit<T, 'raw'> {
	return fields;
}
