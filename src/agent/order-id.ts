/** The order number in any spelling: `ORD_12345`, `ord-12345`, `#12345` and `12345` are one. What is no number of an order stays as it is. */
export function orderIdOf(text: string): string {
  const match = /^\s*(?:order|ord)?[\s_#:-]*(\d{1,12})\s*$/iu.exec(text);
  return match?.[1] === undefined ? text.trim() : `ORD_${match[1]}`;
}
