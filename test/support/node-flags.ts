/** With what Node is started here; CONTRIBUTING.md says why. */
export const nodeFlags = ["--no-memory-protection-keys"] as const;
