-- letter: one dead letter, standing or replayed. One row, none when the place holds no dead letter.
-- Parameters: topic, partition, offset.
-- Columns:
--   tenant, received_at, source  whose, when (UTC) and what sent it
--   reason, detail               why it is no interaction, with what was expected and found
--   original                     the bytes as they came, in hexadecimal
--   replayed                     1: replays made interactions of it, of all its items
SELECT tenant, received_at, source, reason, detail, hex(letters.original) AS original,
       (topic, partition, offset) IN (SELECT letter_topic, letter_partition, letter_offset FROM replayed_letters) AS replayed
FROM dead_letters AS letters
WHERE topic = {topic:String} AND partition = {partition:UInt16} AND offset = {offset:UInt64}
LIMIT 1
