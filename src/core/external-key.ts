/** The key of the address map under which a resolver's customer is known; it is no address by which anybody is reached. */
export function externalKey(resolver: string, id: string): string {
  return `ext:${resolver}:${id}`;
}
