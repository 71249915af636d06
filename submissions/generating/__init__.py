"""Asks a model a benchmark's questions and writes the file that `check` and `submit` take.

    strategies.py  what is asked: one TOML file a prompt strategy, `prompts/<id>.toml`, the board's own before the shipped
    prompts.py     a strategy, a task and an example -> the prompt; the demonstrations of a few-shot strategy
    plan.py        every (prompt, seed), which is a repetition, of every example of every task: the requests
    run.py         the order of it all

What generates, on this machine or behind a server, is in `submissions/asking`, and so are the
journal and the endpoints that are allowed.

What is written, for `--out outputs.jsonl`:

* `outputs.journal.jsonl`: a line of the run's identity; a line of provenance for each start
  (program and library versions, device, token budget, time); a line for each text: example, prompt,
  seed, the text, why it ended (`stop`, `length`, a server's own word, `refused`, `timeout`,
  `failed`), its tokens, how much of a post was cut off to fit, and the prompt's sha256. It is
  appended a batch at a time and synced. A line that a kill cut short is dropped, and asked for
  again.
* `outputs.jsonl`: at the end and whole, a row an example and repetition.
* `outputs.run.json`: at the end, the identity, the provenance of every start, which prompt and seed
  each repetition is, and counts: texts cut off, refused, posts cut, tokens.

The identity is what decides the texts: tasks with revision and hash of their content; the model
with its revision and the fingerprint of its weights, tokenizer and chat template, or the endpoint
with the model's name; each prompt strategy's version and hash, with the ids and the hash of its
demonstrations, and the questions where these are not in their first wording; the decoding; the
seeds. A run goes on only with the identity that it was begun
with. No post is in any of the files, but where a text quotes one; the key of an endpoint is in
none.

What a seed guarantees. Each text of a local model is drawn from random numbers of its own, which
follow from seed, task, example and prompt alone: not from what else is in the batch, nor from what
was generated before. Batches are planned over the whole run, and one that a kill interrupted is
computed again as it was, so that a run that was killed ends with the bytes of one that was not, on
the same machine and with the same token budget. Another budget or device pads and adds in another
order: two tokens whose probabilities differ by no more than rounding may then change places.
`--batch-tokens 1` puts each prompt into a batch of its own, where not even that depends on the
others. What a server makes of a seed is the server's business.

An endpoint is sent prompts, one at a time or several side by side, and nothing else; redirects are
not followed, and no header is sent that is not listed in `asking/endpoint.py`. An answer that was cut off,
or that a server refuses, is kept as what it is.
"""
