// Letters: what was refused, by reason, with the last of each.

import { at, table } from "./dom.js";
import { count } from "./format.js";

const words = (reason) => reason.replaceAll("_", " ").replace("json", "JSON");

export function showLetters(rows) {
  const head = [["Dead letters"], ["The last one"], [""]];
  at("letters").replaceChildren(...(rows.length
    ? [table(head, rows.map((row) => [words(row.reason), row.last_detail, count(row.dead_letters)]), "letters")] : []));
}
