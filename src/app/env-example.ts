import { type SettingName, envSchema, isSetting, notesOf } from "./env-schema.ts";

/** The text of `.env.example`, made from the schema: every setting with its sentence, commented out. */
export function envExample(): string {
  const names = Object.keys(envSchema.shape).filter(isSetting);
  const groups = Map.groupBy(names, (name) => notesOf(name).group);
  const sections = [...groups].map(
    ([group, members]) => `# ${group}\n\n${members.map((name) => entryOf(name)).join("\n")}`,
  );
  return `# Copy this file to .env and uncomment what you need. Nothing is required to try things out.\n\n${sections.join("\n")}`;
}

function entryOf(name: SettingName): string {
  const { about, expected, unset } = notesOf(name);
  const isValue = !/\s/u.test(unset) && unset !== "none";
  const quoted = name === "WORKFLOW_NAME";
  const remark = isValue || quoted ? `Expected: ${expected}.` : `Expected: ${expected}. Unset: ${unset}.`;
  return `# ${about}\n# ${remark}\n#${name}=${isValue ? unset : quoted ? JSON.stringify(unset) : ""}\n`;
}
