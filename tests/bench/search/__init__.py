"""The search beside the engines one could have used: the same customers, the same queries.

`make bench ARGS=search`, and what may be given:

| | |
|---|---|
| `SEARCH_SIZES="100000 1000000"` | how many customers, one table a size |
| `SEARCH_PEERS="sins tantivy"` | only these peers |
| `SEARCH_QUERIES=1000` | how many queries of a kind |
| `SEARCH_SECONDS=30` | how long a slow peer may take for a kind of query |

FEBRL's originals are hidden among generated customers, its corrupted duplicates are queries.
Every peer is a process of its own, so that none has another's garbage to collect, and answers in
one thread. All peers get the same fifty queries one after the other, in an order drawn anew for
each fifty, so that noise hits all alike. Query by query each would find the processor's caches
emptied by the others, which a function that serves nothing else does not. The slow peers come
after the others and answer as many queries of each kind as fit in their time. Repeating a query
flatters, so none comes twice in a row, and nobody is asked for by the names alone and with a date
too. Only the eighteen odd texts are asked five times each.

Who is not there comes from the same generator, and nobody has the document number: people whose
full name nobody has, asked by the name alone or with the date of birth, which is mistyped as that
of others; namesakes of somebody with another birthday, asked with their own; and the numbers of
both. A namesake is not asked for by the name alone, as it is right to call that one likely.

What the figures mean:

- Build: from plain customers, as they are read from a file, to an engine that can answer.
- Memory: resident bytes of the process after the build, less those before the engine was imported:
  its library counts. `sins` has answered once by then. What another needs besides to score
  candidates (every customer, folded) is loaded afterwards and not counted, to its favour. For
  PostgreSQL it is the size of table and indexes.
- From a snapshot: a new process, from before it imports anything of the product to its first
  answer, and the bytes that it has grown by then; the median of five. The file is in the page
  cache, as it was written just before. A deployed function fetches it from S3 first, which is not
  in here.
- Changes: 1,000 changed customers taken in, and one of them found as it is now.
- Milliseconds: inside the peer's process, from the typed text to ten scored hits.
- x sins: the peer's median over that of `sins` for the same queries. The last block has it for
  every peer and kind side by side, with the number of queries: a slow peer answers only a few.
- Answered: the share of queries with a hit that scores at least the product's minimum.
- Likely: the share of queries for which the customer that is meant, or anybody where nobody is
  meant, is shown with a score that the product calls likely.
- sins @10: the recall@10 of `sins` for those queries that the peer answered. A slow one answers
  only some of them.
- As exh.: the share of queries with the same ten customers in the same order as `exhaustive`.
- @1 and @10: the share of queries whose truth is first, or shown at all. Order is by score, then
  by id, so some of several equal customers are not shown: `ties` counts the truths that are
  missing but score as well as the last one shown.
- Bound: a pass over everything with the same score would have at most this recall@10. It counts
  every truth as found that is missing here but scores better than the last one shown.
"""


def report() -> None:
    """Prints a table for each size, and saves its figures and a plot."""
    # A peer's process imports this package too, and measures what it imports itself.
    from tests.bench.search import run

    run.report()
